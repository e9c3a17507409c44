"""The tables of a README that are made from the code: ``python -m localaws.readme FILE`` puts them into FILE.

Each stands between two comments of its name, such as ``<!-- supported: made by `make readme` -->``.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from localaws import beliefs, supported

TABLES: dict[str, Callable[[], str]] = {"beliefs": beliefs.table, "supported": supported.table}


def filled(text: str) -> str:
    """Return a README's text with its tables as the code has them; ValueError where one has no place in it."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: made by `make readme` -->\n", f"\n<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"no place for the table between {begin.strip()} and {end.strip()}")
        text = f"{before}{begin}{table()}{end}{after}"
    return text


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")
