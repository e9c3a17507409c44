"""Faults are taken away after each test."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.retries import standard

from localaws import control


@pytest.fixture
def broken() -> Iterator[Callable[..., list[int]]]:
    """A function that puts local AWS into faults and returns how often the former ones struck."""
    yield lambda *wanted: control.change({"faults": wanted})
    control.change({})


@pytest.fixture
def patient(local_aws: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """A function that makes a client which tries three times, as SDKs do, but without waiting."""
    monkeypatch.setattr(standard.ExponentialBackoff, "delay_amount", lambda _self, _context: 0)
    settings = local_aws.administrator.environment("us-east-1")
    session = boto3.Session(settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")
    config = Config(retries={"mode": "standard", "total_max_attempts": 3}, s3={"addressing_style": "path"})
    return lambda service: session.client(service, endpoint_url=local_aws.endpoint, config=config)
