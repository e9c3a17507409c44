"""Which of several hosts that have failed is the cause, when they fail so soon after each other that nobody saw who."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from localaws.sagemaker.hosts import Host, Hosts

Ended = Callable[..., Host]
FAILS, KILLED, ENDS = "raise SystemExit(1)", f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})", ""


@pytest.fixture
def ended(tmp_path: Path) -> Ended:
    """A function that returns a host whose process has ended, and told of its failure at that second."""

    def run(name: str, program: str, told_at: int | None = None) -> Host:
        process = subprocess.Popen([sys.executable, "-S", "-c", program])
        process.wait()
        failure = tmp_path / name / "output" / "failure"
        failure.parent.mkdir(parents=True)
        if told_at is not None:
            failure.write_text(f"{name} failed")
            os.utime(failure, (told_at, told_at))
        return Host(name, tmp_path / name, process)

    return run


def test_the_first_to_tell_of_its_failure_is_the_cause(ended: Ended) -> None:
    hosts = Hosts(
        [ended("algo-1", FAILS, 2), ended("algo-2", FAILS, 1), ended("algo-3", ENDS), ended("algo-4", FAILS, 3)]
    )
    assert hosts.cause
    assert (hosts.cause.name, hosts.cause.failure, hosts.cause.exit_code) == ("algo-2", "algo-2 failed", 1)


def test_a_host_that_was_killed_is_the_cause_of_what_others_tell(ended: Ended) -> None:
    hosts = Hosts([ended("algo-1", FAILS, 1), ended("algo-2", KILLED)])
    assert hosts.cause
    assert (hosts.cause.name, hosts.cause.failure, hosts.cause.exit_code) == ("algo-2", "", 137)


def test_hosts_that_end_well_have_no_cause(ended: Ended) -> None:
    assert Hosts([ended("algo-1", ENDS), ended("algo-2", ENDS)]).cause is None
