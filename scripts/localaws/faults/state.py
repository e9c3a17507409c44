"""The faults that are on, and how often each has struck."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from localaws import shutdown
from localaws.faults.models import Fault


class Faults:
    """All faults that are on. Threads may share it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._faults: tuple[Fault, ...] = ()
        self._waiting: set[int] = set()  # for the call after which they are on
        self._struck: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._faults)

    def replace(self, faults: Iterable[Fault]) -> list[int]:
        """Take all faults away and put these on; return how often each of the former has struck."""
        with self._changed:
            struck, self._faults = self._struck, tuple(faults)
            self._struck = [0] * len(self._faults)
            self._waiting = {number for number, fault in enumerate(self._faults) if fault.after}
            self._changed.notify_all()
            return struck

    def strike(self, effects: Sequence[str], name: str, parameters: Mapping[str, Any] | None = None) -> Fault | None:
        """Return the first fault with one of these effects that is on for this, and count that it struck."""
        with self._changed:
            for number, fault in enumerate(self._faults):
                if fault.effect in effects and self._is_on(number, fault) and fault.is_about(name, parameters or {}):
                    self._struck[number] += 1
                    return fault
        return None

    def _is_on(self, number: int, fault: Fault) -> bool:
        return number not in self._waiting and (fault.times is None or self._struck[number] < fault.times)

    def succeeded(self, call: str) -> bool:
        """Note that a call was answered well; return whether that put a fault on."""
        with self._changed:
            begun = {number for number in self._waiting if self._faults[number].after == call}
            self._waiting -= begun
        return bool(begun)

    def struck(self) -> list[int]:
        """Return how often each has struck."""
        with self._changed:
            return list(self._struck)

    def clear(self) -> None:
        """Take all faults away."""
        self.replace(())

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the present faults are on."""
        with self._changed:
            faults = self._faults
            self._changed.wait_for(lambda: self._faults is not faults, seconds)


faults = Faults()
shutdown.at_stop(faults.clear)
