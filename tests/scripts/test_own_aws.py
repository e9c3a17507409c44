"""A local AWS of a command's own is told of faults, and missed when it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from account import WorkshopError
from own_aws import OwnAWS, local_aws


def aws_that(does: str) -> OwnAWS:
    """A stand-in for local AWS: a program that reads commands and prints answers."""
    process = subprocess.Popen(
        [sys.executable, "-c", does], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    return OwnAWS({}, process)


def test_what_was_struck_is_returned() -> None:
    aws = aws_that(
        "import json; command = json.loads(input()); print(json.dumps({'struck': [len(command['faults'])]}))"
    )
    assert aws.change([{"effect": "slow", "at": "*"}] * 3) == [3]


def test_what_it_does_not_understand_is_told() -> None:
    aws = aws_that("""input(); print('{"error": "no such fault"}')""")
    with pytest.raises(WorkshopError, match="no such fault"):
        aws.change()


def test_that_it_has_ended_is_told() -> None:
    aws = aws_that("")
    aws.process.wait()
    with pytest.raises(
        WorkshopError, match=r"^Local AWS has ended before its time\. Its own words are in localaws\.log$"
    ):
        aws.change()


def test_its_end_is_waited_for_though_ctrl_c_is_pressed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, python = tmp_path / "ended", tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\necho export A=b\ncat > /dev/null\nkill -INT {os.getpid()}\nsleep 0.5\ntouch {ended}\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(KeyboardInterrupt), local_aws(tmp_path / "log"):
        raise KeyboardInterrupt
    assert ended.exists()
