"""Faults of processes, by real signals: SIGKILL as of ``kill -9``, or SIGSTOP, which leaves them hanging."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator

from localaws.faults.models import PROCESS_EFFECTS
from localaws.faults.state import faults

_SIGNALS = {"killed": signal.SIGKILL, "hangs": signal.SIGSTOP}
_at_work: list[tuple[str, "subprocess.Popen[bytes]"]] = []
_lock = threading.Lock()


@contextlib.contextmanager
def at_work(name: str, process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Let faults strike a process while it works as this: at once, or later, when the call comes that begins one."""
    with _lock:
        _at_work.append((name, process))
    _strike(name, process)
    try:
        yield
    finally:
        with _lock:
            _at_work.remove((name, process))


def strike_all() -> None:
    """Let faults that have just begun strike the processes at work."""
    with _lock:
        working = list(_at_work)
    for name, process in working:
        _strike(name, process)


def _strike(name: str, process: "subprocess.Popen[bytes]") -> None:
    if faults and (fault := faults.strike(PROCESS_EFFECTS, name)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, _SIGNALS[fault.effect])
        if fault.effect == "killed":
            process.wait()
