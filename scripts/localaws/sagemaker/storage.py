"""S3 as a training job or an endpoint uses it: with the credentials of its execution role."""

import shutil
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from localaws.identity import assume_role
from localaws.sagemaker.errors import invalid

PRINCIPAL = "sagemaker.amazonaws.com"


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key of ``s3://bucket/key``."""
    bucket, _, key = uri.partition("://")[2].partition("/")
    return bucket, key


class Storage:
    """S3 through an execution role. Raises ServiceException (AccessDenied) when SageMaker cannot assume it."""

    def __init__(self, role_arn: str, region: str, source_arn: str) -> None:
        self.credentials = assume_role(role_arn, PRINCIPAL, "SageMaker", region, source_arn)
        self._s3 = self.credentials.client("s3", region)

    def keys(self, prefix_uri: str) -> Iterator[str]:
        """Yield the keys under a prefix, without the markers that consoles make for folders."""
        bucket, prefix = split(prefix_uri)
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from (item["Key"] for item in page.get("Contents", ()) if not item["Key"].endswith("/"))

    def has_objects(self, prefix_uri: str) -> bool:
        """Return whether there is an object under a prefix; not when the bucket is missing or may not be listed."""
        try:
            return next(self.keys(prefix_uri), None) is not None
        except ClientError:
            return False

    def exists(self, uri: str) -> bool:
        """Return whether the object exists and may be read."""
        bucket, key = split(uri)
        try:
            self._s3.head_object(Bucket=bucket, Key=key)
        except ClientError:
            return False
        return True

    def download(self, bucket: str, key: str, to: BinaryIO) -> None:
        """Write an object to a file, streaming."""
        shutil.copyfileobj(self._s3.get_object(Bucket=bucket, Key=key)["Body"], to)

    def upload(self, file: Path, uri: str, kms_key_id: str | None) -> None:
        """Store a file as an object, encrypted with the key when there is one."""
        bucket, key = split(uri)
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id} if kms_key_id else {}
        with file.open("rb") as body:
            self._s3.put_object(Bucket=bucket, Key=key, Body=body, **encryption)


def reason(error: ClientError) -> str:
    """Return what S3 answered, in the form in which SageMaker quotes it."""
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return f"{error.response['Error']['Code']} ({status}): {error.response['Error']['Message']}"


def hosting_source(model_arn: str) -> str:
    """Return hosting's aws:SourceArn, which a trust policy may not narrow to a model or an endpoint.

    https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html demands "ArnLike" with
    exactly this text for hosting; that the request carries it as it stands is not proven on AWS.
    """
    return ":".join([*model_arn.split(":")[:5], "*"])


def open_storage(role_arn: str, region: str, source_arn: str) -> Storage | None:
    """Return S3 through a role, or None when SageMaker may not assume it."""
    try:
        return Storage(role_arn, region, source_arn)
    except ServiceException:
        return None


def check_data(role_arn: str, uris: Iterable[str], region: str, source_arn: str) -> None:
    """Raise AWS's errors for a role that cannot be assumed, and for a prefix without objects."""
    s3 = open_storage(role_arn, region, source_arn)
    if s3 is None:
        raise invalid(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{PRINCIPAL}' to assume the role."
        )
    for uri in uris:
        if not s3.has_objects(uri):
            raise invalid(
                f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
                f"exists in the selected region ({region}), that objects exist under that S3 prefix, and that the role "
                f'"{role_arn}" has "s3:ListBucket" permissions on bucket "{split(uri)[0]}".'
            )


def pack(folders: Iterable[Path], archive: BinaryIO) -> None:
    """Pack the files of folders into a tar.gz, at its root."""
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for path in sorted(path for folder in folders for path in folder.iterdir()):
            tar.add(path, arcname=path.name)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar.gz of files and folders; a link or a name that leaves the folder is refused (tarfile.TarError).

    Written out, since tarfile's own filter is not in Python 3.11.0 to 3.11.3.
    """
    folder.mkdir()
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            to = (folder / member.name).resolve()
            if not to.is_relative_to(folder.resolve()) or not (member.isfile() or member.isdir()):
                raise tarfile.TarError(f"{member.name} is refused")
            if member.isdir():
                to.mkdir(parents=True, exist_ok=True)
            elif content := tar.extractfile(member):
                to.parent.mkdir(parents=True, exist_ok=True)
                with content, to.open("wb") as file:
                    shutil.copyfileobj(content, file)
