"""What whoever started local AWS may change while it runs: which faults are on, and how long things take.

The server has no door for this, and so no request, web page or function can open one: a line of JSON on standard
input, which only the process that started local AWS holds, says how things are from now on, such as
``{"faults": [{"effect": "throttled", "at": "s3:PutObject", "times": 2}], "durations": {"sagemaker_step": 1}}``.
What a line does not name is as it was at the start. A line on standard output answers: ``{"struck": [2]}``, how often
each of the faults struck that were on until then, or ``{"error": "..."}``, and then nothing has changed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TextIO

from localaws.clock import Durations, durations
from localaws.faults.models import Fault, WrongFaultError
from localaws.faults.state import faults


class WrongCommandError(Exception):
    """A line that is not a command; the text says what was expected."""


def follow(commands: TextIO, answers: TextIO) -> None:
    """Do what each line says, and answer it, until there are no more."""
    for line in commands:
        try:
            answer: Mapping[str, Any] = {"struck": change(_command(line))}
        except (WrongCommandError, WrongFaultError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


def change(command: Mapping[str, Any]) -> list[int]:
    """Put these faults and durations in the place of all others; return how often each fault struck until now.

    Raises WrongFaultError and WrongCommandError.
    """
    faulty, given = command.get("faults", []), command.get("durations", {})
    if not (isinstance(faulty, list | tuple) and isinstance(given, dict)):
        raise WrongCommandError("expected a list of faults and an object of durations")
    wanted, usual = [Fault.of(each) for each in faulty], asdict(Durations())
    if unknown := given.keys() - usual.keys():
        raise WrongCommandError(f"durations: there is no {', '.join(sorted(unknown))}")
    if wrong := [name for name, value in given.items() if not _is_like(value, usual[name])]:
        raise WrongCommandError(f"durations: {', '.join(sorted(wrong))}: expected seconds")
    vars(durations).update(usual | given)
    return faults.replace(wanted)


def _is_like(given: object, usual: object) -> bool:
    """Whether a duration may stand for the usual one: a number of seconds, or several."""
    kind = int | float if isinstance(usual, int | float) else list | tuple
    return isinstance(given, kind) and not isinstance(given, bool)


def _command(line: str) -> Mapping[str, Any]:
    try:
        command = json.loads(line)
    except ValueError as error:
        raise WrongCommandError(f"expected a line of JSON: {error}") from None
    if not isinstance(command, dict) or command.keys() - {"faults", "durations"}:
        raise WrongCommandError("expected a JSON object with faults and durations, as far as there are any")
    return command
