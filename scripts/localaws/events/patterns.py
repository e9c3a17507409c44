"""Event patterns: which of them EventBridge takes.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
The words are those of Event Ruler's compiler: https://github.com/aws/event-ruler (JsonRuleCompiler.java).
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.exceptions import ServiceException

from localaws.events.matching import is_or

# Event Ruler has a sentence for each fault of an address or a mask.
UNVERIFIED_CIDR = "Malformed CIDR {operand}"


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
        if is_or(name, wanted):
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
    if operator not in _FAULTS:
        yield f"Unrecognized match type {operator}"
    else:
        yield from _FAULTS[operator](operator, operand)


def _faults_of_end(operator: str, operand: Any) -> Iterator[str]:
    """Yield the faults of a prefix or a suffix, which may also be one whatever its case."""
    if not isinstance(operand, dict):
        yield from _faults_of_text(operator, operand)
        return
    for inner, text in operand.items():
        if inner != "equals-ignore-case":
            yield f"Unsupported {operator} pattern: {inner}"
        yield from _faults_of_text(inner, text)


def _faults_of_text(operator: str, operand: Any) -> Iterator[str]:
    if not isinstance(operand, str):
        yield f"{operator} match pattern must be a string"


def _faults_of_wildcard(operator: str, operand: Any) -> Iterator[str]:
    yield from _faults_of_text(operator, operand)
    # Positions count from the quote before the text.
    if fault := re.search(r"(?<!\\)(?:\\\\)*(?P<twice>\*\*)", str(operand)):
        yield f"Consecutive wildcard characters at pos {fault.start('twice') + 1}"
    rest = re.sub(r"\\[\\*]", "  ", str(operand))
    if "\\" in rest:
        yield f"Invalid escape character at pos {rest.index(chr(92)) + 1}"


def _faults_of_existence(operator: str, operand: Any) -> Iterator[str]:
    if not isinstance(operand, bool):
        yield f"{operator} match pattern must be either true or false."


def _faults_of_network(_operator: str, operand: Any) -> Iterator[str]:
    if not isinstance(operand, str):
        yield "prefix match pattern must be a string"  # so Event Ruler says, though it is of a CIDR
    elif operand.count("/") != 1:
        yield "Malformed CIDR, one '/' required"
    else:
        try:
            ipaddress.ip_network(operand, strict=False)
        except ValueError:
            yield UNVERIFIED_CIDR.format(operand=operand)


def _faults_of_range(_operator: str, operand: Any) -> Iterator[str]:
    if not isinstance(operand, list):
        yield "Value of numeric must be an array."
        return
    if len(operand) > (2 if operand[:1] == ["="] else 4):
        yield "Too many elements in numeric expression"
    for comparison, number in zip(operand[::2] or [""], operand[1::2] or [None], strict=False):
        if comparison not in ("<", "<=", "=", ">", ">="):
            yield f"Unrecognized numeric range operator: {comparison}"
        if not isinstance(number, int | float) or isinstance(number, bool):
            yield f"Value of {'equals' if comparison == '=' else comparison} must be numeric"
    if len(operand) == 3:
        yield f"Value of {operand[2]} must be numeric"


def _faults_of_exclusion(_operator: str, operand: Any) -> Iterator[str]:
    if isinstance(operand, dict):
        for inner, excluded in operand.items():
            if inner not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
                yield f"Unsupported anything-but pattern: {inner}"
            else:
                for each in excluded if isinstance(excluded, list) else [excluded]:
                    yield from _FAULTS[inner](inner, each)
    elif isinstance(operand, list):
        kinds = {"text" if isinstance(each, str) else "number" for each in operand}
        if not all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in operand):
            yield "Inside anything but list, start|null|boolean is not supported."
        if len(kinds) != 1:
            yield "Inside anything but list, either all values are number or string, mixed type is not supported"
    elif not isinstance(operand, str | int | float) or isinstance(operand, bool):
        yield "Value of anything-but must be an array or single string/number value."


_FAULTS: dict[str, Callable[[str, Any], Iterator[str]]] = {
    "anything-but": _faults_of_exclusion,
    "cidr": _faults_of_network,
    "equals-ignore-case": _faults_of_text,
    "exists": _faults_of_existence,
    "numeric": _faults_of_range,
    "prefix": _faults_of_end,
    "suffix": _faults_of_end,
    "wildcard": _faults_of_wildcard,
}
