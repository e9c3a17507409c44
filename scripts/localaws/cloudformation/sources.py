"""Where a template's text comes from: the request itself, or an object in S3."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from localaws.cloudformation.errors import ValidationError
from localaws.cloudformation.template import MAX_INLINE_BYTES
from localaws.wire import Credentials, endpoint

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html: path style, then virtual-hosted style.
_PATH_STYLE = re.compile(r"s3[.-]?([a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
_VIRTUAL_STYLE = re.compile(r"(?P<bucket>[a-z0-9.-]+)\.s3[.-]?([a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
_MAX_BYTES = 1_000_000


def template_body(request: Mapping[str, Any], credentials: Credentials, region: str) -> str | None:
    """Return the text that TemplateBody or TemplateURL gives, or None when the request has neither."""
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    if body and url:
        raise ValidationError("Specify exactly one of TemplateBody or TemplateURL.")
    if url:
        return _fetched(url, credentials, region)
    if body and len(body.encode()) > MAX_INLINE_BYTES:
        raise ValidationError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have "
            f"length less than or equal to {MAX_INLINE_BYTES}"
        )
    return body


def _fetched(url: str, credentials: Credentials, region: str) -> str:
    bucket, key = _address(url)
    try:
        answer = _object(bucket, key, credentials, region)
    except ClientError as error:
        raise ValidationError(f"S3 error: {error.response['Error']['Message']}") from error
    if answer["ContentLength"] > _MAX_BYTES:
        raise ValidationError(f"Template may not exceed {_MAX_BYTES} bytes in size.")
    try:
        return str(answer["Body"].read().decode())
    except UnicodeDecodeError:
        # https://github.com/amazon-archives/amazon-kinesis-data-visualization-sample/issues/1
        raise ValidationError("Template contains invalid characters") from None


def _object(bucket: str, key: str, credentials: Credentials, region: str) -> Any:
    """Answer GetObject, from whatever Region the bucket is in: it has only to be readable for the caller.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-template.html
    """
    try:
        return credentials.client("s3", region).get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] != "PermanentRedirect":
            raise
        there = error.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]
        return credentials.client("s3", there).get_object(Bucket=bucket, Key=key)


def _address(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host, path = parts.netloc, unquote(parts.path).lstrip("/")
    virtual = _VIRTUAL_STYLE.fullmatch(host)
    if virtual and parts.scheme == "https":
        bucket, key = virtual["bucket"], path
    elif url.startswith(f"{endpoint.url}/") or (_PATH_STYLE.fullmatch(host) and parts.scheme == "https"):
        bucket, _, key = path.partition("/")
    else:
        raise ValidationError("TemplateURL must be a supported URL.")
    if not bucket or not key:
        raise ValidationError("TemplateURL must reference a valid S3 object to which you have access.")
    return bucket, key
