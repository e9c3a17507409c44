"""What a fault is: what happens, to whom, from when on, and how often."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

CALL_EFFECTS = ("throttled", "internal error", "unavailable", "slow", "dropped", "answer lost", "cut off", "answers")
PROCESS_EFFECTS = ("killed", "hangs")
EFFECTS = (*CALL_EFFECTS, *PROCESS_EFFECTS, "delivered twice", "full")

_TEXT, _NUMBER, _OBJECT = (str, "a text"), (int | float, "a number"), (Mapping, "a JSON object")
_KINDS = {
    "at": _TEXT,
    "where": _OBJECT,
    "after": _TEXT,
    "times": (int | None, "a whole number"),
    "seconds": _NUMBER,
    "members": _OBJECT,
}


class WrongFaultError(Exception):
    """A description that is none of a fault; the text says what is wrong with it."""


@dataclass(frozen=True)
class Fault:
    """An effect on everything whose name matches ``at``.

    Names are ``service:Operation`` for calls (throttled, internal error, unavailable, slow, dropped, answer lost,
    cut off, answers), ``training-job:<name>``, ``container:<endpoint>`` (as it starts), ``endpoint:<endpoint>`` (as it
    is invoked) and ``function:<name>`` for processes (killed, hangs), ``function:<name>`` for events (delivered
    twice), ``disk:s3``, ``disk:training-input`` and ``disk:training-output`` for what is written (full). They match as
    file names do: ``sagemaker:*``.
    """

    effect: str
    at: str
    where: Mapping[str, str] = field(default_factory=dict)
    """For calls: what their parameters must match too, such as EndpointName: ``*-dev``."""
    after: str = ""
    """The call (``service:Operation``) after whose next success the fault is on; at once without it."""
    times: int | None = None
    """How often it strikes; until it is taken away without it."""
    seconds: float = 0
    """For slow: how long a call waits before its service sees it."""
    members: Mapping[str, Any] = field(default_factory=dict)
    """For answers: what the (JSON) answer says instead; null takes a member away."""

    def __post_init__(self) -> None:
        """Raise WrongFaultError for an effect that there is not, and for what no call could be compared with."""
        if self.effect not in EFFECTS:
            raise WrongFaultError(f"effect {self.effect!r}: expected one of {', '.join(EFFECTS)}")
        for name, (kind, expected) in _KINDS.items():
            if not isinstance(getattr(self, name), kind):
                raise WrongFaultError(f"{name} {getattr(self, name)!r}: expected {expected}")

    @classmethod
    def of(cls, description: object) -> "Fault":
        """Return the fault that a JSON object describes; raises WrongFaultError."""
        if not isinstance(description, dict):
            raise WrongFaultError(f"{description!r}: expected a JSON object")
        unknown = description.keys() - {each.name for each in fields(cls)}
        if unknown or not {"effect", "at"} <= description.keys():
            names = "effect and at, perhaps where, after, times, seconds, members"
            raise WrongFaultError(f"{dict(description)}: expected {names}")
        return cls(**description)

    def is_about(self, name: str, parameters: Mapping[str, Any]) -> bool:
        """Whether it is about this."""
        return fnmatch.fnmatchcase(name, self.at) and all(
            fnmatch.fnmatchcase(str(parameters.get(parameter, "")), str(pattern))
            for parameter, pattern in self.where.items()
        )
