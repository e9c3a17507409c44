"""UserParameters: the JSON text that a person gives the pipeline, with errors that say what to mend."""

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from outcomes import ConfigurationError

_PLACEHOLDER = re.compile(r"<[^<>]*>|your-[a-z]+")
_AROUND = 20  # characters shown on each side of a JSON error


def wrong(key: str, value: object, expected: str) -> NoReturn:
    """Refuse a value: which key, which value, what was expected."""
    raise ConfigurationError(f"UserParameters: {key} is {value!r}, expected {expected}.")


class UserParameters:
    """Keys and values, each value a text (a JSON number stands for its digits)."""

    def __init__(self, text: str, known: Iterable[str], free_prefix: str | None = None) -> None:
        """Keys are those known, and any that begins with the free prefix."""
        self.values = _parse(text)
        known = tuple(known)
        for key, value in self.values.items():
            if not isinstance(value, str):
                wrong(key, value, f'a text or a number: write it in quotes, {{"{key}": "..."}}')
            if placeholder := _PLACEHOLDER.search(value):
                wrong(key, value, f"a value of yours instead of the placeholder {placeholder[0]}")
            if key not in known and not (free_prefix and key.startswith(free_prefix)):
                _unknown(key, value, known)

    def text(self, key: str, pattern: str, expected: str, default: str | None = None) -> str:
        """A value of the given pattern; a key without a default is required."""
        value = self.values.get(key, default)
        if value is None:
            raise ConfigurationError(f'UserParameters: {key} is missing, expected {expected}: add "{key}": "...".')
        if not re.fullmatch(pattern, value):
            wrong(key, value, expected)
        return str(value)

    def whole_number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number between two bounds."""
        expected = f"a whole number from {low} to {high}"
        text = self.text(key, "[0-9]{1,9}", expected, None if default is None else str(default))
        number = int(text)
        if not low <= number <= high:
            wrong(key, text, expected)
        return number

    def environment(self) -> str:
        """The environment, such as Dev; names are built from it, so it has no hyphen."""
        return self.text("env", "[A-Za-z][A-Za-z0-9]{0,9}", "a letter, then up to 9 letters and digits, such as Dev")

    def execution_id(self) -> str:
        """The pipeline's execution, which the template puts in: the event does not name it."""
        return self.text("execution-id", "[0-9A-Za-z-]+", "#{codepipeline.PipelineExecutionId}, resolved")

    def this_stacks(self, key: str, value: str) -> None:
        """A key that may be left out, and otherwise must say what the stack has anyway."""
        given = self.values.get(key, value)
        if given != value:
            wrong(key, given, f"{value!r}, which belongs to this stack (or leave {key} out)")


def _parse(text: str) -> dict[str, Any]:
    try:
        # Numbers keep the digits that the person wrote: hyperparameters are texts.
        values = json.loads(text, object_pairs_hook=_no_key_twice, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        before = text[max(0, error.pos - _AROUND) : error.pos]
        after = text[error.pos : error.pos + _AROUND]
        raise ConfigurationError(
            f"UserParameters are not JSON: {error.msg} at line {error.lineno}, column {error.colno},"
            f" here: {_in_a_line(before)} >>> {_in_a_line(after) or 'the end of the text'}"
        ) from None
    if not isinstance(values, dict):
        raise ConfigurationError(f'UserParameters are {text!r}, expected a JSON object such as {{"key": "value"}}.')
    return values


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise ConfigurationError(f"UserParameters: {key} is given twice, {values[key]!r} and {value!r}: keep one.")
        values[key] = value
    return values


def _unknown(key: str, value: object, known: tuple[str, ...]) -> NoReturn:
    near = difflib.get_close_matches(key.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known keys are {', '.join(known)}."
    raise ConfigurationError(f"UserParameters: {key} (with the value {value!r}) is not a known key: {hint}")
