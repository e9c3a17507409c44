"""Object ownership and ACLs. https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.s3.models import FakeAcl, FakeBucket, get_canned_acl

from localaws.s3.errors import S3Refusal

ENFORCED = "BucketOwnerEnforced"
OWNERSHIPS = (ENFORCED, "BucketOwnerPreferred", "ObjectWriter")
_CANNED = {
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
}


def object_acl(
    headers: Mapping[str, str], bucket: FakeBucket, parse: Callable[[Any], FakeAcl | None]
) -> FakeAcl | None:
    """Return a new object's ACL; raise S3Refusal when its bucket allows none, or none like this."""
    canned = headers.get("x-amz-acl")
    is_given = canned is not None or any(name.lower().startswith("x-amz-grant-") for name in headers.keys())  # noqa: SIM118 - moto's headers iterate as pairs
    if canned is not None and canned not in _CANNED:
        raise S3Refusal("InvalidArgument", "", ArgumentName="x-amz-acl", ArgumentValue=canned)
    if is_given and bucket.ownership_rule == ENFORCED and canned != "bucket-owner-full-control":
        raise acl_not_supported()
    acl = parse(headers) or get_canned_acl("private")
    if acl.public_read and bucket.public_access_block and bucket.public_access_block.block_public_acls:
        raise S3Refusal("AccessDenied", "Access Denied", 403)
    return acl


def acl_not_supported() -> S3Refusal:
    """Return the refusal of ACLs where the bucket's owner owns every object."""
    return S3Refusal("AccessControlListNotSupported", "The bucket does not allow ACLs")
