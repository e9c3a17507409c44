"""The state of CloudFormation: stacks, their resources, events and change sets. No HTTP, no threads of its own."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.core.base_backend import BackendDict, BaseBackend

from localaws.cloudformation.deployment import Deployment
from localaws.cloudformation.errors import ChangeSetNotFound, ValidationError

_STACK_TYPE = "AWS::CloudFormation::Stack"
FAILED = ("CREATE_FAILED", "UPDATE_FAILED")
"""As an operation without a rollback leaves a stack."""


def now() -> datetime:
    """Return the time for a record."""
    return datetime.now(UTC)


def _set_event() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class Resource:
    """A physical resource, made or being made for a logical id."""

    logical_id: str
    type: str
    definition: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    physical_id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    reason: str | None = None
    timestamp: datetime = field(default_factory=now)

    def policy(self, name: str) -> str:
        """Return DeletionPolicy or UpdateReplacePolicy."""
        return str(self.definition.get(name, "Delete"))


@dataclass(eq=False)
class Change:
    """What an update did, or began to do: the resource as it was before, or None when there was none."""

    logical_id: str
    before: Resource | None
    after: Resource | None = None
    """What the update made of it; set when the way back begins."""


@dataclass
class Undo:
    """What an update leaves to be undone should it fail, or when its way back has failed."""

    previous: Deployment | None
    """What the stack was when it was last complete; None when it never was."""
    journal: list[Change] = field(default_factory=list)
    unneeded: list[tuple[Resource, str]] = field(default_factory=list)
    """What is to be cleaned up in the end, each with the policy that decides on it."""


@dataclass(frozen=True)
class Finding:
    """What the validation before a deployment finds wrong with one resource; a warning stops nothing."""

    logical_id: str
    type: str
    name: str
    """The kind of the validation, as DescribeEvents tells it."""
    hook: str
    """The same, as the status of a change set tells it."""
    reason: str
    path: str
    is_warning: bool = False


@dataclass(frozen=True)
class Event:
    """One line of the story of a stack."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None
    properties: dict[str, Any] | None
    token: str | None
    id: str
    timestamp: datetime = field(default_factory=now)
    detail: str | None = None
    finding: Finding | None = None
    """Set for what only DescribeEvents tells: why the stack failed before anything was made."""


@dataclass(frozen=True)
class Output:
    """One output of a stack, with its export's name if it has one."""

    key: str
    value: str
    description: str | None
    export: str | None


@dataclass
class ChangeSet:
    """What an execution would do to a stack."""

    name: str
    id: str
    type: str
    deployment: Deployment
    changes: list[dict[str, Any]]
    status: str
    reason: str | None
    description: str | None
    on_failure: str | None
    execution_status: str = "AVAILABLE"
    findings: list[Finding] = field(default_factory=list)
    created: datetime = field(default_factory=now)

    def become_obsolete(self) -> None:
        """Tell that the stack has been changed by something else since."""
        if self.execution_status == "AVAILABLE":
            self.execution_status = "OBSOLETE"


@dataclass
class Stack:
    """A stack. Its engine's thread changes it while requests read it, so readers copy the lists they walk."""

    name: str
    id: str
    deployment: Deployment
    status: str = ""
    reason: str | None = None
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None
    on_failure: str = "ROLLBACK"
    timeout: int | None = None
    """How many minutes its creation may take."""
    parent_id: str | None = None
    root_id: str | None = None
    is_protected: bool = False
    undo: Undo | None = None
    """Set while an update has not come to an end, good or bad."""
    retains_except_on_create: bool = False
    """Whether a rollback deletes what is new although its policy is to retain it."""
    change_set_id: str | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    """By name, those that may be carried out, or that failed."""
    executed: dict[str, ChangeSet] = field(default_factory=dict)
    """By ARN, those that were carried out: their names are free again."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held by whoever looks at the status in order to change it."""
    idle: threading.Event = field(default_factory=_set_event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    """Set when somebody deletes the stack."""
    interrupted: threading.Event = field(default_factory=threading.Event)
    """Set when a creation has taken too long, or somebody cancels an update."""
    is_validated: bool = True
    """Whether the operation under way looks for faults before it makes anything."""
    token: str | None = None
    tokens: dict[str, str] = field(default_factory=dict)
    """By ClientRequestToken, the request that it came with."""
    tell: Callable[[Event], None] = lambda event: None
    """Called with each event."""

    def become(self, status: str, reason: str | None = None) -> None:
        """Take a status and record it as an event."""
        self.note(status, reason)
        # Last: who waits for the status then reads the events.
        self.status, self.reason = status, reason

    def note(self, status: str, reason: str | None = None, detail: str | None = None) -> None:
        """Record an event of the stack itself."""
        event_id = str(uuid4())
        self._add(Event(self.name, self.id, _STACK_TYPE, status, reason, None, self.token, event_id, detail=detail))

    def note_finding(self, finding: Finding) -> None:
        """Record why the stack fails before anything is made. No topic is told."""
        event_id = str(uuid4())
        self.events.append(Event(finding.logical_id, "", finding.type, "", None, None, None, event_id, finding=finding))

    def record(self, resource: Resource, status: str, reason: str | None = None) -> None:
        """Give one of the resources a status and record it as an event."""
        resource.status, resource.reason, resource.timestamp = status, reason, now()
        event_id = f"{resource.logical_id}-{status}-{uuid4()}"
        shown = self.deployment.masked(resource.properties)
        self._add(
            Event(resource.logical_id, resource.physical_id, resource.type, status, reason, shown, self.token, event_id)
        )

    def _add(self, event: Event) -> None:
        self.events.append(event)
        self.tell(event)

    @property
    def preserves(self) -> bool:
        """Whether what succeeds is left when something else fails. A nested stack leaves it to its parent."""
        return self.on_failure == "DO_NOTHING" and self.parent_id is None

    def existing(self) -> dict[str, Resource]:
        """Return the resources that are there, by logical id."""
        gone = ("DELETE_COMPLETE", "DELETE_SKIPPED")
        return {name: resource for name, resource in self.resources.items() if resource.status not in gone}

    def made(self) -> dict[str, Resource]:
        """Return the resources whose creation has not failed, by logical id."""
        return {name: resource for name, resource in self.existing().items() if resource.status != "CREATE_FAILED"}

    def change_set(self, name_or_id: str) -> ChangeSet:
        """Return a change set by name or ARN; raise ChangeSetNotFound."""
        for change_set in self.change_sets.values():
            if name_or_id in (change_set.name, change_set.id):
                return change_set
        if name_or_id in self.executed:
            return self.executed[name_or_id]
        raise ChangeSetNotFound(f"ChangeSet [{name_or_id}] does not exist")


class CloudFormationBackend(BaseBackend):
    """The stacks of one account in one region, deleted ones among them."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.stacks: dict[str, Stack] = {}
        self.lock = threading.Lock()

    def arn(self, kind: str, name: str) -> str:
        """Return a new ARN of a stack or changeSet."""
        return f"arn:{self.partition}:cloudformation:{self.region_name}:{self.account_id}:{kind}/{name}/{uuid4()}"

    def live(self) -> Iterator[Stack]:
        """Yield the stacks that are not deleted."""
        return (stack for stack in list(self.stacks.values()) if stack.status != "DELETE_COMPLETE")

    def find(self, name_or_id: str) -> Stack | None:
        """Return a live stack by name, or any stack by its ARN."""
        if name_or_id in self.stacks:
            return self.stacks[name_or_id]
        return next((stack for stack in self.live() if stack.name == name_or_id), None)

    def get(self, name_or_id: str, message: str = "Stack with id {} does not exist") -> Stack:
        """Return a stack; raise ValidationError in the words that the operation has for it."""
        if stack := self.find(name_or_id):
            return stack
        raise ValidationError(message.format(name_or_id))

    def owner(self, kind: str, name_property: str, name: str) -> Stack | None:
        """Return the stack whose resource of this type has this name by choice."""
        for stack in self.live():
            for resource in list(stack.existing().values()):
                if resource.type == kind and resource.physical_id and resource.properties.get(name_property) == name:
                    return stack
        return None

    def exports(self) -> dict[str, tuple[Stack, str]]:
        """Return the exports of all live stacks: the stack and the value by the export's name."""
        return {
            output.export: (stack, output.value) for stack in self.live() for output in stack.outputs if output.export
        }

    def importers(self, exports: set[str]) -> dict[str, str]:
        """Return which of some exports another stack imports, and that stack's name."""
        return {name: users[0] for name in exports if (users := self.importing(name))}

    def importing(self, export: str) -> list[str]:
        """Return the names of the stacks that import an export."""
        nothing_made = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")
        made = (stack for stack in self.live() if stack.status not in nothing_made)
        return [stack.name for stack in made if export in stack.deployment.imported]


cloudformation_backends = BackendDict(CloudFormationBackend, "cloudformation")
