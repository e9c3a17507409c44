"""Brings the news of a bucket to the functions, topics and the event bus that its notifications name.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

from moto.awslambda.models import lambda_backends
from moto.core.exceptions import ServiceException
from moto.s3.models import FakeBucket
from moto.s3.notifications import S3NotificationEvent
from werkzeug.exceptions import HTTPException

from localaws.awslambda.asynchronous import invoke_later
from localaws.clock import clock
from localaws.events.s3 import put_event
from localaws.gate.decision import DeniedError, authorize_service
from localaws.sns.engine import publish_for_service

_log = logging.getLogger(__name__)
_IN_RECORDS = {"etag": "eTag", "version-id": "versionId"}
_S3 = "s3.amazonaws.com"


def tell(account_id: str, event: S3NotificationEvent, bucket: FakeBucket, item: Any) -> None:
    """Stand in for moto's ``send_event``, whose documents are not S3's, and which asks nobody whether it may."""
    configuration = bucket.notification_configuration
    if configuration is None:
        return
    entity = _entity(bucket, event, item)
    for destinations, deliver in ((configuration.cloud_function, _invoke), (configuration.topic, _publish)):
        for each in destinations:
            if each.matches(event, item.name):
                document = {"Records": [_record(account_id, event, bucket, each.id, entity)]}
                _deliver(deliver, each.arn, bucket, json.dumps(document))
    if configuration.event_bridge is not None:
        put_event(account_id, bucket, event.value, entity)


def _entity(bucket: FakeBucket, event: S3NotificationEvent, item: Any) -> dict[str, Any]:
    """Return what is told of an object, by EventBridge's names; of one that is gone neither its size nor its ETag."""
    told = {"key": item.name, "sequencer": f"{time.time_ns():016X}"}
    if bucket.versioning_status is not None:
        told["version-id"] = item.version_id
    if not event.value.endswith(":Delete"):
        told["etag"] = item.etag.strip('"')
    if event.value.startswith("s3:ObjectCreated"):
        told["size"] = item.size
    return told


def _record(
    account_id: str, event: S3NotificationEvent, bucket: FakeBucket, identifier: str, entity: dict[str, Any]
) -> dict[str, Any]:
    """Return the record of an event. Who caused it is told by account alone."""
    moment = datetime.fromtimestamp(clock.now(), UTC)
    renamed = {_IN_RECORDS.get(name, name): value for name, value in entity.items()}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": event.value.removeprefix("s3:"),
        "userIdentity": {"principalId": f"AWS:{account_id}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": uuid4().hex[:16].upper(), "x-amz-id-2": uuid4().hex},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": identifier,
            "bucket": {"name": bucket.name, "ownerIdentity": {"principalId": account_id}, "arn": bucket.arn},
            "object": renamed | {"key": quote_plus(entity["key"], safe="/")},
        },
    }


def _deliver(deliver: Callable[[str, FakeBucket, str], None], arn: str, bucket: FakeBucket, document: str) -> None:
    try:
        deliver(arn, bucket, document)
    except (DeniedError, ServiceException, HTTPException) as error:
        _log.warning("bucket %s could not tell %s: %s", bucket.name, arn, error)


def _invoke(arn: str, bucket: FakeBucket, document: str) -> None:
    function = lambda_backends[arn.split(":")[4]][arn.split(":")[3]].get_function(arn)
    authorize_service(_S3, "lambda:InvokeFunction", arn, bucket.arn)
    invoke_later(function, document, invoked_arn=arn)


def _publish(arn: str, bucket: FakeBucket, document: str) -> None:
    publish_for_service(_S3, arn, document, source_arn=bucket.arn, subject="Amazon S3 Notification")
