"""What AWS says a resource's properties are: the resource schemas that cfn-lint carries, applied to resolved values.

The files are read without importing cfn-lint, whose import takes two thirds of a second; its layout is pinned with it.
Messages are those of CloudFormation's resource schema validator, as people quote them.
"""

import importlib.util
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import regex
from jsonschema.protocols import Validator

from localaws.cloudformation.functions import UNKNOWN
from localaws.cloudformation.parameters import text
from localaws.wire import by_tls

_Schema = dict[str, Any]
# https://github.com/aws/aws-cdk-cli/pull/1463
_REQUIRED = "Required property [{}] not found"
_UNSUPPORTED = "Unsupported property [{}]"
_ABOUT_KEYS = ("additionalProperties", "required")
_OF_CFN_LINT = ("requiredXor", "requiredOr", "dependentExcluded")


@cache
def _folder() -> Path:
    package = importlib.util.find_spec("cfnlint")
    if package is None or package.origin is None:
        raise FileNotFoundError("cfn-lint, whose resource schemas CloudFormation needs, is not installed")
    return Path(package.origin).parent / "data" / "schemas"


@cache
def _known_types(region: str) -> dict[str, str]:
    path = _folder() / "providers" / f"{region}.json"
    return json.loads(path.read_text("utf-8"))  # type: ignore[no-any-return]


def exists(resource_type: str, region: str) -> bool:
    """Return whether AWS has this resource type in the region."""
    return resource_type in _known_types(region)


@cache
def schema_of(resource_type: str, region: str) -> "ResourceSchema":
    """Return a type's schema; KeyError for a type that AWS does not have."""
    if resource_type.startswith("Custom::"):
        return schema_of("AWS::CloudFormation::CustomResource", region)
    path = _folder() / "resources" / f"{_known_types(region)[resource_type]}.json"
    return ResourceSchema(json.loads(path.read_text("utf-8")))


class ResourceSchema:
    """One resource type's schema."""

    def __init__(self, schema: _Schema) -> None:
        self._schema = schema
        self._validator = _Validator(schema)
        self._read_only = [_path(pointer) for pointer in schema.get("readOnlyProperties", [])]
        self._create_only = [_path(pointer) for pointer in schema.get("createOnlyProperties", [])]
        self._conditional = [_path(pointer) for pointer in schema.get("conditionalCreateOnlyProperties", [])]

    @property
    def property_names(self) -> set[str]:
        """The properties that a resource of the type may have."""
        return set(self._schema.get("properties", {}))

    @property
    def has_system_tags(self) -> bool:
        """Whether CloudFormation gives resources of the type its own tags, as far as the schema says."""
        return bool(self._schema.get("tagging", {}).get("cloudFormationSystemTags"))

    @property
    def has_tag_map(self) -> bool:
        """Whether Tags is an object of names and values, and not a list of Key and Value."""
        return self._resolved(self._schema["properties"].get("Tags", {})).get("type") == "object"

    def coerced(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Return properties with scalars in the types that the schema asks for, as CloudFormation does: "5" is 5."""
        return self._coerced(properties, self._schema)  # type: ignore[no-any-return]

    def problems(self, properties: dict[str, Any]) -> list[str]:
        """Return what is wrong with coerced properties, as ``#/Path: what``."""
        outputs = [path[0] for path in self._read_only if len(path) == 1]
        found = [f"#: extraneous key [{name}] is not permitted" for name in outputs if name in properties]
        for error in sorted(self._validator.iter_errors(properties), key=lambda e: [str(part) for part in e.path]):
            found.extend(_messages(error))
        return list(dict.fromkeys(found))

    def early_problems(self, properties: dict[str, Any]) -> list[tuple[list[str], str]]:
        """Return what is wrong with coerced properties, UNKNOWN ones among them: each with its path.

        In the words of the validation before a deployment, as far as people quote them; else in the validator's.
        """
        outputs = [path[0] for path in self._read_only if len(path) == 1]
        found: list[tuple[list[str], str]] = [([], _UNSUPPORTED.format(name)) for name in outputs if name in properties]
        for error in sorted(self._validator.iter_errors(properties), key=lambda e: [str(part) for part in e.path]):
            is_known = error.validator in _ABOUT_KEYS or not _is_partly_unknown(error.instance)
            if is_known and error.validator not in _OF_CFN_LINT:  # which AWS's schemas do not have
                found.extend(([str(part) for part in error.path], words) for words in _early_words(error))
        return found

    def replaced_by(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Return whether going from old to new properties needs a new physical resource."""
        # What AWS replaces under conditions is always replaced here.
        return any(_at(old, path) != _at(new, path) for path in self._create_only + self._conditional)

    def recreation(self, name: str, old: Any, new: Any) -> str:
        """Return whether a property's change needs a new physical resource, as change sets say it.

        Of a property whose value may yet turn out to be another, equal values are given.
        """
        for answer, paths in (("Always", self._create_only), ("Conditionally", self._conditional)):
            mine = [path for path in paths if path[0] == name]
            if (old == new and mine) or any(_at({name: old}, path) != _at({name: new}, path) for path in mine):
                return answer
        return "Never"

    def _coerced(self, value: Any, schema: _Schema) -> Any:
        schema = self._resolved(schema)
        if isinstance(value, dict):
            return {name: self._coerced(item, self._member(schema, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self._coerced(item, self._items(schema)) for item in value]
        types = schema.get("type", [])
        return _scalar(value, [types] if isinstance(types, str) else types)

    def _resolved(self, schema: _Schema) -> _Schema:
        while "$ref" in schema:
            target: Any = self._schema
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        return schema

    def _member(self, schema: _Schema, name: str) -> _Schema:
        for candidate in self._alternatives(schema):
            if name in candidate.get("properties", {}):
                return candidate["properties"][name]  # type: ignore[no-any-return]
            for pattern, member in candidate.get("patternProperties", {}).items():
                if regex.search(pattern, name):
                    return member  # type: ignore[no-any-return]
        return {}

    def _items(self, schema: _Schema) -> _Schema:
        found = (candidate["items"] for candidate in self._alternatives(schema) if "items" in candidate)
        return next(found, {})

    def _alternatives(self, schema: _Schema) -> Iterator[_Schema]:
        schema = self._resolved(schema)
        yield schema
        for keyword in ("anyOf", "oneOf", "allOf"):
            for alternative in schema.get(keyword, []):
                yield from self._alternatives(alternative)


def _path(pointer: str) -> tuple[str, ...]:
    return tuple(pointer.removeprefix("/properties/").split("/"))


def _at(properties: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        properties = properties.get(name) if isinstance(properties, dict) else None
    return properties


def _scalar(value: Any, types: list[str]) -> Any:
    if not isinstance(value, str | int | float):
        return value  # not known yet
    kind_of_value = "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
    if not types or kind_of_value in types:
        return value
    if "boolean" in types and text(value).lower() in ("true", "false"):
        return text(value).lower() == "true"
    if not isinstance(value, bool):
        for kind, convert in (("integer", int), ("number", float)):
            if kind in types:
                try:
                    return convert(text(value))
                except ValueError:
                    continue
    return text(value) if "string" in types else value


def _messages(error: jsonschema.ValidationError) -> Iterator[str]:
    where = "/".join(["#", *map(str, error.path)])
    keyword, limit, value = error.validator, error.validator_value, error.instance
    if keyword == "additionalProperties":
        for name in _unnamed(value, error.schema):
            yield f"{where}: extraneous key [{name}] is not permitted"
    elif keyword == "required":
        for name in limit:
            if name not in value:
                yield f"{where}: required key [{name}] not found"
    elif keyword == "type":
        expected = [limit] if isinstance(limit, str) else limit
        yield f"{where}: expected type: {' or '.join(map(_java, expected))}, found: {_java(_type_of(value))}"
    elif keyword in ("minLength", "maxLength"):
        yield f"{where}: expected {keyword}: {limit}, actual: {len(value)}"
    elif keyword in ("minItems", "maxItems"):
        edge = "minimum" if keyword == "minItems" else "maximum"
        yield f"{where}: expected {edge} item count: {limit}, found: {len(value)}"
    elif keyword in ("requiredXor", "requiredOr", "dependentExcluded"):
        yield f"{where}: {error.message}"
    else:
        yield f"{where}: failed validation constraint for keyword [{keyword}]"


def _early_words(error: jsonschema.ValidationError) -> Iterator[str]:
    if error.validator == "additionalProperties":
        yield from (_UNSUPPORTED.format(name) for name in _unnamed(error.instance, error.schema))
    elif error.validator == "required":
        yield from (_REQUIRED.format(name) for name in error.validator_value if name not in error.instance)
    else:
        yield from (message.partition(": ")[2] for message in _messages(error))


def _is_partly_unknown(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_is_partly_unknown, value.values() if isinstance(value, dict) else value))
    return value is UNKNOWN


def _unnamed(value: dict[str, Any], schema: _Schema) -> list[str]:
    """Return the keys of a value that its schema does not name."""
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    return [name for name in value if name not in named and not any(regex.search(p, name) for p in patterns)]


def _java(kind: str) -> str:
    """Return a JSON type's name as CloudFormation's validator, which is written in Java, says it."""
    return {"object": "JSONObject", "array": "JSONArray"}.get(kind, kind.capitalize())


def _type_of(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _pattern(_validator: Validator, pattern: str, value: Any, _schema: _Schema) -> Iterator[jsonschema.ValidationError]:
    # The schemas' patterns are Java's (\p{L}), which Python's own re does not read.
    if isinstance(value, str) and not regex.search(pattern, by_tls(value)):
        yield jsonschema.ValidationError(f"does not match {pattern}")


def _pattern_properties(
    validator: Validator, patterns: _Schema, value: Any, _schema: _Schema
) -> Iterator[jsonschema.ValidationError]:
    for pattern, schema in patterns.items():
        for name, item in value.items() if isinstance(value, dict) else ():
            if regex.search(pattern, name):
                yield from validator.descend(item, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Validator, allowed: Any, value: Any, schema: _Schema
) -> Iterator[jsonschema.ValidationError]:
    for name in _unnamed(value, schema) if isinstance(value, dict) and allowed is not True else ():
        if allowed is False:
            yield jsonschema.ValidationError(f"{name} is not permitted")
            return
        yield from validator.descend(value[name], allowed, path=name)


def _one_of(minimum: int, maximum: int) -> Any:
    def check(_validator: Validator, names: list[str], value: Any, _schema: _Schema) -> Iterator[Any]:
        given = [name for name in names if name in value] if isinstance(value, dict) else names[:1]
        if not minimum <= len(given) <= maximum:
            some = "exactly one" if maximum == 1 else "at least one"
            yield jsonschema.ValidationError(f"{some} of the keys [{', '.join(names)}] is required")

    return check


def _excluded(
    _validator: Validator, excluded: dict[str, list[str]], value: Any, _schema: _Schema
) -> Iterator[jsonschema.ValidationError]:
    for name, others in excluded.items():
        if isinstance(value, dict) and name in value and (found := [other for other in others if other in value]):
            yield jsonschema.ValidationError(f"key [{name}] excludes [{', '.join(found)}]")


# The last three are cfn-lint's additions to JSON schema, from what AWS documents in prose.
_Validator = jsonschema.validators.extend(
    jsonschema.Draft7Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "requiredXor": _one_of(1, 1),
        "requiredOr": _one_of(1, 100),
        "dependentExcluded": _excluded,
    },
)
