"""A stack is created, updated, waited for or begun anew by its status, and a failure names its cause."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

import stacks
from account import WorkshopError
from stacks import StackFailed, Template

TEMPLATE = Template({"TemplateURL": "https://b.s3.us-east-1.amazonaws.com/t.yaml"}, {"SuffixID": None, "Size": "1"})


def validation_error(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "Operation")


ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/x/0"
IN_PLACE = {
    "Action": "Modify",
    "Replacement": "False",
    "LogicalResourceId": "Logs",
    "ResourceType": "AWS::Logs::LogGroup",
}
UNCHANGED = "The submitted information didn't contain changes. Submit different information to create a change set."


class CloudFormation:
    """A service with one stack, which goes through the statuses it is told, one a look, and so do its change sets."""

    def __init__(self, *statuses: str, failure: tuple[str, str] | None = None) -> None:
        self.statuses = list(statuses)
        self.failure = failure
        self.proposals: list[dict[str, Any]] = [{"Status": "CREATE_COMPLETE"}]
        self.changes: list[dict[str, Any]] = [IN_PLACE]
        self.change_sets: list[str] = []
        self.calls: list[str] = []
        self.sent: dict[str, Any] = {}
        self.told: list[dict[str, Any]] = []
        self.findings: list[dict[str, Any]] | None = None
        self.detail = ""

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if not self.statuses:
            raise validation_error("Stack x does not exist")
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.tell(status, "x", physical_id=ID)
        parameters = [{"ParameterKey": key, "ParameterValue": "old"} for key in ("SuffixID", "Size", "Gone")]
        stack = {"StackName": "x", "StackId": ID, "StackStatus": status, "Parameters": parameters}
        return {"Stacks": [stack | {"CreationTime": datetime.now(UTC)}]}

    def tell(self, status: str, resource: str, reason: str = "", physical_id: str = "") -> None:
        event = {"EventId": f"{len(self.told)}", "ResourceStatus": status, "LogicalResourceId": resource}
        event |= {"PhysicalResourceId": physical_id} | ({"ResourceStatusReason": reason} if reason else {})
        self.told.insert(0, event)

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, f"pages_of_{operation}"))

    def pages_of_describe_stack_events(self, **_: str) -> list[dict[str, Any]]:
        return [{"StackEvents": list(self.told)}]

    def pages_of_describe_change_set(self, **_: str) -> list[dict[str, Any]]:
        """One page a change."""
        found = self.proposals.pop(0) if len(self.proposals) > 1 else self.proposals[0]
        return [found | {"Changes": [{"ResourceChange": change}]} for change in self.changes] or [found]

    def pages_of_describe_events(self, **request: Any) -> list[dict[str, Any]]:
        if self.findings is None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeEvents")
        assert request.pop("Filters") == {"FailedEvents": True}
        self.sent = request
        return [{"OperationEvents": self.findings}]

    def create_change_set(self, **request: Any) -> None:
        self.sent = request
        self.change_sets.append(request["ChangeSetName"])

    def delete_change_set(self, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        self.change_sets.remove(ChangeSetName)

    def execute_change_set(self, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        assert ChangeSetName in self.change_sets
        self.change("update", self.sent, "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")

    def create_stack(self, **request: Any) -> dict[str, str]:
        return self.change("create", request, "CREATE_COMPLETE", "ROLLBACK_COMPLETE")

    def delete_stack(self, **request: Any) -> None:
        self.change("delete", request, "DELETE_COMPLETE", "DELETE_FAILED")

    def change(self, call: str, request: dict[str, Any], good: str, bad: str) -> dict[str, str]:
        self.calls.append(call)
        self.sent = request
        if self.failure:
            self.tell("CREATE_FAILED", *self.failure)
            self.told[0] |= {"DetailedStatus": self.detail} if self.detail else {}
            self.tell("CREATE_FAILED", "Other", "Resource creation cancelled")
        self.statuses = [f"{call.upper()}_IN_PROGRESS", bad if self.failure else good]
        return {"StackId": ID}


def deployed(cloudformation: CloudFormation, confirmed: str = "") -> list[str]:
    """Deploy the stack x, and return what is said."""
    said: list[str] = []
    stacks.deploy(cloudformation, "x", TEMPLATE, {"SuffixID": "me42"}, said.append, confirmed=confirmed)
    return said


@pytest.mark.parametrize(
    ("statuses", "calls"),
    [
        ([], ["create"]),
        (["CREATE_COMPLETE"], ["update"]),
        (["UPDATE_ROLLBACK_COMPLETE"], ["update"]),
        (["ROLLBACK_COMPLETE"], ["delete", "create"]),
        (["REVIEW_IN_PROGRESS"], ["delete", "create"]),
        (["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], ["update"]),
        (["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"], ["delete", "create"]),
        (["DELETE_IN_PROGRESS", "DELETE_COMPLETE"], ["create"]),
    ],
)
def test_what_is_done_follows_from_the_status(statuses: list[str], calls: list[str]) -> None:
    cloudformation = CloudFormation(*statuses)
    deployed(cloudformation)
    assert cloudformation.calls == calls


# A status that allows no update, the event that begins what led to it, and how what is said of it ends.
STUCK = [
    ("DELETE_FAILED", "DELETE_IN_PROGRESS", "make teardown SUFFIX=old, then make deploy SUFFIX=old"),
    ("ROLLBACK_FAILED", "ROLLBACK_IN_PROGRESS", "make teardown SUFFIX=old, then make deploy SUFFIX=old"),
    ("CREATE_FAILED", "CREATE_IN_PROGRESS", "rollback-stack --stack-name x, then the same command again"),
    ("UPDATE_FAILED", "UPDATE_IN_PROGRESS", "rollback-stack --stack-name x, then the same command again"),
    (
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "continue-update-rollback --stack-name x, then the same command again",
    ),
    ("A_NEW_WORD_FAILED", "A_NEW_WORD_IN_PROGRESS", "See it in the CloudFormation console"),
]


@pytest.mark.parametrize(("status", "begin", "mending"), STUCK)
def test_a_stack_that_allows_no_update_is_explained_and_left_alone(status: str, begin: str, mending: str) -> None:
    cloudformation = CloudFormation(status)
    cloudformation.tell("CREATE_FAILED", "Earlier", "of another operation")
    cloudformation.tell(begin, "x", physical_id=ID)
    cloudformation.tell("DELETE_FAILED", "Bucket", "The bucket is not\n empty.")
    cloudformation.tell("DELETE_FAILED", "Later", "a consequence")
    with pytest.raises(StackFailed) as stuck:
        deployed(cloudformation)
    told = str(stuck.value)
    assert told.startswith(f"x is {status}: ")
    assert ". Bucket: The bucket is not empty. " in told
    assert told.endswith(mending)
    assert cloudformation.calls == []


def test_a_stack_that_was_never_made_is_explained_and_begun_again() -> None:
    cloudformation = CloudFormation("ROLLBACK_COMPLETE")
    cloudformation.tell("CREATE_IN_PROGRESS", "x", physical_id=ID)
    cloudformation.tell("CREATE_FAILED", "Bucket", "name is taken")
    cloudformation.tell("ROLLBACK_IN_PROGRESS", "x", physical_id=ID)
    cloudformation.tell("DELETE_FAILED", "Later", "at first")
    assert deployed(cloudformation)[0] == (
        "x is ROLLBACK_COMPLETE: it was not created, and nothing of it is left. Bucket: name is taken. "
        "It is deleted, and begun again."
    )


def test_every_status_is_known() -> None:
    """Of a stack at rest (botocore: StackStatus); local AWS imports nothing, and DELETE_COMPLETE is no stack."""
    words = botocore.session.get_session().get_service_model("cloudformation").shape_for("StackStatus").enum
    at_rest = {word for word in words if not word.endswith("IN_PROGRESS")} - {"DELETE_COMPLETE"}
    assert at_rest - stacks.UPDATABLE - stacks.MEANINGS.keys() == {"IMPORT_ROLLBACK_FAILED"}


def test_an_update_is_shown_before_it_is_carried_out() -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE")
    cloudformation.proposals = [{"Status": "CREATE_PENDING"}, {"Status": "CREATE_COMPLETE"}]
    cloudformation.changes = [
        {"Action": "Add", "LogicalResourceId": "New", "ResourceType": "AWS::SNS::Topic", "Details": []},
        IN_PLACE | {"Details": details("RetentionInDays", "RetentionInDays")},
        IN_PLACE | {"LogicalResourceId": "Tagged", "Details": [{"Target": {"Attribute": "Tags"}}]},
        IN_PLACE | {"LogicalResourceId": "Other", "Replacement": "True", "Details": details("LogGroupName")},
        IN_PLACE | {"LogicalResourceId": "L", "Replacement": "Conditional", "Details": details("LogGroupName", "Tags")},
        {"Action": "Remove", "LogicalResourceId": "Old", "ResourceType": "AWS::SNS::Topic"},
        {"Action": "ANewWord", "LogicalResourceId": "Odd", "ResourceType": "AWS::SNS::Topic"},
    ]
    assert deployed(cloudformation) == [
        "Changes of x:",
        "  Add       New     AWS::SNS::Topic      new",
        "  Modify    Logs    AWS::Logs::LogGroup  changed in place: RetentionInDays",
        "  Modify    Tagged  AWS::Logs::LogGroup  changed in place: Tags",
        "  Modify    Other   AWS::Logs::LogGroup  replaced, the old one deleted: LogGroupName",
        "  Modify    L       AWS::Logs::LogGroup  changed in place or replaced: LogGroupName, Tags",
        "  Remove    Old     AWS::SNS::Topic      deleted",
        "  ANewWord  Odd     AWS::SNS::Topic",
        "Updating x",
        "  UPDATE_COMPLETE   x",
    ]


def details(*names: str) -> list[dict[str, Any]]:
    return [{"Target": {"Attribute": "Properties", "Name": name}} for name in names]


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::CodeCommit::Repository"])
@pytest.mark.parametrize(
    ("change", "is_lost"),
    [
        ({"Action": "Remove"}, True),
        ({"Action": "Modify", "Replacement": "True"}, True),
        ({"Action": "Modify", "Replacement": "Conditional"}, True),
        ({"Action": "Modify", "Replacement": "False"}, False),
        ({"Action": "Add"}, False),
    ],
)
def test_what_holds_data_is_deleted_only_when_that_is_confirmed(
    kind: str, change: dict[str, str], is_lost: bool
) -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE")
    cloudformation.changes = [
        change | {"LogicalResourceId": "Data", "ResourceType": kind, "PhysicalResourceId": "data"},
        IN_PLACE,
    ]
    if is_lost:
        for confirmed in ("", "999999999999"):
            with pytest.raises(WorkshopError, match=r"of x would delete Data \(data\), .*with CONFIRM=123456789012$"):
                deployed(cloudformation, confirmed)
            assert cloudformation.change_sets == cloudformation.calls == []
    deployed(cloudformation, "123456789012" if is_lost else "")
    assert cloudformation.calls == ["update"]


@pytest.mark.parametrize("reason", [UNCHANGED, "No updates are to be performed."])
def test_no_update_is_a_success(reason: str) -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE")
    cloudformation.proposals, cloudformation.changes = [{"Status": "FAILED", "StatusReason": reason}], []
    assert deployed(cloudformation) == ["x is up to date"]
    assert cloudformation.change_sets == cloudformation.calls == []


def test_a_change_set_that_fails_is_an_error_and_deleted() -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE")
    cloudformation.proposals = [{"Status": "FAILED", "StatusReason": "Transform X failed"}]
    with pytest.raises(WorkshopError, match=r"^x cannot be updated: Transform X failed$"):
        deployed(cloudformation)
    assert cloudformation.change_sets == cloudformation.calls == []


def finding(resource: str, reason: str, path: str, **more: str) -> dict[str, Any]:
    """What DescribeEvents tells of a validation."""
    return {
        "OperationId": "1",
        "ResourceType": "AWS::S3::Bucket",
        "LogicalResourceId": resource,
        "ValidationFailureMode": "FAIL",
        "ValidationStatusReason": reason,
        "ValidationPath": path,
    } | more


FINDINGS = [
    finding("Late", "Unsupported property [Nam]", "/Resources/Late/Properties"),
    {"EventType": "PROVISIONING_ERROR"},
    finding("Warned", "The bucket 'w' is not empty.", "/Resources/Warned", ValidationFailureMode="WARN"),
    finding("Bucket", "Resource of type 'AWS::S3::Bucket' with identifier 'b' already exists.", "/Resources/Bucket"),
    finding("Old", "of an earlier operation", "/Resources/Old", OperationId="0"),
]
HOOKS = "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot ..."


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        (
            FINDINGS,
            "Bucket: Resource of type 'AWS::S3::Bucket' with identifier 'b' already exists; "
            "Late: Unsupported property [Nam] (at /Resources/Late/Properties)",
        ),
        (None, HOOKS),
    ],
    ids=["told", "one may not ask"],
)
def test_what_a_validation_finds_in_a_change_set_is_told(findings: list[dict[str, Any]] | None, told: str) -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE")
    cloudformation.proposals, cloudformation.findings = [{"Status": "FAILED", "StatusReason": HOOKS}], findings
    with pytest.raises(WorkshopError) as failure:
        deployed(cloudformation)
    assert str(failure.value) == f"x cannot be updated: {told}"
    assert cloudformation.change_sets == cloudformation.calls == []


@pytest.mark.parametrize(("findings", "cause"), [(FINDINGS, "Bucket"), (None, "x")], ids=["told", "one may not ask"])
def test_what_a_validation_finds_in_a_creation_is_the_cause(findings: list[dict[str, Any]] | None, cause: str) -> None:
    cloudformation = CloudFormation(failure=("x", "Validation failed with 2 error(s). Call DescribeEvents ..."))
    cloudformation.findings, cloudformation.detail = findings, "VALIDATION_FAILED"
    with pytest.raises(StackFailed) as failure:
        deployed(cloudformation)
    assert failure.value.cause
    assert failure.value.cause["LogicalResourceId"] == cause
    assert ("'b' already exists. Mend that" in str(failure.value)) == (findings is not None)


@pytest.mark.parametrize("failure", [validation_error("no"), KeyboardInterrupt()], ids=["refused", "Ctrl-C"])
@pytest.mark.parametrize("call", ["pages_of_describe_change_set", "execute_change_set"])
def test_what_stops_an_update_leaves_no_change_set(
    call: str, failure: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE")

    def fail(**_: str) -> None:
        raise failure

    monkeypatch.setattr(cloudformation, call, fail)
    with pytest.raises(type(failure)):
        deployed(cloudformation)
    assert cloudformation.change_sets == []


def test_what_cannot_be_discarded_does_not_hide_why(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudformation = CloudFormation("CREATE_COMPLETE")

    def refuse(**_: str) -> None:
        raise validation_error("Parameter Size failed to satisfy constraint")

    monkeypatch.setattr(cloudformation, "create_change_set", refuse)
    monkeypatch.setattr(cloudformation, "delete_change_set", refuse)
    with pytest.raises(ClientError, match="Parameter Size failed"):
        deployed(cloudformation)


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


@pytest.mark.parametrize("statuses", [[], ["CREATE_COMPLETE"]], ids=["creation", "update"])
@pytest.mark.parametrize(
    ("place", "other"),
    [({"TemplateBody": "Resources: ..."}, "TemplateURL"), ({"TemplateURL": "https://b.s3..."}, "TemplateBody")],
)
def test_a_template_is_in_the_request_or_named_in_it(statuses: list[str], place: dict[str, str], other: str) -> None:
    cloudformation = CloudFormation(*statuses)
    stacks.deploy(cloudformation, "x", Template(place, {"SuffixID": None}), {"SuffixID": "me42"}, lambda _: None)
    assert place.items() <= cloudformation.sent.items()
    assert other not in cloudformation.sent


@pytest.mark.parametrize("statuses", [[], ["CREATE_COMPLETE"]])
def test_a_failure_names_the_first_resource_and_its_reason(statuses: list[str]) -> None:
    cloudformation = CloudFormation(*statuses, failure=("Bucket", "name is taken"))
    if statuses:
        cloudformation.tell("CREATE_FAILED", "OfAnEarlierTime", "long ago")
    with pytest.raises(
        StackFailed, match=r"x is (UPDATE_)?ROLLBACK_COMPLETE: .*\. Bucket: name is taken\. "
    ) as failure:
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
        "  ROLLBACK_COMPLETE  x",
    ]
