"""An HTTP endpoint gets messages once it has confirmed that it wants them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from moto.sns.models import sns_backends

from localaws.clock import clock, durations

Client = Callable[[str], Any]


@pytest.fixture
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without AWS's seconds between them."""
    monkeypatch.setattr(durations, "http_delivery_delays", (0.01, 0.01, 0.01))


def subscribe(client: Client, topic: str, listener: Any, **attributes: str) -> str:
    """Subscribe an endpoint, confirm as it would, forget that, and return the subscription's ARN."""
    client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url, Attributes=attributes)
    arn = client("sns").confirm_subscription(TopicArn=topic, Token=listener.token())["SubscriptionArn"]
    listener.requests.clear()
    return str(arn)


def test_nothing_is_sent_before_the_endpoint_confirms(client: Client, topic: str, listener: Any) -> None:
    sns = client("sns")
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    assert answer["SubscriptionArn"] == "pending confirmation"
    (headers, body), *_ = listener.got(1)
    asked = json.loads(body)
    assert headers["x-amz-sns-message-type"] == asked["Type"] == "SubscriptionConfirmation"
    assert asked["TopicArn"] == topic
    assert f"Token={asked['Token']}" in asked["SubscribeURL"]
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    sns.publish(TopicArn=topic, Message="too early")
    confirmed = sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]
    assert confirmed.startswith(f"{topic}:")
    sns.publish(TopicArn=topic, Message="in time")
    assert [json.loads(body)["Message"] for _, body in listener.got(2)[1:]] == ["in time"]
    counts = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsConfirmed"], counts["SubscriptionsPending"]) == ("1", "0")


def test_a_visit_to_the_subscribe_url_confirms(client: Client, topic: str, listener: Any) -> None:
    sns = client("sns")
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    url = json.loads(listener.got(1)[0][1])["SubscribeURL"]
    for wrong in (f"{url}0", f"{url}%C3%A9", url.replace("%3At-", "%3At2-"), url.replace("TopicArn=arn", "TopicArn=n")):
        refused = requests.get(wrong, timeout=10)
        assert (refused.status_code, "Invalid parameter: Token" in refused.text) == (400, True)
    assert (
        sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"] == "PendingConfirmation"
    )
    visited = requests.get(url, timeout=10)
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert visited.status_code == 200
    assert f"<SubscriptionArn>{listed['SubscriptionArn']}</SubscriptionArn>" in visited.text
    sns.publish(TopicArn=topic, Message="in time")
    assert json.loads(listener.got(2)[1][1])["Message"] == "in time"


def test_who_visits_makes_nothing(local_aws: Any) -> None:
    arn = "arn:aws:sns:us-east-1:999999999999:t"
    requests.get(f"{local_aws.endpoint}/?Action=ConfirmSubscription&TopicArn={arn}&Token=1", timeout=10)
    assert "999999999999" not in sns_backends


def test_a_wrong_or_old_token_confirms_nothing(client: Client, topic: str, listener: Any) -> None:
    sns = client("sns")
    arn = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url, ReturnSubscriptionArn=True)
    token = listener.token()
    clock.move(durations.subscription_token + 1)
    for wrong in ("0" * len(token), token):
        with pytest.raises(ClientError) as refused:
            sns.confirm_subscription(TopicArn=topic, Token=wrong)
        assert refused.value.response["Error"]["Message"] == "Invalid parameter: Token"
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn["SubscriptionArn"])["Attributes"]
    assert attributes["PendingConfirmation"] == "true"


def test_a_notification_has_awss_form_without_a_signature(client: Client, topic: str, listener: Any) -> None:
    arn = subscribe(client, topic, listener)
    attributes = {"colour": {"DataType": "String", "StringValue": "red"}}
    sent = client("sns").publish(TopicArn=topic, Message="said", Subject="about", MessageAttributes=attributes)
    headers, body = listener.got(1)[0]
    document = json.loads(body)
    assert document.pop("Timestamp").endswith("Z")
    assert document == {
        "Type": "Notification",
        "MessageId": sent["MessageId"],
        "TopicArn": topic,
        "Subject": "about",
        "Message": "said",
        "MessageAttributes": {"colour": {"Type": "String", "Value": "red"}},
    }
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers["x-amz-sns-message-id"] == sent["MessageId"]
    assert headers["x-amz-sns-subscription-arn"] == arn


def test_a_raw_delivery_is_the_message_alone(client: Client, topic: str, listener: Any) -> None:
    subscribe(client, topic, listener, RawMessageDelivery="true")
    client("sns").publish(TopicArn=topic, Message="said: so é", Subject="about")
    headers, body = listener.got(1)[0]
    assert (headers["x-amz-sns-rawdelivery"], body) == ("true", "said: so é")


def test_each_protocol_has_its_own_text(client: Client, topic: str, listener: Any) -> None:
    subscribe(client, topic, listener)
    texts = json.dumps({"default": "for all", "http": "for the web"})
    client("sns").publish(TopicArn=topic, Message=texts, MessageStructure="json")
    assert json.loads(listener.got(1)[0][1])["Message"] == "for the web"


@pytest.mark.usefixtures("short_delays")
def test_a_delivery_that_fails_is_tried_three_times_more(client: Client, topic: str, listener: Any) -> None:
    subscribe(client, topic, listener)
    listener.answers = [500, 503, 404, 200]
    client("sns").publish(TopicArn=topic, Message="insistent")
    assert [json.loads(body)["Message"] for _, body in listener.got(4)] == ["insistent"] * 4


FILTERS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "attributes": (
        {"FilterPolicy": '{"colour": ["red"]}'},
        {"MessageAttributes": {"colour": {"DataType": "String", "StringValue": "red"}}},
    ),
    "body": (
        {"FilterPolicy": '{"n": [{"numeric": [">", 1]}]}', "FilterPolicyScope": "MessageBody"},
        {"Message": '{"n": 2}'},
    ),
}


@pytest.mark.parametrize("case", FILTERS)
def test_a_filter_lets_its_messages_through(client: Client, topic: str, listener: Any, case: str) -> None:
    policy, passing = FILTERS[case]
    subscribe(client, topic, listener, **policy)
    client("sns").publish(TopicArn=topic, Message='{"n": 0}')
    sent = client("sns").publish(**{"TopicArn": topic, "Message": "m"} | passing)["MessageId"]
    assert [json.loads(body)["MessageId"] for _, body in listener.got(1)] == [sent]


def test_an_endpoint_that_unsubscribed_gets_nothing(client: Client, topic: str, listener: Any) -> None:
    arn = subscribe(client, topic, listener)
    client("sns").unsubscribe(SubscriptionArn=arn)
    client("sns").publish(TopicArn=topic, Message="missed")
    subscribe_again = client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    assert subscribe_again["SubscriptionArn"] == "pending confirmation"
    assert json.loads(listener.got(1)[0][1])["Type"] == "SubscriptionConfirmation"
