"""Notifications: what is put comes back, and each change is told of once."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.s3 import telling

Client = Callable[[str], Any]
EMPTY = "d41d8cd98f00b204e9800998ecf8427e"  # the MD5 of no bytes


@pytest.fixture
def function(client: Client, create_function: Callable[..., str]) -> str:
    """The ARN of a function that logs its events."""
    name = create_function("def handler(event, context):\n    print('TOLD', event['Records'][0]['eventName'])\n")
    return str(client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"])


def _allow(client: Client, function: str, bucket: str) -> None:
    client("lambda").add_permission(
        FunctionName=function,
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}",
        SourceAccount="123456789012",
    )


def _configured(function: str) -> dict[str, Any]:
    filter_ = {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".csv"}]}}
    told = {"Id": "one", "LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"], "Filter": filter_}
    return {"LambdaFunctionConfigurations": [told], "EventBridgeConfiguration": {}}


def test_a_configuration_comes_back(s3: Any, client: Client, bucket: str, function: str) -> None:
    _allow(client, function, bucket)
    given = _configured(function)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=given)
    got = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert {name: value for name, value in got.items() if name != "ResponseMetadata"} == given
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert list(s3.get_bucket_notification_configuration(Bucket=bucket)) == ["ResponseMetadata"]


def test_a_function_that_lets_s3_not_in(s3: Any, client: Client, bucket: str, function: str) -> None:
    _allow(client, function, "another-bucket")
    request = {"Bucket": bucket, "NotificationConfiguration": _configured(function)}
    with pytest.raises(ClientError) as refusal:
        s3.put_bucket_notification_configuration(**request)
    assert refusal.value.response["Error"]["Code"] == "InvalidArgument"
    message = "Unable to validate the following destination configurations"
    assert refusal.value.response["Error"]["Message"] == message
    s3.put_bucket_notification_configuration(**request, SkipDestinationValidation=True)


def test_queues_are_refused_by_name(s3: Any, bucket: str) -> None:
    queue = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:*"]}
    with pytest.raises(ClientError) as refusal:
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [queue]}
        )
    assert "SQS" in refusal.value.response["Error"]["Message"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The names of the events that buckets tell EventBridge of, and what they tell of the object."""
    events: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(telling, "put_event", lambda _account, _bucket, name, entity: events.append((name, entity)))
    return events


def test_each_change_is_told_of_once(s3: Any, bucket: str, told: list[tuple[str, dict[str, Any]]]) -> None:
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    place = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**place, Body=b"x", Tagging="a=b")
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"x")
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=listed)
    s3.copy_object(Bucket=bucket, Key="l", CopySource=f"{bucket}/k")
    s3.delete_object(**place)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    marker = s3.delete_object(Bucket=bucket, Key="l")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="l", VersionId="null")
    assert [name for name, _ in told] == [
        "s3:ObjectCreated:Put",
        "s3:ObjectCreated:CompleteMultipartUpload",
        "s3:ObjectCreated:Copy",
        "s3:ObjectRemoved:Delete",
        "s3:ObjectRemoved:DeleteMarkerCreated",
        "s3:ObjectRemoved:Delete",
    ]
    entities = [{name: value for name, value in entity.items() if name != "sequencer"} for _, entity in told[-3:]]
    assert entities == [
        {"key": "k"},
        {"key": "l", "etag": EMPTY, "version-id": marker},
        {"key": "l", "version-id": "null"},
    ]


def test_a_function_gets_a_record(s3: Any, client: Client, create_function: Callable[..., str], bucket: str) -> None:
    source = "import json\n\ndef handler(event, context):\n    print('TOLD', json.dumps(event['Records'][0]))\n"
    name = create_function(source)
    function = client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    _allow(client, function, bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=_configured(function))
    etag = s3.put_object(Bucket=bucket, Key="in/a b.csv", Body=b"four")["ETag"]
    record = json.loads(_logged(client, name, "TOLD")[0].partition(" ")[2])
    assert (record["eventSource"], record["eventName"]) == ("aws:s3", "ObjectCreated:Put")
    assert (record["eventVersion"], record["awsRegion"]) == ("2.1", "us-east-1")
    assert record["s3"]["configurationId"] == "one"
    owner = {"principalId": "123456789012"}
    assert record["s3"]["bucket"] == {"name": bucket, "arn": f"arn:aws:s3:::{bucket}", "ownerIdentity": owner}
    assert int(record["s3"]["object"].pop("sequencer"), 16)
    assert record["s3"]["object"] == {"key": "in/a+b.csv", "size": 4, "eTag": etag.strip('"')}


def test_who_lets_s3_in_no_more_is_not_told(
    s3: Any, client: Client, bucket: str, function: str, caplog: pytest.LogCaptureFixture
) -> None:
    _allow(client, function, bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=_configured(function))
    client("lambda").remove_permission(FunctionName=function, StatementId="s3")
    s3.put_object(Bucket=bucket, Key="in/a.csv", Body=b"")
    denied = f"s3.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: {function}"
    assert denied in caplog.text


def test_a_topic_is_told(s3: Any, client: Client, bucket: str, create_function: Callable[..., str]) -> None:
    topic = client("sns").create_topic(Name=f"topic-{uuid.uuid4().hex}")["TopicArn"]
    may = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Publish", "Resource": topic}
    client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [may]})
    )
    source = "def handler(event, context):\n    print('TOLD', event['Records'][0]['Sns']['Subject'])\n"
    name = create_function(source)
    function = client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    client("lambda").add_permission(
        FunctionName=name, StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    told = {"TopicArn": topic, "Events": ["s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [told]})
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    s3.delete_object(Bucket=bucket, Key="k")
    assert _logged(client, name, "TOLD") == ["TOLD Amazon S3 Notification"]


def _logged(client: Client, function: str, term: str) -> list[str]:
    """Return the lines of a function's log that hold a term, once there is one."""
    logs, deadline = client("logs"), time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern=term)["events"]
        except logs.exceptions.ResourceNotFoundException:
            found = []
        if found:
            return [event["message"].strip() for event in found]
        time.sleep(0.02)
    raise AssertionError("nothing was logged in time")
