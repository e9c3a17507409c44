"""KMS keys used through S3: who reads or writes an object needs its key too, by way of S3 alone.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from collections.abc import Iterator
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends
from moto.s3.models import FakeDeleteMarker, s3_backends

from localaws.gate.permissions.rows import Need


def to_write(bucket_name: str, key: str, algorithm: str | None, key_id: str | None) -> Iterator[Need]:
    """Yield what a new object's encryption needs: as the request says, or else as the bucket's default does."""
    bucket = _bucket(bucket_name)
    if bucket is None:
        return
    if algorithm is None and bucket.encryption:
        default = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"]
        algorithm, key_id = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
    if algorithm == "aws:kms":
        yield from _through_s3("kms:GenerateDataKey", bucket, key, key_id)


def to_read(bucket_name: str, key: str, version: str | None) -> Iterator[Need]:
    """Yield what the encryption of an object that exists needs of who reads it."""
    found = _object(bucket_name, key, version)
    if getattr(found, "encryption", None) == "aws:kms":
        yield from _through_s3("kms:Decrypt", _bucket(bucket_name), key, found.kms_key_id)


def to_join(bucket_name: str, key: str, upload_id: str) -> Iterator[Need]:
    """Yield what the parts of an upload need."""
    bucket = _bucket(bucket_name)
    upload = bucket.multiparts.get(upload_id) if bucket else None
    if upload and upload.sse_encryption == "aws:kms":
        for action in ("kms:GenerateDataKey", "kms:Decrypt"):
            yield from _through_s3(action, bucket, key, upload.kms_key_id)
    elif upload and upload.sse_encryption is None:
        for need in to_write(bucket_name, key, None, None):
            yield need
            yield Need("kms:Decrypt", need.resource, need.context)


def is_missing(bucket_name: str, key: str, version: str | None) -> bool:
    """Return whether a bucket that exists holds no such object, or only a delete marker."""
    return _bucket(bucket_name) is not None and _object(bucket_name, key, version) is None


def has_tags(bucket_name: str, key: str, version: str | None) -> bool:
    """Return whether an object has tags."""
    found, backend = _object(bucket_name, key, version), s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    return found is not None and bool(backend.tagger.get_tag_dict_for_resource(found.arn))


def _bucket(name: str) -> Any:
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(name)


def _object(bucket_name: str, key: str, version: str | None) -> Any:
    """Return an object or, where it is deleted or was never there, None."""
    bucket = _bucket(bucket_name)
    if bucket is None:
        return None
    versions = bucket.keys.getlist(key) or []
    wanted = versions[-1:] if version is None else [each for each in versions if str(each.version_id) == version]
    found = wanted[0] if wanted else None
    return None if isinstance(found, FakeDeleteMarker) else found


def _key(region: str, name: str) -> Any:
    """Return a key of a region by its id, its ARN, its alias or the alias's ARN, or None."""
    backend = kms_backends[DEFAULT_ACCOUNT_ID][region]
    if "alias/" in name and not backend.alias_exists(backend.get_alias_name(name)):
        return None
    return backend.keys.get(backend.any_id_to_key_id(name))


def _through_s3(action: str, bucket: Any, key: str, key_id: str | None) -> Iterator[Need]:
    """Yield the need of a key by S3; none for a key that does not exist, of which S3 itself complains.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    region = bucket.region_name
    found = _key(region, key_id or "alias/aws/s3")
    if found is None:
        return
    arn = f"arn:aws:s3:::{bucket.name}"
    by_bucket_key = bucket.encryption and bucket.encryption["Rule"].get("BucketKeyEnabled") in (True, "true")
    context = {
        "aws:viaawsservice": "true",
        "kms:viaservice": f"s3.{region}.amazonaws.com",
        "kms:calleraccount": DEFAULT_ACCOUNT_ID,
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html#bucket-key-encryption-context
        "kms:encryptioncontext:aws:s3:arn": arn if by_bucket_key else f"{arn}/{key}",
        "kms:encryptioncontextkeys": ("aws:s3:arn",),
    }
    yield Need(action, found.arn, context)
