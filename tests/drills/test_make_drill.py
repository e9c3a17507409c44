"""`make drill` shows a drill to a person, from nothing to nothing."""

import os
import subprocess
import sys

import pytest

import drills
import own_aws


def make_drill(**variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "drill", *(f"{name}={value}" for name, value in variables.items())],
        cwd=own_aws.ROOT,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_a_drill_is_shown() -> None:
    done = make_drill(FAULT="training-killed")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert 'As expected: Train/GetTrainingStatus fails: "… is Failed: AlgorithmError: , exit code: 137"' in lines
    assert sum(line.endswith(": Succeeded") for line in lines) == 2  # before, and after
    assert lines[-1].startswith("Nothing is left. Done in ")
    log = own_aws.BUILD / "drill/logs/aws-lambda-MLOps-BIA-GetStatus-drill.log"
    assert "is Failed: AlgorithmError: , exit code: 137" in log.read_text()


def test_without_a_fault_all_are_listed() -> None:
    done = make_drill()
    assert done.returncode == 0
    assert [line.partition(":")[0] for line in done.stdout.splitlines()[2:]] == [row[0] for row in drills.table()]


def test_a_typing_error_is_one_line() -> None:
    done = make_drill(FAULT="training-kiled")
    assert done.stderr.splitlines()[0].startswith(
        "FAULT=training-kiled: there is no such fault. Did you mean training-"
    )
    assert done.returncode == 2
