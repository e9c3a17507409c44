"""The state of S3 where moto's differs: bodies on disk, versions that survive suspension, uploads told of once."""

import copy
import hashlib
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

from moto.moto_api._internal import mock_random
from moto.s3 import notifications
from moto.s3.exceptions import AccessDeniedByLock, EntityTooSmall, InvalidPart, MalformedXML, NoSuchUpload
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, FakeMultipart, PublicAccessBlock, S3Backend
from moto.s3.notifications import S3NotificationEvent as Event

from localaws.clock import clock
from localaws.s3 import checksums
from localaws.s3.bodies import Body, join, store
from localaws.s3.encryption import Encryption
from localaws.s3.errors import S3Refusal
from localaws.s3.naming import is_valid
from localaws.s3.ownership import ENFORCED
from localaws.s3.payload import Checksum

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: all parts but the last.
_SMALLEST_PART = 5 << 20
# The headers that S3 keeps with an object and returns with it.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
_KEPT = {"cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"}


class Deletion(NamedTuple):
    """What is told of an object that is gone for good, and of one that is hidden by a delete marker."""

    gone: Event
    hidden: Event


DELETED = Deletion(Event.OBJECT_REMOVED_DELETE_EVENT, Event.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT)
EXPIRED = Deletion(Event.LIFECYCLEEXPIRATION_DELETE_EVENT, Event.LIFECYCLE_EXPIRATION_DELETE_MARKER_CREATED_EVENT)


class Object(FakeKey):
    """One version of an object."""

    checksum: Checksum | None = None
    _etag: str | None
    _metadata: dict[str, str]
    part_sizes: tuple[int, ...] = ()

    def __init__(self, name: str | int, value: Body | bytes, *arguments: Any, **options: Any) -> None:
        self.body = Body(())
        super().__init__(name, value, *arguments, **options)
        self._value_buffer.close()  # moto's, for a body in memory
        self.checksum_type = "FULL_OBJECT"

    @property
    def value(self) -> bytes:
        """Return the whole body, for those who need it at once: Lambda's zips."""
        return b"".join(self.body.blocks())

    @value.setter
    def value(self, new: Body | bytes) -> None:
        self.body = new if isinstance(new, Body) else store([new])
        self.contentsize = self.body.size

    @property
    def etag(self) -> str:
        """Return the quoted ETag: the body's MD5, unless somebody knew better."""
        if self._etag is None:
            self._etag = checksums.md5(self.body.blocks())
        return f'"{self._etag}"'

    def set_metadata(self, metadata: Any, replace: bool = False) -> None:
        """Keep of a request's headers what S3 keeps."""
        kept = {
            name.lower(): value
            for name, value in metadata.items()
            if name.lower() in _KEPT or name.lower().startswith("x-amz-meta-")
        }
        encodings = [each.strip() for each in kept.pop("content-encoding", "").split(",")]
        if encoding := ",".join(each for each in encodings if each not in ("", "aws-chunked")):
            kept["content-encoding"] = encoding
        self._metadata = ({} if replace else dict(self._metadata)) | kept

    def dispose(self, garbage: bool = False) -> None:
        """Do nothing: the body's files go with the last object that has them."""

    def __del__(self) -> None:
        """Do nothing, likewise."""


@dataclass
class Upload:
    """What a multipart upload was started with, beyond what moto keeps."""

    algorithm: str | None
    checksum_type: str | None
    encryption: Encryption


class Multipart(FakeMultipart):
    """A multipart upload whose parts are joined without being read."""

    upload: Upload
    started: datetime

    @property
    def checksum_type(self) -> str:
        """Return the type of the whole's checksum: what was asked for, or the algorithm's own."""
        whole = (self.upload.algorithm or checksums.DEFAULT) == "CRC64NVME"
        return self.upload.checksum_type or ("FULL_OBJECT" if whole else "COMPOSITE")

    def add(self, number: int, body: Body, md5: str, checksum: Checksum | None) -> Object:
        """Keep a part, in place of an earlier one of its number."""
        part = Object(number, body, account_id=self.account_id, region_name=self.region_name, etag=md5)
        part.checksum = checksum
        self.parts[number] = part
        self.partlist = sorted(self.parts)
        return part

    def dispose(self) -> None:
        """Do nothing: the parts go with whoever has them."""

    def chosen(self, listed: list[tuple[int, str]]) -> list[Object]:
        """Return the parts that a completion lists, by number and ETag, in its order."""
        parts: list[Object] = []
        for number, etag in listed:
            part = self.parts.get(number)
            if part is None or part.etag.strip('"') != etag.strip('"'):
                raise InvalidPart
            if parts and parts[-1].size < _SMALLEST_PART:
                raise EntityTooSmall
            parts.append(part)
        if not parts:
            raise MalformedXML
        return parts

    def checksum_of(self, parts: list[Object], body: Body) -> Checksum:
        """Return the checksum of the whole."""
        algorithm = self.upload.algorithm or checksums.DEFAULT
        if self.checksum_type == "FULL_OBJECT":
            return Checksum(algorithm, checksums.checksum(algorithm, body.blocks()))
        own = [_checksum_of_part(part, algorithm) for part in parts]
        return Checksum(algorithm, checksums.of_parts(algorithm, own))


def _checksum_of_part(part: Object, algorithm: str) -> str:
    if part.checksum and part.checksum.algorithm == algorithm:
        return part.checksum.value
    return checksums.checksum(algorithm, part.body.blocks())


class Storage(S3Backend):
    """The buckets of an account."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.placing = threading.RLock()

    def create_bucket(self, bucket_name: str, region_name: str, bucket_namespace: str | None = None) -> FakeBucket:
        """Make a bucket that nobody but its owner's account gets into, as they are made since April 2023.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
        """
        if not is_valid(bucket_name):
            raise S3Refusal("InvalidBucketName", "The specified bucket is not valid.", BucketName=bucket_name)
        bucket = super().create_bucket(bucket_name, region_name, bucket_namespace)
        bucket.ownership_rule = ENFORCED
        bucket.public_access_block = PublicAccessBlock(*[True] * 4)
        return bucket

    def put_object(self, bucket_name: str, key_name: str, value: Body | bytes, **options: Any) -> Object:
        """Add an object, as other services of moto do; their bodies are bytes."""
        bucket = self.get_bucket(bucket_name)
        item = self.new_object(bucket, key_name, value, Encryption(), storage=options.get("storage"))
        self.place(bucket, item)
        return item

    def new_object(
        self, bucket: FakeBucket, name: str, body: Body | bytes, encryption: Encryption, **options: Any
    ) -> Object:
        """Return an object that is not in its bucket yet."""
        item = Object(
            name,
            body,
            bucket_name=bucket.name,
            account_id=self.account_id,
            region_name=self.region_name,
            is_versioned=bucket.versioning_status is not None,
            version_id=str(mock_random.uuid4()) if bucket.is_versioned else "null",
            encryption=encryption.algorithm,
            kms_key_id=encryption.key_arn,
            bucket_key_enabled=True if encryption.bucket_key else None,
            **options,
        )
        if encryption.key_arn and not options.get("etag"):
            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html: not the MD5 of what was uploaded.
            item._etag = uuid4().hex
        return item

    def place(self, bucket: FakeBucket, item: Any) -> None:
        """Make an object or a delete marker its key's current version."""
        item.last_modified = datetime.fromtimestamp(clock.now(), UTC).replace(tzinfo=None)  # as moto keeps times
        with self.placing:
            versions = bucket.keys.getlist(item.name, [])
            kept = [each for each in versions if each.version_id != item.version_id]
            bucket.keys.setlist(item.name, [*kept, item])

    def joined(self, bucket: FakeBucket, multipart: Multipart, listed: list[tuple[int, str]]) -> Object:
        """Return the object that an upload's listed parts make, not in its bucket yet."""
        parts = multipart.chosen(listed)
        whole = join(part.body for part in parts)
        item = self.new_object(
            bucket,
            multipart.key_name,
            whole,
            multipart.upload.encryption,
            etag=_etag_of_parts(parts),
            storage=multipart.storage,
            multipart=multipart,
        )
        item.checksum, item.checksum_type = multipart.checksum_of(parts, whole), multipart.checksum_type
        item.part_sizes = tuple(part.size for part in parts)
        item.set_metadata(multipart.metadata)
        item.set_acl(multipart.acl)
        return item

    def multipart(self, bucket: FakeBucket, name: str, identifier: str) -> Multipart:
        """Return an upload of this key that goes on."""
        found = bucket.multiparts.get(identifier)
        if found is None or found.key_name != name:
            raise NoSuchUpload(upload_id=identifier)
        return found  # type: ignore[no-any-return]

    def tag(self, item: Object, tags: dict[str, str]) -> None:
        """Give an object its tags without an event of their own: they came with it."""
        self.tagger.delete_all_tags_for_resource(item.arn)
        self.tagger.tag_resource(item.arn, self.tagger.convert_dict_to_tags_input(tags))

    def tell(self, bucket: FakeBucket, event: Event, item: Any) -> None:
        """Announce a change to whom the bucket's notifications name."""
        notifications.send_event(self.account_id, event, bucket, item)

    def delete_object(
        self,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: bool = False,
        events: Deletion = DELETED,
    ) -> tuple[bool, dict[str, Any]]:
        """Delete a version, or hide the object behind a delete marker, or delete it where there are no versions."""
        bucket = self.get_bucket(bucket_name)
        with self.placing:
            if version_id is None and bucket.versioning_status is not None:
                return True, self._hide(bucket, key_name, events.hidden)
            told = version_id is not None
            return self._remove(bucket, key_name, version_id or "null", bypass, events.gone, told=told)

    def _hide(self, bucket: FakeBucket, name: str, event: Event) -> dict[str, Any]:
        marker = FakeDeleteMarker(key=Object(name, b"", account_id=self.account_id, region_name=self.region_name))
        if not bucket.is_versioned:
            marker._version_id = "null"  # versioning is suspended: the null version gives way
        self.place(bucket, marker)
        stand_in = copy.copy(marker.key)  # events speak of an ETag
        stand_in._version_id = marker.version_id
        self.tell(bucket, event, stand_in)
        return {"version-id": marker.version_id, "delete-marker": "true"}

    def _remove(
        self, bucket: FakeBucket, name: str, version_id: str, bypass: bool, event: Event, *, told: bool
    ) -> tuple[bool, dict[str, Any]]:
        versions = bucket.keys.getlist(name, [])
        gone = next((each for each in versions if each.version_id == version_id), None)
        answer = {"version-id": version_id} if told and bucket.versioning_status is not None else {}
        if gone is None:
            return False, answer
        if isinstance(gone, FakeKey) and gone.is_locked(governance_bypass=bypass):
            raise AccessDeniedByLock
        kept = [each for each in versions if each is not gone]
        if kept:
            bucket.keys.setlist(name, kept)
        else:
            dict.pop(bucket.keys, name)
        if isinstance(gone, FakeDeleteMarker):
            return True, answer | {"delete-marker": "true"}
        self.tagger.delete_all_tags_for_resource(gone.arn)
        self.tell(bucket, event, gone)
        return True, answer


def _etag_of_parts(parts: list[Object]) -> str:
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts), usedforsecurity=False)
    return f"{digest.hexdigest()}-{len(parts)}"
