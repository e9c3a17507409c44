"""CloudFormation stacks: create or update one, or delete it, and tell each step as it happens."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import sleep
from typing import Any

from botocore.exceptions import ClientError

import account
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
# The remains of a creation that failed, or of a change set never carried out: only deletion is possible.
TO_BE_DELETED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"}


@dataclass(frozen=True)
class Stack:
    name: str
    id: str
    status: str
    parameters: dict[str, str]
    outputs: dict[str, str]


class StackFailed(WorkshopError):  # noqa: N818 - it is an outcome
    """A stack did not become what was asked for. Holds the event that tells why, where there is one."""

    def __init__(self, message: str, cause: dict[str, Any] | None) -> None:
        super().__init__(message)
        self.cause = cause


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
    )


@dataclass(frozen=True)
class Template:
    """A template's text, and its parameters with their defaults (None: it has none)."""

    body: str
    defaults: dict[str, str | None]


def deploy(cloudformation: Any, name: str, template: Template, given: dict[str, str], say: Say = print) -> Stack:
    """Create or update a stack with the parameters given. An update keeps the values of the others."""
    stack = settled(cloudformation, name, say)
    if stack and stack.status in TO_BE_DELETED:
        say(f"{name} is {stack.status}: nothing can be done with it but to delete it and to begin again.")
        delete(cloudformation, stack, say)
        stack = None
    if stack and stack.status not in UPDATABLE:
        raise WorkshopError(
            f"{name} is {stack.status}, and cannot be updated: "
            f"aws cloudformation continue-update-rollback --stack-name {name}, then the same command again"
        )
    # CAPABILITY_IAM: the pipeline stack has roles, all without names of their own.
    request = {"StackName": name, "TemplateBody": template.body, "Capabilities": ["CAPABILITY_IAM"]}
    if not stack:
        say(f"Creating {name}")
        created = cloudformation.create_stack(**request, Parameters=parameters(given))["StackId"]
        return follow(cloudformation, created, set(), {"CREATE_COMPLETE"}, say)
    kept = stack.parameters.keys() & template.defaults.keys() - given.keys()
    seen = {event["EventId"] for event in events(cloudformation, stack.id)}
    try:
        cloudformation.update_stack(**request, Parameters=parameters(given, kept))
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            say(f"{name} is up to date")
            return stack
        raise
    say(f"Updating {name}")
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
    return status.endswith("_IN_PROGRESS") and status not in TO_BE_DELETED


def follow(cloudformation: Any, stack_id: str, seen: set[str], hoped_for: set[str], say: Say) -> Stack:
    """Tell what happens to a stack until its end. Raises StackFailed when that is not the end hoped for."""
    stack, told = watch(cloudformation, stack_id, seen, say)
    if stack.status in hoped_for:
        return stack
    cause = next((event for event in told if is_cause(event)), None)
    reason = f"{cause['LogicalResourceId']}: {cause.get('ResourceStatusReason', 'no reason given')}" if cause else ""
    raise StackFailed(f"{stack.name} is {stack.status}. {reason}".rstrip(), cause)


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


def line(event: dict[str, Any]) -> str:
    words = (event["ResourceStatus"].ljust(16), event["LogicalResourceId"], event.get("ResourceStatusReason", ""))
    return "  " + "  ".join(word for word in words if word)


def parameters(given: dict[str, str], kept: Iterable[str] = ()) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()] + [
        {"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)
    ]
