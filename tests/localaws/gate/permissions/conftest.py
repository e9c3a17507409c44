"""Requests as botocore writes them, and what they need."""

import functools
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from werkzeug.test import EnvironBuilder

from localaws.gate.call import call_of
from localaws.gate.permissions import needs_of
from localaws.gate.permissions.rows import Need

ACCOUNT = "123456789012"
REGION = "us-east-1"


class _WrittenError(Exception):
    """Ends a call when its request is written, before it is sent."""


@functools.cache
def _client(service: str, key: str) -> Any:
    client = boto3.client(
        service,
        REGION,
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False),
    )

    def stop(request: AWSPreparedRequest, **_: Any) -> None:
        raise _WrittenError(request)

    client.meta.events.register("before-send", stop)
    return client


@pytest.fixture(scope="session")
def needed() -> Callable[..., list[Need]]:
    """A function that returns what a call of an operation needs, from its request on."""

    def needs(service: str, operation: str, key: str = "AKIAIOSFODNN7EXAMPLE", **parameters: Any) -> list[Need]:
        client = _client(service, key)
        method = next(name for name, title in client.meta.method_to_api_mapping.items() if title == operation)
        with pytest.raises(_WrittenError) as written:
            getattr(client, method)(**parameters)
        request = written.value.args[0]
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        url = request.url.removeprefix("http://127.0.0.1:1")
        headers = [(name, each.decode() if isinstance(each, bytes) else each) for name, each in request.headers.items()]
        environ = EnvironBuilder(url, method=request.method, headers=headers, data=body)
        name = client.meta.service_model.signing_name
        call = call_of(environ.get_environ(), name, REGION, ACCOUNT, None if name == "s3" else body)
        assert call.operation == operation
        return list(needs_of(call))

    return needs


@pytest.fixture(scope="session")
def resources(needed: Callable[..., list[Need]]) -> Callable[..., list[str]]:
    """A function that returns what a call needs as lines: action, resource."""
    return lambda *operation, **parameters: [
        f"{need.action} {need.resource}" for need in needed(*operation, **parameters)
    ]
