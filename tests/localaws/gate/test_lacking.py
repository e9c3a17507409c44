"""No operation fails on a request that lacks what it must have: it refuses."""

import functools
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.core.utils import get_service_model

from localaws.gate.permissions import TABLES

OPERATIONS = [(service, operation) for service, (_, table) in sorted(TABLES.items()) for operation in sorted(table)]
_SCALARS = {"boolean": True, "integer": 1, "long": 1, "float": 1.5, "double": 1.5, "timestamp": 1, "blob": b"x"}
_DEEPEST = 4  # structures that hold themselves end there


def _nonsense(shape: Any, depth: int = 0) -> Any:
    """A value of a shape's type, with the members that it must have."""
    if depth > _DEEPEST:
        return None
    if shape.type_name == "structure":
        made = {name: _nonsense(shape.members[name], depth + 1) for name in shape.required_members}
        return {name: value for name, value in made.items() if value is not None}
    if shape.type_name == "list":
        item = _nonsense(shape.member, depth + 1)
        return [] if item is None else [item]
    if shape.type_name == "map":
        return {"x": _nonsense(shape.value, depth + 1)}
    return _SCALARS.get(shape.type_name, (getattr(shape, "enum", None) or ["x"])[0])


def _lacking(shape: Any, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Nothing, and all but one of what must be given."""
    yield {}
    for name in shape.required_members if shape else ():
        yield {other: value for other, value in given.items() if other != name}


@pytest.fixture(scope="module")
def sent(local_aws: Any) -> Callable[..., int]:
    """A function that sends a request as botocore writes it unchecked, and returns the status, or 0 if it cannot."""
    owner = local_aws.administrator

    @functools.cache
    def client(service: str) -> Any:
        made = boto3.client(
            service,
            "us-east-1",
            endpoint_url=local_aws.endpoint,
            aws_access_key_id=owner.access_key_id,
            aws_secret_access_key=owner.secret_access_key,
            config=Config(
                parameter_validation=False, s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}
            ),
        )
        made.meta.events.register("response-received", lambda response_dict, **_: statuses.append(response_dict))
        return made

    statuses: list[Any] = []

    def send(service: str, operation: str, given: dict[str, Any]) -> int:
        method = next(name for name, title in client(service).meta.method_to_api_mapping.items() if title == operation)
        statuses.clear()
        with suppress(Exception):  # botocore fails in many ways on what it has not checked
            getattr(client(service), method)(**given)
        return int(statuses[-1]["status_code"]) if statuses else 0

    return send


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_what_lacks_is_refused(sent: Callable[..., int], service: str, operation: str) -> None:
    shape = get_service_model(service).operation_model(operation).input_shape
    given = _nonsense(shape) if shape else {}
    assert [asked for asked in _lacking(shape, given) if sent(service, operation, asked) >= 500] == []
