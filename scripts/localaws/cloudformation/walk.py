"""The order of an operation: each resource after those that it needs, and independent ones at the same time."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from graphlib import TopologicalSorter
from queue import SimpleQueue

_AT_ONCE = 6


class StepError(Exception):
    """A resource failed, which the events tell already. The message is its logical id."""


def walk(
    needs: Mapping[str, Iterable[str]],
    work: Callable[[str], None],
    *,
    begin: Callable[[str], None] = lambda name: None,
    is_halted: Callable[[], bool] = lambda: False,
    is_slow: Callable[[str], bool] = lambda name: False,
) -> list[str]:
    """Work on each name when what it needs is done; return those whose work raised StepError.

    What needs a failed one is left out. ``begin`` is called in order as soon as a name's turn has come, perhaps before
    there is a thread for its work. Once the walk is halted, only what has begun is still worked on. What needs a slow
    one waits until everything else has been done that can be.
    """
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    ended: SimpleQueue[tuple[str, Exception | None]] = SimpleQueue()
    waiting: deque[str] = deque()
    running = 0
    slow: list[str] = []
    failed: list[str] = []

    def run(name: str) -> None:
        try:
            work(name)
        except Exception as error:  # noqa: BLE001 (raised again by the thread that waits for it)
            ended.put((name, error))
        else:
            ended.put((name, None))

    while True:
        if not is_halted():
            for name in sorter.get_ready():
                begin(name)
                waiting.append(name)
        while waiting and running < _AT_ONCE:
            name = waiting.popleft()
            threading.Thread(target=run, args=(name,), daemon=True, name=f"resource-{name}").start()
            running += 1
        if not running and slow:
            sorter.done(*slow)
            slow.clear()
            continue
        if not running:
            return failed
        name, error = ended.get()
        running -= 1
        if error is None and is_slow(name):
            slow.append(name)
        elif error is None:
            sorter.done(name)
        elif isinstance(error, StepError):
            failed.append(name)
        else:
            raise error
