"""The List operations: filters, order and pages, alike for every kind of resource."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from localaws.sagemaker.errors import invalid
from localaws.sagemaker.models import Resource

_PAGE = 10  # botocore: MaxResults' default

_PAGING = ("SortBy", "SortOrder", "NextToken", "MaxResults")
_FILTERS: dict[str, Callable[[Resource, Any], bool]] = {
    "NameContains": lambda resource, text: text.lower() in resource.name.lower(),
    "StatusEquals": lambda resource, status: resource.status == status,
    "CreationTimeAfter": lambda resource, time: resource.created >= _utc(time),
    "CreationTimeBefore": lambda resource, time: resource.created <= _utc(time),
    "LastModifiedTimeAfter": lambda resource, time: resource.modified >= _utc(time),
    "LastModifiedTimeBefore": lambda resource, time: resource.modified <= _utc(time),
}

R = TypeVar("R", bound=Resource)


def page(resources: Iterable[R], asked: Mapping[str, Any], default_order: str) -> tuple[list[R], dict[str, str]]:
    """Return the resources of the page asked for, and ``{"NextToken": ...}`` when more follow."""
    for name in asked:
        if name not in _FILTERS and name not in _PAGING:
            raise invalid(f"Local AWS does not implement the filter {name}.")
    chosen = [resource for resource in resources if _matches(resource, asked)]
    chosen.sort(key=lambda resource: _sort_key(resource, asked.get("SortBy", "CreationTime")))
    if asked.get("SortOrder", default_order) == "Descending":
        chosen.reverse()
    start = _start(asked.get("NextToken"))
    end = start + int(asked.get("MaxResults", _PAGE))
    return chosen[start:end], {"NextToken": str(end)} if end < len(chosen) else {}


def _utc(time: datetime) -> datetime:
    """Return a time of a request with its zone, which moto leaves out."""
    return time.replace(tzinfo=UTC)


def _matches(resource: Resource, asked: Mapping[str, Any]) -> bool:
    return all(matches(resource, asked[name]) for name, matches in _FILTERS.items() if name in asked)


def _sort_key(resource: Resource, by: str) -> Any:
    return {"Name": resource.name, "Status": resource.status, "LastModifiedTime": resource.modified}.get(
        by, resource.created
    )


def _start(token: str | None) -> int:
    if token and not token.isdecimal():
        raise invalid("Invalid NextToken.")
    return int(token or 0)
