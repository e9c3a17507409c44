"""Notebook instances and their lifecycle configurations, as records: no Jupyter runs, and no script of theirs."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localaws.clock import durations
from localaws.sagemaker.errors import invalid
from localaws.sagemaker.models import Resource, now

# Described under other names than they are created with.
_DESCRIBED_AS = {
    "LifecycleConfigName": "NotebookInstanceLifecycleConfigName",
    "SecurityGroupIds": "SecurityGroups",
}
_DEFAULTS = {"VolumeSizeInGB": 5, "DirectInternetAccess": "Enabled", "RootAccess": "Enabled"}  # botocore
# What UpdateNotebookInstance takes away, by the flag that says so.
_TAKEN_AWAY = {
    "DisassociateLifecycleConfig": "LifecycleConfigName",
    "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
    "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
}


@dataclass
class NotebookInstance(Resource):
    """A notebook instance, of which only the settings and the status are real."""

    status: str = "Pending"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request = _DEFAULTS | self.request

    @property
    def in_use(self) -> bool:
        """Whether it has an instance."""
        return self.status in ("Pending", "InService", "Stopping")

    def to(self, status: str) -> None:
        """Change status."""
        self.status, self.modified = status, now()
        self.on_change()

    def pass_through(self, status: str, then: str) -> None:
        """Go to a status and, some time later, to the next one."""
        self.to(status)
        timer = threading.Timer(durations.sagemaker_step, self.to, [then])
        timer.daemon = True
        timer.start()

    def check_transition(self, to: str, *allowed: str) -> None:
        """Raise AWS's error unless it may go to a status from where it is."""
        if self.status not in allowed:
            raise invalid(
                f"Status ({self.status}) not in ([{', '.join(allowed)}]). Unable to transition to ({to}) for Notebook "
                f"Instance ({self.arn})."
            )

    def update(self, changes: Mapping[str, Any]) -> None:
        """Take the settings of UpdateNotebookInstance."""
        for flag, name in _TAKEN_AWAY.items():
            if changes.get(flag):
                self.request.pop(name, None)
        self.request |= {name: value for name, value in changes.items() if name not in _TAKEN_AWAY}

    def describe(self) -> dict[str, Any]:
        """Return what DescribeNotebookInstance says."""
        region = self.arn.split(":")[3]
        settings = {_DESCRIBED_AS.get(name, name): value for name, value in self.request.items() if name != "Tags"}
        return settings | {
            "NotebookInstanceArn": self.arn,
            "NotebookInstanceStatus": self.status,
            "Url": f"{self.name.lower()}.notebook.{region}.sagemaker.aws",
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }


@dataclass
class LifecycleConfig(Resource):
    """A lifecycle configuration: scripts for the creation and the start of notebook instances, kept as they are."""

    def update(self, changes: Mapping[str, Any]) -> None:
        """Take the scripts of UpdateNotebookInstanceLifecycleConfig."""
        self.request |= changes
        self.modified = now()

    def summary(self) -> dict[str, Any]:
        """Return what ListNotebookInstanceLifecycleConfigs says."""
        return {
            "NotebookInstanceLifecycleConfigName": self.name,
            "NotebookInstanceLifecycleConfigArn": self.arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }

    def describe(self) -> dict[str, Any]:
        """Return what DescribeNotebookInstanceLifecycleConfig says."""
        return self.summary() | {name: self.request[name] for name in ("OnCreate", "OnStart") if name in self.request}
