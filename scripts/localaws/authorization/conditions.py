"""Condition operators.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Literal

from localaws.authorization.matching import Context, any_of, arn_matches, text_matches

Quantifier = Literal["", "ForAllValues", "ForAnyValue"]
_Matches = Callable[[str, str, Context | None], bool]


@dataclass(frozen=True)
class Condition:
    """One line of a Condition: an operator, a key in lower case, and the values that the policy names."""

    operator: str
    key: str
    values: tuple[str, ...]
    quantifier: Quantifier = ""
    if_exists: bool = False


@dataclass(frozen=True)
class _Operator:
    matches: _Matches
    negated: bool = False


# How IAM reads values that its page does not show is unverified: "10", "-1" and "3.5" are numbers for sure.
UNVERIFIED_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
# A year alone, which https://www.w3.org/TR/NOTE-datetime allows, would be four digits of seconds.
UNVERIFIED_EPOCH = re.compile(r"\d{1,11}", re.ASCII)
_W3C_DATE = re.compile(r"\d{4}-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?", re.ASCII)
# That 10.1.2.3/8, whose last bits are no network's, is the network it lies in.
UNVERIFIED_HOST_BITS_ARE_REFUSED = False
_CIDR = re.compile(r"[0-9a-fA-F.:]+(/\d+)?", re.ASCII)


class UnknownOperatorError(ValueError):
    """A condition operator that IAM does not have."""


def condition(name: str, key: str, values: tuple[str, ...]) -> Condition:
    """Return a condition by its operator's full name (``ForAnyValue:StringLikeIfExists``)."""
    quantifier, _, rest = name.rpartition(":")
    base = rest.removesuffix("IfExists")
    if quantifier not in ("", "ForAllValues", "ForAnyValue") or (base not in _OPERATORS and rest != "Null"):
        raise UnknownOperatorError(name)
    return Condition(base, key.lower(), values, quantifier, base != rest)  # type: ignore[arg-type]  # checked above


def holds(wanted: Condition, context: Context, variables: Context | None) -> bool:
    """Return whether a condition holds. ``variables`` is the context again, or None in a policy without variables.

    Keys that are missing, and several values:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    given = context.get(wanted.key)
    if given is None or given == ():
        return _holds_without_key(wanted)
    if wanted.operator == "Null":
        return _says(wanted, "false")
    if isinstance(given, tuple) and not wanted.quantifier:
        return False  # "Multivalued context keys require a condition set operator", says the page
    compare = _OPERATORS[wanted.operator]
    values = given if isinstance(given, tuple) else (given,)
    quantified = any if wanted.quantifier == "ForAnyValue" else all
    return quantified(
        any_of(wanted.values, lambda value: compare.matches(value, each, variables), negated=compare.negated)  # noqa: B023 - called at once
        for each in values
    )


def _holds_without_key(wanted: Condition) -> bool:
    """Return whether a condition holds without its key. ForAnyValue is false then, with IfExists as well.

    Seen on AWS: https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w
    """
    if wanted.operator == "Null":
        return _says(wanted, "true")
    if wanted.quantifier:
        return wanted.quantifier == "ForAllValues"
    return wanted.if_exists or _OPERATORS[wanted.operator].negated


def _says(wanted: Condition, value: str) -> bool:
    return value in (each.lower() for each in wanted.values)


def _numbers(compare: Callable[[float, float], bool]) -> _Matches:
    def matches(wanted: str, given: str, _variables: Context | None) -> bool:
        numbers = [float(each) for each in (given, wanted) if UNVERIFIED_NUMBER.fullmatch(each)]
        return len(numbers) == 2 and compare(*numbers)

    return matches


def _dates(compare: Callable[[datetime, datetime], bool]) -> _Matches:
    def matches(wanted: str, given: str, _variables: Context | None) -> bool:
        try:
            return compare(_date(given), _date(wanted))
        except ValueError:
            return False

    return matches


def _date(text: str) -> datetime:
    """Return a date given as seconds since 1970 or in ISO 8601, where the month may be the end of it."""
    if UNVERIFIED_EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    if not _W3C_DATE.fullmatch(text):
        raise ValueError(text)
    date = datetime.fromisoformat(f"{text}-01" if len(text) == len("2026-01") else text)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _same_boolean(wanted: str, given: str, _variables: Context | None) -> bool:
    return wanted.lower() == given.lower() and given.lower() in ("true", "false")


def _same_bytes(wanted: str, given: str, _variables: Context | None) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(given, validate=True)
    except binascii.Error:
        return False


def _in_network(wanted: str, given: str, _variables: Context | None) -> bool:
    if not _CIDR.fullmatch(wanted):  # Python knows networks by their masks too
        return False
    try:
        return ip_address(given) in ip_network(wanted, strict=UNVERIFIED_HOST_BITS_ARE_REFUSED)
    except ValueError:
        return False


_equal = partial(text_matches, wildcards=False)
_equal_in_any_case = partial(text_matches, wildcards=False, ignore_case=True)

_OPERATORS = {
    "StringEquals": _Operator(_equal),
    "StringNotEquals": _Operator(_equal, negated=True),
    "StringEqualsIgnoreCase": _Operator(_equal_in_any_case),
    "StringNotEqualsIgnoreCase": _Operator(_equal_in_any_case, negated=True),
    "StringLike": _Operator(text_matches),
    "StringNotLike": _Operator(text_matches, negated=True),
    "NumericEquals": _Operator(_numbers(operator.eq)),
    "NumericNotEquals": _Operator(_numbers(operator.eq), negated=True),
    "NumericLessThan": _Operator(_numbers(operator.lt)),
    "NumericLessThanEquals": _Operator(_numbers(operator.le)),
    "NumericGreaterThan": _Operator(_numbers(operator.gt)),
    "NumericGreaterThanEquals": _Operator(_numbers(operator.ge)),
    "DateEquals": _Operator(_dates(operator.eq)),
    "DateNotEquals": _Operator(_dates(operator.eq), negated=True),
    "DateLessThan": _Operator(_dates(operator.lt)),
    "DateLessThanEquals": _Operator(_dates(operator.le)),
    "DateGreaterThan": _Operator(_dates(operator.gt)),
    "DateGreaterThanEquals": _Operator(_dates(operator.ge)),
    "Bool": _Operator(_same_boolean),
    "BinaryEquals": _Operator(_same_bytes),
    "IpAddress": _Operator(_in_network),
    "NotIpAddress": _Operator(_in_network, negated=True),
    # "ArnEquals and ArnLike behave identically", says the guide; and so do their negations.
    "ArnEquals": _Operator(arn_matches),
    "ArnLike": _Operator(arn_matches),
    "ArnNotEquals": _Operator(arn_matches, negated=True),
    "ArnNotLike": _Operator(arn_matches, negated=True),
}
