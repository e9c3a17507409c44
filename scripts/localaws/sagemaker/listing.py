"""The List operations: filters, order and pages, alike for every kind of resource."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from localaws.sagemaker.errors import invalid
from localaws.sagemaker.models import Resource

_PAGE = 10  # botocore: MaxResults' default

R = TypeVar("R", bound=Resource)


def page(resources: Iterable[R], asked: Mapping[str, Any], default_order: str) -> tuple[list[R], dict[str, str]]:
    """Return the resources of the page asked for, and ``{"NextToken": ...}`` when more follow."""
    chosen = [resource for resource in resources if _matches(resource, asked)]
    chosen.sort(key=lambda resource: _sort_key(resource, asked.get("SortBy", "CreationTime")))
    if asked.get("SortOrder", default_order) == "Descending":
        chosen.reverse()
    start = _start(asked.get("NextToken"))
    end = start + int(asked.get("MaxResults", _PAGE))
    return chosen[start:end], {"NextToken": str(end)} if end < len(chosen) else {}


def _matches(resource: Resource, asked: Mapping[str, Any]) -> bool:
    checks: dict[str, Callable[[Any], bool]] = {
        "NameContains": lambda text: text.lower() in resource.name.lower(),
        "StatusEquals": lambda status: resource.status == status,
        "CreationTimeAfter": lambda time: resource.created >= time,
        "CreationTimeBefore": lambda time: resource.created <= time,
        "LastModifiedTimeAfter": lambda time: resource.modified >= time,
        "LastModifiedTimeBefore": lambda time: resource.modified <= time,
    }
    return all(checks[name](value) for name, value in asked.items() if name in checks and value is not None)


def _sort_key(resource: Resource, by: str) -> Any:
    return {"Name": resource.name, "Status": resource.status}.get(by, resource.created)


def _start(token: str | None) -> int:
    if token and not token.isdecimal():
        raise invalid("Invalid NextToken.")
    return int(token or 0)
