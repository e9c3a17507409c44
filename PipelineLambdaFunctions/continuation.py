"""The continuation token: what an action must remember between its invocations.

Each continuation comes with a new job id, so the first one (names are built from it) and the first start time
(deadlines count from it) travel in the token.
"""

import json
import time
from dataclasses import asdict, dataclass

from outcomes import ActionError

VERSION = 2

_FRESH_MINUTES = 2
_RETRY = "retry the stage with all actions, which begins anew"


def check_version(what: str, found: object) -> None:
    """Raise ActionError unless that is the version that this function writes."""
    if found != VERSION:
        raise ActionError(
            f"The {what} has format {found!r}, this function expects {VERSION}: the function was updated while the"
            f" action went on. Now {_RETRY}."
        )


@dataclass(frozen=True)
class Place:
    """How far a test set was read, at which version, and the key of the object that keeps what was found so far.

    `offset` is the first byte that is still to be read, and `lines` how many lines come before it.
    """

    version_id: str
    offset: int
    lines: int
    state: str


@dataclass(frozen=True)
class Token:
    """When and with which job the action began, a remark for its final summary, and where it is to go on."""

    started: float
    first_job: str
    note: str = ""
    place: Place | None = None

    @classmethod
    def of(cls, text: str | None, job_id: str) -> "Token":
        """The token that came with a job, or that of an action that begins with this job."""
        return cls.decode(text) if text else cls(time.time(), job_id)

    @classmethod
    def decode(cls, text: str) -> "Token":
        """Read what `encode` wrote. ActionError for anything else, also for another version of this format."""
        try:
            fields = json.loads(text)
            check_version("continuation token", fields.pop("version"))
            place = fields.pop("place")
            return cls(**fields, place=Place(**place) if place else None)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ActionError(f"The continuation token {text!r} cannot be read: {_RETRY}.") from error

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
