"""What is left when a stack, or a resource of it, goes: deletion policies, retained resources, cancelled creations."""

import json
from collections.abc import Callable
from typing import Any

import pytest


def template(name: str, policy: str | None = None, **others: Any) -> dict[str, Any]:
    """Return a template of a bucket with a deletion policy."""
    members = {"DeletionPolicy": policy} if policy else {}
    return {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}} | members} | others}


def exists(stack: Any, name: str) -> bool:
    """Return whether there is a bucket of this name."""
    return name in [found["Name"] for found in stack.client("s3").list_buckets()["Buckets"]]


@pytest.mark.parametrize(
    ("policy", "status", "is_kept"),
    [
        (None, "DELETE_COMPLETE", False),
        ("Delete", "DELETE_COMPLETE", False),
        ("Retain", "DELETE_SKIPPED", True),
        ("RetainExceptOnCreate", "DELETE_SKIPPED", True),
    ],
)
def test_the_deletion_policy_decides_when_the_stack_goes(
    stack: Any, bucket_name: str, policy: str | None, status: str, is_kept: bool
) -> None:
    stack.create(template(bucket_name, policy))

    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert stack.story()[-2] == ("Bucket", status)
    assert exists(stack, bucket_name) == is_kept


@pytest.mark.parametrize(("policy", "is_kept"), [("Delete", False), ("Retain", True), ("RetainExceptOnCreate", False)])
def test_the_deletion_policy_decides_when_the_creation_fails(
    stack: Any, client: Any, bucket_name: str, policy: str, is_kept: bool
) -> None:
    taken = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{bucket_name}-taken"}, "DependsOn": "Bucket"}
    client("s3").create_bucket(Bucket=f"{bucket_name}-taken")

    after = stack.create(template(bucket_name, policy, Taken=taken), DisableValidation=True)

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    assert exists(stack, bucket_name) == is_kept


@pytest.mark.parametrize(("policy", "is_kept"), [("Delete", False), ("Retain", True)])
def test_the_replace_policy_decides_when_a_resource_is_replaced(
    stack: Any, bucket_name: str, policy: str, is_kept: bool
) -> None:
    document = template(bucket_name)
    document["Resources"]["Bucket"]["UpdateReplacePolicy"] = policy
    stack.create(document)

    document["Resources"]["Bucket"]["Properties"] = {"BucketName": f"{bucket_name}-new"}
    assert stack.update(document)["StackStatus"] == "UPDATE_COMPLETE"

    assert exists(stack, bucket_name) == is_kept
    assert exists(stack, f"{bucket_name}-new")


def test_what_cannot_be_deleted_may_be_left(
    stack: Any, client: Any, refusal: Callable[..., Any], bucket_name: str
) -> None:
    stack.create(template(bucket_name))
    client("s3").put_object(Bucket=bucket_name, Key="a", Body=b"")
    code, message = refusal(stack.delete, RetainResources=["Bucket"])
    assert (code, message) == (
        "ValidationError",
        f"Invalid operation on stack [{stack.id}]. When you delete a stack, specify which resources to retain only "
        "when the stack is in the DELETE_FAILED state.",
    )

    assert stack.delete()["StackStatus"] == "DELETE_FAILED"
    assert stack.reason(stack.name, "DELETE_FAILED") == "The following resource(s) failed to delete: [Bucket]. "
    assert refusal(stack.delete, RetainResources=["Bucket", "Nothing"]) == (
        "ValidationError",
        "The specified resources to retain must be in a valid state. Do not specify resources that are in the "
        "DELETE_COMPLETE state.",
    )
    assert stack.delete(RetainResources=["Bucket"])["StackStatus"] == "DELETE_COMPLETE"
    assert exists(stack, bucket_name)


def test_what_a_resource_that_stays_needs_stays_too(stack: Any, client: Any, bucket_name: str) -> None:
    logs = {"Type": "AWS::Logs::LogGroup"}
    document = template(bucket_name, Needed=logs, Other=logs)
    document["Resources"]["Bucket"]["DependsOn"] = "Needed"
    stack.create(document)
    client("s3").put_object(Bucket=bucket_name, Key="a", Body=b"")

    assert stack.delete()["StackStatus"] == "DELETE_FAILED"

    resources = stack.cloudformation.list_stack_resources(StackName=stack.id)["StackResourceSummaries"]
    assert {resource["LogicalResourceId"]: resource["ResourceStatus"] for resource in resources} == {
        "Needed": "CREATE_COMPLETE",
        "Bucket": "DELETE_FAILED",
        "Other": "DELETE_COMPLETE",
    }


def test_what_somebody_else_deleted_is_deleted(stack: Any, client: Any, bucket_name: str) -> None:
    stack.create(template(bucket_name))
    client("s3").delete_bucket(Bucket=bucket_name)

    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({}, "ROLLBACK_COMPLETE"),
        ({"OnFailure": "ROLLBACK"}, "ROLLBACK_COMPLETE"),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE"),
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED"),
        ({"DisableRollback": True}, "CREATE_FAILED"),
    ],
)
def test_the_caller_decides_what_follows_a_failed_creation(
    stack: Any, client: Any, bucket_name: str, request_: dict[str, Any], status: str
) -> None:
    client("s3").create_bucket(Bucket=bucket_name)
    document = template(bucket_name, First={"Type": "AWS::Logs::LogGroup"})
    document["Resources"]["Bucket"]["DependsOn"] = "First"

    assert stack.create(document, DisableValidation=True, **request_)["StackStatus"] == status
    names = [
        group["logGroupName"]
        for group in client("logs").describe_log_groups(logGroupNamePrefix=f"{stack.name}-")["logGroups"]
    ]
    assert any(name.startswith(f"{stack.name}-First-") for name in names) == (status == "CREATE_FAILED")


def test_a_creation_can_be_cut_short_by_a_deletion(stack: Any) -> None:
    logs = {"Type": "AWS::Logs::LogGroup"}
    chain = {f"L{n:03}": logs | ({"DependsOn": f"L{n - 1:03}"} if n else {}) for n in range(200)}
    stack.id = stack.cloudformation.create_stack(StackName=stack.name, TemplateBody=json.dumps({"Resources": chain}))[
        "StackId"
    ]

    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"

    assert len([event for event in stack.story() if event[1] == "CREATE_COMPLETE"]) < 200
    names = [
        group["logGroupName"]
        for group in stack.client("logs").describe_log_groups(logGroupNamePrefix=f"{stack.name}-")["logGroups"]
    ]
    assert [name for name in names if name.startswith(f"{stack.name}-L")] == []


def test_a_protected_stack_is_not_deleted(stack: Any, refusal: Callable[..., Any]) -> None:
    after = stack.create({"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}}}, EnableTerminationProtection=True)
    assert after["EnableTerminationProtection"] is True

    assert refusal(stack.delete) == (
        "ValidationError",
        f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled",
    )

    stack.cloudformation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"
