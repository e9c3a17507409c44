"""Brings messages to the subscriptions of a topic, each in a thread of its own."""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

import requests
from moto.awslambda.models import lambda_backends
from moto.core.exceptions import ServiceException
from moto.sns.models import Subscription, Topic, sns_backends
from werkzeug.exceptions import HTTPException

from localaws.awslambda.asynchronous import invoke_later
from localaws.clock import clock, durations
from localaws.gate.decision import DeniedError, authorize_service
from localaws.sns import encryption, messages
from localaws.sns.messages import Message
from localaws.wire import endpoint

_log = logging.getLogger(__name__)
_SNS = "sns.amazonaws.com"


def publish(topic: Topic, message: Message) -> None:
    """Send a message to every confirmed subscription whose filter lets it through."""
    for subscription in subscriptions_of(topic):
        matcher = subscription._filter_policy_matcher
        if subscription.confirmed and (matcher is None or matcher.matches(message.attributes, message.text)):
            _start(_DELIVERIES[subscription.protocol], subscription, message)


def publish_for_moto(topic: Topic, message: str, subject: str | None = None, **options: object) -> str:
    """Stand in for ``Topic.publish``, by which moto's other services publish."""
    sent = Message(topic.arn, message, subject, options.get("message_attributes") or {})  # type: ignore[arg-type]
    publish(topic, sent)
    return sent.id


def publish_for_service(
    service: str, topic_arn: str, text: str, *, source_arn: str, subject: str | None = None, **keys: str
) -> None:
    """Publish what a service (``events.amazonaws.com``) has to say, if the topic's policy lets it.

    ``keys`` are further condition keys of ``aws:``. Raises DeniedError, or NotFound for a topic that is not there.
    """
    account_id, region = topic_arn.split(":")[4], topic_arn.split(":")[3]
    topic = sns_backends[account_id][region].get_topic(topic_arn)
    authorize_service(service, "sns:Publish", topic_arn, source_arn, {f"aws:{name}": keys[name] for name in keys})
    encryption.check_service(topic, service, source_arn)
    publish(topic, Message(topic_arn, text, subject))


def subscriptions_of(topic: Topic) -> list[Subscription]:
    """Return the subscriptions of a topic, confirmed or not."""
    return [each for each in list(topic.sns_backend.subscriptions.values()) if each.topic is topic]


def ask_for_confirmation(subscription: Subscription) -> None:
    """Send an HTTP endpoint a token, by which it may confirm its subscription."""
    subscription.token, subscription.asked = secrets.token_hex(104), clock.now()
    topic_arn = subscription.topic.arn
    query = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic_arn, "Token": subscription.token})
    asked = messages.confirmation(topic_arn, subscription.token, f"{endpoint.url}/?{query}")
    _start(lambda to, _: _post(to, *asked), subscription, Message(topic_arn, ""))


def confirm(topic: Topic, token: str) -> Subscription | None:
    """Confirm the subscription to which a token was sent; return it, or None when there is no such token any more."""
    for subscription in subscriptions_of(topic):
        known = getattr(subscription, "token", "")
        if known and secrets.compare_digest(known.encode(), token.encode(errors="replace")):
            if clock.now() > subscription.asked + durations.subscription_token:
                return None
            subscription.confirmed = True
            return subscription
    return None


def _start(deliver: Callable[[Subscription, Message], None], subscription: Subscription, message: Message) -> None:
    threading.Thread(
        target=_deliver, args=(deliver, subscription, message), daemon=True, name=f"sns-{subscription.protocol}"
    ).start()


def _deliver(deliver: Callable[[Subscription, Message], None], subscription: Subscription, message: Message) -> None:
    try:
        deliver(subscription, message)
    except (DeniedError, ServiceException, HTTPException, requests.RequestException) as error:
        _log.warning("%s could not reach %s: %s", subscription.topic.arn, subscription.endpoint, error)
    except Exception:  # noqa: BLE001 -- nobody waits for this thread; the log is where its failure can be seen
        _log.exception("%s could not reach %s", subscription.topic.arn, subscription.endpoint)


def _invoke(subscription: Subscription, message: Message) -> None:
    arn = subscription.endpoint
    function = lambda_backends[arn.split(":")[4]][arn.split(":")[3]].get_function(arn)
    authorize_service(_SNS, "lambda:InvokeFunction", arn, subscription.topic.arn)
    invoke_later(function, json.dumps(messages.for_function(message, subscription)), invoked_arn=arn)


def _notify(subscription: Subscription, message: Message) -> None:
    _post(subscription, *messages.for_http(message, subscription))


def _post(subscription: Subscription, headers: dict[str, str], body: str) -> None:
    """Post to an endpoint, as often as the default delivery policy says: three retries, 20 s apart."""
    for delay in durations.http_delivery_delays:
        try:
            _post_once(subscription, headers, body)
        except requests.RequestException:
            time.sleep(delay)
        else:
            return
    _post_once(subscription, headers, body)


def _post_once(subscription: Subscription, headers: dict[str, str], body: str) -> None:
    with requests.Session() as session:
        session.trust_env = False  # no proxy is between here and here
        session.post(
            subscription.endpoint, body.encode(), headers=headers, timeout=durations.http_answer, allow_redirects=False
        ).raise_for_status()


_DELIVERIES = {"lambda": _invoke, "http": _notify}
