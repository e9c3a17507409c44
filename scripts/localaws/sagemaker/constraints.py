"""Checks a request against botocore's model of it: required members, lengths, ranges, patterns, enumerations.

boto3 checks some of this before it sends; patterns and enumerations only the service checks. The words are AWS's.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from localaws.sagemaker.errors import invalid

# Java's Unicode classes, which Python's re does not know: letters, separators, numbers.
_UNICODE_CLASSES = {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d"}


def check(shape: Any, parameters: Mapping[str, Any]) -> None:
    """Raise ValidationException when the parameters break the constraints of the operation's input shape."""
    broken = list(_violations(shape, parameters, ""))
    if broken:
        errors = "error" if len(broken) == 1 else "errors"
        raise invalid(f"{len(broken)} validation {errors} detected: {'; '.join(broken)}")


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            below = f"{path}.{_lower(name)}" if path else _lower(name)
            if value.get(name) is not None:
                yield from _violations(member, value[name], below)
            elif name in shape.metadata.get("required", ()):
                yield f"Value null at '{below}' failed to satisfy constraint: Member must not be null"
        return
    for constraint in _broken(shape, value):
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"
    if shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _violations(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _violations(shape.key, key, f"{path}.key")
            yield from _violations(shape.value, item, f"{path}.{key}.member")


def _broken(shape: Any, value: Any) -> Iterator[str]:
    limits = shape.metadata
    sized = shape.type_name in ("string", "list", "map", "blob")
    size, verb = (len(value), "have length") if sized else (value, "have value")
    if shape.type_name in ("string", "list", "map", "blob", "integer", "long", "float", "double"):
        if "min" in limits and size < limits["min"]:
            yield f"Member must {verb} greater than or equal to {limits['min']}"
        if "max" in limits and size > limits["max"]:
            yield f"Member must {verb} less than or equal to {limits['max']}"
    if "pattern" in limits and not pattern(limits["pattern"]).fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
    if limits.get("enum") and value not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"


@lru_cache
def pattern(text: str) -> re.Pattern[str]:
    """Return a pattern of botocore's model, which is Java's, as one of Python's."""
    for java, python in _UNICODE_CLASSES.items():
        text = text.replace(java, python)
    return re.compile(text)


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
