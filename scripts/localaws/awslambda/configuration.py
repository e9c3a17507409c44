"""What a function has beside moto's settings of it: its revision, its log group, where dead letters go."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from moto.awslambda.models import LambdaFunction


@dataclass(frozen=True)
class Extras:
    """Settings of one function, replaced as a whole, so that a published version keeps those it was made with."""

    log_group: str
    dead_letter_arn: str = ""
    revision: str = field(default_factory=lambda: str(uuid4()))


def extras(function: LambdaFunction) -> Extras:
    """Return the extra settings of a function."""
    return function.__dict__.setdefault("extras", Extras(f"/aws/lambda/{function.function_name}"))  # type: ignore[no-any-return]


def change(function: LambdaFunction, specification: dict[str, Any]) -> None:
    """Take over what a request says of the extra settings; whatever it says, the revision is a new one."""
    settings: dict[str, Any] = {"revision": str(uuid4())}
    if "DeadLetterConfig" in specification:
        settings["dead_letter_arn"] = specification["DeadLetterConfig"].get("TargetArn", "")
    if "LoggingConfig" in specification:
        settings["log_group"] = specification["LoggingConfig"].get("LogGroup") or extras(function).log_group
    function.__dict__["extras"] = replace(extras(function), **settings)


_by_moto = LambdaFunction.get_configuration


def describe(function: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    """Stand in for ``LambdaFunction.get_configuration``, which does not know these settings."""
    own = extras(function)
    described = _by_moto(function, on_create) | {
        "RevisionId": own.revision,
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": own.log_group},
    }
    if own.dead_letter_arn:
        described["DeadLetterConfig"] = {"TargetArn": own.dead_letter_arn}
    return described  # type: ignore[no-any-return]


# What the answers to changes say, while on AWS they are being made; here they are made by then.
CREATING = {"State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating"}
UPDATING = {
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}
