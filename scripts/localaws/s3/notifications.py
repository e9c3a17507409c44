"""Whom a bucket tells of its objects: EventBridge, functions and topics.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
"""

from typing import Any
from uuid import uuid4

from moto.s3.models import FakeBucket, NotificationConfiguration
from moto.s3.notifications import S3NotificationEvent

from localaws.authorization.evaluate import Policies, Principal, Request, decide
from localaws.gate.policies import resource_policy
from localaws.s3.errors import S3Refusal, not_implemented

# By botocore's name: moto's name, its member with the ARN, and what S3 does there.
_KINDS = {
    "LambdaFunctionConfigurations": ("cloud_function", "CloudFunction", "LambdaFunctionArn", "lambda:InvokeFunction"),
    "TopicConfigurations": ("topic", "Topic", "TopicArn", "sns:Publish"),
}


def taken(given: dict[str, Any], bucket: FakeBucket, *, must_exist: bool) -> NotificationConfiguration | None:
    """Return a configuration; raise S3Refusal when S3 would not take it."""
    if given.get("QueueConfigurations"):
        raise not_implemented("notifications to queues: it has no SQS")
    if not any(value is not None and value != [] for value in given.values()):
        return None
    kept: dict[str, Any] = {"event_bridge": given.get("EventBridgeConfiguration")}
    for name, (kind, member, arn, action) in _KINDS.items():
        configurations = given.get(name) or []
        for each in configurations:
            _check(each, each[arn], action, bucket, must_exist=must_exist)
        kept[kind] = [_as_moto_has_it(each, member, each[arn]) for each in configurations]
    return NotificationConfiguration(**kept)


def shown(configuration: NotificationConfiguration | None) -> dict[str, Any]:
    """Return a configuration as GetBucketNotificationConfiguration tells it."""
    if configuration is None:
        return {}
    told: dict[str, Any] = {
        name: [_shown(each, arn) for each in getattr(configuration, kind)]
        for name, (kind, _, arn, _) in _KINDS.items()
        if getattr(configuration, kind)
    }
    if configuration.event_bridge is not None:
        told["EventBridgeConfiguration"] = {}
    return told


def _check(given: dict[str, Any], arn: str, action: str, bucket: FakeBucket, *, must_exist: bool) -> None:
    for event in given["Events"]:
        if event not in S3NotificationEvent.events():
            raise S3Refusal("InvalidArgument", "The event is not supported for notifications", ArgumentName="Event")
    for rule in given.get("Filter", {}).get("Key", {}).get("FilterRules", []):
        if rule["Name"].lower() not in ("prefix", "suffix"):
            raise S3Refusal("InvalidArgument", "filter rule name must be either prefix or suffix")
    place = arn.split(":")
    if len(place) < 6 or place[2] != action.partition(":")[0]:
        raise S3Refusal("InvalidArgument", "The ARN could not be parsed", ArgumentName=arn)
    if place[3] != bucket.region_name:
        message = "The notification destination service region is not valid for the bucket location constraint"
        raise S3Refusal("InvalidArgument", message, ArgumentName=arn)
    if must_exist and not _may_be_told(arn, action, bucket):
        message = "Unable to validate the following destination configurations"
        raise S3Refusal("InvalidArgument", message, ArgumentName=arn)


def _may_be_told(arn: str, action: str, bucket: FakeBucket) -> bool:
    """Return whether a destination is there and lets S3 in for this bucket."""
    policy = resource_policy(action, arn)
    if policy is None:
        return False
    context = {"aws:sourcearn": bucket.arn, "aws:sourceaccount": bucket.account_id}
    request = Request(Principal("service", "s3.amazonaws.com"), action, arn, context)
    return decide(request, Policies(resource=policy)).allowed


def _as_moto_has_it(given: dict[str, Any], member: str, arn: str) -> dict[str, Any]:
    rules = given.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    filters = {"S3Key": {"FilterRule": [rule | {"Name": rule["Name"].lower()} for rule in rules]}} if rules else None
    return {"Id": given.get("Id") or uuid4().hex, member: arn, "Event": given["Events"], "Filter": filters}


def _shown(each: Any, arn: str) -> dict[str, Any]:
    told = {"Id": each.id, arn: each.arn, "Events": each.events}
    if each.filters:
        rules = [rule | {"Name": rule["Name"].capitalize()} for rule in each.filters["S3Key"]["FilterRule"]]
        told["Filter"] = {"Key": {"FilterRules": rules}}
    return told
