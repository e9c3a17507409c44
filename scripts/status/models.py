"""What is known of a workshop at one moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from follow import Execution
from stacks import Stack

T = TypeVar("T")


@dataclass(frozen=True)
class Unread:
    """A part that these credentials may not read, in AWS's words."""

    why: str


def known(part: list[T] | Unread) -> list[T]:
    """What is known of a part: nothing, where it may not be read."""
    return [] if isinstance(part, Unread) else part


@dataclass(frozen=True)
class Run:
    """An execution, when it began, and the reason that somebody gave for stopping it."""

    execution: Execution
    began: datetime
    stopped_for: str


@dataclass(frozen=True)
class Instances:
    """What bills by the hour."""

    type: str
    count: int


@dataclass(frozen=True)
class Endpoint:
    """An endpoint and what it serves. Without instances it is serverless; what is gone is empty.

    The commit is that of the training.json by which the model was trained, where a repository has one.
    """

    name: str
    status: str
    since: datetime
    config: str
    run: str
    training_job: str
    image: str
    instances: Instances | None
    config_commit: str = ""


@dataclass(frozen=True)
class TrainingJob:
    """A training job that runs."""

    name: str
    status: str
    made: datetime
    instances: Instances


@dataclass(frozen=True)
class Workshop:
    """All of it; runs and jobs are the newest first."""

    suffix: str
    region: str
    stacks: list[Stack] | Unread
    history: list[Run] | Unread
    endpoints: list[Endpoint] | Unread
    training_jobs: list[TrainingJob] | Unread
    log_groups: list[str] | Unread

    @property
    def unread(self) -> list[Unread]:
        """The parts that could not be read."""
        parts = (self.stacks, self.history, self.endpoints, self.training_jobs, self.log_groups)
        return [part for part in parts if isinstance(part, Unread)]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing of it, as far as everything could be read."""
        return not any((self.stacks, self.history, self.endpoints, self.training_jobs, self.log_groups))
