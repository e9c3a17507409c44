"""SNS's API where moto's differs: what is delivered, what has to be confirmed, and what is refused."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from moto.core.responses import TYPE_RESPONSE, ActionResult, EmptyResult
from moto.sns.exceptions import BatchEntryIdsNotDistinct, TooManyEntriesInBatchRequest
from moto.sns.models import Subscription
from moto.sns.responses import SNSResponse

from localaws.sns import encryption, engine, policies
from localaws.sns.errors import InvalidParameterException
from localaws.sns.messages import Message

_LONGEST_MESSAGE = 256 * 1024
_LONGEST_SUBJECT = 100
_ARN_PARTS = 6
_NEVER_DELIVERED = {"email", "email-json"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_HONOURED = {"FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"}
# AWS adds where in the text the fault is.
UNVERIFIED_NO_FILTER = "FilterPolicy: failed to parse JSON."
_TOPIC_ATTRIBUTES = {"DisplayName", "KmsMasterKeyId", "Policy", "SignatureVersion", "TracingConfig"}


class TopicsResponse(SNSResponse):
    """moto's SNS with deliveries."""

    def call_action(self) -> TYPE_RESPONSE:
        """Refuse the ARN of a topic that is none of this Region's, whatever is to be done with it."""
        for name in ("TopicArn", "TargetArn"):
            given = self._get_param(name)
            if given is not None and (reason := self._wrong(str(given))) is not None:
                return self.serialized(ActionResult(InvalidParameterException(f"{name}{reason}")))
        return super().call_action()

    def _wrong(self, arn: str) -> str | None:
        """Return what SNS says, behind the name of the parameter, of an ARN that can be no topic's here."""
        parts = arn.split(":")
        if len(parts) < _ARN_PARTS:
            return f" Reason: An ARN must have at least {_ARN_PARTS} elements, not {len(parts)}"
        # Of one that is elsewhere: https://github.com/mozilla/security/issues/8
        return None if parts[2:4] == ["sns", self.region] else ""

    def create_topic(self) -> ActionResult:
        """Create a standard topic, or return it if it exists."""
        attributes = self._get_param("Attributes", {})
        if str(attributes.get("FifoTopic", "false")).lower() == "true" or self._get_param("Name").endswith(".fifo"):
            raise InvalidParameterException("FifoTopic Reason: Local AWS does not have FIFO topics")
        self._refuse_topic_attributes(set(attributes) - {"FifoTopic", "ContentBasedDeduplication"})
        policies.check(attributes.get("Policy"))
        return super().create_topic()

    def set_topic_attributes(self) -> ActionResult:
        """Change an attribute that local AWS keeps."""
        name = self._get_param("AttributeName")
        self._refuse_topic_attributes({name})
        if name == "Policy":
            policies.check(self._get_param("AttributeValue") or "")
        return super().set_topic_attributes()

    def add_permission(self) -> ActionResult:
        """Let accounts do something with a topic, under a label that is new."""
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        accounts, actions = self._get_param("AWSAccountId", []), self._get_param("ActionName", [])
        topic.policy = policies.widened(topic.policy, topic.arn, self._get_param("Label"), accounts, actions)
        return EmptyResult()

    def remove_permission(self) -> ActionResult:
        """Take a labelled statement out of a topic's policy."""
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        topic.policy = policies.narrowed(topic.policy, self._get_param("Label"))
        return EmptyResult()

    def subscribe(self) -> ActionResult:
        """Subscribe a function at once, an HTTP endpoint when it confirms; mail never confirms."""
        protocol, endpoint = self._get_param("Protocol"), self._get_param("Endpoint")
        _check_endpoint(protocol, endpoint or "")
        attributes = self._get_param("Attributes", {})
        _check_attributes(protocol, attributes)
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        known = self.backend._find_subscription(topic.arn, endpoint, protocol)
        if known and any(str(known.attributes.get(name)).lower() != str(v).lower() for name, v in attributes.items()):
            raise InvalidParameterException("Attributes Reason: Subscription already exists with different attributes")
        super().subscribe()
        subscription = self.backend._find_subscription(topic.arn, endpoint, protocol)
        if protocol == "lambda":
            subscription.confirmed = True
        elif protocol == "http" and not subscription.confirmed:
            engine.ask_for_confirmation(subscription)
        shown = subscription.confirmed or str(self._get_param("ReturnSubscriptionArn", False)).lower() == "true"
        return ActionResult({"SubscriptionArn": subscription.arn if shown else "pending confirmation"})

    def confirm_subscription(self) -> ActionResult:
        """Confirm by the token that was sent to the endpoint."""
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        subscription = engine.confirm(topic, self._get_param("Token"))
        if subscription is None:
            raise InvalidParameterException("Token")
        return ActionResult({"SubscriptionArn": subscription.arn})

    def list_subscriptions(self) -> ActionResult:
        """Return a page of all subscriptions."""
        found, token = self.backend.list_subscriptions(next_token=self._get_param("NextToken"))
        return ActionResult({"Subscriptions": [_listed(each) for each in found], "NextToken": token})

    def list_subscriptions_by_topic(self) -> ActionResult:
        """Return a page of a topic's subscriptions."""
        arn = self._get_param("TopicArn")
        found, token = self.backend.list_subscriptions_by_topic(arn, next_token=self._get_param("NextToken"))
        return ActionResult({"Subscriptions": [_listed(each) for each in found], "NextToken": token})

    def get_subscription_attributes(self) -> ActionResult:
        """Return a subscription's attributes, and whether it still waits for its confirmation."""
        answer = super().get_subscription_attributes()
        subscription = self.backend.subscriptions[self._get_param("SubscriptionArn")]
        attributes = {"PendingConfirmation": not subscription.confirmed}
        return ActionResult({"Attributes": answer.result["Attributes"] | attributes})

    def set_subscription_attributes(self) -> ActionResult:
        """Change an attribute that is honoured."""
        subscription = self.backend.subscriptions.get(self._get_param("SubscriptionArn"))
        name, value = self._get_param("AttributeName"), self._get_param("AttributeValue")
        if subscription:
            _check_attributes(subscription.protocol, {name: value})
        return super().set_subscription_attributes()

    def get_topic_attributes(self) -> ActionResult:
        """Return a topic's attributes, with its subscriptions counted."""
        answer = super().get_topic_attributes()
        subscriptions = engine.subscriptions_of(self.backend.get_topic(self._get_param("TopicArn")))
        confirmed = sum(each.confirmed for each in subscriptions)
        counts = {"SubscriptionsConfirmed": confirmed, "SubscriptionsPending": len(subscriptions) - confirmed}
        return ActionResult({"Attributes": answer.result["Attributes"] | counts})

    def publish(self) -> ActionResult:
        """Send a message to a topic."""
        if self._get_param("PhoneNumber"):
            raise InvalidParameterException("PhoneNumber Reason: Local AWS sends no text messages")
        arn = self._get_param("TopicArn") or self._get_param("TargetArn")
        if not arn:
            raise InvalidParameterException("TopicArn or TargetArn Reason: no value for required parameter")
        return ActionResult({"MessageId": self._publish(arn, self._get_params(), self._parse_message_attributes())})

    def publish_batch(self) -> ActionResult:
        """Send up to ten messages, each like one alone."""
        entries = self._get_param("PublishBatchRequestEntries", [])
        _check_batch([entry["Id"] for entry in entries])
        successful, failed = [], []
        for entry in entries:
            try:
                attributes = self._transform_message_attributes(entry.get("MessageAttributes", {}))
                sent = self._publish(self._get_param("TopicArn"), entry, attributes)
                successful.append({"Id": entry["Id"], "MessageId": sent})
            except InvalidParameterException as error:
                failed.append({"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True})
        return ActionResult({"Successful": successful, "Failed": failed})

    def _publish(self, topic_arn: str, parameters: dict[str, Any], attributes: dict[str, Any]) -> str:
        topic = self.backend.get_topic(topic_arn)
        _check_message(parameters)
        encryption.check_caller(topic, self.get_access_key())
        by_protocol = parameters.get("MessageStructure") == "json"
        message = Message(topic_arn, parameters["Message"], parameters.get("Subject"), attributes, by_protocol)
        engine.publish(topic, message)
        return message.id

    def _refuse_topic_attributes(self, names: set[str]) -> None:
        if unknown := sorted(names - _TOPIC_ATTRIBUTES):
            raise InvalidParameterException(f"Attributes Reason: Local AWS does not support {', '.join(unknown)}")


def _listed(subscription: Subscription) -> dict[str, str]:
    return {
        "SubscriptionArn": subscription.arn if subscription.confirmed else "PendingConfirmation",
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic.arn,
    }


def _check_endpoint(protocol: str, endpoint: str) -> None:
    if protocol in _NEVER_DELIVERED:
        if "@" not in endpoint:
            raise InvalidParameterException("Email address")
        return
    if protocol == "lambda":
        if not re.fullmatch(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?", endpoint):
            raise InvalidParameterException("Lambda endpoint ARN")
        return
    if protocol != "http":
        raise InvalidParameterException(f"Protocol Reason: Local AWS does not deliver messages to {protocol}")
    place = urlsplit(endpoint)
    if place.scheme != "http":
        raise InvalidParameterException("Endpoint must match the specified protocol")
    if place.hostname not in _LOOPBACK:
        raise InvalidParameterException(
            f"Endpoint Reason: Local AWS delivers on loopback only, not to {place.hostname}"
        )


def _check_attributes(protocol: str, attributes: dict[str, Any]) -> None:
    if unknown := sorted(set(attributes) - _HONOURED):
        raise InvalidParameterException(f"Attributes Reason: Local AWS does not support {', '.join(unknown)}")
    _check_filter(attributes.get("FilterPolicy", ""))
    if str(attributes.get("RawMessageDelivery", "false")).lower() == "true" and protocol != "http":
        raise InvalidParameterException(
            f"Attributes Reason: Delivery protocol [{protocol}] does not support raw message delivery."
        )


def _check_filter(document: str) -> None:
    try:
        is_filter = isinstance(json.loads(document or "{}"), dict)
    except ValueError:
        is_filter = False
    if not is_filter:
        raise InvalidParameterException(UNVERIFIED_NO_FILTER)


def _check_message(parameters: dict[str, Any]) -> None:
    message, subject = parameters.get("Message", ""), parameters.get("Subject")
    if not message:
        raise InvalidParameterException("Empty message")
    if len(message.encode()) > _LONGEST_MESSAGE:
        raise InvalidParameterException("Message too long")
    if subject is not None and not (0 < len(subject) <= _LONGEST_SUBJECT and subject.isprintable()):
        raise InvalidParameterException("Subject")
    if parameters.get("MessageDeduplicationId") or parameters.get("MessageGroupId"):
        raise InvalidParameterException(
            "MessageGroupId Reason: The request includes MessageGroupId parameter that is not valid for this topic type"
        )
    if parameters.get("MessageStructure") == "json":
        _check_texts(message)


def _check_texts(message: str) -> None:
    try:
        texts = json.loads(message)
    except ValueError:
        texts = None
    if not isinstance(texts, dict):
        raise InvalidParameterException("Message Structure - JSON message body failed to parse")
    if "default" not in texts:
        raise InvalidParameterException("Message Structure - No default entry in JSON message body")


def _check_batch(ids: list[str]) -> None:
    if len(ids) > 10:
        raise TooManyEntriesInBatchRequest
    if len(set(ids)) < len(ids):
        raise BatchEntryIdsNotDistinct
