"""What git's objects are to the rest of CodeCommit, without dulwich, which takes a tenth of a second to import."""

import hashlib
import re
import stat
from dataclasses import dataclass

from localaws.codecommit.changes import File

BRANCH, TAG = "refs/heads/", "refs/tags/"
"""What the full names of branches and of tags begin with."""
_COMMIT_ID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Signature:
    """Who made a commit."""

    name: str
    email: str

    def line(self) -> bytes:
        """Return it as git writes it, without what would end a name or an address."""
        return f"{_crude(self.name)} <{_crude(self.email)}>".encode()


@dataclass(frozen=True)
class Entry:
    """Something in a folder: git's mode, the id of its object, and its path."""

    mode: int
    id: str
    path: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)


def is_commit_id(text: str) -> bool:
    """Return whether a text has the form of a full commit id."""
    return _COMMIT_ID.fullmatch(text) is not None


def blob_id(of: File) -> str:
    """Return the id of a file's object."""
    return hashlib.sha1(b"blob %d\0%s" % (len(of.content), of.content), usedforsecurity=False).hexdigest()


def _crude(text: str) -> str:
    return "".join(letter for letter in text if letter not in "<>\n\0").strip()
