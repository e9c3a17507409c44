"""GetObject and HeadObject: whole, by range or by part, streamed from disk."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.s3.exceptions import InvalidObjectState
from moto.s3.models import FakeBucket, FakeDeleteMarker
from moto.s3.responses import ALLOWED_HEADER_OVERRIDES, S3Response
from moto.s3.utils import ARCHIVE_STORAGE_CLASSES

from localaws.s3 import checksums, expiry
from localaws.s3.bodies import Body
from localaws.s3.conditions import is_unmodified
from localaws.s3.encryption import check_readable
from localaws.s3.errors import S3Refusal, invalid_argument
from localaws.s3.headers import check_value
from localaws.s3.models import Object
from localaws.s3.payload import Checksum

_MOST_PARTS = 10_000
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_VERSION_ID = re.compile(r"null|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # as they are made here
# botocore ObjectAttributes
_ATTRIBUTES = {"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"}


@dataclass(frozen=True)
class Slice:
    """What of an object is wanted."""

    start: int
    size: int
    parts: int | None = None


class Reading(S3Response):
    """The part of S3 that reads objects."""

    def get_object(self) -> TYPE_RESPONSE:
        """Return an object, or what is wanted of it."""
        return self._read(checked=True)

    def head_object(self, *_: Any, **__: Any) -> TYPE_RESPONSE:
        """Return what GetObject's headers would be."""
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html: only checksums need the key.
        return self._read(checked=self.headers.get("x-amz-checksum-mode") == "ENABLED")

    def get_object_attributes(self) -> TYPE_RESPONSE:
        """Return of an object what is asked for, without reading it."""
        bucket = self.backend.get_bucket(self.bucket_name)
        item = self.find(bucket, self.parse_key_name(), self.querystring.get("versionId", [None])[0])
        wanted = {each.strip() for each in self.headers.get("x-amz-object-attributes", "").split(",")}
        if not wanted or wanted - _ATTRIBUTES:
            raise invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", str(sorted(wanted)))
        known = {
            "ETag": item.etag.strip('"'),
            "Checksum": _attributes_of(item.checksum, item.checksum_type),
            "ObjectParts": {"TotalPartsCount": len(item.part_sizes)} if item.part_sizes else None,
            "StorageClass": item.storage_class,
            "ObjectSize": item.size,
        }
        headers = _version(bucket, item) | {"last-modified": item.last_modified_RFC1123}
        return self.document("GetObjectAttributes", {name: known[name] for name in wanted}, headers)

    def document(
        self, action: str, result: dict[str, Any], headers: dict[str, str], but: tuple[str, ...] = ()
    ) -> TYPE_RESPONSE:
        """Return an answer that is a document, with headers (without those that begin so)."""
        self.data["Action"] = action
        status, own, body = self.serialized(ActionResult(result))
        return status, own | {name: value for name, value in headers.items() if not name.startswith(but or "\0")}, body

    def _read(self, *, checked: bool) -> TYPE_RESPONSE:
        bucket = self.backend.get_bucket(self.bucket_name)
        item = self.find(bucket, self.parse_key_name(), self.querystring.get("versionId", [None])[0])
        if item.storage_class in ARCHIVE_STORAGE_CLASSES and self.method == "GET" and item.status != "RESTORED":
            raise InvalidObjectState(storage_class=item.storage_class)
        if is_unmodified(self.headers, item.etag, item.last_modified):
            told = {"ETag": item.etag, "last-modified": item.last_modified_RFC1123}
            return 304, told | _version(bucket, item), ""
        if checked:
            check_readable(item.kms_key_id, bucket)
        wanted = self._wanted(item)
        headers = self._get_cors_headers_other() | item.response_dict | item.metadata | self._overrides()
        headers |= _version(bucket, item) | {"Accept-Ranges": "bytes"}
        if bucket.keys.get(item.name) is item:
            headers |= expiry.header(self.backend, bucket, item)
        if wanted is None:
            return 200, headers | self._checksum(item), self._content(item.body)
        last = wanted.start + wanted.size - 1
        headers |= {"content-length": str(wanted.size), "content-range": f"bytes {wanted.start}-{last}/{item.size}"}
        if wanted.parts:
            headers["x-amz-mp-parts-count"] = str(wanted.parts)
        return 206, headers, self._content(item.body.part(wanted.start, wanted.size))

    def _content(self, body: Body) -> Iterator[bytes] | bytes:
        if self.method == "HEAD":
            return b""
        # Where moto serves no HTTP but stands in for botocore's, it takes bytes alone.
        return body.blocks() if self.is_werkzeug_request else b"".join(body.blocks())

    def find(self, bucket: FakeBucket, name: str, version_id: str | None) -> Object:
        """Return a version of an object, the current one by default.

        Raises S3Refusal when it is not there, or hidden by a delete marker.
        """
        if version_id is not None and not _VERSION_ID.fullmatch(version_id):
            raise invalid_argument("Invalid version id specified", "versionId", version_id)
        found = self.backend.get_object(bucket.name, name, version_id, return_delete_marker=True)
        if found is None and version_id is not None:
            message = "The specified version does not exist."
            raise S3Refusal("NoSuchVersion", message, 404, Key=name, VersionId=version_id)
        if found is None or (isinstance(found, FakeDeleteMarker) and version_id is None):
            refusal = S3Refusal("NoSuchKey", "The specified key does not exist.", 404, Key=name)
        elif isinstance(found, FakeDeleteMarker):
            message = "The specified method is not allowed against this resource."
            refusal = S3Refusal("MethodNotAllowed", message, 405, Method=self.method, ResourceType="DeleteMarker")
            refusal.headers["Allow"] = "DELETE"
        else:
            return found  # type: ignore[no-any-return]
        if found is not None:
            refusal.headers |= {"x-amz-delete-marker": "true", "x-amz-version-id": found.version_id}
        raise refusal

    def _wanted(self, item: Object) -> Slice | None:
        if number := self.querystring.get("partNumber", [None])[0]:
            return _by_part(item, part_number(number))
        return _by_range(self.headers.get("Range", ""), item.size)

    def _checksum(self, item: Object) -> dict[str, str]:
        if item.checksum is None or self.headers.get("x-amz-checksum-mode") != "ENABLED":
            return {}
        return {
            checksums.header(item.checksum.algorithm): item.checksum.value,
            "x-amz-checksum-type": item.checksum_type,
        }

    def _overrides(self) -> dict[str, str]:
        overrides = {}
        for name, header in ALLOWED_HEADER_OVERRIDES.items():
            if values := self.querystring.get(name):
                check_value(name, values[0])
                overrides[header.lower()] = values[0]
        return overrides


def part_number(text: str) -> int:
    """Return the number of a part; raises S3Refusal for what is none."""
    if not (text.isdecimal() and 1 <= int(text) <= _MOST_PARTS):
        message = f"Part number must be an integer between 1 and {_MOST_PARTS}, inclusive"
        raise invalid_argument(message, "partNumber", text)
    return int(text)


def _attributes_of(checksum: Checksum | None, kind: str) -> dict[str, str] | None:
    return {f"Checksum{checksum.algorithm}": checksum.value, "ChecksumType": kind} if checksum else None


def _version(bucket: FakeBucket, item: Object) -> dict[str, str]:
    return {"x-amz-version-id": item.version_id} if bucket.versioning_status is not None else {}


def _by_part(item: Object, number: int) -> Slice:
    sizes = item.part_sizes or (item.size,)
    if not 1 <= number <= len(sizes):
        message = "The requested partnumber is not satisfiable"
        raise S3Refusal("InvalidPartNumber", message, 416, ActualPartCount=str(len(sizes)))
    return Slice(sum(sizes[: number - 1]), sizes[number - 1], len(item.part_sizes) or None)


def _by_range(given: str, size: int) -> Slice | None:
    """Return the range that a header asks for; None for everything, which is also the answer to what S3 cannot read."""
    found = _RANGE.fullmatch(given)
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first and last and int(first) > int(last):
        return None
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or (not first and int(last) == 0):
        message = "The requested range is not satisfiable"
        raise S3Refusal("InvalidRange", message, 416, RangeRequested=given, ActualObjectSize=str(size))
    return Slice(start, end - start + 1)
