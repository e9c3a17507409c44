"""Refuse a variable given to make that looks like one of ours, misspelled: make itself takes any name without a word.

Every target begins with it, once there is a Python that can read it.
"""

import interrupts  # noqa: F401 - the first of all

import difflib
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
OURS = (
    "SUFFIX",
    "TEMPLATE_BUCKET",
    "DATA",
    "TRAIN",
    "SOURCE",
    "NEW",
    "CONFIRM",
    "FAULT",
    "FUNCTION",
    "EVENT",
    "PORT",
    "SECONDS_OF_LOAD",
    "MEGABYTES",
    "WORKERS",
    "PYTHON",
)


def misspelled(environ: Mapping[str, str]) -> str | None:
    """Return what to say of the first name in GIVEN (what make's command line set) that is nearly one of ours."""
    names = (*_parameters(), *OURS)
    known = {name.lower(): name for name in names}
    for name in set(environ.get("GIVEN", "").split()).difference(names):
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.75)
        if near:
            return f"{name} is nothing that make knows here. Did you mean {known[near[0]]}?"
    return None


def _parameters() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.yaml"))
    return {name for text in texts for name in re.findall(r"^  (\w+):\n    Type: (?:String|Number)$", text, re.M)}


def main() -> int:
    mistake = misspelled(os.environ)
    if mistake:
        print(mistake, file=sys.stderr)
    return 1 if mistake else 0


if __name__ == "__main__":
    sys.exit(main())
