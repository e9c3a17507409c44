"""The limits that botocore's service models state (lengths, ranges, patterns, enumerations), in AWS's words.

Clients check types and required members themselves; services check these.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import get_service_model

from localaws.wire import by_tls

# Java's classes of letters, separators and numbers, which the patterns of tags use.
_UNICODE_CLASSES = {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d"}


class ValidationException(ServiceException):
    """A request that breaks a limit of its model."""

    code = "ValidationException"


def check(service: str, operation: str, parameters: dict[str, Any]) -> None:
    """Raise ValidationException naming every parameter of a request that breaks a limit of the operation's model."""
    if found := broken(service, operation, parameters):
        raise ValidationException(found)


def broken(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """Return what AWS says of the parameters of a request that break a limit of the operation's model, or nothing."""
    shape = get_service_model(service).operation_model(operation).input_shape
    found = list(_violations(shape, parameters, "")) if shape else []
    return _counted(found) if found else ""


def missing(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """Return what AWS says of members that a request must have and lacks, or nothing."""
    shape = get_service_model(service).operation_model(operation).input_shape
    found = [_sentence(None, path, "Member must not be null") for path in _nulls(shape, parameters, "")]
    return _counted(found) if found else ""


def _counted(found: list[str]) -> str:
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {'; '.join(found)}"


def _nulls(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Yield the paths to members that are required and not there."""
    kind = shape.type_name if shape else ""
    if kind == "structure":
        for name, member in shape.members.items():
            below = f"{path}.{_shown(name)}".removeprefix(".")
            if value.get(name) is not None:
                yield from _nulls(member, value[name], below)
            elif name in shape.required_members:
                yield below
    elif kind == "list" and shape.member.type_name in ("structure", "list", "map"):
        for number, item in enumerate(value, start=1):
            yield from _nulls(shape.member, item, f"{path}.{number}.member")
    elif kind == "map" and shape.value.type_name == "structure":
        for key, item in value.items():
            # moto's parser has nothing for an entry whose value was not sent.
            yield from _nulls(shape.value, item if isinstance(item, Mapping) else {}, f"{path}.{key}.member")


def _shown(name: str) -> str:
    """Return a member's name as sentences have it: some begin with a capital, in sentences none does."""
    return name[0].lower() + name[1:]


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        for name, member in shape.members.items():
            below = f"{path}.{_shown(name)}".removeprefix(".")
            if value.get(name) is not None:
                yield from _violations(member, value[name], below)
            elif name in shape.required_members:
                yield _sentence(None, below, "Member must not be null")
    elif kind == "list":
        yield from (_sentence(value, path, broken) for broken in _broken(shape, value, "length", len(value)))
        for number, item in enumerate(value, start=1):
            yield from _violations(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        yield from (_sentence(value, path, broken) for broken in _broken(shape, value, "length", len(value)))
        yield from _map_violations(shape, value, path)
    elif kind == "string":
        yield from (_sentence(value, path, broken) for broken in _broken(shape, value, "length", len(value)))
    elif kind in ("integer", "long", "float", "double"):
        yield from (_sentence(value, path, broken) for broken in _broken(shape, value, "value", value))


def _map_violations(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    shown = "{" + ", ".join(f"{key}={item}" for key, item in value.items()) + "}"
    for part, shape_of_part, items in (("key", shape.key, value.keys()), ("value", shape.value, value.values())):
        if shape_of_part.type_name == "string" and any(
            _broken(shape_of_part, item, "length", len(item)) for item in items
        ):
            rules = ", ".join(_rules(shape_of_part, "length"))
            yield _sentence(shown, path, f"Map {part} must satisfy constraint: [{rules}]")


def _sentence(value: Any, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _rules(shape: Any, measure: str) -> list[str]:
    """Return every rule of a shape, as AWS words it."""
    limits = shape.metadata
    rules = []
    if "max" in limits:
        rules.append(f"Member must have {measure} less than or equal to {limits['max']}")
    if "min" in limits:
        rules.append(f"Member must have {measure} greater than or equal to {limits['min']}")
    if "pattern" in limits:
        rules.append(f"Member must satisfy regular expression pattern: {limits['pattern']}")
    if limits.get("enum"):
        rules.append(f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]")
    return rules


def _broken(shape: Any, value: Any, measure: str, size: int) -> list[str]:
    """Return the rules of a shape that this value breaks."""
    limits = shape.metadata
    holds = {
        "max": "max" not in limits or size <= limits["max"],
        "min": "min" not in limits or size >= limits["min"],
        "pattern": "pattern" not in limits or _matches(limits["pattern"], by_tls(value)),
        "enum": not limits.get("enum") or value in limits["enum"],
    }
    stated = [name for name in ("max", "min", "pattern", "enum") if limits.get(name) is not None and limits[name] != []]
    return [rule for name, rule in zip(stated, _rules(shape, measure), strict=True) if not holds[name]]


def _matches(pattern: str, value: str) -> bool:
    flags = 0 if any(java in pattern for java in _UNICODE_CLASSES) else re.ASCII  # as \w is in Java by itself
    for java, python in _UNICODE_CLASSES.items():
        pattern = pattern.replace(java, python)
    try:
        return re.fullmatch(pattern, value, flags) is not None
    except re.error:  # AWS's patterns are Java's; what Python cannot read, it cannot check
        return True
