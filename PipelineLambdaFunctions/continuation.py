"""The continuation token: what an action must remember between its invocations.

Each continuation comes with a new job id, so the first one (names are built from it) and the first start time
(deadlines count from it) travel in the token.
"""

import json
import time
from dataclasses import asdict, dataclass

VERSION = 1

_FRESH_MINUTES = 2


@dataclass(frozen=True)
class Token:
    """When and with which job the action began, and a remark for its final summary."""

    started: float
    first_job: str
    note: str = ""

    @classmethod
    def of(cls, text: str | None, job_id: str) -> "Token":
        """The token that came with a job, or that of an action that begins with this job."""
        return cls.decode(text) if text else cls(time.time(), job_id)

    @classmethod
    def decode(cls, text: str) -> "Token":
        """Read what `encode` wrote. ValueError for anything else, also for another version of this format."""
        try:
            fields = json.loads(text)
            version = fields.pop("version")
            token = cls(**fields)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"unreadable continuation token {text!r}") from error
        if version != VERSION:
            raise ValueError(f"continuation token of format {version}, expected {VERSION}: {text!r}")
        return token

    def encode(self) -> str:
        """The text that CodePipeline keeps (botocore: 1 to 2048 characters)."""
        return json.dumps({"version": VERSION, **asdict(self)})

    @property
    def is_fresh(self) -> bool:
        """Whether the action has just begun: what SageMaker says may still be from before (eventual consistency)."""
        return not self.is_older_than(_FRESH_MINUTES)

    def is_older_than(self, minutes: int) -> bool:
        """Whether the action began longer ago than that."""
        return time.time() > self.started + 60 * minutes


@dataclass(frozen=True)
class Deadline:
    """How long an action may take in all, continuations included."""

    token: Token
    minutes: int

    @property
    def is_past(self) -> bool:
        """Whether the time is up."""
        return self.token.is_older_than(self.minutes)
