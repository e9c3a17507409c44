"""Data capture: what an endpoint is asked and answers, written to S3 as the model's role, one JSON line an invocation.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html. AWS gathers lines for minutes;
here each is an object at once.
"""

import base64
import json
import logging
import random
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from localaws.sagemaker.models import now
from localaws.sagemaker.storage import split
from localaws.wire import Credentials

_log = logging.getLogger(__name__)


class Capture:
    """The capture of one variant's requests and answers."""

    def __init__(self, config: Mapping[str, Any], credentials: Credentials, region: str, place: str) -> None:
        self._config = config
        self._s3 = credentials.client("s3", region)
        self._bucket, prefix = split(config["DestinationS3Uri"])
        self._prefix = f"{prefix.rstrip('/')}/{place}".lstrip("/")
        self._modes = {option["CaptureMode"] for option in config["CaptureOptions"]}

    def note(self, asked: tuple[str, bytes], answered: tuple[str, bytes]) -> None:
        """Take a request and its answer (content type, body), and write them if they are of the sample."""
        if random.random() * 100 >= self._config["InitialSamplingPercentage"]:  # noqa: S311 - nothing secret
            return
        at, event_id, captured = now(), str(uuid4()), {}
        if self._modes & {"Input", "InputAndOutput"}:
            captured["endpointInput"] = self._told("INPUT", *asked)
        if self._modes & {"Output", "InputAndOutput"}:
            captured["endpointOutput"] = self._told("OUTPUT", *answered)
        metadata = {"eventId": event_id, "inferenceTime": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        line = json.dumps({"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"})
        threading.Thread(target=self._put, args=(at, event_id, line), daemon=True, name="sagemaker-capture").start()

    def _told(self, mode: str, content_type: str, body: bytes) -> dict[str, str]:
        types = self._config.get("CaptureContentTypeHeader", {})
        kind = content_type.partition(";")[0].strip().lower()
        if kind in types.get("CsvContentTypes", ()):
            encoding, data = "CSV", body.decode(errors="replace")
        elif kind in types.get("JsonContentTypes", ()):
            encoding, data = "JSON", body.decode(errors="replace")
        else:
            encoding, data = "BASE64", base64.b64encode(body).decode()
        return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}

    def _put(self, at: datetime, event_id: str, line: str) -> None:
        """Write a line. A role that may not write loses it; the endpoint goes on."""
        key = f"{self._prefix}/{at:%Y/%m/%d/%H/%M-%S}-{at.microsecond // 1000:03d}-{event_id}.jsonl"
        kms_key_id = self._config.get("KmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id} if kms_key_id else {}
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=f"{line}\n".encode(), **encryption)
        except (ClientError, BotoCoreError) as error:
            _log.info("%s: %s", key, error)
