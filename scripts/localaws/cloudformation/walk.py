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
    workers = _Workers(work)
    slow: list[str] = []
    failed: list[str] = []
    while True:
        ready = () if is_halted() else sorter.get_ready()
        for name in ready:
            begin(name)
        workers.add(ready)
        if workers.are_busy:
            name, error = workers.next_ended()
            if error:
                failed.append(name)
            elif is_slow(name):
                slow.append(name)
            else:
                sorter.done(name)
        elif slow:
            sorter.done(*slow)
            slow.clear()
        else:
            return failed


class _Workers:
    """The threads of a walk: some at once, and a line of names before them."""

    def __init__(self, work: Callable[[str], None]) -> None:
        self._work = work
        self._waiting: deque[str] = deque()
        self._running = 0
        self._ended: SimpleQueue[tuple[str, Exception | None]] = SimpleQueue()

    @property
    def are_busy(self) -> bool:
        """Whether a name's work has not been told to have ended."""
        return self._running > 0

    def add(self, names: Iterable[str]) -> None:
        """Have names worked on as soon as there is a thread for each."""
        self._waiting.extend(names)
        self._start()

    def next_ended(self) -> tuple[str, StepError | None]:
        """Wait for a name's work to end; return the name and how it failed. Raise what is no StepError."""
        name, error = self._ended.get()
        self._running -= 1
        self._start()
        if error is None or isinstance(error, StepError):
            return name, error
        raise error

    def _start(self) -> None:
        while self._waiting and self._running < _AT_ONCE:
            name = self._waiting.popleft()
            threading.Thread(target=self._run, args=(name,), daemon=True, name=f"resource-{name}").start()
            self._running += 1

    def _run(self, name: str) -> None:
        try:
            self._work(name)
        except Exception as error:  # noqa: BLE001 (raised again by the thread that waits for it)
            self._ended.put((name, error))
        else:
            self._ended.put((name, None))
