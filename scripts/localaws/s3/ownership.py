"""Object ownership and ACLs. https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.s3.models import FakeAcl, FakeBucket, get_canned_acl

from localaws.s3.errors import S3Refusal, invalid_argument

ENFORCED = "BucketOwnerEnforced"
OWNERSHIPS = (ENFORCED, "BucketOwnerPreferred", "ObjectWriter")
_GRANTEE = re.compile(r"\s*(id|uri|emailAddress)=(\"[^\"]+\"|[^\"]+)\s*", re.IGNORECASE)
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
    acl = read_acl(headers, parse)
    canned = headers.get("x-amz-acl")
    is_given = canned is not None or any(name.lower().startswith("x-amz-grant-") for name in headers.keys())  # noqa: SIM118 - moto's headers iterate as pairs
    if is_given and bucket.ownership_rule == ENFORCED and canned != "bucket-owner-full-control":
        raise acl_not_supported()
    acl = acl or get_canned_acl("private")
    if acl.public_read and bucket.public_access_block and bucket.public_access_block.block_public_acls:
        raise S3Refusal("AccessDenied", "Access Denied", 403)
    return acl


def read_acl(headers: Mapping[str, str], parse: Callable[[Any], FakeAcl | None]) -> FakeAcl | None:
    """Return the ACL that a request's headers give, if any; raise S3Refusal when it cannot be read."""
    canned = headers.get("x-amz-acl")
    if canned is not None and canned not in _CANNED:
        raise S3Refusal("InvalidArgument", "", ArgumentName="x-amz-acl", ArgumentValue=canned)
    for name, value in headers.items():
        if name.lower().startswith("x-amz-grant-") and not all(_GRANTEE.fullmatch(one) for one in value.split(",")):
            # https://github.com/versity/versitygw/issues/1384 quotes S3
            raise invalid_argument("Argument format not recognized", name.lower(), value)
    return parse(headers)


def acl_not_supported() -> S3Refusal:
    """Return the refusal of ACLs where the bucket's owner owns every object."""
    return S3Refusal("AccessControlListNotSupported", "The bucket does not allow ACLs")
