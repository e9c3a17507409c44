"""A full disk: what is written goes to /dev/full, where the kernel answers as it does when nothing is left.

https://man7.org/linux/man-pages/man4/full.4.html. The whole of a volume cannot be filled without root; the files that
local AWS itself writes there can.
"""

from pathlib import Path
from typing import BinaryIO

from localaws.faults.state import faults

_FULL = Path("/dev/full")


def create(path: Path, disk: str) -> BinaryIO:
    """Open a new file for writing on a disk: s3, training-input or training-output. Raises OSError as ``open`` does."""
    if faults and faults.strike(["full"], f"disk:{disk}"):
        path.symlink_to(_FULL)
        return path.open("wb")
    return path.open("xb")
