"""JSON texts that a person writes, UserParameters and training.json, with errors that say what to mend."""

import copy
import difflib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from outcomes import ConfigurationError

_PLACEHOLDER = re.compile(r"<[^<>]*>|your-[a-z]+")
_AROUND = 20  # characters shown on each side of a JSON error
_SHOWN = 100  # characters of a text that is something else altogether


class UserParameters:
    """Keys and values, each value a text (a JSON number stands for its digits)."""

    masked: tuple[str, ...] = ()  # keys that the text beneath has too, as they are written there

    def __init__(
        self, text: str, known: Iterable[str], free_prefix: str | None = None, origin: str = "UserParameters"
    ) -> None:
        """Keys are those known, and any that begins with the free prefix. Errors begin with the origin."""
        self.values = _parse(text, origin)
        self._origin = origin
        self._origins = dict.fromkeys(self.values, origin)
        known = tuple(known)
        for key, value in self.values.items():
            if not isinstance(value, str):
                self.wrong(key, value, f'a text or a number: write it in quotes, {{"{key}": "..."}}')
            if placeholder := _PLACEHOLDER.search(value):
                self.wrong(key, value, f"a value of yours instead of the placeholder {placeholder[0]}")
            if key not in known and not (free_prefix and key.startswith(free_prefix)):
                _unknown(key, value, known, origin)

    def over(self, beneath: "UserParameters", meaning: Callable[[str], str]) -> "UserParameters":
        """Both together. Of keys that mean the same these count, and mask those beneath, whatever their values."""
        both = copy.copy(self)
        own = set(map(meaning, self.values))
        both.masked = tuple(key for key in beneath.values if meaning(key) in own)
        both.values = {key: value for key, value in beneath.values.items() if key not in both.masked} | self.values
        both._origin = f"{self._origin} and {beneath._origin}"
        both._origins = beneath._origins | self._origins
        return both

    def wrong(self, key: str, value: object, expected: str) -> NoReturn:
        """Refuse a value: where it is from, which key, which value, what was expected."""
        raise ConfigurationError(f"{self.origin(key)}: {key} is {value!r}, expected {expected}.")

    def origin(self, key: str) -> str:
        """The text, or the texts, that a key stands in, or is missing in."""
        return self._origins.get(key, self._origin)

    def text(self, key: str, pattern: str, expected: str, default: str | None = None) -> str:
        """A value of the given pattern; a key without a default is required."""
        value = self.values.get(key, default)
        if value is None:
            raise ConfigurationError(f'{self.origin(key)}: {key} is missing, expected {expected}: add "{key}": "...".')
        if not re.fullmatch(pattern, value):
            self.wrong(key, value, expected)
        return str(value)

    def whole_number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number between two bounds."""
        expected = f"a whole number from {low} to {high}"
        text = self.text(key, "[0-9]{1,9}", expected, None if default is None else str(default))
        number = int(text)
        if not low <= number <= high:
            self.wrong(key, text, expected)
        return number

    def environment(self) -> str:
        """The environment, such as Dev; names are built from it, so it has no hyphen."""
        return self.text("env", "[A-Za-z][A-Za-z0-9]{0,9}", "a letter, then up to 9 letters and digits, such as Dev")

    def execution_id(self) -> str:
        """The pipeline's execution, which the template puts in: the event does not name it."""
        return self.text("execution-id", "[0-9A-Za-z-]+", "#{codepipeline.PipelineExecutionId}, resolved")

    def max_rmse(self) -> float | None:
        """The threshold of a test, if there is one."""
        if "max-rmse" not in self.values:
            return None
        expected = "a number above 0, such as 0.75"
        text = self.text("max-rmse", r"[0-9]{0,9}\.?[0-9]{1,9}", expected)
        if not float(text) > 0:
            self.wrong("max-rmse", text, expected)
        return float(text)

    def this_stacks(self, key: str, value: str) -> None:
        """A key that may be left out, and otherwise must say what the stack has anyway."""
        given = self.values.get(key, value)
        if given != value:
            self.wrong(key, given, f"{value!r}, which belongs to this stack (or leave {key} out)")


def _parse(text: str, origin: str) -> dict[str, Any]:
    def no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in pairs:
            if key in values:
                raise ConfigurationError(f"{origin}: {key} is given twice, {values[key]!r} and {value!r}: keep one.")
            values[key] = value
        return values

    try:
        # Numbers keep the digits that the person wrote: hyperparameters are texts.
        values = json.loads(text, object_pairs_hook=no_key_twice, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        before = text[max(0, error.pos - _AROUND) : error.pos]
        after = text[error.pos : error.pos + _AROUND]
        raise ConfigurationError(
            f"{origin}: this is not JSON: {error.msg} at line {error.lineno}, column {error.colno},"
            f" here: {_in_a_line(before)} >>> {_in_a_line(after) or 'the end of the text'}"
        ) from None
    if not isinstance(values, dict):
        raise ConfigurationError(
            f'{origin}: this is {text[:_SHOWN]!r}, expected a JSON object such as {{"key": "value"}}.'
        )
    return values


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def _unknown(key: str, value: object, known: tuple[str, ...], origin: str) -> NoReturn:
    near = difflib.get_close_matches(key.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known keys are {', '.join(known)}."
    raise ConfigurationError(f"{origin}: {key} (with the value {value!r}) is not a known key: {hint}")
