"""Lifecycle rules at work: at midnight, UTC, by the clock, what is due goes.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
S3 does so within a day or two; here it does so at once. Transitions to other storage classes do nothing.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from itertools import islice, pairwise
from typing import Any
from urllib.parse import quote

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import FakeBucket, FakeDeleteMarker, s3_backends

from localaws.s3.lifecycle import Rule
from localaws.s3.models import EXPIRED, Object, Storage
from localaws.timetable import Timetable

_DAY = 24 * 60 * 60


def header(storage: Storage, bucket: FakeBucket, item: Object) -> dict[str, str]:
    """Return the header by which S3 tells when a current object expires, and by which rule."""
    found = [
        (moment, str(rule["ID"]))
        for rule in _enabled(bucket)
        if (moment := _expires(rule, item)) is not None and _is_meant(storage, rule, item)
    ]
    if not found:
        return {}
    moment, rule_id = min(found)
    return {"x-amz-expiration": f'expiry-date="{formatdate(moment, usegmt=True)}", rule-id="{quote(rule_id)}"'}


def _expires(rule: Rule, item: Any) -> float | None:
    expiration = rule.get("Expiration", {})
    if day := expiration.get("Date"):
        return float(day.replace(tzinfo=day.tzinfo or UTC).timestamp())
    return _midnight_after(item.last_modified, expiration["Days"]) if "Days" in expiration else None


def _midnight_after(moment: datetime, days: int) -> float:
    """Return a time so many days later, rounded up to the next midnight."""
    seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    return (seconds // _DAY + days + 1) * _DAY


def _is_meant(storage: Storage, rule: Rule, item: Any) -> bool:
    """Return whether a rule's filter lets it touch an object or, by its key alone, a delete marker."""
    wanted = _filter_of(rule)
    if not item.name.startswith(_prefix_of(rule)):
        return False
    if isinstance(item, FakeDeleteMarker):
        return True
    tags = storage.tagger.get_tag_dict_for_resource(item.arn)
    wanted_tags = [*(wanted.get("Tags") or []), *([wanted["Tag"]] if wanted.get("Tag") else [])]
    sizes = wanted.get("ObjectSizeGreaterThan", -1), wanted.get("ObjectSizeLessThan", float("inf"))
    return sizes[0] < item.size < sizes[1] and all(tags.get(tag["Key"]) == tag["Value"] for tag in wanted_tags)


def _filter_of(rule: Rule) -> dict[str, Any]:
    wanted = rule.get("Filter") or {}
    return wanted.get("And") or wanted


def _prefix_of(rule: Rule) -> str:
    return rule.get("Prefix") or _filter_of(rule).get("Prefix") or ""


def _enabled(bucket: FakeBucket) -> list[Rule]:
    return [rule for rule in bucket.rules if rule["Status"] == "Enabled"]


def _due(storage: Storage, rule: Rule, versions: list[Any], now: float) -> Iterator[str | None]:
    """Yield which versions of a key are due by a rule; None stands for hiding or deleting the current one."""
    current = versions[-1]
    if isinstance(current, FakeDeleteMarker):
        if len(versions) == 1 and _removes_marker(rule, current, now) and _is_meant(storage, rule, current):
            yield current.version_id
    elif _is_over(_expires(rule, current), now) and _is_meant(storage, rule, current):
        yield None
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if not noncurrent:
        return
    newest_first = reversed(list(pairwise(versions)))
    for version, successor in islice(newest_first, noncurrent.get("NewerNoncurrentVersions", 0), None):
        moment = _midnight_after(successor.last_modified, noncurrent["NoncurrentDays"])
        if _is_over(moment, now) and _is_meant(storage, rule, version):
            yield version.version_id


def _removes_marker(rule: Rule, marker: FakeDeleteMarker, now: float) -> bool:
    """Return whether a rule removes a delete marker that hides nothing (any more)."""
    if rule.get("Expiration", {}).get("ExpiredObjectDeleteMarker"):
        return True
    return _is_over(_expires(rule, marker), now)


def _is_over(moment: float | None, now: float) -> bool:
    return moment is not None and moment <= now


def _clean(storage: Storage, bucket: FakeBucket, rule: Rule, now: float) -> None:
    for name in list(dict(bucket.keys)):
        with storage.placing:
            versions = bucket.keys.getlist(name, [])
            for version_id in list(_due(storage, rule, versions, now)) if versions else ():
                with contextlib.suppress(AccessDeniedByLock):  # locked objects outlive their rules
                    storage.delete_object(bucket.name, name, version_id, events=EXPIRED)
    if days := rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"):
        for identifier, upload in list(bucket.multiparts.items()):
            if upload.key_name.startswith(_prefix_of(rule)) and _is_over(_midnight_after(upload.started, days), now):
                bucket.multiparts.pop(identifier, None)


def _run(now: float) -> float:
    """Let every rule act; return when the next midnight is."""
    storage: Storage = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for bucket in list(storage.buckets.values()):
        for rule in _enabled(bucket):
            _clean(storage, bucket, rule, now)
    return (now // _DAY + 1) * _DAY


timetable = Timetable("s3-lifecycle", _run)
