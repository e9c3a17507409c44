"""What SNS refuses, and what local AWS does not do, each in words of its own."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"

SUBSCRIPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "a queue": (
        {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:123456789012:q"},
        "Protocol Reason: Local AWS does not deliver messages to sqs",
    ),
    "a phone": (
        {"Protocol": "sms", "Endpoint": "+15551234567"},
        "Protocol Reason: Local AWS does not deliver messages to sms",
    ),
    "another machine": (
        {"Protocol": "http", "Endpoint": "http://192.0.2.1/hook"},
        "Endpoint Reason: Local AWS delivers on loopback only, not to 192.0.2.1",
    ),
    "another scheme": (
        {"Protocol": "http", "Endpoint": "https://127.0.0.1/hook"},
        "Endpoint must match the specified protocol",
    ),
    "a filter that is no JSON": (
        {"Protocol": "lambda", "Endpoint": FUNCTION, "Attributes": {"FilterPolicy": "{a"}},
        "FilterPolicy: failed to parse JSON.",
    ),
    "no address": ({"Protocol": "email", "Endpoint": "somebody"}, "Email address"),
    "no function": ({"Protocol": "lambda", "Endpoint": "f"}, "Lambda endpoint ARN"),
    "a raw delivery to a function": (
        {"Protocol": "lambda", "Endpoint": FUNCTION, "Attributes": {"RawMessageDelivery": "true"}},
        "Attributes Reason: Delivery protocol [lambda] does not support raw message delivery.",
    ),
    "a dead letter queue": (
        {"Protocol": "lambda", "Endpoint": FUNCTION, "Attributes": {"RedrivePolicy": "{}"}},
        "Attributes Reason: Local AWS does not support RedrivePolicy",
    ),
}


@pytest.mark.parametrize(("wish", "reason"), SUBSCRIPTIONS.values(), ids=SUBSCRIPTIONS)
def test_a_subscription_is_refused(client: Client, topic: str, wish: dict[str, Any], reason: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("sns").subscribe(TopicArn=topic, **wish)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameter", f"Invalid parameter: {reason}")
    assert client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_mail_waits_for_a_confirmation_that_cannot_come(client: Client, topic: str) -> None:
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="somebody@example.com")
    (listed,) = client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (listed["SubscriptionArn"], listed["Protocol"]) == ("PendingConfirmation", "email")
    client("sns").publish(TopicArn=topic, Message="to nobody")


MESSAGES: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({"Message": ""}, "Empty message"),
    "too long": ({"Message": "x" * (256 * 1024 + 1)}, "Message too long"),
    "subject too long": ({"Subject": "x" * 101}, "Subject"),
    "subject of lines": ({"Subject": "a\nb"}, "Subject"),
    "no JSON": ({"MessageStructure": "json"}, "Message Structure - JSON message body failed to parse"),
    "no default": (
        {"MessageStructure": "json", "Message": json.dumps({"http": "x"})},
        "Message Structure - No default entry in JSON message body",
    ),
    "no ARN": ({"TopicArn": "topic"}, "TopicArn Reason: An ARN must have at least 6 elements, not 1"),
}


@pytest.mark.parametrize(("change", "reason"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_is_refused(client: Client, topic: str, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("sns").publish(**{"TopicArn": topic, "Message": "m"} | change)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameter", f"Invalid parameter: {reason}")


def test_an_unknown_topic_is_not_found(client: Client, topic: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("sns").publish(TopicArn=f"{topic}-other", Message="m")
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("NotFound", "Topic does not exist")


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (
            {"Name": "t.fifo", "Attributes": {"FifoTopic": "true"}},
            "FifoTopic Reason: Local AWS does not have FIFO topics",
        ),
        (
            {"Name": "t", "Attributes": {"DeliveryPolicy": "{}"}},
            "Attributes Reason: Local AWS does not support DeliveryPolicy",
        ),
    ],
)
def test_a_topic_is_refused(client: Client, wish: dict[str, Any], reason: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("sns").create_topic(**wish)
    assert refused.value.response["Error"]["Message"] == f"Invalid parameter: {reason}"


def test_a_batch_says_what_became_of_each(client: Client, topic: str) -> None:
    entries = [{"Id": "good", "Message": "m"}, {"Id": "bad", "Message": "m", "Subject": "a\nb"}]
    answer = client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["good"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [("bad", "InvalidParameter")]


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("{}", "Policy Error: null"),
        ("no policy", "Policy Error: null"),
        (
            json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}),
            "Policy statement action out of service scope!",
        ),
        # https://github.com/hashicorp/terraform-provider-aws/issues/26041
        (
            json.dumps(
                {
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"AWS": "arn:aws:iam::123456789012:role/nobody"},
                        "Action": "sns:Publish",
                        "Resource": "*",
                    }
                }
            ),
            "Policy Error: PrincipalNotFound",
        ),
    ],
)
def test_a_policy_is_refused(client: Client, policy: str, reason: str) -> None:
    topic = client("sns").create_topic(Name="with-a-policy")["TopicArn"]
    with pytest.raises(ClientError) as refused:
        client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameter", f"Invalid parameter: {reason}")
    client("sns").delete_topic(TopicArn=topic)


def test_a_permission_that_nobody_could_read_is_refused(client: Client) -> None:
    """Or else every call about the topic would fail that its policy decides."""
    sns, allowed = client("sns"), {"Effect": "Deny", "Principal": "*", "Action": "sns:Subscribe", "Resource": "*"}
    topic = sns.create_topic(Name="with-a-statement-without-label")["TopicArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": allowed}))
    given = {"TopicArn": topic, "Label": "theirs", "AWSAccountId": ["123456789012"], "ActionName": ["Publish"]}
    for changed, reason in (
        # https://github.com/hashicorp/terraform-provider-aws/issues/26041
        ({"AWSAccountId": ["123"]}, "Policy Error: PrincipalNotFound"),
        ({"AWSAccountId": ["*"]}, "Policy Error: null"),
        ({"ActionName": ["Nonsense"]}, "Policy statement action out of service scope!"),
    ):
        with pytest.raises(ClientError) as refused:
            sns.add_permission(**given | changed)
        assert refused.value.response["Error"]["Message"] == f"Invalid parameter: {reason}"
    sns.add_permission(**given)
    with pytest.raises(ClientError) as refused:
        sns.add_permission(**given)
    assert refused.value.response["Error"]["Message"] == "Invalid parameter: Statement already exists"
    sids = [each.get("Sid") for each in _policy(client, topic)["Statement"]]
    sns.remove_permission(TopicArn=topic, Label="theirs")
    assert (sids, _policy(client, topic)["Statement"]) == ([None, "theirs"], [allowed])
    sns.delete_topic(TopicArn=topic)


def _policy(client: Client, topic: str) -> Any:
    return json.loads(client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])


@pytest.mark.parametrize("operation", ["delete_topic", "get_topic_attributes", "list_subscriptions_by_topic"])
def test_what_is_no_arn_is_refused(client: Callable[[str], Any], operation: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client("sns"), operation)(TopicArn="topic")
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "InvalidParameter",
        "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
    )


def test_what_is_no_arn_gets_no_message(client: Callable[[str], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        client("sns").publish(TargetArn="topic", Message="m")
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "InvalidParameter",
        "Invalid parameter: TargetArn Reason: An ARN must have at least 6 elements, not 1",
    )


@pytest.mark.parametrize("operation", ["delete_topic", "get_topic_attributes", "list_subscriptions_by_topic"])
@pytest.mark.parametrize("place", ["sns:eu-west-1:123456789012", "sns:mars:123456789012", "s3::"])
def test_a_topic_of_another_region_is_refused(client: Callable[[str], Any], operation: str, place: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client("sns"), operation)(TopicArn=f"arn:aws:{place}:t")
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidParameter", "Invalid parameter: TopicArn")


def test_an_attribute_without_anything_is_refused(client: Client, careless: Client) -> None:
    topic = client("sns").create_topic(Name="attributes-without-anything")["TopicArn"]
    with pytest.raises(ClientError) as refused:
        careless("sns").publish(TopicArn=topic, Message="m", MessageAttributes={"a": {}})
    assert "at 'messageAttributes.a.member.dataType'" in refused.value.response["Error"]["Message"]
    client("sns").delete_topic(TopicArn=topic)
