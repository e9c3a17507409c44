"""Event patterns: which of them EventBridge takes.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
Matching is moto's; what it does not know it takes for a match, so that is refused here.
"""

import json
from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import ServiceException

_OPERATORS = {"prefix", "suffix", "anything-but", "exists", "numeric", "equals-ignore-case", "wildcard", "cidr"}
_COMPARISONS = {"<", "<=", "=", ">", ">="}


class InvalidEventPatternException(ServiceException):
    """A pattern that EventBridge does not take."""

    code = "InvalidEventPatternException"


def check(text: str) -> None:
    """Raise InvalidEventPatternException for the first fault of a pattern."""
    try:
        pattern = json.loads(text)
    except ValueError:
        raise _fault("Invalid JSON") from None
    if not isinstance(pattern, dict):
        raise _fault("Filter is not an object")
    if not pattern:
        raise _fault("Empty event pattern is not allowed")
    for fault in _faults(pattern):
        raise _fault(fault)


def _fault(reason: str) -> InvalidEventPatternException:
    # AWS adds where in the text the fault is.
    return InvalidEventPatternException(f"Event pattern is not valid. Reason: {reason}")


def _faults(pattern: dict[str, Any]) -> Iterator[str]:
    for name, wanted in pattern.items():
        if name == "$or" and isinstance(wanted, list) and all(isinstance(each, dict) for each in wanted):
            for each in wanted:
                yield from _faults(each)
        elif isinstance(wanted, dict):
            yield from _faults(wanted)
        elif not isinstance(wanted, list):
            yield f'"{name}" must be an object or an array'
        elif not wanted:
            yield "Empty arrays are not allowed"
        else:
            for value in wanted:
                yield from _faults_of_value(value)


def _faults_of_value(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield "Match value must be String, number, true, false, or null"
    if not isinstance(value, dict):
        return
    if len(value) != 1:
        yield "Only one key allowed in match expression"
        return
    ((operator, operand),) = value.items()
    if operator not in _OPERATORS:
        yield f"Unrecognized match type {operator}"
    if operator == "exists" and not isinstance(operand, bool):
        yield "exists match pattern must be either true or false."
    if operator == "numeric" and not _is_range(operand):
        yield "Value of numeric match must be an array of comparisons and numbers"  # unverified
    if operator == "anything-but" and isinstance(operand, dict):
        yield from _faults_of_value(operand)


def _is_range(operand: Any) -> bool:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        return False
    return all(
        comparison in _COMPARISONS and isinstance(number, int | float)
        for comparison, number in zip(operand[::2], operand[1::2], strict=True)
    )
