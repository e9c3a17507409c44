"""What a row of the contract is: a source, what is given (hyperparameters, a job, a request), and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CSV = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
ROWS = "1,0,5\n3,1,5\n"


@dataclass(frozen=True)
class Parameters:
    """Hyperparameters to be validated, beside num_round (None takes it away)."""

    values: Mapping[str, str | None]
    version: str = "3.2-0"


@dataclass(frozen=True)
class Job:
    """A training job: hyperparameters beside the exact ones (None takes one away), files, channels."""

    hyperparameters: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=lambda: {"train/0.csv": ROWS})
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"train": CSV})
    version: str = "3.2-0"


@dataclass(frozen=True)
class Container:
    """A serving container: what its model is trained with, a file beside it, its version, its environment."""

    model: str = "exact"
    beside: str = ""
    version: str = "3.2-0"
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Request:
    """An HTTP request to a serving container."""

    body: bytes = b"0,5\n1,5\n"
    content_type: str | None = "text/csv"
    accept: str | None = None
    line: str = "POST /invocations"
    container: Container = Container()


Row = tuple[str, str, Parameters | Job | Request, int, str | bytes]
