"""Events reach the targets of the rules that match them, and whoever caused them does not wait."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.events.models import Rule

from localaws.clock import clock

Client = Callable[[str], Any]
Create = Callable[..., str]


def eventually(condition: Callable[[], Any]) -> Any:
    """Return the first true value of a condition."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def bucket(client: Client) -> str:
    """A versioned bucket that tells EventBridge of its objects."""
    name = f"data-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client("s3").put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    return name


def created_in(bucket: str, key: str) -> dict[str, Any]:
    """The pattern of the workshop family: one object of one bucket."""
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [key]}}
    return {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}


def test_an_object_starts_a_pipeline_as_the_targets_role(
    client: Client, create_rule: Any, create_role: Callable[[str], str], bucket: str, succeeding_pipeline: str
) -> None:
    account = f"us-east-1:123456789012:{succeeding_pipeline}"
    target = {"Arn": f"arn:aws:codepipeline:{account}", "RoleArn": create_role("events")}
    rule = create_rule(created_in(bucket, "train.csv"), target)
    client("s3").put_object(Bucket=bucket, Key="other.csv", Body=b"0")
    client("s3").put_object(Bucket=bucket, Key="train.csv", Body=b"1")
    pipelines = client("codepipeline")

    def executions() -> Any:
        found = pipelines.list_pipeline_executions(pipelineName=succeeding_pipeline)["pipelineExecutionSummaries"]
        return found if len(found) == 2 else None

    newest = eventually(executions)[0]
    assert newest["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}


@pytest.fixture
def succeeding_pipeline(client: Client, create_role: Callable[[str], str], create_function: Create) -> Any:
    """The name of a pipeline whose first execution has ended."""
    suffix = uuid.uuid4().hex[:8]
    source, function = f"source-{suffix}", create_function("def handler(event, context):\n    pass\n")
    client("s3").create_bucket(Bucket=source)  # not versioned: the execution fails, which matters to nobody here
    configuration = {"S3Bucket": source, "S3ObjectKey": "k", "PollForSourceChanges": "false"}
    fetch = {
        "name": "Fetch",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": configuration,
        "outputArtifacts": [{"name": "Fetched"}],
    }
    run = {
        "name": "Run",
        "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
        "configuration": {"FunctionName": function},
    }
    name = f"started-{suffix}"
    client("codepipeline").create_pipeline(
        pipeline={
            "name": name,
            "roleArn": create_role("codepipeline"),
            "artifactStore": {"type": "S3", "location": source},
            "stages": [{"name": "Source", "actions": [fetch]}, {"name": "Run", "actions": [run]}],
        }
    )
    yield name
    client("codepipeline").delete_pipeline(name=name)


def test_an_object_invokes_a_function_with_awss_document(
    client: Client, create_rule: Any, bucket: str, recorder: Any
) -> None:
    target, seen = recorder
    create_rule(created_in(bucket, "a b.csv"), target)
    put = client("s3").put_object(Bucket=bucket, Key="a b.csv", Body=b"hello")
    event = seen(1)[0]
    assert event["source"] == "aws.s3"
    assert event["detail-type"] == "Object Created"
    assert event["resources"] == [f"arn:aws:s3:::{bucket}"]
    assert time.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ")
    detail = event["detail"]
    assert detail["bucket"] == {"name": bucket}
    assert detail["reason"] == "PutObject"
    entity = detail["object"]
    assert (entity["key"], entity["size"], entity["etag"]) == ("a b.csv", 5, put["ETag"].strip('"'))
    assert entity["version-id"] == put["VersionId"]


def test_copies_and_uploads_in_parts_say_how_they_came(
    client: Client, create_rule: Any, bucket: str, recorder: Any
) -> None:
    target, seen = recorder
    create_rule({"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}, target)
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="one", Body=b"1")
    s3.copy_object(Bucket=bucket, Key="two", CopySource={"Bucket": bucket, "Key": "one"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="three")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="three", UploadId=upload, PartNumber=1, Body=b"3")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="three", UploadId=upload, MultipartUpload=parts)
    eventually(lambda: any(event["detail"]["object"]["key"] == "three" for event in seen(1)))
    s3.put_object(Bucket=bucket, Key="last", Body=b"4")
    eventually(lambda: any(event["detail"]["object"]["key"] == "last" for event in seen(1)))
    events = seen(4)
    assert sorted((event["detail"]["object"]["key"], event["detail"]["reason"]) for event in events) == [
        ("last", "PutObject"),
        ("one", "PutObject"),
        ("three", "CompleteMultipartUpload"),
        ("two", "CopyObject"),
    ]
    assert len({event["id"] for event in events}) == 4


def put(client: Client, source: str, **detail: Any) -> None:
    """Put one event of a source."""
    entry = {"Source": source, "DetailType": "Tested", "Detail": json.dumps(detail)}
    assert client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def transformed(template: str, **paths: str) -> dict[str, Any]:
    """The setting of a target that makes its input of parts of the event."""
    return {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}


INPUTS: dict[str, tuple[dict[str, Any], Any]] = {
    "a constant": ({"Input": '{"always": 1}'}, {"always": 1}),
    "a part": ({"InputPath": "$.detail"}, {"n": 7, "word": 'a "b"', "list": [1, {"x": 2}]}),
    "a part of a list": ({"InputPath": "$.detail.list[1].x"}, 2),
    "a name with a hyphen": ({"InputPath": "$.detail-type"}, "Tested"),
    "a number": (transformed('{"number": <n>}', n="$.detail.n"), {"number": 7}),
    "a text": (transformed('{"text": <w>}', w="$.detail.word"), {"text": 'a "b"'}),
    "a text in a text": (
        transformed('{"text": "<w>, <n>!"}', w="$.detail.word", n="$.detail.n"),
        {"text": 'a "b", 7!'},
    ),
    "a list": (transformed('{"list": <l>}', l="$.detail.list"), {"list": [1, {"x": 2}]}),
    "what is not there": (transformed('{"text": <w>}', w="$.detail.nothing"), {"text": ""}),
    "one text": (transformed('"<n> came"', n="$.detail.n"), "7 came"),
    "lines": (transformed('"<n> came"\n"and went"', n="$.detail.n"), "7 came\nand went"),
}


@pytest.mark.parametrize("case", INPUTS)
def test_a_target_gets_what_it_asked_for(
    client: Client, create_rule: Any, recorder: Any, own_source: str, case: str
) -> None:
    target, seen = recorder
    wish, expected = INPUTS[case]
    create_rule({"source": [own_source]}, target | wish)
    put(client, own_source, n=7, word='a "b"', list=[1, {"x": 2}])
    assert seen(1) == [expected]


def test_an_input_may_name_its_rule_and_hold_its_event(
    client: Client, create_rule: Any, recorder: Any, own_source: str
) -> None:
    target, seen = recorder
    template = '{"rule": <aws.events.rule-arn>, "event": <aws.events.event.json>}'
    arn = create_rule({"source": [own_source]}, target | transformed(template))
    put(client, own_source, n=7)
    (told,) = seen(1)
    assert (told["rule"], told["event"]["detail"]) == (arn, {"n": 7})


def test_a_functions_own_policy_lets_eventbridge_in(
    client: Client, create_rule: Any, recorder: Any, own_source: str, caplog: pytest.LogCaptureFixture
) -> None:
    target, seen = recorder
    arn = target["Arn"]
    create_rule({"source": [own_source]}, {"Arn": arn})
    put(client, own_source, n=1)
    eventually(lambda: "events.amazonaws.com is not authorized to perform: lambda:InvokeFunction" in caplog.text)
    client("lambda").add_permission(
        FunctionName=arn, StatementId="events", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )
    put(client, own_source, n=2)
    assert [event["detail"] for event in seen(1)] == [{"n": 2}]


def test_a_disabled_rule_delivers_nothing(client: Client, create_rule: Any, recorder: Any, own_source: str) -> None:
    target, seen = recorder
    name = create_rule({"source": [own_source]}, target, State="DISABLED").rpartition("/")[2]
    put(client, own_source, n=1)
    client("events").enable_rule(Name=name)
    put(client, own_source, n=2)
    assert [event["detail"] for event in seen(1)] == [{"n": 2}]


@pytest.mark.parametrize(
    ("trusted", "said"),
    [("lambda", "not authorized to perform: sts:AssumeRole"), ("events", "PipelineNotFoundException")],
)
@pytest.mark.usefixtures("local_aws")
def test_a_delivery_that_fails_is_said(
    create_role: Callable[[str], str], caplog: pytest.LogCaptureFixture, trusted: str, said: str
) -> None:
    target = {"Id": "1", "Arn": "arn:aws:codepipeline:us-east-1:123456789012:nobody", "RoleArn": create_role(trusted)}
    pattern = '{"source": ["test"]}'
    rule = Rule("r", "123456789012", "us-east-1", None, pattern, None, None, "default", None, targets=[target])
    rule.send_to_targets({"time": 0, "source": "test", "detail": {}})
    eventually(lambda: said in caplog.text)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a pipeline without a role": (
        {"Arn": "arn:aws:codepipeline:us-east-1:123456789012:p"},
        "RoleArn is required for target arn:aws:codepipeline:us-east-1:123456789012:p.",
    ),
    "a build with an input": (
        {"Arn": "arn:aws:codebuild:us-east-1:1:project/p", "RoleArn": "arn:aws:iam::1:role/r", "Input": "{}"},
        "Local AWS does not support Input of target 1 (codebuild).",
    ),
    "a service that is not served": (
        {"Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:s"},
        "Local AWS cannot deliver events to states (arn:aws:states:us-east-1:123456789012:stateMachine:s).",
    ),
    "a queue": (
        {"Arn": "arn:aws:sqs:us-east-1:123456789012:q"},
        "Local AWS cannot deliver events to sqs (arn:aws:sqs:us-east-1:123456789012:q).",
    ),
    "retries": (
        {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f", "RetryPolicy": {"MaximumRetryAttempts": 1}},
        "Local AWS does not support RetryPolicy of target 1 (lambda).",
    ),
    "a placeholder of nothing": (
        {
            "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "InputTransformer": {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"a": <n>, "b": <m>}'},
        },
        "InputTemplate for target 1 contains invalid placeholder m.",
    ),
    "a dead letter queue": (
        {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f", "DeadLetterConfig": {"Arn": "arn:aws:sqs:::q"}},
        "Local AWS does not support DeadLetterConfig of target 1 (lambda).",
    ),
    "no ARN": ({"Arn": "nothing"}, "Parameter nothing is not valid. Reason: Provided Arn is not in correct format."),
    "an input that is not JSON": (
        {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f", "Input": "{"},
        "JSON syntax error in input for target 1",
    ),
}


@pytest.mark.parametrize(("target", "message"), REFUSED.values(), ids=REFUSED)
def test_a_target_that_could_not_be_served_is_refused(
    client: Client, own_source: str, target: dict[str, Any], message: str
) -> None:
    client("events").put_rule(Name=own_source, EventPattern=json.dumps({"source": [own_source]}))
    with pytest.raises(ClientError) as refused:
        client("events").put_targets(Rule=own_source, Targets=[{"Id": "1"} | target])
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": message}
    client("events").delete_rule(Name=own_source)


def test_deletions_say_of_what_kind_they_are(client: Client, create_rule: Any, bucket: str, recorder: Any) -> None:
    target, seen = recorder
    deleted = {"source": ["aws.s3"], "detail-type": ["Object Deleted"], "detail": {"bucket": {"name": [bucket]}}}
    create_rule(deleted, target)
    s3 = client("s3")
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    rule = {"ID": "all", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    s3.put_object(Bucket=bucket, Key="m", Body=b"1")
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [rule | {"Expiration": {"Days": 1}}]}
    )
    clock.move(2 * 24 * 60 * 60)
    details = {event["detail"]["deletion-type"] + event["detail"]["reason"]: event["detail"] for event in seen(3)}
    assert details.keys() == {
        "Delete Marker CreatedDeleteObject",
        "Permanently DeletedDeleteObject",
        "Delete Marker CreatedLifecycle Expiration",
    }
    assert details["Delete Marker CreatedDeleteObject"]["object"]["version-id"] == marker
    assert details["Permanently DeletedDeleteObject"]["object"].keys() == {"key", "sequencer", "version-id"}
    assert details["Delete Marker CreatedLifecycle Expiration"]["requester"] == "s3.amazonaws.com"
    assert "source-ip-address" not in details["Delete Marker CreatedLifecycle Expiration"]
