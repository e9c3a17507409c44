"""Which encryption an object gets, and what the state of a KMS key forbids.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
Who may use the key is not decided here: permissions are IAM's. Nothing is enciphered; ETags behave as if it were.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from moto.kms.models import Key
from moto.s3.models import FakeBucket

from localaws.kms.keys import MANAGED_S3, KeyRefusal, find, usable_for_data
from localaws.s3.errors import S3Refusal, invalid_argument, not_implemented

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = f"{_ALGORITHM}-aws-kms-key-id"
_BUCKET_KEY = f"{_ALGORITHM}-bucket-key-enabled"
_CUSTOMER_KEY = f"{_ALGORITHM}-customer-algorithm"


@dataclass(frozen=True)
class Encryption:
    """AES256, or aws:kms with the ARN of its key."""

    algorithm: str = "AES256"
    key_arn: str | None = None
    bucket_key: bool = False

    def headers(self) -> dict[str, str]:
        """Return how answers tell of it."""
        told = {_ALGORITHM: self.algorithm}
        if self.key_arn:
            told[_KEY] = self.key_arn
        return told | ({_BUCKET_KEY: "true"} if self.bucket_key else {})


def choose(headers: Mapping[str, str], bucket: FakeBucket) -> Encryption:
    """Return what an object that is written with these headers gets; its key exists and is usable.

    Raises S3Refusal.
    """
    if _CUSTOMER_KEY in headers or f"x-amz-copy-source-{_CUSTOMER_KEY.removeprefix('x-amz-')}" in headers:
        raise not_implemented("encryption with customer-provided keys (SSE-C)")
    algorithm, key = headers.get(_ALGORITHM), headers.get(_KEY)
    bucket_key = headers.get(_BUCKET_KEY)
    _check(algorithm, key)
    default = default_of(bucket)
    if algorithm is None:
        algorithm, key = default.algorithm, default.key_arn
    elif algorithm == default.algorithm and key is None:
        key = default.key_arn
    if algorithm == "AES256":
        return Encryption()
    uses_bucket_key = bucket_key.lower() == "true" if bucket_key else default.bucket_key
    return Encryption("aws:kms", _usable(key or MANAGED_S3, bucket).arn, uses_bucket_key)


def default_of(bucket: FakeBucket) -> Encryption:
    """Return a bucket's default; AES256 where nobody set one. Its key is as it was given."""
    if not bucket.encryption:
        return Encryption()
    rule = bucket.encryption["Rule"]
    chosen = rule["ApplyServerSideEncryptionByDefault"]
    bucket_key = str(rule.get("BucketKeyEnabled", "false")).lower() == "true"
    return Encryption(chosen["SSEAlgorithm"], chosen.get("KMSMasterKeyID"), bucket_key)


def check_readable(key_arn: str | None, bucket: FakeBucket) -> None:
    """Raise S3Refusal when the key that an object is encrypted with is gone or rests."""
    if key_arn:
        _usable(key_arn, bucket)


def _check(algorithm: str | None, key: str | None) -> None:
    if algorithm == "aws:kms:dsse":
        raise not_implemented("dual-layer encryption (aws:kms:dsse)")
    if algorithm not in (None, "AES256", "aws:kms"):
        raise invalid_argument("The encryption method specified is not supported", _ALGORITHM, str(algorithm))
    if key is not None and algorithm != "aws:kms":
        raise invalid_argument(
            f"Server Side Encryption with AWS KMS managed key requires HTTP header {_ALGORITHM} : aws:kms",
            _ALGORITHM,
            algorithm or "null",
        )


def _usable(identifier: str, bucket: FakeBucket) -> Key:
    """Return a key in the bucket's Region; KMS's refusals are S3's, with its name before the code."""
    try:
        key = find(identifier, bucket.account_id, bucket.region_name)
        usable_for_data(key, "GenerateDataKey")
    except KeyRefusal as refusal:
        raise S3Refusal(f"KMS.{refusal.code}", str(refusal.message)) from None
    return key
