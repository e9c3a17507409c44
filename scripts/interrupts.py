"""Ctrl-C before a script has begun, while it still imports: one line, no traceback.

Every script that is run imports it first (pyproject.toml sorts it so). Old syntax, as in environment.py.
"""

import sys
from types import TracebackType


def tell(kind: "type[BaseException]", error: BaseException, where: "TracebackType | None") -> None:
    """Report what ends the interpreter: Python's own way, but for Ctrl-C."""
    if issubclass(kind, KeyboardInterrupt):
        print("Interrupted before anything was begun.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, where)


sys.excepthook = tell
