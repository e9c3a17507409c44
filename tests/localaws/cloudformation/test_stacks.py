"""A stack's story as AWS tells it: states, events in their order, and reasons."""

import gc
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import WaiterError

BUCKET = {"Type": "AWS::S3::Bucket"}
LOGS = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}}}
MORE_LOGS = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}}}


def named(name: str) -> dict[str, Any]:
    """Return a bucket with a name of its own."""
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}


def test_a_stack_is_created_in_the_order_of_its_references(stack: Any, bucket_name: str) -> None:
    resource = f"arn:aws:s3:::{bucket_name}/*"
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectAcl", "Resource": resource}
    template = {
        "Resources": {
            "Policy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Bucket"},
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [denied]},
                },
            },
            "Bucket": named(bucket_name),
        },
    }

    assert stack.create(template)["StackStatus"] == "CREATE_COMPLETE"
    assert stack.story() == [
        (stack.name, "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_COMPLETE"),
        ("Policy", "CREATE_IN_PROGRESS"),
        ("Policy", "CREATE_IN_PROGRESS"),
        ("Policy", "CREATE_COMPLETE"),
        (stack.name, "CREATE_COMPLETE"),
    ]


def test_a_bucket_that_exists_already_rolls_the_stack_back(stack: Any, client: Any, bucket_name: str) -> None:
    client("s3").create_bucket(Bucket=bucket_name)
    template = {"Resources": {"First": BUCKET, "Taken": named(bucket_name) | {"DependsOn": "First"}}}

    after = stack.create(template, DisableValidation=True)

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack.reason("Taken", "CREATE_FAILED") == f"{bucket_name} already exists"
    assert stack.story()[4:] == [
        ("Taken", "CREATE_IN_PROGRESS"),
        ("Taken", "CREATE_FAILED"),
        (stack.name, "ROLLBACK_IN_PROGRESS"),
        ("Taken", "DELETE_COMPLETE"),
        ("First", "DELETE_IN_PROGRESS"),
        ("First", "DELETE_COMPLETE"),
        (stack.name, "ROLLBACK_COMPLETE"),
    ]
    expected = "The following resource(s) failed to create: [Taken]. Rollback requested by user."
    assert stack.reason(stack.name, "ROLLBACK_IN_PROGRESS") == expected
    assert bucket_name in [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]


def test_a_name_that_another_stack_has_taken(stack: Any, another_stack: Any) -> None:
    document = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"t-{stack.name}"}}}}
    stack.create(document)

    assert another_stack.create(document)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert another_stack.reason("Topic", "CREATE_FAILED") == f"t-{stack.name} already exists in stack {stack.id}"


def test_a_log_group_that_exists_already(stack: Any, client: Any) -> None:
    client("logs").create_log_group(logGroupName=f"/{stack.name}")
    properties = {"LogGroupName": f"/{stack.name}"}

    document = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": properties}}}

    stack.create(document, DisableValidation=True)

    reason = stack.reason("Logs", "CREATE_FAILED")
    assert reason.startswith(
        "Resource handler returned message: \"Resource of type 'AWS::Logs::LogGroup' with identifier "
        f'\'{{"/properties/LogGroupName":"/{stack.name}"}}\' already exists." (RequestToken: '
    )
    assert reason.endswith(", HandlerErrorCode: AlreadyExists)")


def test_a_bucket_with_objects_stops_the_deletion(stack: Any, client: Any, bucket_name: str) -> None:
    stack.create({"Resources": {"Bucket": named(bucket_name)}})
    client("s3").put_object(Bucket=bucket_name, Key="a", Body=b"")

    assert stack.delete()["StackStatus"] == "DELETE_FAILED"
    assert "The bucket you tried to delete is not empty" in stack.reason("Bucket", "DELETE_FAILED")

    client("s3").delete_object(Bucket=bucket_name, Key="a")
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert bucket_name not in [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]


def test_what_fails_cancels_what_is_under_way(stack: Any, client: Any) -> None:
    groups = {f"Logs{number:02}": {"Type": "AWS::Logs::LogGroup"} for number in range(40)}
    failing = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}
    after_it = {"Type": "AWS::Logs::LogGroup", "DependsOn": "Failing"}

    after = stack.create({"Resources": {"Failing": failing, "After": after_it, **groups}})

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    assert [name for name, _ in stack.story()[1:42]] == ["Failing", *groups], "all that need nothing begin at once"
    failed = [event for event in stack.events() if event["ResourceStatus"] == "CREATE_FAILED"]
    cancelled = [
        event["LogicalResourceId"] for event in failed if event["ResourceStatusReason"] == "Resource creation cancelled"
    ]
    assert set(cancelled) <= set(groups)
    assert len(cancelled) == len(failed) - 1 > 0
    reason = stack.reason(stack.name, "ROLLBACK_IN_PROGRESS")
    assert reason.endswith("]. Rollback requested by user.")
    listed = reason.partition("[")[2].partition("]")[0].split(", ")
    assert sorted(listed) == sorted(["Failing", *cancelled])
    assert "After" not in [name for name, _ in stack.story()]
    pages = client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"{stack.name}-")
    assert [group for page in pages for group in page["logGroups"]] == []


def test_topics_are_told_of_events(stack: Any, client: Any, listener: Any) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name=stack.name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    sns.confirm_subscription(TopicArn=topic, Token=listener.token())
    listener.requests.clear()
    document = {
        "Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}},
        "Outputs": {"Told": {"Value": {"Fn::Join": [",", {"Ref": "AWS::NotificationARNs"}]}}},
    }

    after = stack.create(document, NotificationARNs=[topic], ClientRequestToken="token")

    assert (after["NotificationARNs"], after["Outputs"][0]["OutputValue"]) == ([topic], topic)
    told = [json.loads(body) for _, body in listener.got(5)]
    assert {message["Subject"] for message in told} == {"AWS CloudFormation Notification"}
    messages = [dict(line.split("=", 1) for line in message["Message"].splitlines()) for message in told]
    events = {event["EventId"]: event for event in stack.events()}
    assert {message["EventId"].strip("'") for message in messages} == set(events)
    for message in messages:
        event = events[message["EventId"].strip("'")]
        for name in ("StackId", "StackName", "LogicalResourceId", "ResourceType", "ResourceStatus"):
            assert message[name] == f"'{event[name]}'"
        assert (message["Namespace"], message["ClientRequestToken"]) == ("'123456789012'", "'token'")


def test_a_topic_that_is_gone_stops_no_stack(stack: Any) -> None:
    gone = ["arn:aws:sns:us-east-1:123456789012:gone"]

    after = stack.create({"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}}}, NotificationARNs=gone)

    assert after["StackStatus"] == "CREATE_COMPLETE"


def test_a_stack_that_rests_holds_no_client(stack: Any) -> None:
    def clients() -> int:
        gc.collect()
        return sum(isinstance(each, BaseClient) for each in gc.get_objects())

    _ = stack.cloudformation, stack.client("logs")
    before = clients()

    assert stack.create(LOGS)["StackStatus"] == "CREATE_COMPLETE"

    deadline = time.monotonic() + 5
    while clients() > before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert clients() <= before


def test_what_needs_another_waits_for_it(stack: Any) -> None:
    logs = {"Type": "AWS::Logs::LogGroup"}
    chains = {
        f"{chain}{link}": logs | ({"DependsOn": f"{chain}{link - 1}"} if link else {})
        for chain in "ABC"
        for link in range(4)
    }

    stack.create({"Resources": chains})
    stack.delete()

    story = stack.story()
    for chain in "ABC":
        for link in range(1, 4):
            needed, user = f"{chain}{link - 1}", f"{chain}{link}"
            assert story.index((needed, "CREATE_COMPLETE")) < story.index((user, "CREATE_IN_PROGRESS"))
            assert story.index((user, "DELETE_COMPLETE")) < story.index((needed, "DELETE_IN_PROGRESS"))


@pytest.mark.parametrize(
    ("waiter", "prepare"),
    [
        ("stack_exists", lambda stack: stack.create(LOGS)),
        ("stack_create_complete", lambda stack: stack.create(LOGS)),
        ("stack_update_complete", lambda stack: (stack.create(LOGS), stack.update(MORE_LOGS))),
        ("stack_delete_complete", lambda stack: (stack.create(LOGS), stack.delete())),
    ],
)
def test_a_waiter_finds_what_it_waits_for(stack: Any, waiter: str, prepare: Callable[[Any], Any]) -> None:
    prepare(stack)

    name = stack.name if waiter == "stack_delete_complete" else stack.id
    stack.cloudformation.get_waiter(waiter).wait(StackName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 1})


def test_a_waiter_finds_that_a_creation_has_failed(stack: Any) -> None:
    stack.create({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}}})

    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        stack.cloudformation.get_waiter("stack_create_complete").wait(
            StackName=stack.name, WaiterConfig={"Delay": 0, "MaxAttempts": 1}
        )
