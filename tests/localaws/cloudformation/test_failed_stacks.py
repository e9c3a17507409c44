"""Stacks that an operation without a rollback has left failed: mended by another update, or taken back.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

UNTAKEN = {"Type": "AWS::Logs::LogGroup"}
# No fault that is found before anything is made.
FAILING = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}
LEFT = {"DisableRollback": True}


def logs(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}


def days(stack: Any, logical_id: str = "Logs") -> int | None:
    """Return how long a stack's log group keeps its events."""
    name = stack.physical_id(logical_id)
    (found,) = stack.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return found.get("retentionInDays")  # type: ignore[no-any-return]


@pytest.mark.parametrize("left", [LEFT, {"OnFailure": "DO_NOTHING"}], ids=["DisableRollback", "DO_NOTHING"])
def test_what_does_not_need_the_failed_is_made_all_the_same(stack: Any, left: dict[str, Any]) -> None:
    user = UNTAKEN | {"DependsOn": "Failing"}
    chain = {"A": UNTAKEN, "B": UNTAKEN | {"DependsOn": "A"}, "C": UNTAKEN | {"DependsOn": "B"}}

    after = stack.create({"Resources": {"Failing": FAILING, "User": user, **chain}}, **left)

    assert (after["StackStatus"], after["DisableRollback"]) == ("CREATE_FAILED", True)
    assert after["StackStatusReason"] == "The following resource(s) failed to create: [Failing]. "
    made = {name for name, status in stack.story() if status == "CREATE_COMPLETE"}
    assert made == {"A", "B", "C"}
    assert "User" not in dict(stack.story())


def test_a_creation_is_mended_by_an_update(stack: Any) -> None:
    failing = FAILING | {"DependsOn": "Logs"}
    stack.create(
        {"Resources": {"Logs": logs(), "Failing": failing, "User": UNTAKEN | {"DependsOn": "Failing"}}}, **LEFT
    )
    kept = stack.physical_id("Logs")
    document = {
        "Resources": {
            "Logs": logs(RetentionInDays=7),
            "Failing": UNTAKEN | {"Type": "AWS::SNS::Topic", "DependsOn": "Logs"},
            "User": UNTAKEN | {"DependsOn": "Failing"},
        },
        "Outputs": {"Topic": {"Value": {"Ref": "Failing"}}},
    }

    after = stack.update(document, **LEFT)

    assert after["StackStatus"] == "UPDATE_COMPLETE"
    assert after["Outputs"][0]["OutputValue"].startswith("arn:aws:sns:")
    assert (stack.physical_id("Logs"), days(stack)) == (kept, 7)
    start = stack.story().index((stack.name, "UPDATE_IN_PROGRESS"))
    told = [event for event in stack.story()[start + 1 :] if "IN_PROGRESS" not in event[1]]
    assert told == [
        ("Logs", "UPDATE_COMPLETE"),
        ("Failing", "CREATE_COMPLETE"),
        ("User", "CREATE_COMPLETE"),
        (stack.name, "UPDATE_COMPLETE"),
    ]


def test_a_creation_is_tried_again_when_its_obstacle_is_gone(stack: Any, client: Any, bucket_name: str) -> None:
    client("s3").create_bucket(Bucket=bucket_name)
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket_name}}
    assert stack.create({"Resources": {"Bucket": bucket, "Logs": UNTAKEN}}, **LEFT)["StackStatus"] == "CREATE_FAILED"
    client("s3").delete_bucket(Bucket=bucket_name)

    stack.cloudformation.update_stack(StackName=stack.name, UsePreviousTemplate=True, **LEFT)

    assert stack.settled()["StackStatus"] == "UPDATE_COMPLETE"
    assert stack.physical_id("Bucket") == bucket_name
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_what_a_failed_creation_left_is_cleared_away(stack: Any, bucket_name: str) -> None:
    """The bucket is there when its lifecycle is refused: the next operation deletes it and makes another."""
    bucket = {
        "BucketName": bucket_name,
        "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
    }
    wrong = bucket | {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": -1}]}}
    document = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": wrong}}}
    stack.create(document, **LEFT)
    assert stack.reason("Bucket", "CREATE_FAILED")
    assert ("Bucket", "CREATE_FAILED") in stack.story()

    document["Resources"]["Bucket"]["Properties"] = bucket
    assert stack.update(document, **LEFT)["StackStatus"] == "UPDATE_COMPLETE"

    told = [status for name, status in stack.story() if name == "Bucket"]
    assert told[-4:] == ["DELETE_COMPLETE", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_a_failed_update_may_be_left_and_taken_back_later(stack: Any, refusal: Callable[..., Any]) -> None:
    before, changed = logs(RetentionInDays=7), logs(RetentionInDays=14)
    stack.create({"Resources": {"Logs": before}})

    failing = FAILING | {"DependsOn": "Logs"}
    after = stack.update({"Resources": {"Logs": changed, "Failing": failing}}, **LEFT)
    assert (after["StackStatus"], days(stack)) == ("UPDATE_FAILED", 14)
    assert after["StackStatusReason"] == "The following resource(s) failed to create: [Failing]. "
    assert refusal(stack.update, template={"Resources": {"Logs": before}}) == (
        "ValidationError",
        "This stack is currently in a non-terminal [UPDATE_FAILED] state. To update the stack from this state, please "
        "use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the "
        "rollback-stack API",
    )
    stack.cloudformation.rollback_stack(StackName=stack.name)

    assert (stack.settled()["StackStatus"], days(stack)) == ("UPDATE_ROLLBACK_COMPLETE", 7)


def test_the_way_back_is_to_the_last_complete_state(stack: Any) -> None:
    """Two updates that fail, and then a rollback of both."""
    stack.create({"Resources": {"Logs": logs(RetentionInDays=7)}})
    first = {"Logs": logs(RetentionInDays=14), "New": UNTAKEN, "Failing": FAILING}
    assert stack.update({"Resources": first}, **LEFT)["StackStatus"] == "UPDATE_FAILED"
    second = {"Logs": logs(RetentionInDays=30), "Newer": UNTAKEN, "Failing": FAILING}
    assert stack.update({"Resources": second}, **LEFT)["StackStatus"] == "UPDATE_FAILED"
    assert days(stack) == 30

    stack.cloudformation.rollback_stack(StackName=stack.name)

    assert (stack.settled()["StackStatus"], days(stack)) == ("UPDATE_ROLLBACK_COMPLETE", 7)
    for name in ("New", "Newer", "Failing"):
        assert (name, "DELETE_COMPLETE") in stack.story()
    left = stack.cloudformation.list_stack_resources(StackName=stack.name)["StackResourceSummaries"]
    assert [(each["LogicalResourceId"], each["ResourceStatus"]) for each in left] == [("Logs", "UPDATE_COMPLETE")]


def test_an_update_that_was_left_is_mended_by_another(stack: Any) -> None:
    stack.create({"Resources": {"Logs": logs(RetentionInDays=7), "Gone": UNTAKEN}})
    stack.update({"Resources": {"Logs": logs(RetentionInDays=14), "New": UNTAKEN, "Failing": FAILING}}, **LEFT)

    after = stack.update({"Resources": {"Logs": logs(RetentionInDays=14), "Failing": UNTAKEN}}, **LEFT)

    assert (after["StackStatus"], days(stack)) == ("UPDATE_COMPLETE", 14)
    left = stack.cloudformation.list_stack_resources(StackName=stack.name)["StackResourceSummaries"]
    assert {each["LogicalResourceId"] for each in left} == {"Logs", "Failing"}
    found = stack.client("logs").describe_log_groups(logGroupNamePrefix=f"{stack.name}-")["logGroups"]
    assert len(found) == 2, "what neither template has is deleted"


def test_a_resource_whose_change_fails_is_what_it_was(stack: Any, client: Any) -> None:
    """Its retention is changed before the tag that is not allowed: the resource alone goes back."""
    name, trust = f"deploys-{stack.name}", {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}}
    role = client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust | {"Action": "sts:AssumeRole"}]})
    )["Role"]["Arn"]
    may = [
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "logs:Tag*", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": may})
    client("iam").put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=policy)
    stack.create({"Resources": {"Logs": logs(RetentionInDays=7), "Other": logs()}}, RoleARN=role)
    tagged = logs(RetentionInDays=14, Tags=[{"Key": "team", "Value": "a"}])
    document = {"Resources": {"Logs": tagged, "Other": logs(RetentionInDays=14)}}

    assert stack.update(document, **LEFT)["StackStatus"] == "UPDATE_FAILED"

    assert (days(stack, "Logs"), days(stack, "Other")) == (7, 14)
    client("iam").delete_role_policy(RoleName=name, PolicyName="logs")
    policy = json.dumps({"Version": "2012-10-17", "Statement": may[:1]})
    client("iam").put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=policy)
    stack.cloudformation.update_stack(StackName=stack.name, UsePreviousTemplate=True, **LEFT)
    assert stack.settled()["StackStatus"] == "UPDATE_COMPLETE"
    assert days(stack) == 14


def test_nothing_is_replaced_where_no_rollback_follows(stack: Any, bucket_name: str) -> None:
    def resources(name: str) -> dict[str, Any]:
        return {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{bucket_name}-{name}"}}}

    stack.create({"Resources": resources("old")})

    assert stack.update({"Resources": resources("new")}, **LEFT)["StackStatus"] == "UPDATE_FAILED"
    assert stack.reason("Bucket", "UPDATE_FAILED") == (
        "Replacement type updates not supported on stack with disable-rollback."
    )
    assert stack.physical_id("Bucket") == f"{bucket_name}-old"

    assert stack.update({"Resources": resources("old")}, **LEFT)["StackStatus"] == "UPDATE_COMPLETE"
    assert stack.update({"Resources": resources("new")})["StackStatus"] == "UPDATE_COMPLETE"


def test_a_failed_creation_may_be_left_and_taken_back_later(stack: Any, refusal: Callable[..., Any]) -> None:
    failing = FAILING | {"DependsOn": "Logs"}
    stack.create({"Resources": {"Logs": UNTAKEN, "Failing": failing}}, **LEFT)

    stack.cloudformation.rollback_stack(StackName=stack.name)

    assert stack.settled()["StackStatus"] == "ROLLBACK_COMPLETE"
    assert ("Logs", "DELETE_COMPLETE") in stack.story()
    assert refusal(stack.cloudformation.rollback_stack, StackName=stack.name)[0] == "ValidationError"


def test_a_creation_whose_mending_failed_is_taken_back_to_nothing(stack: Any) -> None:
    stack.create({"Resources": {"Logs": UNTAKEN, "Failing": FAILING}}, **LEFT)
    after = stack.update({"Resources": {"Logs": UNTAKEN, "New": UNTAKEN, "Failing": FAILING}}, **LEFT)
    assert after["StackStatus"] == "UPDATE_FAILED"

    stack.cloudformation.rollback_stack(StackName=stack.name)

    assert stack.settled()["StackStatus"] == "ROLLBACK_COMPLETE"
    assert {("Logs", "DELETE_COMPLETE"), ("New", "DELETE_COMPLETE")} <= set(stack.story())


@pytest.mark.parametrize("asked", [{}, {"RetainExceptOnCreate": True}], ids=["retained", "except on create"])
def test_what_is_new_may_go_although_its_policy_retains_it(
    stack: Any, another_stack: Any, client: Any, bucket_name: str, asked: dict[str, Any]
) -> None:
    def bucket(name: str) -> dict[str, Any]:
        return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}, "DeletionPolicy": "Retain"}

    failing = FAILING | {"DependsOn": "Bucket"}
    made, updated, left = (f"{bucket_name}-{kind}" for kind in ("made", "updated", "left"))
    assert stack.create({"Resources": {"Bucket": bucket(made), "Failing": failing}}, **asked)["StackStatus"] == (
        "ROLLBACK_COMPLETE"
    )
    another_stack.create({"Resources": {"Logs": UNTAKEN}})
    another_stack.update({"Resources": {"Logs": UNTAKEN, "Bucket": bucket(updated), "Failing": failing}}, **asked)
    assert another_stack.settled()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    another_stack.update({"Resources": {"Logs": UNTAKEN, "Bucket": bucket(left), "Failing": failing}}, **LEFT)
    another_stack.cloudformation.rollback_stack(StackName=another_stack.name, **asked)
    assert another_stack.settled()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    names = {each["Name"] for each in client("s3").list_buckets()["Buckets"]}
    assert names & {made, updated, left} == (set() if asked else {made, updated, left})
