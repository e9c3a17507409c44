"""How much memory a function's process has."""

import os
import resource
import sys
from pathlib import Path


def resident(process_id: int) -> int:
    """Return the megabytes that a process holds now, or 0 where the system has no /proc to ask."""
    try:
        pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def peak() -> int:
    """Return the most megabytes that this process has held."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
    # On Linux ru_maxrss begins with the peak of the process that started this one.
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10
