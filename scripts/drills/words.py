"""Drills in which SageMaker tells a status: every word of botocore's, and one that AWS may add tomorrow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.session

from drills.models import DEPLOY, DEPLOYED, TRAINED, Drill, fault

_NEW_WORD = "Hibernating"
_SAGEMAKER = botocore.session.get_session().get_service_model("sagemaker")
_REASON = "CapacityError: Unable to provision requested ML compute capacity"


def _words_of(shape: str) -> list[str]:
    known: list[str] = _SAGEMAKER.shape_for(shape).enum
    return known


@dataclass(frozen=True)
class Family:
    """Drills that differ by the word that SageMaker says of something. Without an entry in ``means`` a word is new."""

    prefix: str
    shape: str
    """botocore's name for the words."""
    about: str
    action: str
    """The action that asks."""
    operation: str
    member: str
    means: Mapping[str, str]
    """passing: another word comes; wanted; replaced: what is so is made anew; final: it will never be as wanted."""
    narrowed: Mapping[str, Any] = field(default_factory=dict)
    """What else the fault is limited by."""

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that botocore has, and one that it has not."""
        return (*_words_of(self.shape), _NEW_WORD)

    @property
    def row(self) -> tuple[str, str, str]:
        """Name, what is broken and what is expected, for all of them together."""
        failing = ", ".join(word for word in self.words if self.drill(word).fails)
        broken = f"SageMaker says a word {self.about}: {', '.join(self.words)}"
        return f"{self.prefix}-<word>", broken, f"{self.action} fails with {failing}; with others the release succeeds"

    def drill(self, word: str) -> Drill:
        """Return the drill of a word."""
        said: dict[str, Any] = {self.member: word}
        if self.shape == "TrainingJobStatus":
            said["SecondaryStatus"] = word if word in _words_of("SecondaryStatus") else None
        if "Failed" in word:
            said["FailureReason"] = _REASON
        told = fault("answers", f"sagemaker:{self.operation}", members=said, **self.narrowed)
        name, broken = f"{self.prefix}-{word}", f"SageMaker says {word} {self.about}"
        match self.means.get(word):
            case "wanted":
                return Drill(name, broken)  # which is what it says in the end, with nothing broken
            case "passing":
                return Drill(name, broken, faults=(fault(**told, times=3),))
            case "replaced":
                return Drill(name, broken, faults=(fault(**told, times=1),))
            case "final":
                reason = said.get("FailureReason", "SageMaker gave no reason")
                return Drill(name, broken, self.action, f"… is {word}: {reason}", (told,))
            case _:
                return Drill(name, broken, self.action, f"… has the status '{word}'", (told,))


# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
_TRAINING = Family(
    "training-is",
    "TrainingJobStatus",
    "of the training job",
    TRAINED,
    "DescribeTrainingJob",
    "TrainingJobStatus",
    {
        "InProgress": "passing",
        "Stopping": "passing",
        "Completed": "wanted",
        "Failed": "final",
        "Stopped": "final",
        "Deleting": "final",
    },
)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
_ENDPOINT_FOUND = Family(
    "endpoint-found",
    "EndpointStatus",
    "of the endpoint that it is to change",
    DEPLOY,
    "DescribeEndpoint",
    "EndpointStatus",
    {
        "Creating": "passing",
        "Updating": "passing",
        "SystemUpdating": "passing",
        "RollingBack": "passing",
        "Deleting": "passing",
        "InService": "wanted",
        "OutOfService": "replaced",
        "Failed": "replaced",
        "UpdateRollbackFailed": "replaced",
    },
    {"where": {"EndpointName": "*-dev"}},
)
_ENDPOINT_CHANGED = Family(
    "endpoint-is",
    "EndpointStatus",
    "of the endpoint that it has changed",
    DEPLOYED,
    "DescribeEndpoint",
    "EndpointStatus",
    {
        "Creating": "passing",
        "Updating": "passing",
        "SystemUpdating": "passing",
        "RollingBack": "passing",
        "InService": "wanted",
        "OutOfService": "final",
        "Deleting": "final",
        "Failed": "final",
        "UpdateRollbackFailed": "final",
    },
    {"where": {"EndpointName": "*-dev"}, "after": "sagemaker:UpdateEndpoint"},
)
FAMILIES = (_TRAINING, _ENDPOINT_FOUND, _ENDPOINT_CHANGED)


def _secondary(status: str, secondary_status: str, **more: Any) -> Mapping[str, Any]:
    said = {"TrainingJobStatus": status, "SecondaryStatus": secondary_status}
    return fault("answers", "sagemaker:DescribeTrainingJob", members=said, **more)


# Which secondary words go with which, the first page says; it names three more as no longer used, and two not at all.
_OF_AN_END = ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded")
_UNDER_WAY = [word for word in _words_of("SecondaryStatus") if word not in _OF_AN_END]
SECONDARY_WORDS = (
    Drill(
        "training-goes-through-all",
        f"SageMaker says in turn every secondary status of a job that has not ended: {', '.join(_UNDER_WAY)}",
        faults=tuple(
            _secondary("Stopping" if word == "Stopping" else "InProgress", word, times=1) for word in _UNDER_WAY
        ),
    ),
    Drill(
        "training-waited-too-long",
        "SageMaker says Stopped of the training job, since it waited too long for a spot instance",
        TRAINED,
        "… is Stopped (MaxWaitTimeExceeded): SageMaker gave no reason",
        (_secondary("Stopped", "MaxWaitTimeExceeded"),),
    ),
)
