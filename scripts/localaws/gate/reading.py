"""Requests read as strictly as AWS reads them: what is of another type than the model's is refused, not bent to it.

The parsers are moto's, which bend: text becomes a number, and a body that is no JSON a message.
"""

import json
import re
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS, BaseJSONParser, RestJSONParser, RestXMLParser

_TYPES: dict[str, tuple[type, ...]] = {
    "blob": (str,),
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "integer": (int,),
    "list": (list,),
    "long": (int,),
    "map": (dict,),
    "string": (str,),
    "structure": (dict,),
    "timestamp": (int, float, str),
}
# As people quote them of DynamoDB, Logs and other services of protocol json; that all say them alike is unverified.
UNVERIFIED_NOT_JSON = "Unable to parse the body as JSON"
UNVERIFIED_WRONG_STRUCTURE = "Start of {given} found where not expected"
UNVERIFIED_WRONG_VALUE = "{given} can not be converted to {wanted}"


class UnreadableRequestError(Exception):
    """A body that is not what the operation's protocol says."""


class _StrictJSON(BaseJSONParser):
    def _parse_body_as_json(self, body_contents: bytes) -> dict[str, Any]:
        if not body_contents:
            return {}
        try:
            found = json.loads(body_contents, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise UnreadableRequestError(UNVERIFIED_NOT_JSON) from None
        if not isinstance(found, dict):
            raise _wrong(found, "a Structure")
        return found

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        # What is in the path, the query or a header is text, whatever its type.
        is_text = "location" in shape.serialization
        if not (is_text or getattr(shape, "is_document_type", False) or _is(node, shape.type_name)):
            raise _wrong(node, f"a {shape.type_name.capitalize()}")
        return super()._parse_shape(shape, node)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _is(node: Any, kind: str) -> bool:
    return isinstance(node, _TYPES[kind]) and (kind == "boolean" or not isinstance(node, bool))


def _wrong(node: Any, wanted: str) -> UnreadableRequestError:
    if isinstance(node, dict | list):
        given = "list" if isinstance(node, list) else "structure or map"
        return UnreadableRequestError(UNVERIFIED_WRONG_STRUCTURE.format(given=given))
    names = {bool: "TRUE_VALUE" if node else "FALSE_VALUE", str: "STRING_VALUE", type(None): "NULL_VALUE"}
    return UnreadableRequestError(
        UNVERIFIED_WRONG_VALUE.format(given=names.get(type(node), "NUMBER_VALUE"), wanted=wanted)
    )


class _StrictRestJSON(_StrictJSON, RestJSONParser):
    def _initial_body_parse(self, body_contents: bytes) -> dict[str, Any]:
        """Return the body without what belongs elsewhere: no body says whom the path means."""
        members = self.operation_model.input_shape.members.items()
        elsewhere = {
            shape.serialization.get("name", name) for name, shape in members if "location" in shape.serialization
        }
        body = super()._initial_body_parse(body_contents)
        return {name: value for name, value in body.items() if name not in elsewhere}


class _RestXML(RestXMLParser):
    def _parse_integer(self, shape: Any, node: Any) -> Any:
        """Leave what is no number in a query as it came: S3 says of each such argument what is wrong with it."""
        is_number = re.fullmatch(r"[+-]?\d+", str(node)) is not None
        if shape.serialization.get("location") == "querystring" and not is_number:
            return node
        return super()._parse_integer(shape, node)


PARSERS = {
    **PROTOCOL_PARSERS,
    "json": type("StrictJSONParser", (_StrictJSON, PROTOCOL_PARSERS["json"]), {}),
    "rest-json": _StrictRestJSON,
    "rest-xml": _RestXML,
}
