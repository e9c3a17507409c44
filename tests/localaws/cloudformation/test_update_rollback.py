"""The way back of a failed update, and what helps when it fails too."""

from collections.abc import Callable
from typing import Any

import pytest

IAM = {"Capabilities": ["CAPABILITY_IAM"]}
UNTAKEN = {"Type": "AWS::Logs::LogGroup"}
# No fault that is found before anything is made.
FAILING = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}


@pytest.fixture
def code(stack: Any, bucket_name: str, zipped: Callable[[dict[str, str]], bytes]) -> str:
    """A bucket with two states of a function's code: one.zip and two.zip."""
    s3 = stack.client("s3")
    s3.create_bucket(Bucket=bucket_name)
    for name in ("one", "two"):
        body = zipped({"index.py": f"def handler(event, context):\n    return '{name}'\n"})
        s3.put_object(Bucket=bucket_name, Key=f"{name}.zip", Body=body)
    return bucket_name


def template(bucket: str, key: str, **others: Any) -> dict[str, Any]:
    """Return a template with a function of an object, and other resources that come after it."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    function = {
        "Code": {"S3Bucket": bucket, "S3Key": key},
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": "Role.Arn"},
    }
    after_it = {name: resource | {"DependsOn": "Function"} for name, resource in others.items()}
    return {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            **after_it,
        }
    }


@pytest.fixture
def stuck(stack: Any, code: str) -> Any:
    """A stack whose update failed, and whose rollback failed because the old code is gone."""
    stack.create(template(code, "one.zip"), **IAM)
    stack.client("s3").delete_object(Bucket=code, Key="one.zip")
    after = stack.update(template(code, "two.zip", New=UNTAKEN, Failing=FAILING | {"DependsOn": "New"}), **IAM)
    assert after["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    return stack


def test_a_failed_update_is_undone(stack: Any, code: str) -> None:
    stack.create(template(code, "one.zip"), **IAM)

    after = stack.update(template(code, "two.zip", Failing=FAILING), **IAM)

    assert after["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    start = stack.story().index((stack.name, "UPDATE_IN_PROGRESS"))
    assert stack.story()[start + 1 :] == [
        ("Function", "UPDATE_IN_PROGRESS"),
        ("Function", "UPDATE_COMPLETE"),
        ("Failing", "CREATE_IN_PROGRESS"),
        ("Failing", "CREATE_FAILED"),
        (stack.name, "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("Function", "UPDATE_IN_PROGRESS"),
        ("Function", "UPDATE_COMPLETE"),
        (stack.name, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Failing", "DELETE_COMPLETE"),
        (stack.name, "UPDATE_ROLLBACK_COMPLETE"),
    ]
    reason = stack.reason(stack.name, "UPDATE_ROLLBACK_IN_PROGRESS")
    assert reason == "The following resource(s) failed to create: [Failing]. "


def test_what_fails_cancels_the_updates_under_way(stack: Any) -> None:
    groups = {f"Logs{number:02}": {"Type": "AWS::Logs::LogGroup", "Properties": {}} for number in range(40)}
    stack.create({"Resources": groups})
    changed = {name: group | {"Properties": {"RetentionInDays": 7}} for name, group in groups.items()}

    after = stack.update({"Resources": {"Failing": FAILING, **changed}})

    assert after["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    failed = [event for event in stack.events() if event["ResourceStatus"] == "UPDATE_FAILED"]
    assert {event["ResourceStatusReason"] for event in failed} <= {"Resource update cancelled"}
    begun = {name for name, status in stack.story() if name in groups and status == "UPDATE_IN_PROGRESS"}
    assert len(begun) < len(groups), "what has not begun is left alone"
    found = stack.client("logs").describe_log_groups(logGroupNamePrefix=f"{stack.name}-")["logGroups"]
    assert [group for group in found if "retentionInDays" in group] == []


def test_a_rollback_that_failed_is_told(stuck: Any) -> None:
    assert stuck.reason(stuck.name, "UPDATE_ROLLBACK_FAILED") == (
        "The following resource(s) failed to update: [Function]. "
    )
    assert "NoSuchKey" in stuck.reason("Function", "UPDATE_FAILED")


def test_a_rollback_is_continued_when_its_obstacle_is_gone(stuck: Any, code: str) -> None:
    s3 = stuck.client("s3")
    s3.copy_object(Bucket=code, Key="one.zip", CopySource={"Bucket": code, "Key": "two.zip"})

    stuck.cloudformation.continue_update_rollback(StackName=stuck.name)

    waiter = stuck.cloudformation.get_waiter("stack_rollback_complete")
    waiter.wait(StackName=stuck.name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    assert ("New", "DELETE_COMPLETE") in stuck.story()
    assert stuck.update(template(code, "two.zip"), **IAM)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_rollback_that_cannot_be_may_be_skipped(stuck: Any, refusal: Callable[..., Any]) -> None:
    call = stuck.cloudformation.continue_update_rollback
    assert refusal(call, StackName=stuck.name, ResourcesToSkip=["New"])[0] == "ValidationError"

    call(StackName=stuck.name, ResourcesToSkip=["Function"])

    assert stuck.settled()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stuck.story()[-1] == (stuck.name, "UPDATE_ROLLBACK_COMPLETE")
    assert ("Function", "UPDATE_COMPLETE") in stuck.story()[-6:]


def test_only_a_failed_rollback_is_continued(stack: Any, refusal: Callable[..., Any]) -> None:
    stack.create({"Resources": {"Logs": UNTAKEN}})

    assert refusal(stack.cloudformation.continue_update_rollback, StackName=stack.name)[0] == "ValidationError"
