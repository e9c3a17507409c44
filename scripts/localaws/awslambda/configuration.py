"""What a function has beside moto's settings of it: its revision, its log group, where dead letters go, its state."""

import time
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from moto.awslambda.models import LambdaFunction

from localaws.awslambda.errors import ResourceConflictException
from localaws.clock import durations


@dataclass(frozen=True)
class Extras:
    """Settings of one function, replaced as a whole, so that a published version keeps those it was made with."""

    log_group: str
    dead_letter_arn: str = ""
    revision: str = field(default_factory=lambda: str(uuid4()))
    is_new: bool = False
    ready_at: float = 0.0


def extras(function: LambdaFunction) -> Extras:
    """Return the extra settings of a function."""
    return function.__dict__.setdefault("extras", Extras(f"/aws/lambda/{function.function_name}"))  # type: ignore[no-any-return]


def change(function: LambdaFunction, specification: dict[str, Any], *, is_new: bool = False) -> None:
    """Take over what a request says of the extra settings; whatever it says, the revision is a new one."""
    ready_at = time.monotonic() + durations.function_change
    settings: dict[str, Any] = {"revision": str(uuid4()), "is_new": is_new, "ready_at": ready_at}
    if "DeadLetterConfig" in specification:
        settings["dead_letter_arn"] = specification["DeadLetterConfig"].get("TargetArn", "")
    if "LoggingConfig" in specification:
        settings["log_group"] = specification["LoggingConfig"].get("LogGroup") or extras(function).log_group
    function.__dict__["extras"] = replace(extras(function), **settings)


_by_moto = LambdaFunction.get_configuration


def settled(function: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    """Return a function's configuration as it is when no change is going on."""
    own = extras(function)
    described = _by_moto(function, on_create) | {
        "RevisionId": own.revision,
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": own.log_group},
    }
    if own.dead_letter_arn:
        described["DeadLetterConfig"] = {"TargetArn": own.dead_letter_arn}
    return described  # type: ignore[no-any-return]


def describe(function: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    """Stand in for ``LambdaFunction.get_configuration``, which does not know these settings."""
    state: dict[str, str] = {}
    if is_changing(function):
        state = CREATING if extras(function).is_new else UPDATING
    return settled(function, on_create) | state


def is_changing(function: LambdaFunction) -> bool:
    """Return whether a function is being created or updated."""
    return time.monotonic() < extras(function).ready_at


def check_settled(function: LambdaFunction) -> None:
    """Raise ResourceConflictException while a function may not be changed again."""
    check_active(function)
    if is_changing(function):
        raise ResourceConflictException(f"{_NOT_NOW} An update is in progress for resource: {function.function_arn}")


def check_active(function: LambdaFunction) -> None:
    """Raise ResourceConflictException while a function is being created: nobody can invoke it then."""
    if extras(function).is_new and is_changing(function):
        raise ResourceConflictException(f"{_NOT_NOW} The function is currently in the following state: Pending")


_NOT_NOW = "The operation cannot be performed at this time."
# https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html: what is said while a change is going on.
CREATING = {"State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating"}
UPDATING = {
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}
