"""A function gets the messages of a topic, if its policy lets SNS invoke it; rules and functions publish."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localaws.clock import durations

Client = Callable[[str], Any]
Create = Callable[..., str]
RECORDER = """
    import json

    def handler(event, context):
        with open({path!r}, "a") as seen:
            seen.write(json.dumps([event, context.invoked_function_arn]) + "\\n")
"""


def eventually(condition: Callable[[], Any]) -> Any:
    """Return the first true value of a condition."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def recorder(create_function: Create, tmp_path: Path) -> Any:
    """The ARN of a function, and a function that returns the first event that it has got."""
    path = tmp_path / "seen"
    name = create_function(RECORDER.format(path=str(path)))
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    return arn, lambda: json.loads(eventually(lambda: path.exists() and path.read_text().splitlines())[0])


def let_in(client: Client, function: str, topic: str) -> None:
    """Let a topic invoke a function."""
    client("lambda").add_permission(
        FunctionName=function,
        StatementId="sns",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )


def test_a_function_gets_awss_event(client: Client, topic: str, recorder: Any) -> None:
    arn, seen = recorder
    let_in(client, arn, topic)
    subscription = client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)["SubscriptionArn"]
    sent = client("sns").publish(TopicArn=topic, Message="said")["MessageId"]
    event, invoked = seen()
    (record,) = event["Records"]
    assert invoked == arn
    assert record["Sns"].pop("Timestamp").endswith("Z")
    assert record == {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": {
            "Type": "Notification",
            "MessageId": sent,
            "TopicArn": topic,
            "Subject": None,
            "Message": "said",
            "MessageAttributes": {},
        },
    }


def test_a_function_that_lets_sns_not_in_is_not_invoked(
    client: Client, topic: str, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    arn, seen = recorder
    let_in(client, arn, f"{topic}-other")
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    client("sns").publish(TopicArn=topic, Message="refused")
    eventually(lambda: "sns.amazonaws.com is not authorized to perform: lambda:InvokeFunction" in caplog.text)
    client("lambda").remove_permission(FunctionName=arn, StatementId="sns")
    let_in(client, arn, topic)
    client("sns").publish(TopicArn=topic, Message="heard")
    assert seen()[0]["Records"][0]["Sns"]["Message"] == "heard"


def allow(client: Client, topic: str, service: str) -> None:
    """Let a service publish to a topic, as its policy must say."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def test_a_rule_publishes_if_the_topics_policy_lets_it(
    client: Client, topic: str, recorder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    arn, seen = recorder
    let_in(client, arn, topic)
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    source = topic.rpartition(":")[2]
    client("events").put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    client("events").put_targets(Rule=source, Targets=[{"Id": "1", "Arn": topic, "InputPath": "$.detail"}])
    entry = {"Source": source, "DetailType": "t", "Detail": '{"n": 1}'}
    client("events").put_events(Entries=[entry])
    eventually(lambda: "events.amazonaws.com is not authorized to perform: sns:Publish" in caplog.text)
    allow(client, topic, "events.amazonaws.com")
    client("events").put_events(Entries=[entry | {"Detail": '{"n": 2}'}])
    assert json.loads(seen()[0]["Records"][0]["Sns"]["Message"]) == {"n": 2}
    client("events").remove_targets(Rule=source, Ids=["1"])
    client("events").delete_rule(Name=source)


@pytest.fixture
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without AWS's minutes between them."""
    monkeypatch.setattr(durations, "async_retry_delays", (0.01, 0.01))


@pytest.mark.usefixtures("short_delays")
@pytest.mark.parametrize("way", ["destination", "dead letter"])
def test_a_functions_failure_is_published_as_its_role(
    client: Client, create_function: Create, topic: str, recorder: Any, way: str
) -> None:
    arn, seen = recorder
    let_in(client, arn, topic)
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    settings = {"DeadLetterConfig": {"TargetArn": topic}} if way == "dead letter" else {}
    failing = create_function("def handler(event, context):\n    raise ValueError('no')\n", **settings)
    if way == "destination":
        client("lambda").put_function_event_invoke_config(
            FunctionName=failing, DestinationConfig={"OnFailure": {"Destination": topic}}
        )
    sent = client("lambda").invoke(FunctionName=failing, InvocationType="Event", Payload='{"n": 1}')
    message = seen()[0]["Records"][0]["Sns"]
    request_id = sent["ResponseMetadata"]["RequestId"]
    if way == "destination":
        assert json.loads(message["Message"])["requestContext"]["requestId"] == request_id
    else:
        assert message["Message"] == '{"n": 1}'
        assert message["MessageAttributes"] == {
            "RequestID": {"Type": "String", "Value": request_id},
            "ErrorCode": {"Type": "Number", "Value": "200"},
            "ErrorMessage": {"Type": "String", "Value": "no"},
        }
