"""What a drill is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Fault = Mapping[str, Any]


@dataclass(frozen=True)
class Lost:
    """A permission that goes half-way: an action that a role may do until a stage has succeeded, and then no more."""

    action: str
    role: str
    """Its logical id in the pipeline stack."""
    after: str
    """The stage that succeeds with it."""
    before: str
    """The next one."""


@dataclass(frozen=True)
class Drill:
    """One drill. Without ``fails`` the release succeeds in spite of the fault."""

    name: str
    broken: str
    fails: str = ""
    """The action that fails, such as Train/StartTraining."""
    words: str = ""
    """What its message must say; … stands for anything."""
    faults: tuple[Fault, ...] = ()
    durations: Mapping[str, float] = field(default_factory=dict)
    lost: Lost | None = None

    @property
    def expected(self) -> str:
        """What has to become of the release, in words."""
        return f'{self.fails} fails: "{self.words}"' if self.fails else "the release succeeds"


def fault(effect: str, at: str, **more: Any) -> Fault:
    """Return a fault, as ``localaws.faults.models`` says what there are."""
    return {"effect": effect, "at": at, **more}


START, TRAINED = "Train/StartTraining", "Train/GetTrainingStatus"
DEPLOY, DEPLOYED, SMOKE = "DeployDev/DeployToDev", "DeployDev/GetDeployStatus", "DeployDev/SmokeTest"

NO_ANSWER = "The AWS Lambda function … failed to return a result."
# CodePipeline waits 20 minutes for a result; a drill has no such patience.
SOON = {"action_reply_timeout": 3.0}
