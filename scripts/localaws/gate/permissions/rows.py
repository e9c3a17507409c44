"""The words in which the tables of permissions are written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localaws.authorization.matching import Context
from localaws.gate.call import Call

Resources = Callable[[Call], Iterable[str]]


@dataclass(frozen=True)
class Need:
    """One action that a call must be allowed, on one resource (an ARN, or ``*``), with the service's condition keys."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """What an operation needs.

    ``resource``: ``*``, a template (``training-job/{TrainingJobName}``, whose braces hold parameters, completed to an
    ARN of the call's region and account unless it is one), or a function that gives several of these, filled in.
    ``action``: the action of IAM, where it is not named as the operation.
    ``keys``: condition keys of the service, in lower case, by the path to the parameter that holds the value, or a
    function that gives them.
    ``tags``: the parameter that holds tags; ``tagging``: the action that these demand as well, on the first resource
    or on ``tagged``.
    ``passes``: paths to roles for the service to assume (iam:PassRole); ``passed_to``: that service.
    ``also``: further needs.
    """

    resource: str | Resources = "*"
    action: str = ""
    keys: Mapping[str, str] | Callable[[Call], Context] = field(default_factory=dict)
    tags: str = ""
    tagging: str = ""
    tagged: str | Resources = ""
    passes: tuple[str, ...] = ()
    passed_to: str = ""
    also: Callable[[Call], Iterable[Need]] | None = None


Table = Mapping[str, Row]


def rows(resource: str | Resources, *operations: str) -> dict[str, Row]:
    """Return rows for operations that need the action of their own name on the same resource."""
    return {operation: Row(resource) for operation in operations}


def each(template: str, path: str) -> Resources:
    """Return the resources that a list names: ``template`` is filled in with every value at ``path``."""
    return lambda call: [template.format(value) for value in values(call, path)]


def everything(call: Call) -> list[str]:
    """Return all of the service in the call's region and account: what some services ask for where they list."""
    return [call.arn("*")]


def nothing(_call: Call) -> list[str]:
    """Return no resource: what a row needs, if anything, is in ``also``."""
    return []


FREE = Row(nothing)
"""What anybody may do who has credentials."""


def needs(row: Row, prefix: str, call: Call) -> list[Need]:
    """Return what a call needs by its row; ``prefix`` is the service's in IAM."""
    action = row.action or f"{prefix}:{call.operation}"
    try:
        found = list(_needs(row, action, prefix, call))
    except (AttributeError, LookupError, TypeError):
        found = []
    # A parameter is missing or not what it should be: the service will say so to who may do anything.
    return found or ([] if row is FREE else [Need(action, "*")])


def _needs(row: Row, action: str, prefix: str, call: Call) -> Iterator[Need]:
    context = _context(row, call)
    for resource in _resources(row.resource, prefix, call):
        yield Need(action, resource, context)
    if row.tagging and "aws:tagkeys" in context:
        yield Need(row.tagging, _resources(row.tagged or row.resource, prefix, call)[0], context)
    for path in row.passes:
        for role in values(call, path):
            yield Need(
                "iam:PassRole", role, {"iam:passedtoservice": row.passed_to or f"{prefix.lower()}.amazonaws.com"}
            )
    if row.also:
        yield from row.also(call)


def parameter(call: Call, path: str) -> Any:
    """Return a parameter by its path of names joined by dots; None where it is not given.

    Where the path goes through lists, or leads to one, it is a tuple: of what every member has there.
    """
    return _follow(call.parameters, path.split("."))


def values(call: Call, path: str) -> tuple[Any, ...]:
    """Return everything that is given at a path, be it one or many."""
    found = parameter(call, path)
    return found if isinstance(found, tuple) else (found,) if found else ()


def _follow(value: Any, names: list[str]) -> Any:
    if isinstance(value, list):
        found = [_follow(each, names) for each in value]
        return tuple(one for each in found for one in (each if isinstance(each, tuple) else (each,)) if one is not None)
    if not names or value is None:
        return value
    return _follow(value.get(names[0]), names[1:]) if isinstance(value, Mapping) else None


def _context(row: Row, call: Call) -> dict[str, Any]:
    if callable(row.keys):
        context = dict(row.keys(call))
    else:
        given = {key: parameter(call, path) for key, path in row.keys.items()}
        context = {key: _text(value) for key, value in given.items() if value not in (None, ())}
    tags = _tags(parameter(call, row.tags)) if row.tags else {}
    if tags:
        context |= {f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}
        context["aws:tagkeys"] = tuple(tags)
    return context


def _text(value: Any) -> str | tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else str(value)


def _resources(given: str | Resources, prefix: str, call: Call) -> list[str]:
    found = given(call) if callable(given) else [given.format_map(call.parameters)]
    return [_arn(resource, prefix, call) for resource in found]


def _arn(resource: str, prefix: str, call: Call) -> str:
    return resource if resource == "*" or resource.startswith("arn:") else call.arn(resource, prefix.lower())


def _tags(given: Any) -> dict[str, str]:
    """Return tags from any form that AWS's operations have: a map, or a list of keys with values (KMS: of TagKeys)."""
    if isinstance(given, Mapping):
        return dict(given)
    lower = [{name.lower().removeprefix("tag"): value for name, value in tag.items()} for tag in given or []]
    return {tag["key"]: tag.get("value", "") for tag in lower if "key" in tag}
