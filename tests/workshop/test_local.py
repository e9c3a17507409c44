"""`make local` serves an AWS in the foreground that a person's shell takes over with one `eval`."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from .conftest import ROOT

CLEAN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHON": sys.executable}
# What a person may have set, and what must not decide any more after the eval.
PERSON = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "mine", "AWS_REGION": "eu-west-1"}


@pytest.fixture
def served() -> Iterator["subprocess.Popen[str]"]:
    """`make local` on a free port."""
    with subprocess.Popen(
        ["make", "local", "PORT=0"],
        cwd=ROOT,
        env=CLEAN,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as make:
        yield make
        with contextlib.suppress(ProcessLookupError):  # also what outlives make
            os.killpg(make.pid, signal.SIGKILL)


def line_of(make: "subprocess.Popen[str]") -> str:
    assert make.stdout
    return make.stdout.readline()


@pytest.mark.slow
def test_its_line_leads_the_scripts_to_it(served: "subprocess.Popen[str]") -> None:
    line = line_of(served)
    made = subprocess.run(
        ["bash", "-c", 'eval "$LINE"; make prep SUFFIX=me42 && make teardown SUFFIX=me42'],
        cwd=ROOT,
        env=CLEAN | PERSON | {"LINE": line},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("Account 123456789012, region us-east-1, endpoint http://127.0.0.1:")
    assert "CREATE_COMPLETE" in made.stdout
    assert made.stdout.endswith("Nothing of me42 is left in account 123456789012, region us-east-1\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_of_make_ends_it(served: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """Its standard output closes only when the server, which also holds it, has ended."""
    line_of(served)
    if number == signal.SIGINT:
        os.killpg(served.pid, number)  # as Ctrl-C does
    else:
        served.send_signal(number)
    rest, err = served.communicate(timeout=30)
    assert rest == ""
    assert "Traceback" not in err
