"""A stack is created, updated, waited for or begun anew by its status, and a failure names its cause."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

import stacks
from account import WorkshopError
from stacks import StackFailed, Template

TEMPLATE = Template("Resources: ...", {"SuffixID": None, "Size": "1"})


def validation_error(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "Operation")


class CloudFormation:
    """A service with one stack, which goes through the statuses it is told, one a look."""

    def __init__(self, *statuses: str, failure: tuple[str, str] | None = None, update_error: str = "") -> None:
        self.statuses = list(statuses)
        self.failure = failure
        self.update_error = update_error
        self.calls: list[str] = []
        self.sent: dict[str, Any] = {}
        self.told: list[dict[str, Any]] = []

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if not self.statuses:
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": "Stack x does not exist"}}, "DescribeStacks"
            )
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.tell(status, "stack")
        parameters = [{"ParameterKey": key, "ParameterValue": "old"} for key in ("SuffixID", "Size", "Gone")]
        return {"Stacks": [{"StackName": "x", "StackId": "x-id", "StackStatus": status, "Parameters": parameters}]}

    def tell(self, status: str, resource: str, reason: str = "") -> None:
        event = {"EventId": f"{len(self.told)}", "ResourceStatus": status, "LogicalResourceId": resource}
        self.told.insert(0, event | ({"ResourceStatusReason": reason} if reason else {}))

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803
        return [{"StackEvents": list(self.told)}]

    def create_stack(self, **request: Any) -> dict[str, str]:
        return self.change("create", request, "CREATE_COMPLETE", "ROLLBACK_COMPLETE")

    def update_stack(self, **request: Any) -> dict[str, str]:
        if self.update_error:
            raise validation_error(self.update_error)
        return self.change("update", request, "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")

    def delete_stack(self, **request: Any) -> None:
        self.change("delete", request, "DELETE_COMPLETE", "DELETE_FAILED")

    def change(self, call: str, request: dict[str, Any], good: str, bad: str) -> dict[str, str]:
        self.calls.append(call)
        self.sent = request
        if self.failure:
            self.tell("CREATE_FAILED", *self.failure)
            self.tell("CREATE_FAILED", "Other", "Resource creation cancelled")
        self.statuses = [f"{call.upper()}_IN_PROGRESS", bad if self.failure else good]
        return {"StackId": "x-id"}


@pytest.mark.parametrize(
    ("statuses", "calls"),
    [
        ([], ["create"]),
        (["CREATE_COMPLETE"], ["update"]),
        (["UPDATE_ROLLBACK_COMPLETE"], ["update"]),
        (["ROLLBACK_COMPLETE"], ["delete", "create"]),
        (["DELETE_FAILED"], ["delete", "create"]),
        (["REVIEW_IN_PROGRESS"], ["delete", "create"]),
        (["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], ["update"]),
        (["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"], ["delete", "create"]),
        (["DELETE_IN_PROGRESS", "DELETE_COMPLETE"], ["create"]),
    ],
)
def test_what_is_done_follows_from_the_status(statuses: list[str], calls: list[str]) -> None:
    cloudformation = CloudFormation(*statuses)
    stacks.deploy(cloudformation, "x", TEMPLATE, {"SuffixID": "me42"}, lambda _: None)
    assert cloudformation.calls == calls


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_FAILED", "A_NEW_WORD"])
def test_a_status_that_allows_no_update_is_named(status: str) -> None:
    with pytest.raises(WorkshopError, match=f"x is {status}.*aws cloudformation continue-update-rollback"):
        stacks.deploy(CloudFormation(status), "x", TEMPLATE, {}, lambda _: None)


def test_no_update_is_a_success() -> None:
    said: list[str] = []
    cloudformation = CloudFormation("CREATE_COMPLETE", update_error="No updates are to be performed.")
    assert stacks.deploy(cloudformation, "x", TEMPLATE, {}, said.append).status == "CREATE_COMPLETE"
    assert said == ["x is up to date"]


def test_any_other_refusal_is_not() -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE", update_error="Parameter Size failed to satisfy constraint")
    with pytest.raises(ClientError, match="Parameter Size failed"):
        stacks.deploy(cloudformation, "x", TEMPLATE, {}, lambda _: None)


def test_an_update_keeps_what_is_not_given_and_still_declared() -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE")
    stacks.deploy(cloudformation, "x", TEMPLATE, {"SuffixID": "me42"}, lambda _: None)
    assert cloudformation.sent["Parameters"] == [
        {"ParameterKey": "SuffixID", "ParameterValue": "me42"},
        {"ParameterKey": "Size", "UsePreviousValue": True},
    ]


def test_a_creation_leaves_the_rest_to_the_template() -> None:
    cloudformation = CloudFormation()
    stacks.deploy(cloudformation, "x", TEMPLATE, {"SuffixID": "me42"}, lambda _: None)
    assert cloudformation.sent["Parameters"] == [{"ParameterKey": "SuffixID", "ParameterValue": "me42"}]


@pytest.mark.parametrize("statuses", [[], ["CREATE_COMPLETE"]])
def test_a_failure_names_the_first_resource_and_its_reason(statuses: list[str]) -> None:
    cloudformation = CloudFormation(*statuses, failure=("Bucket", "name is taken"))
    if statuses:
        cloudformation.tell("CREATE_FAILED", "OfAnEarlierTime", "long ago")
    with pytest.raises(StackFailed, match=r"x is (UPDATE_)?ROLLBACK_COMPLETE\. Bucket: name is taken") as failure:
        stacks.deploy(cloudformation, "x", TEMPLATE, {}, lambda _: None)
    assert failure.value.cause
    assert failure.value.cause["LogicalResourceId"] == "Bucket"


def test_events_are_told_once_and_in_order() -> None:
    said: list[str] = []
    with pytest.raises(StackFailed):
        stacks.deploy(CloudFormation(failure=("Bucket", "name is taken")), "x", TEMPLATE, {}, said.append)
    assert said == [
        "Creating x",
        "  CREATE_FAILED     Bucket  name is taken",
        "  CREATE_FAILED     Other  Resource creation cancelled",
        "  ROLLBACK_COMPLETE  stack",
    ]
