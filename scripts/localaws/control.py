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
    wanted = [Fault.of(each) for each in command.get("faults", ())]
    lengths = asdict(Durations()) | command.get("durations", {})
    if unknown := lengths.keys() - vars(durations):
        raise WrongCommandError(f"durations: there is no {', '.join(sorted(unknown))}")
    vars(durations).update(lengths)
    return faults.replace(wanted)


def _command(line: str) -> Mapping[str, Any]:
    try:
        command = json.loads(line)
    except ValueError as error:
        raise WrongCommandError(f"expected a line of JSON: {error}") from None
    if not isinstance(command, dict) or command.keys() - {"faults", "durations"}:
        raise WrongCommandError("expected a JSON object with faults and durations, as far as there are any")
    return command
