"""Intrinsic functions: from a template's expressions to values.

What a Ref or GetAtt of a resource is worth, the Lookup says: the engine's knows what was made, the planner's what there
is before. Not built, and refused by name: Fn::Transform and all of AWS::LanguageExtensions.
"""

import base64
import ipaddress
import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from localaws.cloudformation.errors import ValidationError
from localaws.cloudformation.parameters import text
from localaws.cloudformation.template import Template

PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)
_LOGICAL = frozenset({"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition"})
_FUNCTIONS = _LOGICAL | {
    "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap", "Fn::If", "Fn::Base64",
    "Fn::ImportValue", "Fn::Cidr", "Fn::GetAZs",
}  # fmt: skip
_OF_LANGUAGE_EXTENSIONS = ("Fn::Length", "Fn::ToJsonString")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_.:]+")
_NO_VALUE = object()
_MAX_CIDRS = 256
UNKNOWN = object()
"""What an expression is worth that depends on what is not made yet."""


class UnknownError(Exception):
    """Raised by a Lookup for what nobody knows yet."""


class Lookup(Protocol):
    """What resources and other stacks are worth."""

    def ref(self, logical_id: str) -> str:
        """Return what Ref of a resource gives."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """Return what GetAtt of a resource gives."""

    def exported(self, name: str) -> str:
        """Return another stack's export."""


def call_of(value: Any) -> tuple[str, Any] | None:
    """Return the function and its argument when a value is a function call; raise for a function nobody knows."""
    if not isinstance(value, dict):
        return None
    names = [name for name in value if name == "Ref" or name.startswith("Fn::")]
    if not names:
        return None
    name = names[0]
    if name in _OF_LANGUAGE_EXTENSIONS or name.startswith("Fn::ForEach::"):
        raise ValidationError(
            f"Template error: {name} needs the transform AWS::LanguageExtensions, which local AWS does not support"
        )
    if name not in _FUNCTIONS:
        raise ValidationError(f"Template error: local AWS does not know the function {name}")
    if len(value) > 1:
        raise ValidationError(f"Template error: {name} cannot stand beside other keys ({', '.join(value)})")
    return name, value[name]


def arguments(function: str, argument: Any, least: int, most: int | None = None) -> list[Any]:
    """Return a function's list of arguments; raise when it is none, or of another length."""
    most = least if most is None else most
    if not isinstance(argument, list) or not least <= len(argument) <= most:
        expected = str(least) if least == most else f"{least} to {most}"
        raise ValidationError(f"Template error: {function} object requires a list of {expected} arguments")
    return argument


def attribute_of(argument: Any) -> tuple[str, Any]:
    """Return the logical id and the attribute of a Fn::GetAtt, in either form."""
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[0], str):
        raise ValidationError(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and "
            "the resource attribute"
        )
    return parts[0], parts[1]


def substitution(argument: Any) -> tuple[str, dict[str, Any]]:
    """Return the text and the variables of a Fn::Sub, in either form."""
    match argument:
        case str():
            return argument, {}
        case [str(template), dict(variables)]:
            return template, variables
    raise ValidationError(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a "
        "string as first argument, and an optional second argument to specify a mapping of values to replace "
        "in the string"
    )


def variables_in(template: str) -> list[str]:
    """Return the names in a Fn::Sub's text; ``${!Literal}`` is none."""
    names = [name for name in _VARIABLE.findall(template) if not name.startswith("!")]
    for name in names:
        if not _VARIABLE_NAME.fullmatch(name):
            raise ValidationError(
                "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, "
                "underscores, periods, and colons"
            )
    return names


class Evaluator:
    """Evaluates the expressions of one template with one set of parameters."""

    def __init__(
        self, template: Template, parameters: Mapping[str, Any], pseudo: Mapping[str, Any], lookup: Lookup
    ) -> None:
        self._template = template
        self._known = {**parameters, **pseudo, "AWS::NoValue": _NO_VALUE}
        self._lookup = lookup
        self._conditions: dict[str, bool] = {}
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_attribute,
            "Fn::Sub": self._substitute,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": self._if,
            "Fn::Base64": lambda argument: base64.b64encode(self._text("Fn::Base64", argument).encode()).decode(),
            "Fn::ImportValue": lambda argument: self._lookup.exported(self._text("Fn::ImportValue", argument)),
            "Fn::Cidr": self._cidr,
            "Fn::GetAZs": self._zones,
        }

    def value(self, expression: Any) -> Any:
        """Return the value of an expression, without what AWS::NoValue takes away."""
        result = self._value(expression)
        return None if result is _NO_VALUE else result

    def known(self, expression: Any) -> Any:
        """Return the value of an expression, with UNKNOWN in the place of what is not known yet."""
        result = self._known_parts(expression)
        return None if result is _NO_VALUE else result

    def condition(self, name: Any, within: tuple[str, ...] = (), block: str | None = None) -> bool:
        """Return whether a condition holds; ``within`` are those that refer to it, from a block or else a Fn::If."""
        declared = self._template.section("Conditions")
        if not isinstance(name, str) or name not in declared:
            place = f"in the {block} block of the template" if block else "in Fn::If"
            unresolved = "Template format error: Unresolved" if block else "Template error: unresolved"
            raise ValidationError(f"{unresolved} condition dependency {name} {place}")
        if name in within:
            raise ValidationError(f"Template error: Found circular condition dependency with condition {name}")
        if name not in self._conditions:
            self._conditions[name] = self._holds(declared[name], (*within, name))
        return self._conditions[name]

    def _known_parts(self, expression: Any) -> Any:
        call = call_of(expression)
        if call and call[0] == "Fn::If":
            return self._known_parts(self.chosen(call[1]))
        if call:
            try:
                return self._value(expression)
            except UnknownError:
                return UNKNOWN
        if isinstance(expression, dict):
            pairs = ((key, self._known_parts(item)) for key, item in expression.items())
            return {key: item for key, item in pairs if item is not _NO_VALUE}
        if isinstance(expression, list):
            return [item for item in map(self._known_parts, expression) if item is not _NO_VALUE]
        return expression

    def _value(self, expression: Any) -> Any:
        if call := call_of(expression):
            function, argument = call
            if function in _LOGICAL:
                raise ValidationError(f"Template error: {function} cannot be used outside of a condition")
            return self._functions[function](argument)
        if isinstance(expression, dict):
            pairs = ((key, self._value(item)) for key, item in expression.items())
            return {key: item for key, item in pairs if item is not _NO_VALUE}
        if isinstance(expression, list):
            return [item for item in map(self._value, expression) if item is not _NO_VALUE]
        return expression

    def _holds(self, expression: Any, within: tuple[str, ...]) -> bool:
        if isinstance(expression, dict) and set(expression) == {"Condition"}:
            return self.condition(expression["Condition"], within, "Conditions")
        function, argument = call_of(expression) or ("", None)
        if function == "Fn::Equals":
            left, right = (self._value(item) for item in arguments(function, argument, 2))
            return bool(_comparable(left) == _comparable(right))
        if function == "Fn::Not":
            return not self._holds(arguments(function, argument, 1)[0], within)
        if function in ("Fn::And", "Fn::Or"):
            decide = all if function == "Fn::And" else any
            return bool(decide([self._holds(item, within) for item in arguments(function, argument, 2, 10)]))
        raise ValidationError(
            "Template format error: Every condition is one of Condition, Fn::And, Fn::Equals, Fn::Not, Fn::Or"
        )

    def _text(self, function: str, argument: Any) -> str:
        value = self._value(argument)
        if isinstance(value, dict | list) or value is _NO_VALUE:
            raise ValidationError(f"Template error: every {function} object must have a string-typed value")
        return text(value)

    def _ref(self, name: Any) -> Any:
        return self._known[name] if name in self._known else self._lookup.ref(name)

    def _get_attribute(self, argument: Any) -> Any:
        logical_id, attribute = attribute_of(argument)
        return self._lookup.attribute(logical_id, self._text("Fn::GetAtt", attribute))

    def _substitute(self, argument: Any) -> str:
        template, variables = substitution(argument)

        def replacement(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            return self._text("Fn::Sub", variables[name] if name in variables else _reference(name))

        return _VARIABLE.sub(replacement, template)

    def _join(self, argument: Any) -> str:
        delimiter, joined = arguments("Fn::Join", argument, 2)
        parts = self._value(joined)
        if not isinstance(delimiter, str) or not isinstance(parts, list):
            raise ValidationError(
                "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a "
                "list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) "
                "to be joined"
            )
        return delimiter.join(self._text("Fn::Join", part) for part in parts)

    def _select(self, argument: Any) -> Any:
        index, choices = arguments("Fn::Select", argument, 2)
        number, items = self._text("Fn::Select", index), self._value(choices)
        if not number.isdecimal() or not isinstance(items, list) or int(number) >= len(items):
            raise ValidationError(f"Template error: Fn::Select cannot select nonexistent value at index {number}")
        return items[int(number)]

    def _split(self, argument: Any) -> list[str]:
        delimiter, source = arguments("Fn::Split", argument, 2)
        if not isinstance(delimiter, str) or not delimiter:
            raise ValidationError(
                "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) "
                "a string to be split or a function that returns a string to be split"
            )
        return self._text("Fn::Split", source).split(delimiter)

    def _find_in_map(self, argument: Any) -> Any:
        names = [self._text("Fn::FindInMap", item) for item in arguments("Fn::FindInMap", argument, 3)]
        found: Any = self._template.section("Mappings")
        for name in names:
            if not isinstance(found, dict) or name not in found:
                raise ValidationError(f"Template error: Unable to get mapping for {'::'.join(names)}")
            found = found[name]
        return found

    def _if(self, argument: Any) -> Any:
        return self._value(self.chosen(argument))

    def chosen(self, argument: Any) -> Any:
        """Return the branch that a Fn::If's condition takes."""
        condition, chosen, otherwise = arguments("Fn::If", argument, 3)
        return chosen if self.condition(condition) else otherwise

    def _cidr(self, argument: Any) -> list[str]:
        block, count, bits = (self._text("Fn::Cidr", item) for item in arguments("Fn::Cidr", argument, 3))
        try:
            network = ipaddress.ip_network(block, strict=False)
            prefix, wanted = network.max_prefixlen - int(bits), int(count)
            found = list(itertools.islice(network.subnets(new_prefix=prefix), wanted))
        except ValueError as error:
            raise ValidationError(f"Template error: Fn::Cidr cannot divide {block}: {error}") from error
        if not 1 <= wanted <= _MAX_CIDRS or len(found) < wanted:
            raise ValidationError(f"Template error: Fn::Cidr cannot make {count} blocks of {bits} bits in {block}")
        return [str(subnet) for subnet in found]

    def _zones(self, argument: Any) -> list[str]:
        from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend  # takes long to import

        region = self._text("Fn::GetAZs", argument) or str(self._known["AWS::Region"])
        zones = RegionsAndZonesBackend.zones.get(region)
        if zones is None:
            raise ValidationError(f"Template error: Fn::GetAZs knows no region {region}")
        return [str(zone.name) for zone in zones]


def _comparable(value: Any) -> Any:
    return value if isinstance(value, dict | list) else text(value)


def _reference(name: str) -> dict[str, Any]:
    """Return the call that ``${Name}`` or ``${Name.Attribute}`` in a Fn::Sub stands for."""
    return {"Fn::GetAtt": name} if "." in name else {"Ref": name}
