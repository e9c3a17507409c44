"""A stack's update as CloudFormation's change set: shown before it is carried out, and gone when it is not."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from time import sleep
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

import account
from account import WorkshopError

# What only these hold: no new one has it. (Models and data are in buckets, and endpoints are no part of a stack.)
HOLD_DATA = {"AWS::S3::Bucket", "AWS::CodeCommit::Repository"}
# Either is what a change set without any change says: awscli, customizations/cloudformation/deployer.py
_NOTHING = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Change:
    """What would become of one resource (botocore: ResourceChange)."""

    action: str
    replacement: str
    logical_id: str
    type: str
    physical_id: str
    properties: tuple[str, ...]

    @property
    def loses_data(self) -> bool:
        return self.type in HOLD_DATA and (self.action == "Remove" or self.replacement in {"True", "Conditional"})

    @property
    def meaning(self) -> str:
        """What it means, for whoever does not know CloudFormation's words."""
        of_what = f": {', '.join(self.properties)}" if self.properties else ""
        match self.action, self.replacement:
            case "Add", _:
                return "new"
            case "Remove", _:
                return "deleted"
            case "Modify", "True":
                return f"replaced, the old one deleted{of_what}"
            case "Modify", "Conditional":
                return f"changed in place or replaced{of_what}"
            case "Modify", _:
                return f"changed in place{of_what}"
        return ""


def table(changes: tuple[Change, ...]) -> list[str]:
    """A line for each change: CloudFormation's word, the resource, its type, and what it means."""
    if not changes:
        return ["no resource changes, only outputs or what describes the stack"]
    rows = [(one.action, one.logical_id, one.type, one.meaning) for one in changes]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]).rstrip()
        for row in rows
    ]


@dataclass(frozen=True)
class ChangeSet:
    status: str
    reason: str
    changes: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        return self.status == "FAILED" and any(words in self.reason for words in _NOTHING)


@contextlib.contextmanager
def proposed(cloudformation: Any, request: dict[str, Any]) -> Iterator[tuple[str, ChangeSet]]:
    """Have CloudFormation compare; yield the change set's name and what it says. It is deleted if the block raises."""
    stack, name = request["StackName"], f"make-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    try:
        cloudformation.create_change_set(**request, ChangeSetName=name)
        yield name, _compared(cloudformation, stack, name)
    except BaseException:  # Ctrl-C too
        discard(cloudformation, stack, name)
        raise


def discard(cloudformation: Any, stack: str, name: str) -> None:
    """Delete a change set. Where that fails, it goes with the next update: AWS deletes all others then."""
    with contextlib.suppress(ClientError, BotoCoreError):
        cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)


def _compared(cloudformation: Any, stack: str, name: str) -> ChangeSet:
    delays = account.delays()
    while True:
        paginator = cloudformation.get_paginator("describe_change_set")
        pages = list(paginator.paginate(StackName=stack, ChangeSetName=name))
        if pages[0]["Status"] in {"CREATE_COMPLETE", "FAILED"}:
            changes = (_change(one["ResourceChange"]) for page in pages for one in page.get("Changes", []))
            return ChangeSet(pages[0]["Status"], pages[0].get("StatusReason", ""), tuple(changes))
        sleep(next(delays))


def _change(found: dict[str, Any]) -> Change:
    targets = [detail["Target"] for detail in found.get("Details", [])]
    return Change(
        action=found["Action"],
        replacement=found.get("Replacement", ""),
        logical_id=found["LogicalResourceId"],
        type=found["ResourceType"],
        physical_id=found.get("PhysicalResourceId", ""),
        properties=tuple(dict.fromkeys(one.get("Name") or one["Attribute"] for one in targets)),
    )


def refuse_losses(stack: str, changes: tuple[Change, ...], account_id: str, confirmed: str) -> None:
    """Raise WorkshopError where the update would delete what holds data, unless the account's id confirms it."""
    lost = [f"{one.logical_id} ({one.physical_id})" for one in changes if one.loses_data]
    if lost and confirmed != account_id:
        raise WorkshopError(
            f"This update of {stack} would delete {', '.join(lost)}, with all that is in there, and was not begun. "
            f"If that is meant: the same command with CONFIRM={account_id}"
        )
