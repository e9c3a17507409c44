"""Conditional requests, decided: RFC 9110, section 13, as S3 keeps it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from localaws.s3.errors import S3Refusal, not_implemented, precondition_failed


def is_unmodified(headers: Mapping[str, str], etag: str, modified: datetime) -> bool:
    """Return whether a reader already has this object (304); raise S3Refusal when a condition does not hold."""
    match, none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if match is not None:
        if not _names(match, etag):
            raise precondition_failed("If-Match")
    elif (since := _moment(headers.get("If-Unmodified-Since"))) and _second(modified) > since:
        raise precondition_failed("If-Unmodified-Since")
    if none_match is not None:
        return _names(none_match, etag)
    since = _moment(headers.get("If-Modified-Since"))
    return since is not None and _second(modified) <= since


def check_source(headers: Mapping[str, str], etag: str, modified: datetime) -> None:
    """Raise S3Refusal when a copy's source is not as the request demands."""
    prefix = "x-amz-copy-source-"
    names = ("If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since")
    demanded = {name: headers[f"{prefix}{name.lower()}"] for name in names if f"{prefix}{name.lower()}" in headers}
    try:
        unmodified = is_unmodified(demanded, etag, modified)
    except S3Refusal as refusal:
        raise precondition_failed(f"{prefix}{refusal.told['Condition']}") from None
    if unmodified:
        raise precondition_failed(f"{prefix}{'If-None-Match' if 'If-None-Match' in demanded else 'If-Modified-Since'}")


def check_write(headers: Mapping[str, str], etag: str | None) -> None:
    """Raise S3Refusal when a write's condition does not hold; ``etag`` is that of the current version, if any."""
    match, none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if none_match is not None:
        if none_match != "*":
            raise not_implemented("If-None-Match with an ETag on writes; S3 neither")
        if etag is not None:
            raise precondition_failed("If-None-Match")
    if match is not None:
        if etag is None:
            raise S3Refusal("NoSuchKey", "The specified key does not exist.", 404)
        if not _names(match, etag):
            raise precondition_failed("If-Match")


def _names(condition: str, etag: str) -> bool:
    return condition.strip() == "*" or etag.strip('"') in [each.strip().strip('"') for each in condition.split(",")]


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None  # a date that nobody can read is no condition
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0, tzinfo=moment.tzinfo or UTC)
