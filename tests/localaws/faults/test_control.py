"""Whoever started local AWS, and nobody else, says what is broken and how long things take."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from localaws import control
from localaws.clock import Durations, durations

Broken = Callable[..., list[int]]


def test_durations_are_those_of_the_last_command(broken: Broken) -> None:
    control.change({"durations": {"training_second": 0.5}})
    assert durations.training_second == 0.5
    control.change({"durations": {"build_minute": 1}})
    assert asdict(durations) == asdict(Durations()) | {"build_minute": 1}
    control.change({})
    assert asdict(durations) == asdict(Durations())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("what", "expected a line of JSON: "),
        ("[]", "expected a JSON object with faults and durations"),
        ('{"fault": []}', "expected a JSON object with faults and durations"),
        ('{"durations": {"year": 1}}', "durations: there is no year"),
        ('{"faults": [{"effect": "explodes", "at": "*"}]}', "effect 'explodes': expected one of "),
        ('{"faults": ["slow"]}', "'slow': expected a JSON object"),
        ('{"faults": 5}', "expected a list of faults and an object of durations"),
        ('{"durations": 5}', "expected a list of faults and an object of durations"),
        ('{"faults": [{"effect": "slow", "at": 5}]}', "at 5: expected a text"),
        ('{"faults": [{"effect": "slow", "at": "*", "times": "2"}]}', "times '2': expected a whole number"),
        ('{"faults": [{"effect": "slow", "at": "*", "where": []}]}', "where []: expected a JSON object"),
        ('{"durations": {"build_minute": "1"}}', "durations: build_minute: expected seconds"),
    ],
)
def test_a_wrong_command_is_told_and_the_next_one_obeyed(broken: Broken, line: str, told: str) -> None:
    answers = io.StringIO()
    control.follow(io.StringIO(f'{line}\n{{"durations": {{"build_minute": 2}}}}\n'), answers)
    wrong, right = map(json.loads, answers.getvalue().splitlines())
    assert (wrong["error"][: len(told)], right) == (told, {"struck": []})
    assert durations.build_minute == 2


def test_a_server_obeys_its_standard_input() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "localaws", "--port", "0", "--control"],
        env={"PYTHONPATH": str(Path(control.__file__).parents[1]), "PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        out, _ = server.communicate('{"faults": [{"effect": "slow", "at": "s3:*"}]}\n{}\n', timeout=60)
    assert list(map(json.loads, out.splitlines()[1:])) == [{"struck": []}, {"struck": [0]}]
