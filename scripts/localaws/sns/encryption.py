"""A topic's key: who publishes must be allowed to use it, people by way of SNS, services by the key's own policy.

https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
Nothing is enciphered.
"""

from moto.core.exceptions import ServiceException
from moto.kms.models import Key
from moto.sns.models import Topic

from localaws.gate.caller import caller_of
from localaws.gate.decision import DeniedError, authorize, authorize_service
from localaws.gate.permissions.rows import Need
from localaws.kms.keys import KeyRefusal, find, usable_for_data

_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
# botocore sns Publish: how SNS calls KMS's refusals.
_CODES = {
    "DisabledException": "KMSDisabled",
    "KMSInvalidStateException": "KMSInvalidState",
    "NotFoundException": "KMSNotFound",
}


class UnusableKeyError(ServiceException):
    """A key that SNS may not use for who publishes."""


def check_caller(topic: Topic, access_key_id: str) -> None:
    """Raise ServiceException unless who has this access key may use a topic's key."""
    key = _key(topic)
    if key is None:
        return
    context = {
        "kms:viaservice": f"sns.{_region_of(topic)}.amazonaws.com",
        "kms:calleraccount": topic.account_id,
        "kms:encryptioncontext:aws:sns:topicarn": topic.arn,
    }
    try:
        for action in _ACTIONS:
            authorize(caller_of(access_key_id), Need(action, key.arn, context), {})
    except DeniedError as error:
        raise UnusableKeyError("KMSAccessDenied", str(error)) from None


def check_service(topic: Topic, service: str, source_arn: str) -> None:
    """Raise DeniedError unless the policy of a topic's key lets a service use it: that of aws/sns lets none."""
    if key := _key(topic):
        for action in _ACTIONS:
            authorize_service(service, action, key.arn, source_arn)


def _key(topic: Topic) -> Key | None:
    if not topic.kms_master_key_id:
        return None
    try:
        key = find(topic.kms_master_key_id, topic.account_id, _region_of(topic))
        usable_for_data(key, "GenerateDataKey")
    except KeyRefusal as refusal:
        raise UnusableKeyError(_CODES.get(str(refusal.code), "KMSInvalidState"), str(refusal.message)) from None
    return key


def _region_of(topic: Topic) -> str:
    return str(topic.arn).split(":")[3]
