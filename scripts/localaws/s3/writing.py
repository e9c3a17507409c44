"""PutObject and CopyObject: what a write brings along, checked before the object takes its place."""

from typing import Any
from urllib.parse import parse_qsl, unquote

from moto.core.common_types import TYPE_RESPONSE
from moto.s3.exceptions import CopyObjectMustChangeSomething, InvalidStorageClass
from moto.s3.models import FakeBucket
from moto.s3.notifications import S3NotificationEvent as Event
from moto.s3.utils import STORAGE_CLASS, metadata_from_headers

from localaws.s3 import checksums, expiry
from localaws.s3.conditions import check_source, check_write
from localaws.s3.encryption import Encryption, check_readable, choose
from localaws.s3.errors import S3Refusal, invalid_argument, invalid_request
from localaws.s3.models import Object
from localaws.s3.ownership import object_acl
from localaws.s3.payload import LARGEST, Checksum, receive
from localaws.s3.reading import Reading

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_LONGEST_KEY = 1024
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
_MOST_TAGS, _LONGEST_TAG_KEY, _LONGEST_TAG_VALUE = 10, 128, 256


class Writing(Reading):
    """The part of S3 that writes objects in one request."""

    def put_object(self) -> TYPE_RESPONSE:
        """Add an object from the request's body."""
        bucket, name = self.backend.get_bucket(self.bucket_name), self.new_name()
        self.check_conditions(bucket, name)
        encryption, options, tags = self.choices(bucket)
        payload = receive(self.request)
        etag = None if encryption.key_arn else payload.md5
        item = self.backend.new_object(bucket, name, payload.body, encryption, etag=etag, **options)
        item.checksum = payload.checksum
        item.set_metadata(metadata_from_headers(self.headers))
        self._place(bucket, item, tags, Event.OBJECT_CREATED_PUT_EVENT)
        expires = expiry.header(self.backend, bucket, item)
        return 200, self._get_cors_headers_other() | written(bucket, item) | expires, ""

    def copy_object(self) -> TYPE_RESPONSE:
        """Add an object that shares another's body."""
        bucket, name = self.backend.get_bucket(self.bucket_name), self.new_name()
        source, source_version = self.copy_source()
        if source.size > LARGEST:
            message = "The specified copy source is larger than the maximum allowable size for a copy source"
            raise invalid_request(f"{message}: {LARGEST}")
        self.check_conditions(bucket, name)
        self._check_change(source, bucket, name)
        encryption, options, tags = self.choices(bucket)
        item = self.backend.new_object(
            bucket, name, source.body, encryption, etag=_etag_of_copy(source, encryption), **options
        )
        item.checksum = self._checksum_of_copy(source)
        is_replaced = self.headers.get("x-amz-metadata-directive") == "REPLACE"
        item.set_metadata(metadata_from_headers(self.headers) if is_replaced else source.metadata)
        if self.headers.get("x-amz-tagging-directive") != "REPLACE":
            tags = self.backend.tagger.get_tag_dict_for_resource(source.arn)
        self._place(bucket, item, tags, Event.OBJECT_CREATED_COPY_EVENT)
        result = {"ETag": item.etag, "LastModified": item.last_modified}
        if item.checksum:
            result |= {f"Checksum{item.checksum.algorithm}": item.checksum.value, "ChecksumType": item.checksum_type}
        headers = written(bucket, item) | source_version
        return self.document("CopyObject", {"CopyObjectResult": result}, headers, but=("ETag", "x-amz-checksum"))

    def new_name(self) -> str:
        """Return the key to write to."""
        name: str = self.parse_key_name()
        if len(name.encode()) > _LONGEST_KEY:
            raise S3Refusal("KeyTooLongError", "Your key is too long", MaxSizeAllowed=str(_LONGEST_KEY))
        return name

    def check_conditions(self, bucket: FakeBucket, name: str) -> None:
        """Raise S3Refusal when the key's current version is not what the request demands."""
        if "If-Match" in self.headers or "If-None-Match" in self.headers:
            current = self.backend.get_object(bucket.name, name)
            check_write(self.headers, current.etag if current else None)

    def choices(self, bucket: FakeBucket) -> tuple[Encryption, dict[str, Any], dict[str, str]]:
        """Return a new object's encryption, other attributes and tags; raise S3Refusal when they cannot be."""
        encryption = choose(self.headers, bucket)
        storage = self.headers.get("x-amz-storage-class", "STANDARD")
        if storage not in STORAGE_CLASS:
            raise InvalidStorageClass(storage=storage)
        hold, mode, until = self._get_lock_details(bucket, bucket.object_lock_enabled)
        object_acl(self.headers, bucket, self._acl_from_headers)
        options = {"storage": storage, "lock_mode": mode, "lock_legal_status": hold, "lock_until": until}
        return (
            encryption,
            options,
            checked_tags(parse_qsl(self.headers.get("x-amz-tagging", ""), keep_blank_values=True)),
        )

    def copy_source(self) -> tuple[Object, dict[str, str]]:
        """Return the object that a request copies, and the header that tells its version."""
        path, _, query = str(self.headers["x-amz-copy-source"]).partition("?versionId=")
        bucket_name, slash, name = unquote(path).removeprefix("/").partition("/")
        if not (bucket_name and slash and name):
            raise invalid_argument(
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", path
            )
        bucket = self.backend.get_bucket(bucket_name)
        source = self.find(bucket, name, unquote(query) or None)
        check_source(self.headers, source.etag, source.last_modified)
        check_readable(source.kms_key_id, bucket)
        is_versioned = bucket.versioning_status is not None
        return source, {"x-amz-copy-source-version-id": source.version_id} if is_versioned else {}

    def _check_change(self, source: Object, bucket: FakeBucket, name: str) -> None:
        changes = ("storage-class", "website-redirect-location", "server-side-encryption")
        is_changed = (
            self.headers.get("x-amz-metadata-directive") == "REPLACE"
            or any(f"x-amz-{change}" in self.headers for change in changes)
            or bucket.encryption is not None
            or "?versionId=" in self.headers["x-amz-copy-source"]
        )
        if (source.bucket_name, source.name) == (bucket.name, name) and not is_changed:
            raise CopyObjectMustChangeSomething

    def _checksum_of_copy(self, source: Object) -> Checksum | None:
        wanted = self.headers.get("x-amz-checksum-algorithm", "")
        wanted = checksums.named(wanted) if wanted else ""
        own = source.checksum
        if not wanted and own is None:
            return None
        if own is not None and wanted in ("", own.algorithm) and source.checksum_type == "FULL_OBJECT":
            return own
        algorithm = wanted or str(own and own.algorithm)
        return Checksum(algorithm, checksums.checksum(algorithm, source.body.blocks()))

    def _place(self, bucket: FakeBucket, item: Object, tags: dict[str, str], event: Event) -> None:
        item.acl = object_acl(self.headers, bucket, self._acl_from_headers)
        item.website_redirect_location = self.headers.get("x-amz-website-redirect-location")
        with self.backend.placing:
            self.check_conditions(bucket, item.name)  # again: another writer may have been faster
            self.backend.place(bucket, item)
        if tags:
            self.backend.tag(item, tags)
        self.backend.tell(bucket, event, item)


def written(bucket: FakeBucket, item: Object) -> dict[str, str]:
    """Return the headers that tell of a new object."""
    headers = {"ETag": item.etag, "x-amz-server-side-encryption": item.encryption}
    if item.kms_key_id:
        headers["x-amz-server-side-encryption-aws-kms-key-id"] = item.kms_key_id
    if item.bucket_key_enabled:
        headers["x-amz-server-side-encryption-bucket-key-enabled"] = "true"
    if bucket.versioning_status is not None:
        headers["x-amz-version-id"] = item.version_id
    if item.checksum:
        headers |= {checksums.header(item.checksum.algorithm): item.checksum.value}
        headers["x-amz-checksum-type"] = item.checksum_type
    return headers


def _etag_of_copy(source: Object, encryption: Encryption) -> str | None:
    is_md5 = "-" not in source.etag and not source.kms_key_id and not encryption.key_arn
    return source.etag.strip('"') if is_md5 else None


def checked_tags(tags: list[tuple[str, str]]) -> dict[str, str]:
    """Return the tags of an object; raise S3Refusal when they are too many or too long, double, or AWS's own."""
    if len(tags) > _MOST_TAGS:
        raise S3Refusal("BadRequest", "Object tags cannot be greater than 10")
    if len(dict(tags)) < len(tags):
        raise S3Refusal("InvalidTag", "Cannot provide multiple Tags with the same key")
    for key, value in tags:
        if not 1 <= len(key) <= _LONGEST_TAG_KEY:
            raise S3Refusal("InvalidTag", "The TagKey you have provided is invalid", TagKey=key)
        if len(value) > _LONGEST_TAG_VALUE:
            raise S3Refusal("InvalidTag", "The TagValue you have provided is invalid", TagKey=key, TagValue=value)
        if key.startswith("aws:"):
            # So LocalStack has it, from AWS; of buckets S3 speaks otherwise (services/s3/validation.py).
            raise S3Refusal("InvalidTag", "Your TagKey cannot be prefixed with aws:", TagKey=key)
    return dict(tags)
