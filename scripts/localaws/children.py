"""Starts the processes that do local AWS's real work, and ends them: none outlives the server.

Each child holds the read end of a pipe as its standard input (see ``lifeline``), so that even a kill -9 of the server
ends it; each leads its own session, so that Ctrl-C in a terminal reaches the server alone.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_SCRIPTS = Path(__file__).resolve().parent.parent
_running: set["subprocess.Popen[bytes]"] = set()
_lock = threading.Lock()
# What a child may know of the machine. The threads' limit keeps numeric libraries from taking every core of a laptop.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "OMP_NUM_THREADS", "OPENBLAS_CORETYPE")


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the person's own settings, profiles and proxies."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | dict(extra)


def spawn_module(
    module: str, arguments: Sequence[str] = (), *, environment: Mapping[str, str], cwd: Path, **streams: Any
) -> "subprocess.Popen[bytes]":
    """Start ``python -m localaws.<module>`` in a clean environment plus ``environment``; stdin is its lifeline.

    ``streams`` are Popen's stdout and stderr.
    """
    path = os.pathsep.join([str(_SCRIPTS), *filter(None, [environment.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-m", f"localaws.{module}", *arguments],
        stdin=subprocess.PIPE,
        cwd=cwd,
        env=clean_environment(environment) | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
        **streams,
    )
    with _lock:
        _running.add(process)
    return process


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a child and everything it started, and wait for its end."""
    if not _is_of_another(process):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    with _lock:
        _running.discard(process)


def _is_of_another(process: "subprocess.Popen[bytes]") -> bool:
    """Whether a process of others has the id of a child that has ended. None can while a part of its group lives."""
    if process.returncode is None:
        return False
    try:
        os.getpgid(process.pid)
    except ProcessLookupError:
        return False
    return True


def kill_all() -> None:
    """Kill every child that still runs."""
    with _lock:
        remaining = list(_running)
    for process in remaining:
        kill(process)
