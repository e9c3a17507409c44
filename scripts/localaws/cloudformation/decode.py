"""Turns template text into plain dictionaries and lists: safely, and in CloudFormation's dialect of YAML 1.1.

The text comes from whoever may call the API. YAML is therefore only parsed to events, and the values are built here:
no tag constructs an object, nesting is limited, and aliases, which CloudFormation refuses too, cannot multiply. Of keys
that are given twice the last one counts, as it does for CloudFormation (github.com/go-to-k/cdk-real-drift/issues/1074).
(cfn-lint's decoder would also do, but takes two thirds of a second to import.)
"""

import json
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.events import AliasEvent, Event, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from localaws.cloudformation.errors import ValidationError

_SHORT_FORMS = {"!Ref": "Ref", "!Condition": "Condition"}  # all others stand for "Fn::" and their name
_MAX_DEPTH = 100
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_YAML = "tag:yaml.org,2002:"
_scalars = SafeConstructor()
_SCALARS = {
    f"{_YAML}int": _scalars.construct_yaml_int,
    f"{_YAML}float": _scalars.construct_yaml_float,
    f"{_YAML}bool": _scalars.construct_yaml_bool,
    f"{_YAML}null": _scalars.construct_yaml_null,
    f"{_YAML}str": _scalars.construct_scalar,
    f"{_YAML}timestamp": _scalars.construct_scalar,  # CloudFormation has no dates: 2012-10-17 is text
}


def decode(body: str) -> Any:
    """Return the document in a YAML or JSON text, or None when it is empty.

    Raises ValidationError (Template format error) with the line and column of what it cannot read.
    """
    if body.lstrip().startswith("{"):
        return _decode_json(body)
    try:
        return _Document(body).read()
    except yaml.MarkedYAMLError as error:
        raise _not_well_formed(error.problem_mark, "") from error
    except yaml.YAMLError as error:
        raise ValidationError(f"Template format error: YAML not well-formed. {error}") from error


def _decode_json(body: str) -> Any:
    try:
        document = json.loads(body)
        _refuse_depth(document, 0)
    except json.JSONDecodeError as error:
        place = f"(line {error.lineno}, column {error.colno})"
        raise ValidationError(f"Template format error: JSON not well-formed. {place}") from error
    except RecursionError as error:
        raise ValidationError("Template format error: JSON not well-formed. It is nested too deeply.") from error
    return document


def _refuse_depth(value: Any, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise RecursionError
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_depth(item, depth + 1)


def _not_well_formed(mark: Any, problem: str) -> ValidationError:
    place = f"(line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return ValidationError(" ".join(filter(None, ["Template format error: YAML not well-formed.", problem, place])))


class _Document:
    """One reading of a YAML text, event by event."""

    def __init__(self, body: str) -> None:
        self._events: Iterator[Event] = yaml.parse(body, _Loader)
        self._resolver: Any = Resolver()

    def read(self) -> Any:
        next(self._events)  # the start of the stream, then of the document or the end
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        value = self._value(next(self._events), 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _not_well_formed(after.start_mark, "A template is one document.")
        return value

    def _value(self, event: Any, depth: int) -> Any:
        if isinstance(event, AliasEvent):
            raise ValidationError("Template error: YAML aliases are not allowed in CloudFormation templates")
        if depth > _MAX_DEPTH:
            raise _not_well_formed(event.start_mark, "It is nested too deeply.")
        tag = event.tag or ""
        if tag.startswith("!") and tag != "!":
            return self._function(event, depth)
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if tag not in ("", f"{_YAML}map", f"{_YAML}seq"):
            raise _not_well_formed(event.start_mark, f"Unknown tag {tag}")
        return self._collection(event, depth)

    def _collection(self, event: Event, depth: int) -> Any:
        return self._mapping(depth) if isinstance(event, MappingStartEvent) else self._sequence(depth)

    def _sequence(self, depth: int) -> list[Any]:
        items = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        document: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent) or event.value == "<<":
                raise _not_well_formed(event.start_mark, "A key is plain text, and keys cannot be merged.")
            document[event.value] = self._value(next(self._events), depth + 1)
        return document

    def _scalar(self, event: ScalarEvent) -> Any:
        tag = event.tag
        if tag in (None, "!"):
            tag = self._resolver.resolve(ScalarNode, event.value, event.implicit)
        if tag not in _SCALARS:
            raise _not_well_formed(event.start_mark, f"Unknown tag {tag}")
        return _SCALARS[tag](ScalarNode(tag, event.value))

    def _function(self, event: Any, depth: int) -> dict[str, Any]:
        """Return the long form of ``!Sub text``; unknown names are refused where functions are evaluated."""
        name = _SHORT_FORMS.get(event.tag, f"Fn::{event.tag[1:]}")
        if isinstance(event, ScalarEvent):
            return {name: event.value.split(".", 1) if name == "Fn::GetAtt" else event.value}
        return {name: self._collection(event, depth)}
