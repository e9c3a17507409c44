"""Change sets: what they say, and that doing it does it. The CLI's deploy command rests on them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from localaws.clock import durations

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutBucketWebsite",
            "Resource": {"Fn::Sub": "arn:aws:s3:::${Bucket}"},
        }
    ],
}
LOGS = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}


UNTOLD: dict[str, Any] = {"Scope": [], "Details": []}


def bucket(name: str) -> dict[str, Any]:
    """Return a bucket with a name of its own."""
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}


def change_set(stack: Any, resources: dict[str, Any], kind: str = "UPDATE", **request: Any) -> dict[str, Any]:
    """Create a change set called c and return what it says."""
    body = json.dumps({"Resources": resources} | request)
    names = {"StackName": stack.name, "ChangeSetName": "c"}
    created = stack.cloudformation.create_change_set(**names, TemplateBody=body, ChangeSetType=kind)
    stack.id = created["StackId"]
    described: dict[str, Any] = stack.cloudformation.describe_change_set(ChangeSetName=created["Id"])
    return described


def execute(stack: Any, **request: Any) -> str:
    """Execute the change set c and return the stack's status when that has come to an end."""
    stack.cloudformation.execute_change_set(StackName=stack.name, ChangeSetName="c", **request)
    return str(stack.settled()["StackStatus"])


def test_a_stack_begins_as_a_change_set(stack: Any, refusal: Callable[..., Any]) -> None:
    described = change_set(stack, {"Logs": LOGS}, "CREATE")

    assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    change = {"Action": "Add", "LogicalResourceId": "Logs", "ResourceType": "AWS::Logs::LogGroup"} | UNTOLD
    assert described["Changes"] == [{"Type": "Resource", "ResourceChange": change}]
    found = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    assert found["StackStatus"] == "REVIEW_IN_PROGRESS"

    assert execute(stack) == "CREATE_COMPLETE"
    assert stack.story()[:3] == [
        (stack.name, "REVIEW_IN_PROGRESS"),
        (stack.name, "CREATE_IN_PROGRESS"),
        ("Logs", "CREATE_IN_PROGRESS"),
    ]
    assert "LastUpdatedTime" in stack.settled()
    arn = described["ChangeSetId"]
    assert refusal(stack.cloudformation.execute_change_set, ChangeSetName=arn) == (
        "InvalidChangeSetStatus",
        f"ChangeSet [{arn}] cannot be executed in its current execution status of [EXECUTE_COMPLETE]",
    )


def test_what_was_carried_out_is_known_by_its_arn_alone(stack: Any, refusal: Callable[..., Any]) -> None:
    """As captured on AWS: https://github.com/radkawar/stackd, changeset_name_reuse.json."""
    arn, cloudformation = change_set(stack, {"Logs": LOGS}, "CREATE")["ChangeSetId"], stack.cloudformation
    execute(stack)
    by_name = {"StackName": stack.name, "ChangeSetName": "c"}
    missing = ("ChangeSetNotFound", "ChangeSet [c] does not exist")

    assert refusal(cloudformation.describe_change_set, **by_name) == missing
    assert cloudformation.list_change_sets(StackName=stack.name)["Summaries"] == []
    cloudformation.delete_change_set(**by_name)
    assert refusal(cloudformation.delete_change_set, ChangeSetName=arn) == (
        "InvalidChangeSetStatus",
        "Cannot delete ChangeSet in execution status EXECUTE_COMPLETE",
    )
    again = change_set(stack, {"Logs": LOGS, "More": LOGS})
    assert cloudformation.describe_change_set(**by_name)["ChangeSetId"] == again["ChangeSetId"] != arn
    assert cloudformation.describe_change_set(ChangeSetName=arn)["ExecutionStatus"] == "EXECUTE_COMPLETE"


def test_the_name_of_a_failed_one_is_free_again_within_the_second(
    stack: Any, refusal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    change_set(stack, {"Logs": LOGS}, "CREATE")
    execute(stack)

    assert change_set(stack, {"Logs": LOGS})["Status"] == "FAILED"
    assert change_set(stack, {"Logs": LOGS, "More": LOGS})["Status"] == "CREATE_COMPLETE"
    execute(stack)

    monkeypatch.setattr(durations, "change_set_creation", 0)
    assert change_set(stack, {"Logs": LOGS, "More": LOGS})["Status"] == "FAILED"
    assert refusal(change_set, stack=stack, resources={"Logs": LOGS}) == (
        "AlreadyExistsException",
        f"ChangeSet c already exists for stack {stack.name}",
    )


def test_a_stack_may_be_created_past_its_change_set(stack: Any, refusal: Callable[..., Any]) -> None:
    described = change_set(stack, {"Logs": LOGS}, "CREATE")

    assert stack.create({"Resources": {"Other": LOGS}})["StackStatus"] == "CREATE_COMPLETE"

    assert stack.id == described["StackId"]
    expected = (
        f"ChangeSet [{described['ChangeSetId']}] cannot be executed in its current execution status of [OBSOLETE]"
    )
    assert refusal(execute, stack=stack) == ("InvalidChangeSetStatus", expected)


def test_a_change_set_outlives_its_stack(stack: Any, refusal: Callable[..., Any]) -> None:
    described = change_set(stack, {"Logs": LOGS}, "CREATE")
    execute(stack)
    stack.delete()

    look = stack.cloudformation.describe_change_set
    assert look(ChangeSetName=described["ChangeSetId"])["ExecutionStatus"] == "EXECUTE_COMPLETE"
    nobodys = f"{described['ChangeSetId']}0"
    assert refusal(look, ChangeSetName=nobodys) == ("ChangeSetNotFound", f"ChangeSet [{nobodys}] does not exist")


def test_a_change_set_tells_additions_changes_replacements_and_removals(stack: Any, bucket_name: str) -> None:
    old, new = bucket(f"{bucket_name}-old"), bucket(f"{bucket_name}-new")
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": POLICY},
    }
    stack.create({"Resources": {"Logs": LOGS, "Bucket": old, "Policy": policy, "Gone": LOGS, "Same": LOGS}})
    changed = LOGS | {"Properties": {"RetentionInDays": 14}}

    described = change_set(
        stack, {"Logs": changed, "Bucket": new, "Policy": policy, "More": LOGS, "Same": LOGS | {"DependsOn": "More"}}
    )

    changes = [change["ResourceChange"] for change in described["Changes"]]
    assert {c["LogicalResourceId"]: (c["Action"], c.get("Replacement")) for c in changes} == {
        "Logs": ("Modify", "False"),
        "Bucket": ("Modify", "True"),
        "Policy": ("Modify", "True"),
        "More": ("Add", None),
        "Gone": ("Remove", None),
    }
    detail = next(c["Details"] for c in changes if c["LogicalResourceId"] == "Bucket")[0]
    assert detail["Target"] == {"Attribute": "Properties", "Name": "BucketName", "RequiresRecreation": "Always"}
    assert next(c["PhysicalResourceId"] for c in changes if c["LogicalResourceId"] == "Bucket") == f"{bucket_name}-old"
    assert execute(stack) == "UPDATE_COMPLETE"


def details_of(described: dict[str, Any], logical_id: str) -> tuple[str, list[tuple[Any, ...]]]:
    """Return whether a resource would be replaced, and its details as rows."""
    changes = [change["ResourceChange"] for change in described["Changes"]]
    change = next(change for change in changes if change["LogicalResourceId"] == logical_id)
    rows = [
        (d["Target"].get("Name"), d["Target"]["RequiresRecreation"], d["Evaluation"], d["ChangeSource"])
        + ((d["CausingEntity"],) if "CausingEntity" in d else ())
        for d in change["Details"]
    ]
    return change["Replacement"], rows


def test_a_change_set_tells_why_something_changes(stack: Any, bucket_name: str) -> None:
    name = {"Name": {"Fn::Select": [5, {"Fn::Split": [":", {"Fn::GetAtt": "Bucket.Arn"}]}]}}
    used = {
        "ByName": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "Bucket"}}},
        "ByArn": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": ["a${Name}", name]}}},
    }
    stack.create({"Resources": {"Bucket": bucket(f"{bucket_name}-old"), **used}})

    described = change_set(stack, {"Bucket": bucket(f"{bucket_name}-new"), **used})

    assert details_of(described, "Bucket") == ("True", [("BucketName", "Always", "Static", "DirectModification")])
    assert details_of(described, "ByName") == (
        "True",
        [("LogGroupName", "Always", "Static", "ResourceReference", "Bucket")],
    )
    assert details_of(described, "ByArn") == (
        "True",
        [("LogGroupName", "Always", "Static", "ResourceAttribute", "Bucket.Arn")],
    )


def test_an_attribute_of_what_is_modified_may_change(stack: Any, bucket_name: str) -> None:
    tagged = bucket(bucket_name)
    used = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::GetAtt": "Bucket.DomainName"}}}
    stack.create({"Resources": {"Bucket": tagged, "Logs": used}})
    tagged["Properties"]["Tags"] = [{"Key": "a", "Value": "b"}]

    described = change_set(stack, {"Bucket": tagged, "Logs": used})

    assert details_of(described, "Bucket") == ("False", [("Tags", "Never", "Static", "DirectModification")])
    assert details_of(described, "Logs") == (
        "Conditional",
        [("LogGroupName", "Always", "Dynamic", "ResourceAttribute", "Bucket.DomainName")],
    )
    assert execute(stack) == "UPDATE_COMPLETE"
    assert [event for event in stack.story() if event == ("Logs", "UPDATE_IN_PROGRESS")] == []


def test_a_parameter_is_told_to_be_the_cause(stack: Any) -> None:
    parameters = {"Days": {"Type": "Number", "Default": 7}}
    logs = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}}
    stack.create({"Parameters": parameters, "Resources": {"Logs": logs}})
    parameters["Days"]["Default"] = 14

    described = change_set(stack, {"Logs": logs}, Parameters=parameters)

    assert details_of(described, "Logs") == (
        "False",
        [
            ("RetentionInDays", "Never", "Dynamic", "DirectModification"),
            ("RetentionInDays", "Never", "Static", "ParameterReference", "Days"),
        ],
    )


def test_a_change_set_without_changes_fails(stack: Any, refusal: Callable[..., Any]) -> None:
    stack.create({"Resources": {"Logs": LOGS}})

    described = change_set(stack, {"Logs": LOGS})

    assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert described["StatusReason"] == (
        "The submitted information didn't contain changes. Submit different information to create a change set."
    )
    code, message = refusal(execute, stack=stack)
    expected = f"ChangeSet [{described['ChangeSetId']}] cannot be executed in its current status of [FAILED]"
    assert (code, message) == ("InvalidChangeSetStatus", expected)


def test_a_change_set_is_obsolete_once_the_stack_is_updated(stack: Any, refusal: Callable[..., Any]) -> None:
    stack.create({"Resources": {"Logs": LOGS}})
    described = change_set(stack, {"Logs": LOGS, "More": LOGS})

    stack.update({"Resources": {"Logs": LOGS, "Another": LOGS}})

    code, message = refusal(execute, stack=stack)
    expected = (
        f"ChangeSet [{described['ChangeSetId']}] cannot be executed in its current execution status of [OBSOLETE]"
    )
    assert (code, message) == ("InvalidChangeSetStatus", expected)


def test_a_stack_that_was_left_failed_is_not_updated_by_a_change_set(stack: Any, refusal: Callable[..., Any]) -> None:
    failing = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}
    stack.create({"Resources": {"Logs": LOGS, "Failing": failing}}, DisableRollback=True)

    assert change_set(stack, {"Logs": LOGS})["Status"] == "CREATE_COMPLETE"

    code, message = refusal(execute, stack=stack)
    assert (code, message.partition(".")[0]) == (
        "ValidationError",
        "This stack is currently in a non-terminal [CREATE_FAILED] state",
    )


def test_a_change_set_may_mend_a_stack_that_was_left_failed(stack: Any) -> None:
    failing = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}
    stack.create({"Resources": {"Logs": LOGS, "Failing": failing}}, DisableRollback=True)

    described = change_set(stack, {"Logs": LOGS, "Failing": LOGS})

    changes = [
        (change["ResourceChange"]["Action"], change["ResourceChange"]["LogicalResourceId"])
        for change in described["Changes"]
    ]
    assert changes == [("Add", "Failing")]
    assert execute(stack, DisableRollback=True) == "UPDATE_COMPLETE"


def test_change_sets_are_listed_and_forgotten(stack: Any, refusal: Callable[..., Any]) -> None:
    cloudformation = stack.cloudformation
    change_set(stack, {"Logs": LOGS}, "CREATE", Description="first")
    assert refusal(change_set, stack=stack, resources={"Logs": LOGS}, kind="CREATE") == (
        "AlreadyExistsException",
        f"ChangeSet c already exists for stack {stack.name}",
    )
    listed = cloudformation.list_change_sets(StackName=stack.name)["Summaries"]
    assert [summary["ChangeSetName"] for summary in listed] == ["c"]

    cloudformation.delete_change_set(StackName=stack.name, ChangeSetName="c")

    assert cloudformation.list_change_sets(StackName=stack.name)["Summaries"] == []
    code, message = refusal(cloudformation.describe_change_set, StackName=stack.name, ChangeSetName="c")
    assert (code, message) == ("ChangeSetNotFound", "ChangeSet [c] does not exist")
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_a_stack_that_exists_is_not_created_again(stack: Any, refusal: Callable[..., Any]) -> None:
    stack.create({"Resources": {"Logs": LOGS}})

    assert refusal(change_set, stack=stack, resources={"Logs": LOGS}, kind="CREATE") == (
        "ValidationError",
        f"Stack [{stack.name}] already exists and cannot be created again with the changeSet [c].",
    )


def test_the_template_of_a_change_set_is_told(stack: Any, another_stack: Any) -> None:
    another_stack.create({"Resources": {"Other": LOGS}})
    described = change_set(stack, {"Logs": LOGS}, "CREATE")

    found = stack.cloudformation.get_template(ChangeSetName=described["ChangeSetId"])["TemplateBody"]

    assert found == {"Resources": {"Logs": LOGS}}
