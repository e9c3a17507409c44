"""Notifications: what is put comes back, and each change is told of once."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


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
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the events that buckets tell EventBridge of."""
    from moto.s3 import notifications

    names: list[str] = []
    monkeypatch.setattr(
        notifications, "_send_event_bridge_message", lambda _account, _bucket, event, _key: names.append(event.value)
    )
    return names


def test_each_change_is_told_of_once(s3: Any, bucket: str, told: list[str]) -> None:
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
    s3.delete_object(Bucket=bucket, Key="l")
    assert told == [
        "s3:ObjectCreated:Put",
        "s3:ObjectCreated:CompleteMultipartUpload",
        "s3:ObjectCreated:Copy",
        "s3:ObjectRemoved:Delete",
        "s3:ObjectRemoved:DeleteMarkerCreated",
    ]
