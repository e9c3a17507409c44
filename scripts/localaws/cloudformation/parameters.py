"""Parameters: what a template declares, what a person gave, and whether it may be so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import regex

from localaws.cloudformation.errors import ValidationError
from localaws.cloudformation.template import Template

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_MAX_VALUE_BYTES = 4096
_PLAIN_TYPES = ("String", "Number", "CommaDelimitedList", "List<Number>")
_NAME_IN_STORE = "AWS::SSM::Parameter::Name"
_VALUE_IN_STORE = "AWS::SSM::Parameter::Value"
_STORED_TYPES = tuple(f"{_VALUE_IN_STORE}<{kind}>" for kind in ("String", "List<String>", "CommaDelimitedList"))
_TYPES = (*_PLAIN_TYPES, _NAME_IN_STORE, *_STORED_TYPES)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_OF_SERVICES_NOT_HERE = tuple(
    f"AWS::{name}"
    for name in (
        "EC2::AvailabilityZone::Name", "EC2::Image::Id", "EC2::Instance::Id", "EC2::KeyPair::KeyName",
        "EC2::SecurityGroup::GroupName", "EC2::SecurityGroup::Id", "EC2::Subnet::Id", "EC2::VPC::Id",
        "EC2::Volume::Id", "Route53::HostedZone::Id",
    )
)  # fmt: skip
_MEMBERS = {
    "Type", "Default", "Description", "NoEcho", "AllowedPattern", "AllowedValues", "ConstraintDescription",
    "MinLength", "MaxLength", "MinValue", "MaxValue",
}  # fmt: skip
_HIDDEN = "****"
# As Java reads a number, in which CloudFormation is written; Python would also take 1_000.
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
_PINNED = re.compile(r"\{\{resolve:ssm:[^{}]+:\d+\}\}")


@dataclass(frozen=True)
class Declaration:
    """One parameter as a template declares it."""

    name: str
    members: Mapping[str, Any]

    @property
    def type(self) -> str:
        """The type by its name."""
        return str(self.members["Type"])

    @property
    def is_list(self) -> bool:
        """Whether Ref gives a list."""
        return "CommaDelimitedList" in self.type or "List<" in self.type

    @property
    def is_stored(self) -> bool:
        """Whether the value given is a name in Parameter Store, and Ref gives what is stored there."""
        return self.type in _STORED_TYPES

    @property
    def names_stored(self) -> bool:
        """Whether the value must be a name in Parameter Store, which Ref gives."""
        return self.type == _NAME_IN_STORE

    @property
    def default(self) -> str | None:
        """The value when none is given, as text."""
        return text(self.members["Default"]) if "Default" in self.members else None

    @property
    def hidden(self) -> bool:
        """Whether the value is never shown (NoEcho)."""
        return text(self.members.get("NoEcho", "false")).lower() == "true"

    def shown(self, value: str) -> str:
        """Return the value as describe operations show it."""
        return _HIDDEN if self.hidden else value


def text(value: Any) -> str:
    """Return a template's scalar as CloudFormation compares and joins it: true, 5 and 1.5 are "true", "5" and "1.5"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def declarations(template: Template) -> list[Declaration]:
    """Return the template's parameters; raise ValidationError for one that CloudFormation would not take."""
    declared = [Declaration(name, members) for name, members in template.section("Parameters").items()]
    for declaration in declared:
        _check_declaration(declaration)
    return declared


def _check_declaration(declaration: Declaration) -> None:
    name, members = declaration.name, declaration.members
    if not isinstance(members, dict) or not isinstance(members.get("Type"), str):
        raise ValidationError("Template format error: Every Parameters object must contain a Type member.")
    if unknown := [member for member in members if member not in _MEMBERS]:
        raise ValidationError(f"Invalid template parameter property '{unknown[0]}'")
    if declaration.type not in _TYPES:
        inner = declaration.type.removeprefix(f"{_VALUE_IN_STORE}<").rstrip(">").removeprefix("List<")
        if inner in _OF_SERVICES_NOT_HERE:
            raise ValidationError(f"Local AWS does not support the parameter type {declaration.type} (of {name}).")
        raise ValidationError(f"Template format error: Unrecognized parameter type: {declaration.type}")
    for member in ("Default", "Description"):
        if isinstance(members.get(member), dict | list):
            raise ValidationError(f"Template format error: Every {member} member must be a string.")
    default = declaration.default or ""
    if "{{resolve:ssm:" in default and not _PINNED.search(default):
        raise ValidationError(f"Template error: parameter {name} should not contain ssm versionless resolver")
    if fault := _malformed(members):
        raise ValidationError(f"Template format error: {fault[0]} of parameter {name} must be {fault[1]}")
    if declaration.default is not None and (problem := violation(declaration, declaration.default)):
        # AWS words this as the fault of a given value; it says "Template validation error" in the console alone.
        raise ValidationError(problem)


def _malformed(members: Mapping[str, Any]) -> tuple[str, str] | None:
    for limit in ("MinLength", "MaxLength", "MinValue", "MaxValue"):
        if limit in members and _number(text(members[limit])) is None:
            return limit, "a number"
    if not isinstance(members.get("AllowedValues", []), list):
        return "AllowedValues", "a list"
    try:
        # The patterns are Java's (\p{Alnum}), which Python's own re does not read.
        regex.compile(str(members.get("AllowedPattern", "")))
    except regex.error as error:
        return "AllowedPattern", f"a regular expression ({error})"
    return None


def values(
    declared: list[Declaration], given: list[dict[str, Any]], previous: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return every parameter's value from a request's Parameters, the stack's previous values and the defaults.

    Raises ValidationError for what is unknown, missing, or breaks its constraints.
    """
    chosen = dict(_given(given, previous or {}))
    names = [declaration.name for declaration in declared]
    if unknown := [name for name in chosen if name not in names]:
        raise ValidationError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    found = {d.name: chosen.get(d.name, d.default) for d in declared}
    if missing := [name for name, value in found.items() if value is None]:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    result = {name: value for name, value in found.items() if value is not None}
    for declaration in declared:
        if problem := violation(declaration, result[declaration.name]):
            raise ValidationError(problem)
    return result


def _given(given: list[dict[str, Any]], previous: Mapping[str, str]) -> list[tuple[str, str]]:
    pairs = []
    for parameter in given:
        name = parameter["ParameterKey"]
        if not parameter.get("UsePreviousValue"):
            pairs.append((name, parameter.get("ParameterValue", "")))
            continue
        if "ParameterValue" in parameter:
            raise ValidationError(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true and non empty "
                "value for a parameter"
            )
        if name not in previous:
            raise ValidationError(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter "
                "key not in the previous template"
            )
        pairs.append((name, previous[name]))
    return pairs


def violation(declaration: Declaration, value: str) -> str | None:
    """Return CloudFormation's message when a value breaks its parameter's type or constraints."""
    problem = _oversized(value) or _wrong_type(declaration, value) or _outside(declaration, value)
    if problem is None:
        return None
    if description := declaration.members.get("ConstraintDescription"):
        return f"Parameter {declaration.name} failed to satisfy constraint: {description}"
    return f"Parameter '{declaration.name}' {problem}"


def items(value: str) -> list[str]:
    """Return a CommaDelimitedList's members, whose surrounding space does not count."""
    return [item.strip() for item in value.split(",")] if value else []


def _oversized(value: str) -> str | None:
    if len(value.encode()) > _MAX_VALUE_BYTES:
        return f"must be {_MAX_VALUE_BYTES} bytes or shorter"
    return None


def _wrong_type(declaration: Declaration, value: str) -> str | None:
    if declaration.type == "Number" and _number(value) is None:
        return "must be a number"
    if declaration.type == "List<Number>" and any(_number(item) is None for item in items(value)):
        return "must be a list of numbers"
    return None


def _number(value: str) -> float | None:
    return float(value) if _NUMBER.fullmatch(value) else None


def _outside(declaration: Declaration, value: str) -> str | None:
    members = declaration.members
    # Of an SSM type, the constraints are the name's, not those of what is stored there.
    parts = items(value) if declaration.is_list and not declaration.is_stored else [value]
    allowed = [text(item) for item in members.get("AllowedValues", [])]
    if allowed and not set(parts) <= set(allowed):
        return "must be one of AllowedValues"
    pattern = str(members.get("AllowedPattern", ""))
    if pattern and not all(regex.fullmatch(pattern, part) for part in parts):
        return f"must match pattern {pattern}"
    return _out_of_range(declaration.type, members, value)


def _out_of_range(kind: str, members: Mapping[str, Any], value: str) -> str | None:
    has_length = kind not in ("Number", "List<Number>", "CommaDelimitedList")
    if has_length and len(value) < int(members.get("MinLength", 0)):
        return f"must contain at least {members['MinLength']} characters"
    if has_length and len(value) > int(members.get("MaxLength", _MAX_VALUE_BYTES)):
        return f"must contain at most {members['MaxLength']} characters"
    if kind == "Number" and float(value) < float(members.get("MinValue", "-inf")):
        return f"must be a number not less than {members['MinValue']}"
    if kind == "Number" and float(value) > float(members.get("MaxValue", "inf")):
        return f"must be a number not greater than {members['MaxValue']}"
    return None
