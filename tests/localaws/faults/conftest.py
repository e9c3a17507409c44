"""Faults are taken away after each test."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localaws import control
from localaws.faults.state import faults


@pytest.fixture
def broken() -> Iterator[Callable[..., list[int]]]:
    """A function that puts local AWS into faults and returns how often the former ones struck."""
    yield lambda *wanted: control.change({"faults": wanted})
    faults.clear()


@pytest.fixture
def patient(local_aws: Any) -> Callable[[str], Any]:
    """A function that makes a client which tries three times, as SDKs do unless they are told otherwise."""
    settings = local_aws.administrator.environment("us-east-1")
    session = boto3.Session(settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")
    config = Config(retries={"mode": "standard", "total_max_attempts": 3}, s3={"addressing_style": "path"})
    return lambda service: session.client(service, endpoint_url=local_aws.endpoint, config=config)
