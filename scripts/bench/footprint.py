"""What a process holds: memory, threads, open files. Zeros where the system has no /proc to ask."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 10  # seconds that ending connections, threads and processes may take


@dataclass(frozen=True)
class Footprint:
    """Resident memory in MB, and how many threads and open files."""

    memory: float
    threads: int
    files: int

    def beyond(self, other: "Footprint") -> "Footprint":
        """Return how much more this is than another."""
        return Footprint(self.memory - other.memory, self.threads - other.threads, self.files - other.files)


def of(process_id: int) -> Footprint:
    """Return what a process holds now."""
    process = Path(f"/proc/{process_id}")
    if not process.is_dir():
        return Footprint(0, 0, 0)
    pages = int((process / "statm").read_text().split()[1])
    threads, files = len(list((process / "task").iterdir())), len(list((process / "fd").iterdir()))
    return Footprint(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, threads, files)


def at_rest(process_id: int, expected: Footprint | None = None) -> Footprint:
    """Return what a process holds when it has stopped letting go and holds no more than expected, or after a while."""
    found, deadline = of(process_id), time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        time.sleep(1)
        before, found = found, of(process_id)
        settled = (found.threads, found.files) == (before.threads, before.files)
        if settled and (expected is None or (found.threads <= expected.threads and found.files <= expected.files)):
            break
    return found
