"""Buckets of the tests of S3."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

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
