"""How a policy's text matches a request's: wildcards, policy variables, actions and ARNs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

Context = Mapping[str, str | tuple[str, ...]]
"""Condition keys in lower case (they are not case-sensitive), with one value or, for multivalued keys, a tuple."""

_ARN_PARTS = 6
_TOKEN = re.compile(r"\$\{([^}]*)\}|[*?]")
_COLON_OUTSIDE_VARIABLES = re.compile(r":(?![^{}]*\})")
# "separate the variable text and the default value with a comma and space": reference_policies_variables.html
_DEFAULT = re.compile(r"([^,]*), '(.*)'")
_ESCAPES = {"*", "?", "$"}
_ANYWHERE = {"*": ".*", "?": "."}
_WITHIN_A_PART = {"*": "[^:]*", "?": "[^:]"}


class UnresolvedVariableError(Exception):
    """A policy variable that has no value in the request, and no default."""


def any_of(wanted: Iterable[str], matches: Callable[[str], bool], *, negated: bool) -> bool:
    """Return whether one of the values matches, or, negated, none does.

    A variable without a value equals nothing; it makes a negated element invalid, and its statement with it:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
    """
    for value in wanted:
        try:
            if matches(value):
                return not negated
        except UnresolvedVariableError:
            if negated:
                return False
    return negated


def text_matches(
    wanted: str, given: str, context: Context | None, *, wildcards: bool = True, ignore_case: bool = False
) -> bool:
    """Return whether a policy's text matches; without a context it holds no variables (Version 2008-10-17)."""
    if wanted == given and "${" not in wanted:
        return True
    if context is not None and "${" in wanted:
        pattern = re.compile(_source(wanted, _ANYWHERE if wildcards else {}, context), _flags(ignore_case))
    else:
        pattern = _constant(wanted, wildcards, ignore_case)
    return pattern.fullmatch(given) is not None


def action_matches(wanted: str, given: str) -> bool:
    """Return whether an action of a policy matches: case does not matter, and there are no variables."""
    return text_matches(wanted, given, None, ignore_case=True)


def arn_matches(wanted: str, given: str, context: Context | None) -> bool:
    """Return whether an ARN matches, part by part, so that a wildcard before the resource spans no colon."""
    wanted_parts, given_parts = _parts(wanted), given.split(":", _ARN_PARTS - 1)
    return len(wanted_parts) == len(given_parts) == _ARN_PARTS and all(
        text_matches(*pair, context) for pair in zip(wanted_parts, given_parts, strict=True)
    )


def is_whole_arn(text: str) -> bool:
    """Return whether a policy's text has all six parts of an ARN, whatever is in them."""
    return len(_parts(text)) == _ARN_PARTS


def resource_matches(wanted: str, given: str, context: Context | None) -> bool:
    """Return whether a Resource matches: ``*``, or an ARN, whose missing last parts mean ``*``."""
    if wanted == "*":
        return True
    if context is not None and "${" in wanted:
        pattern = re.compile(_resource_source(wanted, context), re.DOTALL)
    else:
        pattern = _constant_resource(wanted)
    return pattern.fullmatch(given) is not None


@lru_cache(maxsize=4096)
def _constant_resource(wanted: str) -> re.Pattern[str]:
    return re.compile(_resource_source(wanted, None), re.DOTALL)


def _resource_source(wanted: str, context: Context | None) -> str:
    """Return a regular expression for an ARN, or for the start of one.

    The guide knows variables in the resource's part alone, but AWS uses them before it too: its managed policy
    AmazonTimestreamInfluxDBServiceRolePolicy has ``arn:*:kms:*:${aws:PrincipalAccount}:key/*``.
    """
    *places, last = _parts(wanted)
    is_whole = is_whole_arn(wanted)
    start = "".join(_place_source(place, context) + ":" for place in places)
    return start + (_source(last, _ANYWHERE, context) if is_whole else _place_source(last, context) + "(?::.*)?")


def _place_source(place: str, context: Context | None) -> str:
    """Return a regular expression for a part of an ARN before the resource.

    "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon
    boundaries": https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if place.endswith("*"):
        return _source(place[:-1], _WITHIN_A_PART, context) + ".*"
    return _source(place, _WITHIN_A_PART, context)


@lru_cache(maxsize=4096)
def _parts(arn: str) -> tuple[str, ...]:
    return tuple(_COLON_OUTSIDE_VARIABLES.split(arn, _ARN_PARTS - 1))


@lru_cache(maxsize=4096)
def _constant(wanted: str, wildcards: bool, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(_source(wanted, _ANYWHERE if wildcards else {}, None), _flags(ignore_case))


def _flags(ignore_case: bool) -> re.RegexFlag:
    return re.DOTALL | re.IGNORECASE if ignore_case else re.DOTALL


def _source(wanted: str, wildcards: Mapping[str, str], context: Context | None) -> str:
    source, end = "", 0
    for token in _TOKEN.finditer(wanted):
        source += re.escape(wanted[end : token.start()])
        end = token.end()
        if token[1] is not None and context is not None:
            source += re.escape(_value(token[1], context))
        else:
            source += wildcards.get(token[0], re.escape(token[0]))
    return source + re.escape(wanted[end:])


def _value(variable: str, context: Context) -> str:
    if variable in _ESCAPES:
        return variable
    defaulted = _DEFAULT.fullmatch(variable)
    name, default = defaulted.groups() if defaulted else (variable, None)
    value = context.get(name.lower(), default)
    if not isinstance(value, str):  # it has none, or several, which cannot stand in a text
        raise UnresolvedVariableError(variable)
    return value
