"""Nothing that local AWS starts outlives it, however it ends."""

import os
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localaws import children

SCRIPTS = Path(children.__file__).resolve().parents[1]
# A server process with one child that would run for an hour; it says the child's process id.
PARENT = """
import sys, time
from pathlib import Path
from localaws import children
child = children.spawn_module("lifeline_sleeper", environment={"PYTHONPATH": "%s"}, cwd=Path.cwd())
print(child.pid, flush=True)
time.sleep(3600)
"""
SLEEPER = """
import subprocess, sys, time
from localaws import lifeline
lifeline.end_with_parent()
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"]).pid, flush=True)
time.sleep(3600)
"""


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "localaws", "--port", "0", *arguments],
        env={"PYTHONPATH": str(SCRIPTS), "PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def server() -> Iterator["subprocess.Popen[str]"]:
    process = start("--control")
    yield process
    process.kill()
    process.wait()


def gone(pid: int, within: float = 20) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_its_one_line_can_be_evaluated(server: "subprocess.Popen[str]") -> None:
    assert server.stdout
    exports = dict(word.split("=", 1) for word in shlex.split(server.stdout.readline()) if "=" in word)
    assert exports["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert set(exports) == {
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_cleanly_on(server: "subprocess.Popen[str]", number: signal.Signals) -> None:
    assert server.stdout
    server.stdout.readline()
    server.send_signal(number)
    assert server.wait(20) == 0


def test_it_ends_when_its_standard_input_ends(server: "subprocess.Popen[str]") -> None:
    assert server.stdout
    server.stdout.readline()
    server.communicate(timeout=20)  # closes it
    assert server.returncode == 0


def test_a_taken_port_is_one_clear_line(server: "subprocess.Popen[str]") -> None:
    assert server.stdout
    port = server.stdout.readline().partition("127.0.0.1:")[2].split()[0]
    second = start("--port", port)
    out, err = second.communicate(timeout=20)
    assert (second.returncode, out) == (1, "")
    assert err == f"port {port} on loopback: Address already in use; choose another with PORT=4567\n"


@pytest.mark.parametrize("port", ["abc", "99999", "-1", "1.5"])
def test_a_port_that_is_none_is_one_clear_line(port: str) -> None:
    out, err = start(f"--port={port}").communicate(timeout=20)
    assert (out, err) == ("", f"port {port}: expected a number up to 65535, like PORT=4567\n")


def test_a_grandchild_ends_with_a_killed_parent(tmp_path: Path) -> None:
    package = tmp_path / "localaws"
    package.mkdir()
    for module in ("__init__", "children", "lifeline"):
        (package / f"{module}.py").write_text((SCRIPTS / "localaws" / f"{module}.py").read_text())
    (package / "lifeline_sleeper.py").write_text(SLEEPER)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT % tmp_path],
        env={"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    grandchild = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert [gone(child), gone(grandchild)] == [True, True]


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is none of local AWS's, and leads a group."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


def test_a_child_that_has_ended_costs_nobody_a_life_who_has_its_id_now(
    stranger: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    ended = children.spawn_module("no_such_module", environment={}, cwd=tmp_path, stderr=subprocess.DEVNULL)
    ended.wait()
    ended.pid = stranger.pid  # as the system may give it away

    children.kill(ended)

    with pytest.raises(subprocess.TimeoutExpired):
        stranger.wait(0.2)


def test_what_a_child_that_has_ended_leaves_running_is_killed() -> None:
    ended = subprocess.Popen(["sh", "-c", "sleep 60 &"], stdout=subprocess.PIPE, start_new_session=True)
    ended.wait()
    assert ended.stdout

    children.kill(ended)

    assert select.select([ended.stdout], [], [], 10)[0], "somebody still holds its output"
