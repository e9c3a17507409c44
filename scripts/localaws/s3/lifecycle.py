"""Lifecycle configurations: what S3 takes.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
"""

from typing import Any
from uuid import uuid4

from localaws.s3.errors import S3Refusal, invalid_request, malformed_xml

Rule = dict[str, Any]
_MOST_RULES, _LONGEST_ID = 1000, 255
_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload",
)


def checked(rules: list[Rule]) -> list[Rule]:
    """Return rules, with ids where they had none; raise S3Refusal when S3 would not take them."""
    if not 1 <= len(rules) <= _MOST_RULES:
        raise malformed_xml()
    for rule in rules:
        _check(rule)
    named = [rule | {"ID": rule.get("ID") or uuid4().hex} for rule in rules]
    if len({rule["ID"] for rule in named}) < len(named):
        raise _argument("Rule ID must be unique. Found same ID for more than one rule")
    return named


def _check(rule: Rule) -> None:
    if rule.get("Status") not in ("Enabled", "Disabled") or ("Filter" in rule) == ("Prefix" in rule):
        raise malformed_xml()
    if len(rule.get("ID") or "") > _LONGEST_ID:
        raise _argument(f"ID length should not exceed allowed limit of {_LONGEST_ID}")
    if not any(rule.get(action) for action in _ACTIONS):
        raise invalid_request("At least one action needs to be specified in a rule")
    if len([part for part, value in rule.get("Filter", {}).items() if value is not None]) > 1:
        raise malformed_xml()
    _check_expiration(rule)
    _check_days(rule)
    wanted = rule.get("Filter", {})
    if "AbortIncompleteMultipartUpload" in rule and ("Tag" in wanted or wanted.get("And", {}).get("Tags")):
        raise invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.")


def _check_expiration(rule: Rule) -> None:
    expiration = rule.get("Expiration")
    if expiration is None:
        return
    if len(expiration) != 1:
        raise malformed_xml()
    if (day := expiration.get("Date")) and (day.hour, day.minute, day.second, day.microsecond) != (0, 0, 0, 0):
        raise _argument("'Date' must be at midnight GMT")
    wanted = rule.get("Filter", {})
    if "ExpiredObjectDeleteMarker" in expiration and ("Tag" in wanted or wanted.get("And", {}).get("Tags")):
        raise invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags.")


def _check_days(rule: Rule) -> None:
    """Days are positive; transitions alone may be at once."""
    _positive(rule.get("Expiration", {}).get("Days"), "'Days' for Expiration action must be a positive integer")
    _positive(
        rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays"),
        "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
    )
    _positive(
        rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
        "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
    )


def _positive(days: int | None, message: str) -> None:
    if days is not None and days <= 0:
        raise _argument(message)


def _argument(message: str) -> S3Refusal:
    return S3Refusal("InvalidArgument", message)
