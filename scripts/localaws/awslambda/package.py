"""A function's deployment package: fetched for the caller, checked as AWS checks it, unpacked once for all workers."""

import base64
import functools
import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localaws.awslambda.errors import AccessDeniedException, InvalidParameterValueException
from localaws.wire import Credentials

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 50 MB in a request, 250 MB unpacked
_MAXIMUM_UPLOADED = 50 * 1024 * 1024
# That of what is too large when it is unpacked, with another word.
UNVERIFIED_UPLOAD_TOO_LARGE = f"Zipped size must be smaller than {_MAXIMUM_UPLOADED} bytes"
_MAXIMUM_UNPACKED = 250 * 1024 * 1024


def zip_of(code: dict[str, Any], caller: Credentials, region: str) -> bytes:
    """Return the bytes of the zip that a request's ``Code`` names; S3 objects are read as the caller.

    Raises InvalidParameterValueException or AccessDeniedException in AWS's words.
    """
    if "ZipFile" in code:
        content = base64.b64decode(code["ZipFile"])
        if len(content) > _MAXIMUM_UPLOADED:
            raise InvalidParameterValueException(UNVERIFIED_UPLOAD_TOO_LARGE)
    elif "S3Bucket" in code and "S3Key" in code:
        content = _from_s3(code, caller, region)
    else:
        raise InvalidParameterValueException("Please provide a source for function code.")
    _check(content)
    return content


def _from_s3(code: dict[str, Any], caller: Credentials, region: str) -> bytes:
    version = {"VersionId": code["S3ObjectVersion"]} if code.get("S3ObjectVersion") else {}
    try:
        answer = caller.client("s3", region).get_object(Bucket=code["S3Bucket"], Key=code["S3Key"], **version)
        return answer["Body"].read()  # type: ignore[no-any-return]
    except ClientError as error:
        found = error.response["Error"]
        told = f"S3 Error Code: {found['Code']}. S3 Error Message: {found['Message']}"
        if found["Code"] == "AccessDenied":  # https://github.com/awslabs/lambda-streams-to-firehose/issues/21
            raise AccessDeniedException(
                "Your access has been denied by S3, please make sure your request credentials have permission to "
                f"GetObject for {code['S3Bucket']}/{code['S3Key']}. {told}"
            ) from None
        raise InvalidParameterValueException(f"Error occurred while GetObject. {told}") from None


def _check(content: bytes) -> None:
    if not content:
        raise InvalidParameterValueException("Uploaded file must be a non-empty zip")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise InvalidParameterValueException(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None
    if size > _MAXIMUM_UNPACKED:
        raise InvalidParameterValueException(f"Unzipped size must be smaller than {_MAXIMUM_UNPACKED} bytes")


@functools.cache
def root() -> Path:
    """Return the folder of all unpacked packages; it is removed when this process ends."""
    return Path(_temporary().name)


@functools.cache
def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="localaws-lambda-")


def unpack(content: bytes, digest: str) -> Path:
    """Unpack a zip, unless a package with this digest is there already, and return its folder."""
    folder = root() / digest
    if not folder.exists():
        aside = tempfile.mkdtemp(dir=root())
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(aside)
        try:
            Path(aside).rename(folder)
        except OSError:  # another thread was first; its copy is the same
            return folder
    return folder


def unreadable(content: bytes) -> str | None:
    """Return the first module that AWS's runtime could not read, because the zip lets nobody but its owner.

    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html: files need 644.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            made_on_unix = entry.create_system == 3
            if made_on_unix and entry.filename.endswith(".py") and not (entry.external_attr >> 16) & 0o004:
                return entry.filename
    return None
