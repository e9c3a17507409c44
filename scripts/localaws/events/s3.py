"""S3's events: what EventBridge is told of an object in a bucket with EventBridge notifications.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

import time
from typing import Any
from uuid import uuid4

from moto.s3.models import FakeBucket
from moto.s3.notifications import _detail_type

from localaws.events import bus

_REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "s3:ObjectRemoved:Delete": "DeleteObject",
}


def notify(account_id: str, bucket: FakeBucket, event_name: str, key: Any) -> None:
    """Stand in for moto's ``_send_event_bridge_message``, whose details are not S3's and whose errors are lost."""
    name = str(getattr(event_name, "value", event_name))
    # moto tells of tags that nobody put, and of an upload in parts twice, first as a PutObject.
    if name not in _REASONS or (name == "s3:ObjectCreated:Put" and key.multipart is not None):
        return
    entity = {"key": key.name, "size": key.size, "etag": key.etag.strip('"'), "sequencer": f"{time.time_ns():016X}"}
    if bucket.is_versioned:
        entity["version-id"] = key.version_id
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": entity,
        "request-id": uuid4().hex[:16].upper(),
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
        "reason": _REASONS[name],
    }
    bus.put(
        bus.event_of(
            account_id, bucket.region_name, "aws.s3", _detail_type(name), resources=[bucket.arn], detail=detail
        )
    )
