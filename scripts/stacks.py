"""CloudFormation stacks: create or update one, or delete it, and tell each step as it happens."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import sleep
from typing import Any

from botocore.exceptions import ClientError

import account
import change_sets
import early_validation
from account import WorkshopError

Say = Callable[[str], None]

# What a stack's status allows. Its words are those of botocore's StackStatus.
UPDATABLE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
}
# The remains of a creation that failed, or of a change set never carried out: no resource is left, only the name.
EMPTY = {"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}
_ROLL_BACK = "aws cloudformation rollback-stack --stack-name {stack}, then the same command again"
_DELETE = (
    "It can only be deleted for good, once that is mended (teardown itself empties buckets; aws s3 sync s3://BUCKET "
    "FOLDER keeps what they hold): make teardown SUFFIX={suffix}, then make deploy SUFFIX={suffix}"
)
# What a status that is no success means, and what mends it.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
MEANINGS = {
    "REVIEW_IN_PROGRESS": ("a change set was to create it, and was never carried out", "The same command begins again"),
    "ROLLBACK_COMPLETE": ("it was not created, and nothing of it is left", "Mend that; the same command begins again"),
    "UPDATE_ROLLBACK_COMPLETE": (
        "it was not updated, and is what it was before",
        "Mend that; the same command tries again",
    ),
    "CREATE_FAILED": ("its creation stopped half-way and was told not to roll back", f"Mend that: {_ROLL_BACK}"),
    "UPDATE_FAILED": ("its update stopped half-way and was told not to roll back", f"Mend that: {_ROLL_BACK}"),
    "UPDATE_ROLLBACK_FAILED": (
        "its update failed, and so did the way back",
        "Mend that, or add --resources-to-skip {resource}: "
        "aws cloudformation continue-update-rollback --stack-name {stack}, then the same command again",
    ),
    "ROLLBACK_FAILED": ("it was not created, and not all of it could be deleted again", _DELETE),
    "DELETE_FAILED": ("it was to be deleted, and a part of it could not be", _DELETE),
}
_UNKNOWN = ("it cannot be updated so", "See it in the CloudFormation console")


@dataclass(frozen=True)
class Stack:
    name: str
    id: str
    status: str
    parameters: dict[str, str]
    outputs: dict[str, str]
    since: datetime
    """When it was last updated, or created."""


class StackFailed(WorkshopError):  # noqa: N818 - it is an outcome
    """A stack is not what was asked for: what it is, why, and what to do. Holds the event that tells why, or None."""

    def __init__(self, stack: Stack, cause: Mapping[str, Any] | None) -> None:
        mending = MEANINGS.get(stack.status, _UNKNOWN)[1]
        names = {
            "stack": stack.name,
            "suffix": stack.parameters.get("SuffixID", "..."),
            "resource": cause["LogicalResourceId"] if cause else "...",
        }
        super().__init__(f"{explained(stack, cause)}. {mending.format(**names)}")
        self.cause = cause


def explained(stack: Stack, cause: Mapping[str, Any] | None) -> str:
    """What a stack's status means, and the resource that is the cause, without a full stop."""
    meaning = f"{stack.name} is {stack.status}: {MEANINGS.get(stack.status, _UNKNOWN)[0]}"
    if cause is None:
        return meaning
    reason = cause.get("ResourceStatusReason", "no reason given")
    return f"{meaning}. {cause['LogicalResourceId']}: {' '.join(reason.split()).rstrip('.')}"


def find(cloudformation: Any, name: str) -> Stack | None:
    try:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if account.code(error) == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return Stack(
        name=found["StackName"],
        id=found["StackId"],
        status=found["StackStatus"],
        parameters={item["ParameterKey"]: item["ParameterValue"] for item in found.get("Parameters", [])},
        outputs={item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", [])},
        since=found.get("LastUpdatedTime", found["CreationTime"]),
    )


@dataclass(frozen=True)
class Template:
    """Where CloudFormation finds it (TemplateBody or TemplateURL), and its parameters' defaults (None: it has none)."""

    place: Mapping[str, str]
    defaults: dict[str, str | None]


def deploy(
    cloudformation: Any,
    name: str,
    template: Template,
    given: dict[str, str],
    say: Say = print,
    *,
    confirmed: str = "",
) -> Stack:
    """Create or update a stack with the parameters given. An update keeps the values of the others.

    An update is shown as its change set first. One that deletes data wants the account's id as ``confirmed``.
    """
    stack = settled(cloudformation, name, say)
    if stack and stack.status in EMPTY:
        say(f"{explained(stack, past_cause(cloudformation, stack))}. It is deleted, and begun again.")
        delete(cloudformation, stack, say)
        stack = None
    if stack and stack.status not in UPDATABLE:
        raise StackFailed(stack, past_cause(cloudformation, stack))
    # CAPABILITY_IAM: the pipeline stack has roles, all without names of their own.
    request = {"StackName": name, **template.place, "Capabilities": ["CAPABILITY_IAM"]}
    if stack:
        kept = stack.parameters.keys() & template.defaults.keys() - given.keys()
        return update(cloudformation, stack, request | {"Parameters": parameters(given, kept)}, say, confirmed)
    say(f"Creating {name}")
    created = cloudformation.create_stack(**request, Parameters=parameters(given))["StackId"]
    return follow(cloudformation, created, set(), {"CREATE_COMPLETE"}, say)


def update(cloudformation: Any, stack: Stack, request: dict[str, Any], say: Say, confirmed: str) -> Stack:
    """Show what would change, and do it."""
    seen = {event["EventId"] for event in events(cloudformation, stack.id)}
    with change_sets.proposed(cloudformation, request) as (name, proposed):
        if proposed.is_empty:
            say(f"{stack.name} is up to date")
            change_sets.discard(cloudformation, stack.name, name)
            return stack
        if proposed.status == "FAILED":
            reason = proposed.reason
            if early_validation.stops(reason):
                found = early_validation.findings(cloudformation, StackName=stack.name, ChangeSetName=name)
                reason = early_validation.told(found) or reason
            raise WorkshopError(f"{stack.name} cannot be updated: {reason}")
        say(f"Changes of {stack.name}:")
        for row in change_sets.table(proposed.changes):
            say(f"  {row}")
        change_sets.refuse_losses(stack.name, proposed.changes, stack.id.split(":")[4], confirmed)
        cloudformation.execute_change_set(StackName=stack.name, ChangeSetName=name)
    say(f"Updating {stack.name}")
    return follow(cloudformation, stack.id, seen, {"UPDATE_COMPLETE"}, say)


def delete(cloudformation: Any, stack: Stack, say: Say = print) -> None:
    say(f"Deleting {stack.name}")
    seen = {event["EventId"] for event in events(cloudformation, stack.id)}
    cloudformation.delete_stack(StackName=stack.id)
    follow(cloudformation, stack.id, seen, {"DELETE_COMPLETE"}, say)


def settled(cloudformation: Any, name: str, say: Say) -> Stack | None:
    """The stack once nobody is changing it any more: AWS takes one change at a time."""
    stack = find(cloudformation, name)
    if stack and is_changing(stack.status):
        say(f"{name} is {stack.status}: waiting for its end")
        seen = {event["EventId"] for event in events(cloudformation, stack.id)}
        last = watch(cloudformation, stack.id, seen, say)[0]
        return None if last.status == "DELETE_COMPLETE" else last
    return stack


def is_changing(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def follow(cloudformation: Any, stack_id: str, seen: set[str], hoped_for: set[str], say: Say) -> Stack:
    """Tell what happens to a stack until its end. Raises StackFailed when that is not the end hoped for."""
    stack, told = watch(cloudformation, stack_id, seen, say)
    if stack.status in hoped_for:
        return stack
    raise StackFailed(stack, _named(cloudformation, stack, next((event for event in told if is_cause(event)), None)))


def past_cause(cloudformation: Any, stack: Stack) -> dict[str, Any] | None:
    """The first failure of the operation that left a stack as it is now."""
    begin = "CREATE_IN_PROGRESS" if stack.status in EMPTY else stack.status.replace("_FAILED", "_IN_PROGRESS")
    cause = None
    for event in events(cloudformation, stack.id):
        if event["ResourceStatus"] == begin and event["PhysicalResourceId"] == stack.id:
            break
        cause = event if is_cause(event) else cause
    return _named(cloudformation, stack, cause)


def _named(cloudformation: Any, stack: Stack, cause: dict[str, Any] | None) -> dict[str, Any] | None:
    """The cause, or, where that only tells of a validation, the first thing that it found."""
    if cause and cause.get("DetailedStatus") == early_validation.FAILED:
        return next(iter(early_validation.findings(cloudformation, StackName=stack.id)), cause)
    return cause


def is_cause(event: dict[str, Any]) -> bool:
    """The first failure is the cause; what CloudFormation then cancels is only its consequence."""
    is_cancelled = "cancelled" in event.get("ResourceStatusReason", "").lower()
    return event["ResourceStatus"].endswith("_FAILED") and not is_cancelled


def watch(cloudformation: Any, stack_id: str, seen: set[str], say: Say) -> tuple[Stack, list[dict[str, Any]]]:
    """Tell events until the stack is at rest; return it and the events. ``seen`` are those of earlier changes."""
    told: list[dict[str, Any]] = []
    delays = account.delays()
    while True:
        stack = find(cloudformation, stack_id)
        if stack is None:  # by its id, a stack is found for 90 days after its deletion
            raise WorkshopError(f"{stack_id} is gone")
        for event in reversed(events(cloudformation, stack_id)):
            if event["EventId"] not in seen:
                seen.add(event["EventId"])
                told.append(event)
                if not event["ResourceStatus"].endswith("_IN_PROGRESS"):
                    say(line(event))
        if not is_changing(stack.status):
            return stack, told
        sleep(next(delays))


def events(cloudformation: Any, stack_id: str) -> list[dict[str, Any]]:
    """All events of a stack, the newest first."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    return [event for page in pages for event in page["StackEvents"]]


def resources(cloudformation: Any, name: str) -> list[tuple[str, str]]:
    """The type and the physical id of each resource of a stack."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    found = [one for page in pages for one in page["StackResourceSummaries"]]
    return [(one["ResourceType"], one["PhysicalResourceId"]) for one in found if one.get("PhysicalResourceId")]


def line(event: dict[str, Any]) -> str:
    words = (event["ResourceStatus"].ljust(16), event["LogicalResourceId"], event.get("ResourceStatusReason", ""))
    return "  " + "  ".join(word for word in words if word)


def parameters(given: dict[str, str], kept: Iterable[str] = ()) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()] + [
        {"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)
    ]
