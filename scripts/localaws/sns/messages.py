"""What SNS sends: the documents for functions and for HTTP endpoints.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.sns.models import Subscription

from localaws.clock import clock


@dataclass(frozen=True)
class Message:
    """One message as it was published; ``by_protocol`` says that its text is JSON with a text for each protocol."""

    topic_arn: str
    text: str
    subject: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    by_protocol: bool = False
    id: str = field(default_factory=lambda: str(uuid4()))
    time: str = field(
        default_factory=lambda: datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    )

    def text_for(self, protocol: str) -> str:
        """Return what a subscription of this protocol gets."""
        if not self.by_protocol:
            return self.text
        texts = json.loads(self.text)
        return str(texts.get(protocol, texts["default"]))


def for_function(message: Message, subscription: Subscription) -> dict[str, Any]:
    """Return the event that a function gets."""
    content = {
        "Type": "Notification",
        "MessageId": message.id,
        "TopicArn": message.topic_arn,
        "Subject": message.subject,
        "Message": message.text_for("lambda"),
        "Timestamp": message.time,
        "MessageAttributes": message.attributes,
    }
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription.arn, "Sns": content}
    return {"Records": [record]}


def for_http(message: Message, subscription: Subscription) -> tuple[dict[str, str], str]:
    """Return the headers and the body of a notification."""
    headers = _headers("Notification", message.id, message.topic_arn)
    headers["x-amz-sns-subscription-arn"] = subscription.arn
    if subscription.attributes["RawMessageDelivery"]:
        return headers | {"x-amz-sns-rawdelivery": "true"}, message.text_for(subscription.protocol)
    body: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": message.id,
        "TopicArn": message.topic_arn,
        "Message": message.text_for(subscription.protocol),
        "Timestamp": message.time,
    }
    if message.subject:
        body["Subject"] = message.subject
    if message.attributes:
        body["MessageAttributes"] = message.attributes
    return headers, json.dumps(body)


def confirmation(topic_arn: str, token: str, url: str) -> tuple[dict[str, str], str]:
    """Return the headers and the body by which an endpoint is asked whether it wants a topic's messages."""
    asked = Message(
        topic_arn,
        f"You have chosen to subscribe to the topic {topic_arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
    )
    body = {
        "Type": "SubscriptionConfirmation",
        "MessageId": asked.id,
        "Token": token,
        "TopicArn": topic_arn,
        "Message": asked.text,
        "SubscribeURL": url,
        "Timestamp": asked.time,
    }
    return _headers("SubscriptionConfirmation", asked.id, topic_arn), json.dumps(body)


def _headers(kind: str, message_id: str, topic_arn: str) -> dict[str, str]:
    return {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": topic_arn,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
