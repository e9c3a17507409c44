"""Object bodies: files in one folder of this process, read and written in blocks, which go when nobody needs them."""

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from localaws import shutdown
from localaws.faults import disk
from localaws.s3.errors import S3Refusal

BLOCK = 1 << 20  # bytes at a time, whatever a body's size
_PREFIX = "localaws-s3-"


class _Folder:
    """A temporary folder with a lock that dies with the process: the next local AWS sweeps what a kill -9 left."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._held = -1
        self._guard = threading.Lock()

    @property
    def path(self) -> Path:
        with self._guard:
            if self._path is None:
                _sweep()
                self._path, self._held = _make()
            return self._path

    def remove(self) -> None:
        with self._guard:
            if self._path is not None:
                shutil.rmtree(self._path, ignore_errors=True)
                os.close(self._held)
                self._path = None


def _make() -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        held = os.open(path, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        if path.exists():
            return path, held
        os.close(held)  # another local AWS swept it before it was locked


def _sweep() -> None:
    """Remove the folders whose processes are gone."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else's, in use, or just gone
            held = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)
            finally:
                os.close(held)


_folder = _Folder()
shutdown.at_stop(_folder.remove)


class _File:
    """A file that is removed with the last body that has a piece of it."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self.path = _folder.path / uuid4().hex
        weakref.finalize(self, self.path.unlink, missing_ok=True).atexit = False  # the folder goes then
        try:
            with disk.create(self.path, "s3") as file:
                for block in blocks:
                    file.write(block)
                self.size = file.tell()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise S3Refusal("InternalError", f"Local AWS cannot store the body: {error.strerror}", 500) from error


@dataclass(frozen=True)
class _Piece:
    file: _File
    start: int
    size: int

    def blocks(self) -> Iterator[bytes]:
        left = self.size
        with self.file.path.open("rb", buffering=0) as file:
            file.seek(self.start)
            while left > 0 and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                yield block


@dataclass(frozen=True)
class Body:
    """What an object holds: pieces of files, so that parts are joined and objects copied without copying bytes."""

    pieces: tuple[_Piece, ...]

    @cached_property
    def size(self) -> int:
        """Return the number of bytes."""
        return sum(piece.size for piece in self.pieces)

    def blocks(self) -> Iterator[bytes]:
        """Return the bytes, a block at a time."""
        for piece in self.pieces:
            yield from piece.blocks()

    def part(self, start: int, size: int) -> "Body":
        """Return ``size`` bytes from ``start`` on, or as many as there are."""
        pieces, end = [], start + size
        for piece in self.pieces:
            first, last = max(start, 0), min(end, piece.size)
            if first < last:
                pieces.append(_Piece(piece.file, piece.start + first, last - first))
            start, end = start - piece.size, end - piece.size
        return Body(tuple(pieces))


def store(blocks: Iterable[bytes]) -> Body:
    """Write a new body."""
    file = _File(blocks)
    return Body((_Piece(file, 0, file.size),) if file.size else ())


def join(bodies: Iterable[Body]) -> Body:
    """Return one body of several."""
    return Body(tuple(piece for body in bodies for piece in body.pieces))
