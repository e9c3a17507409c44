"""Ends this process when the one that started it is gone, however it went.

Standard library alone: the processes that import it start fast and may run in an environment without local AWS.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable


def end_now() -> None:
    """Kill this process together with whatever it started (it leads its own process group)."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def end_with_parent(end: Callable[[], None] = end_now) -> None:
    """Watch standard input, which the parent holds open; at its end, ``end`` this process.

    Call it once, early. A kill -9 of the parent closes the pipe just as a clean exit does.
    """
    threading.Thread(target=_watch, args=(sys.stdin.fileno(), end), daemon=True, name="lifeline").start()


def _watch(descriptor: int, end: Callable[[], None]) -> None:
    while os.read(descriptor, 1):  # not sys.stdin, whose lock a thread must not hold when the interpreter ends
        pass
    end()
