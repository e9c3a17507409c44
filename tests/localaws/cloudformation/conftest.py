"""A stack that a test may deploy, with what AWS would say of it."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.cloudformation.providers import PROVIDERS
from localaws.cloudformation.providers.base import covered, property_paths

_DEADLINE, _INTERVAL = 30, 0.01  # seconds


@dataclass
class StackUnderTest:
    """One stack, by name, and the clients to look at it and at what it made."""

    client: Callable[[str], Any]
    name: str = field(default_factory=lambda: f"stack-{uuid.uuid4().hex[:8]}")
    id: str = ""

    @property
    def cloudformation(self) -> Any:
        return self.client("cloudformation")

    def create(self, template: dict[str, Any] | str, **request: Any) -> dict[str, Any]:
        """Create the stack and return how it is when that has come to an end."""
        body = template if isinstance(template, str) else json.dumps(template)
        self.id = self.cloudformation.create_stack(StackName=self.name, TemplateBody=body, **request)["StackId"]
        return self.settled()

    def update(self, template: dict[str, Any], **request: Any) -> dict[str, Any]:
        """Update the stack and return how it is when that has come to an end."""
        self.cloudformation.update_stack(StackName=self.name, TemplateBody=json.dumps(template), **request)
        return self.settled()

    def delete(self, **request: Any) -> dict[str, Any]:
        """Delete the stack and return how it is when that has come to an end."""
        self.cloudformation.delete_stack(StackName=self.name, **request)
        return self.settled()

    def settled(self) -> dict[str, Any]:
        """Return the stack as DescribeStacks tells it when no operation is under way."""
        deadline = time.monotonic() + _DEADLINE
        while time.monotonic() < deadline:
            stack: dict[str, Any] = self.cloudformation.describe_stacks(StackName=self.id or self.name)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
            time.sleep(_INTERVAL)
        raise TimeoutError(f"{self.name} is still {stack['StackStatus']}")

    def story(self) -> list[tuple[str, str]]:
        """Return the logical id and the status of every event, the first one first."""
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in self.events()]

    def events(self) -> list[dict[str, Any]]:
        """Return every event, the first one first."""
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=self.id or self.name)
        return [event for page in pages for event in page["StackEvents"]][::-1]

    def reason(self, logical_id: str, status: str) -> str:
        """Return why a resource, or the stack by its name, came to a status."""
        found = [e for e in self.events() if (e["LogicalResourceId"], e["ResourceStatus"]) == (logical_id, status)]
        return str(found[-1].get("ResourceStatusReason", ""))

    def physical_id(self, logical_id: str) -> str:
        """Return the physical id of a resource."""
        detail = self.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return str(detail["StackResourceDetail"]["PhysicalResourceId"])


@pytest.fixture
def stack(client: Callable[[str], Any]) -> StackUnderTest:
    """A stack that nobody has created yet."""
    return StackUnderTest(client)


@pytest.fixture
def bucket_name(client: Callable[[str], Any]) -> Iterator[str]:
    """A bucket name that nobody has."""
    yield f"bucket-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def refusal() -> Callable[..., tuple[str, str]]:
    """A function that makes a call which must be refused, and returns the error's code and message."""

    def refuse(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as refused:
            call(**request)
        said = refused.value.response["Error"]
        return said["Code"], said["Message"]

    return refuse


@pytest.fixture
def validate(client: Callable[[str], Any]) -> Callable[..., dict[str, Any]]:
    """ValidateTemplate of a template's text."""

    def call(body: str) -> dict[str, Any]:
        answer: dict[str, Any] = client("cloudformation").validate_template(TemplateBody=body)
        return answer

    return call


@pytest.fixture
def another_stack(client: Callable[[str], Any]) -> StackUnderTest:
    """A second stack that nobody has created yet."""
    return StackUnderTest(client)


def without_system_tags(seen: Any) -> Any:
    """Return what was seen without the tags of CloudFormation, which test_system_tags.py is about."""
    if isinstance(seen, dict):
        return {key: without_system_tags(item) for key, item in seen.items() if not key.startswith("aws:cloudf")}
    if isinstance(seen, list):
        return [without_system_tags(item) for item in seen if not _is_system_tag(item)]
    return tuple(without_system_tags(list(seen))) if isinstance(seen, tuple) else seen


def _is_system_tag(item: Any) -> bool:
    names = [item.get(name, "") for name in ("Key", "key", "TagKey")] if isinstance(item, dict) else []
    return any(str(name).startswith("aws:cloudf") for name in names)


@pytest.fixture
def prove(stack: StackUnderTest) -> Callable[..., None]:
    """A function that deploys a resource, looks at it, updates it if there is another state, and deletes it."""

    def run(  # noqa: PLR0917 (a row of the tables of properties)
        kind: str,
        properties: dict[str, Any],
        look: Callable[[Any, str], Any],
        seen: Any,
        changed: dict[str, Any] | None = None,
        seen_changed: Any = None,
        others: dict[str, Any] | None = None,
    ) -> None:
        iam = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
        template = {"Resources": {"Thing": {"Type": kind, "Properties": properties}} | (others or {})}
        after = stack.create(template, **iam)
        assert after["StackStatus"] == "CREATE_COMPLETE", stack.reason("Thing", "CREATE_FAILED")
        assert without_system_tags(look(stack.client, stack.physical_id("Thing"))) == seen
        if changed is not None:
            template["Resources"]["Thing"] = {"Type": kind, "Properties": changed}
            after = stack.update(template, **iam)
            assert after["StackStatus"] == "UPDATE_COMPLETE", stack.reason("Thing", "UPDATE_FAILED")
            assert without_system_tags(look(stack.client, stack.physical_id("Thing"))) == seen_changed
        assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"

    return run


# The test that proves what no row can.
_PROVED_ELSEWHERE = {
    # test_providers.py
    "AWS::CodeCommit::Repository": {"Code.BranchName", "Code.S3.Bucket", "Code.S3.Key", "Code.S3.ObjectVersion"},
    "AWS::KMS::Key": {"PendingWindowInDays"},  # test_providers.py
    "AWS::Lambda::Function": {"Code.S3Bucket", "Code.S3Key", "Code.S3ObjectVersion"},  # test_providers.py
    "AWS::S3::Bucket": {"NotificationConfiguration.EventBridgeConfiguration"},  # test_providers.py
}


@pytest.fixture
def unproved() -> Callable[[str, list[tuple[Any, ...]]], set[str]]:
    """A function that returns the properties of a provider, effective or stored, which no row sees."""

    def find(kind: str, rows: list[tuple[Any, ...]]) -> set[str]:
        names = PROVIDERS[kind].effective + PROVIDERS[kind].stored
        seen = _PROVED_ELSEWHERE.get(kind, set())
        for row_kind, properties, *_ in rows:
            paths = property_paths(properties, names) if row_kind == kind else []
            seen = seen | {name for path in paths for name in names if covered(path, (name,))}
        return set(names) - seen

    return find
