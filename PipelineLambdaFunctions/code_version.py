"""Which commits this function was built of: a line in a file that a build lays beside the modules, or nothing.

An action may run code that is newer than its execution, as functions are updated for all executions at once.
"""

from pathlib import Path

_LONGEST = 200  # characters: of two repositories' commits, whole


def read(file: Path) -> str:
    """The line, or nothing where there is no such file. Never raises: without its answer a function helps nobody."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return " ".join(text.split())[:_LONGEST]


CODE_VERSION = read(Path(__file__).with_name("code-version.txt"))
