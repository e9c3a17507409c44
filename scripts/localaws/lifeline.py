"""Ends this process when the one that started it is gone, however it went.

Standard library alone: the processes that import it start fast and may run in an environment without local AWS.
"""

import os
import signal
import sys
import threading
from typing import BinaryIO


def end_with_parent(stdin: BinaryIO | None = None) -> None:
    """Watch standard input, which the parent holds open; at its end, kill this process and its own children.

    Call it once, early. A kill -9 of the parent closes the pipe just as a clean exit does.
    """
    stream = stdin or sys.stdin.buffer
    threading.Thread(target=_watch, args=(stream,), daemon=True, name="lifeline").start()


def end_now() -> None:
    """Kill this process together with whatever it started (it leads its own process group)."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _watch(stream: BinaryIO) -> None:
    while stream.read(1):
        pass
    end_now()
