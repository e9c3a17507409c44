"""What SageMaker remembers of batch transform jobs. No HTTP, no threads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localaws.sagemaker.models import LONGEST_REASON, TERMINAL, Resource, now


@dataclass
class TransformJob(Resource):
    """A batch transform job; the engine drives it through ``to``."""

    status: str = "InProgress"
    started: datetime | None = None
    ended: datetime | None = None
    failure_reason: str | None = None
    stop: Callable[[], None] = lambda: None  # the engine's

    def begin(self) -> None:
        """Note that its container works: from now on AWS asks for money."""
        self.started = self.modified = now()

    def to(self, status: str, failure_reason: str | None = None) -> None:
        """Change status."""
        self.modified = now()
        self.failure_reason = failure_reason and failure_reason[:LONGEST_REASON]
        if status in TERMINAL:
            self.ended = self.modified
        self.status = status  # last: who sees the status sees the rest
        self.on_change()

    def describe(self) -> dict[str, Any]:
        """Return what DescribeTransformJob says."""
        known = {
            "TransformStartTime": self.started,
            "TransformEndTime": self.ended,
            "FailureReason": self.failure_reason,
        }
        stored = {name: value for name, value in self.request.items() if name != "Tags"}
        document = {"TransformJobArn": self.arn, "TransformJobStatus": self.status, "CreationTime": self.created}
        return stored | document | {name: value for name, value in known.items() if value}

    def summary(self) -> dict[str, Any]:
        """Return what ListTransformJobs says."""
        return {
            "TransformJobName": self.name,
            "TransformJobArn": self.arn,
            "CreationTime": self.created,
            "TransformEndTime": self.ended,
            "LastModifiedTime": self.modified,
            "TransformJobStatus": self.status,
            "FailureReason": self.failure_reason,
        }
