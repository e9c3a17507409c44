"""A stack's operations, each with its events, as DescribeEvents tells them: read off the events of the stack.

As captured on AWS (https://github.com/radkawar/stackd, testdata/aws/cloudformation), whose EventType is PROGRESS where
the model of the API says PROGRESS_EVENT.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from localaws.cloudformation.models import ChangeSet, Event, Finding, Stack
from localaws.cloudformation.views import resource_event

_BEGIN = {
    "CREATE_IN_PROGRESS": "CREATE_STACK",
    "UPDATE_IN_PROGRESS": "UPDATE_STACK",
    "DELETE_IN_PROGRESS": "DELETE_STACK",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK",
    "UPDATE_ROLLBACK_IN_PROGRESS": "ROLLBACK",
}
_FAILURES = ("VALIDATION_ERROR", "PROVISIONING_ERROR")


@dataclass
class Operation:
    """One thing that happened to a stack, from its beginning to the beginning of the next."""

    id: str
    type: str
    began: datetime
    events: list[Event] = field(default_factory=list)
    ended: datetime | None = None
    status: str = "IN_PROGRESS"

    def end(self, event: Event, *, failed: bool) -> None:
        """Tell how it ended, unless it had ended before."""
        if self.ended is None:
            self.ended, self.status = event.timestamp, "FAILED" if failed else "SUCCEEDED"


def operations(stack: Stack) -> list[Operation]:
    """Return what happened to a stack, the first operation first."""
    found: list[Operation] = []
    for event in list(stack.events):
        is_stack_s = event.physical_id == stack.id
        if is_stack_s and event.status in _BEGIN:
            if found:
                found[-1].end(event, failed=True)
            is_continued = bool(found) and found[-1].events[-1].status == "UPDATE_ROLLBACK_FAILED"
            kind = "CONTINUE_ROLLBACK" if is_continued else _BEGIN[event.status]
            found.append(Operation(_id_after(event.id), kind, event.timestamp))
        if found:
            found[-1].events.append(event)
            if is_stack_s and event.status.endswith(("_COMPLETE", "_FAILED")):
                found[-1].end(event, failed=event.status.endswith("_FAILED"))
    return found


def told(stack: Stack, wanted: Iterable[Operation]) -> list[dict[str, Any]]:
    """Return the OperationEvents of some operations on a stack, the latest first."""
    return [view for operation in wanted for view in _views(stack, operation)][::-1]


def told_of_change_set(stack: Stack, change_set: ChangeSet) -> list[dict[str, Any]]:
    """Return the OperationEvents of the creation of a change set, the latest first."""
    of_it = {"StackId": stack.id, "OperationId": _id_after(change_set.id), "OperationType": "CREATE_CHANGESET"}
    mark = of_it | {"EventType": "STACK_EVENT", "StartTime": change_set.created, "Timestamp": change_set.created}
    status = "FAILED" if change_set.status == "FAILED" else "SUCCEEDED"
    found = [_finding(finding) | of_it | {"Timestamp": change_set.created} for finding in change_set.findings]
    last = mark | {"OperationStatus": status, "EndTime": change_set.created}
    views = [mark | {"OperationStatus": "IN_PROGRESS"}, *found, last]
    return [view | {"EventId": _id_after(f"{change_set.id}{number}")} for number, view in enumerate(views)][::-1]


def is_failure(view: dict[str, Any]) -> bool:
    """Return whether an OperationEvent tells of what went wrong."""
    return view["EventType"] in _FAILURES


def _views(stack: Stack, operation: Operation) -> Iterator[dict[str, Any]]:
    of_it = {"StackId": stack.id, "OperationId": operation.id}
    mark = of_it | {"OperationType": operation.type, "EventType": "STACK_EVENT", "StartTime": operation.began}
    begun = {"OperationStatus": "IN_PROGRESS", "Timestamp": operation.began}
    yield mark | begun | {"EventId": _id_after(f"{operation.id}begins")}
    for event in operation.events:
        yield of_it | (_found(operation, event) if event.finding else _progress(event)) | {"EventId": event.id}
    if operation.ended:
        ended = {"OperationStatus": operation.status, "Timestamp": operation.ended, "EndTime": operation.ended}
        yield mark | ended | {"EventId": _id_after(f"{operation.id}ends")}


def _found(operation: Operation, event: Event) -> dict[str, Any]:
    found = _finding(event.finding) if event.finding else {}
    return found | {"OperationType": operation.type, "Timestamp": event.timestamp}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "EventType": "VALIDATION_ERROR",
        "LogicalResourceId": finding.logical_id,
        "PhysicalResourceId": "",
        "ResourceType": finding.type,
        "ValidationFailureMode": "WARN" if finding.is_warning else "FAIL",
        "ValidationName": finding.name,
        "ValidationStatus": "FAILED",
        "ValidationStatusReason": finding.reason,
        "ValidationPath": finding.path,
    }


def _progress(event: Event) -> dict[str, Any]:
    kind = "PROVISIONING_ERROR" if event.status.endswith("_FAILED") else "PROGRESS"
    return {"EventType": kind} | resource_event(event)


def _id_after(text: str) -> str:
    return str(uuid5(NAMESPACE_OID, text))
