"""What every test may ask for: a local AWS of its own process, and clients for it."""

import functools
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest


def pytest_configure() -> None:
    """Let the programs under test be interrupted, also where the tests were started with SIGINT ignored (``&``)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def local_aws() -> Iterator[Any]:
    """Local AWS in this process, shared by all tests of a worker: name your resources apart."""
    from localaws.server import LocalAWS

    with LocalAWS() as aws:
        yield aws


@pytest.fixture(scope="session")
def client(local_aws: Any) -> Callable[[str], Any]:
    """A function that returns a boto3 client of local AWS as its administrator: one a service, since many are dear."""
    return functools.cache(lambda service: local_aws.administrator.client(service, "us-east-1"))
