"""No operation fails on a request that its model allows, be it nonsense: it answers, or refuses."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.session import get_session

from localaws.gate.permissions import TABLES

pytestmark = pytest.mark.slow
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_SCALARS = {"boolean": True, "integer": 1, "long": 1, "float": 1.5, "double": 1.5, "timestamp": 1, "blob": "eA=="}
_DEEPEST = 4  # structures that hold themselves end there
# Signed by other names than botocore's.
_SIGNED_FOR = {"cloudwatch": "monitoring"}


def _nonsense(shape: Any, depth: int = 0, *, everything: bool) -> Any:
    """A value of a shape's type, with all its members or those that it must have."""
    if depth > _DEEPEST:
        return None
    if shape.type_name == "structure":
        names = shape.members if everything else shape.required_members
        made = {name: _nonsense(shape.members[name], depth + 1, everything=everything) for name in names}
        return {name: value for name, value in made.items() if value is not None}
    if shape.type_name == "list":
        item = _nonsense(shape.member, depth + 1, everything=everything)
        return [] if item is None else [item]
    if shape.type_name == "map":
        return {"x": _nonsense(shape.value, depth + 1, everything=everything)}
    return _SCALARS.get(shape.type_name, "x")


def _as_form(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _as_form(item, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _as_form(item, f"{path}.member.{number}")
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _request(model: Any, operation: str, given: dict[str, Any]) -> tuple[str, str, bytes, dict[str, str]]:
    """Method, path, body and headers of a request in the service's protocol."""
    how = model.operation_model(operation)
    if "query" in model.metadata.get("protocols", ()):
        fields = {"Action": operation, "Version": model.api_version} | dict(_as_form(given, ""))
        return "POST", "/", urlencode(fields).encode(), FORM
    if model.protocol == "rest-json":
        members = how.input_shape.members
        body = {name: value for name, value in given.items() if "location" not in members[name].serialization}
        path = how.http["requestUri"].replace("{", "").replace("}", "")
        return how.http["method"], path, json.dumps(body).encode() if body else b"", {}
    version = model.metadata.get("jsonVersion", "1.1")
    target = f"{model.metadata['targetPrefix']}.{operation}"
    headers = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}
    return "POST", "/", json.dumps(given).encode(), headers


@pytest.mark.parametrize("service", sorted(TABLES.keys() - {"s3", "sagemaker-runtime"}))
def test_nonsense_is_answered(local_aws: Any, send: Any, service: str) -> None:
    model = get_session().get_service_model(service)
    failed = []
    for operation in TABLES[service][1]:
        shape = model.operation_model(operation).input_shape
        asked: list[dict[str, Any]] = [{}]
        asked += [_nonsense(shape, everything=everything) for everything in (False, True)] if shape else []
        for given in asked:
            method, path, body, headers = _request(model, operation, given)
            answer = send(local_aws.administrator, _SIGNED_FOR.get(service, service), method, path, body, headers)
            if answer.status_code >= 500:
                failed.append((operation, given))
    assert failed == []
