"""Tells the topics in a stack's NotificationARNs of its events, as whoever works on the stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-add-tags.html
AWS also names a PrincipalId.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localaws.cloudformation.models import Event, Stack

_log = logging.getLogger(__name__)
_SUBJECT = "AWS CloudFormation Notification"


def teller(stack: Stack, client: Callable[[str], Any]) -> Callable[[Event], None]:
    """Return what tells a stack's topics of one event."""

    def tell(event: Event) -> None:
        for topic in stack.deployment.notification_arns:
            try:
                client("sns").publish(TopicArn=topic, Subject=_SUBJECT, Message=_message(stack, event))
            except ClientError as error:
                # What cannot be told does not stop the stack.
                _log.warning("The stack %s cannot tell %s: %s", stack.name, topic, error)

    return tell


def _message(stack: Stack, event: Event) -> str:
    told = {
        "StackId": stack.id,
        "Timestamp": event.timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "EventId": event.id,
        "LogicalResourceId": event.logical_id,
        "Namespace": stack.deployment.place.account_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceProperties": json.dumps(event.properties),
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason or "",
        "ResourceType": event.type,
        "StackName": stack.name,
        "ClientRequestToken": event.token or "null",
    }
    return "".join(f"{name}='{value}'\n" for name, value in told.items())
