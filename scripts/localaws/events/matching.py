"""Whether an event matches a pattern, as Event Ruler, EventBridge's own engine, decides it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://github.com/aws/event-ruler#readme: fields of objects in an array match together, or not at all.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from moto.events.models import EventPattern

Path = tuple[str, ...]


def matches(pattern: EventPattern, event: dict[str, Any]) -> bool:
    """Stand in for ``EventPattern.matches_event``, which looks into no array of objects."""
    event = json.loads(json.dumps(event))
    return _matches(pattern.get_pattern(), event, (), frozenset(_leaves(event, ())))


def _leaves(node: Any, path: Path) -> Iterator[Path]:
    """Yield where an event has values; empty objects and arrays have none."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _leaves(child, (*path, name))
    elif isinstance(node, list):
        for child in node:
            yield from _leaves(child, path)
    else:
        yield path


def _matches(pattern: dict[str, Any], node: dict[str, Any], path: Path, present: frozenset[Path]) -> bool:
    for name, wanted in pattern.items():
        below = (*path, name)
        if is_or(name, wanted):
            found = any(_matches(each, node, path, present) for each in wanted)
        elif isinstance(wanted, dict):
            objects = [each for each in _items(node.get(name)) if isinstance(each, dict)] or [{}]
            found = any(_matches(wanted, each, below, present) for each in objects)
        else:
            values = [each for each in _items(node[name]) if not isinstance(each, dict)] if name in node else []
            found = any(_is_met(rule, values, below in present) for rule in wanted)
        if not found:
            return False
    return True


def is_or(name: str, wanted: Any) -> bool:
    """Return whether a field of a pattern lists alternatives; with less than two it is a field of that name."""
    return name == "$or" and isinstance(wanted, list) and len(wanted) > 1 and all(isinstance(w, dict) for w in wanted)


def _items(node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        for each in node:
            yield from _items(each)
    else:
        yield node


def _is_met(rule: Any, values: list[Any], is_present: bool) -> bool:
    if not isinstance(rule, dict):
        return any(_equal(value, rule) for value in values)
    ((operator, operand),) = rule.items()
    if operator == "exists":
        return bool(values) if operand else not is_present
    return any(_OPERATORS[operator](value, operand) for value in values)


def _equal(value: Any, wanted: Any) -> bool:
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _begins(value: Any, operand: Any) -> bool:
    folded = _folded(value, operand)
    return folded is not None and folded[0].startswith(folded[1])


def _ends(value: Any, operand: Any) -> bool:
    folded = _folded(value, operand)
    return folded is not None and folded[0].endswith(folded[1])


def _folded(value: Any, operand: Any) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return None
    if isinstance(operand, dict):
        return value.lower(), str(operand["equals-ignore-case"]).lower()
    return value, operand


def _equals_whatever_case(value: Any, operand: str) -> bool:
    return isinstance(value, str) and value.lower() == operand.lower()


def _is_like(value: Any, operand: str) -> bool:
    parts = re.findall(r"\\[\\*]|\*|[^\\*]+", operand)
    pattern = "".join(".*" if part == "*" else re.escape(re.sub(r"\\(.)", r"\1", part)) for part in parts)
    return isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None


def _is_within(value: Any, operand: list[Any]) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) and all(
        _COMPARISONS[comparison](value, number) for comparison, number in zip(operand[::2], operand[1::2], strict=True)
    )


def _is_in_network(value: Any, operand: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


def _is_anything_but(value: Any, operand: Any) -> bool:
    compare: Callable[[Any, Any], bool] = _equal
    if isinstance(operand, dict):
        ((operator, operand),) = operand.items()
        compare = _OPERATORS[operator]
    return not any(compare(value, each) for each in (operand if isinstance(operand, list) else [operand]))


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, number: value < number,
    "<=": lambda value, number: value <= number,
    "=": lambda value, number: value == number,
    ">": lambda value, number: value > number,
    ">=": lambda value, number: value >= number,
}
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "anything-but": _is_anything_but,
    "cidr": _is_in_network,
    "equals-ignore-case": _equals_whatever_case,
    "numeric": _is_within,
    "prefix": _begins,
    "suffix": _ends,
    "wildcard": _is_like,
}
