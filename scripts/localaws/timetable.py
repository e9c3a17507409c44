"""Threads that do what is due by the clock: schedules fire, alarms are evaluated."""

import logging
import threading
from collections.abc import Callable

from localaws import shutdown
from localaws.clock import clock

_log = logging.getLogger(__name__)


class Timetable:
    """A thread, started when it is first needed, that calls ``work`` whenever something is due.

    ``work`` gets the time, does what is due by then, and returns when the next thing is (None: nothing is).
    """

    def __init__(self, name: str, work: Callable[[float], float | None]) -> None:
        self._name = name
        self._work = work
        self._thread: threading.Thread | None = None
        self._changed = False
        shutdown.at_stop(self._stop)

    def look_again(self) -> None:
        """Have the thread see at once what is due: the plan has changed."""
        with clock.changed:
            self._changed = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name=self._name)
                self._thread.start()
            clock.changed.notify_all()

    def _stop(self) -> None:
        with clock.changed:
            self._thread = None
            clock.changed.notify_all()

    def _run(self) -> None:
        while self._thread is threading.current_thread():
            self._changed = False
            due = self._try()
            with clock.changed:
                if not self._changed and self._thread is threading.current_thread():
                    clock.changed.wait(None if due is None else max(0, due - clock.now()))

    def _try(self) -> float | None:
        try:
            return self._work(clock.now())
        except Exception:  # noqa: BLE001 -- nobody waits for this thread; the log is where its failure can be seen
            _log.exception("%s failed", self._name)
            return None
