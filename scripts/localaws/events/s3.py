"""S3's events: what EventBridge is told of an object in a bucket with EventBridge notifications.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from typing import Any, NamedTuple
from uuid import uuid4

from moto.s3.models import FakeBucket

from localaws.events import bus


class _Kind(NamedTuple):
    """What is said of an event: its detail-type, why it came about, and of what kind a deletion is."""

    detail_type: str
    reason: str
    deletion: str = ""


_PERMANENT, _MARKER = "Permanently Deleted", "Delete Marker Created"
_KINDS = {
    "s3:ObjectCreated:Put": _Kind("Object Created", "PutObject"),
    "s3:ObjectCreated:Copy": _Kind("Object Created", "CopyObject"),
    "s3:ObjectCreated:CompleteMultipartUpload": _Kind("Object Created", "CompleteMultipartUpload"),
    "s3:ObjectRemoved:Delete": _Kind("Object Deleted", "DeleteObject", _PERMANENT),
    "s3:ObjectRemoved:DeleteMarkerCreated": _Kind("Object Deleted", "DeleteObject", _MARKER),
    "s3:LifecycleExpiration:Delete": _Kind("Object Deleted", "Lifecycle Expiration", _PERMANENT),
    "s3:LifecycleExpiration:DeleteMarkerCreated": _Kind("Object Deleted", "Lifecycle Expiration", _MARKER),
}


def put_event(account_id: str, bucket: FakeBucket, name: str, entity: dict[str, Any]) -> None:
    """Tell EventBridge what happened (``s3:ObjectCreated:Put``) to an object: key, sequencer, perhaps size and more."""
    kind = _KINDS.get(name)
    if kind is None:
        return
    detail = {
        "version": "0",
        "event-version": "1.1",
        "bucket": {"name": bucket.name},
        "object": entity,
        "request-id": uuid4().hex[:16].upper(),
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
        "reason": kind.reason,
    }
    if kind.deletion:
        detail["deletion-type"] = kind.deletion
    if kind.reason == "Lifecycle Expiration":  # no request of anybody's
        detail["requester"] = "s3.amazonaws.com"
        del detail["source-ip-address"]
    bus.put(
        bus.event_of(account_id, bucket.region_name, "aws.s3", kind.detail_type, resources=[bucket.arn], detail=detail)
    )
