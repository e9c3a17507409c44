"""Buckets of the tests of S3."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

Client = Callable[[str], Any]


@pytest.fixture
def s3(client: Client) -> Any:
    """S3 as the administrator's client sees it."""
    return client("s3")


@pytest.fixture
def create_bucket(s3: Any) -> Callable[..., str]:
    """A function that creates a bucket, with versioning in this state if one is given, and returns its name."""

    def create(versioning: str | None = None) -> str:
        name = f"bucket-{uuid.uuid4().hex}"
        s3.create_bucket(Bucket=name)
        if versioning:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": versioning})
        return name

    return create


@pytest.fixture
def bucket(create_bucket: Callable[..., str]) -> str:
    """A bucket without versioning."""
    return create_bucket()


@pytest.fixture
def unchecked(s3: Any) -> Iterator[Any]:
    """S3 as a client sees it that sends whatever it is given."""
    made = boto3.client(
        "s3",
        "us-east-1",
        endpoint_url=s3.meta.endpoint_url,
        aws_access_key_id=s3._request_signer._credentials.access_key,
        aws_secret_access_key=s3._request_signer._credentials.secret_key,
        config=Config(parameter_validation=False, s3={"addressing_style": "path"}, signature_version="s3v4"),
    )
    yield made
    made.close()
