"""Upload validation.csv, test.csv and, last, train.csv, whose arrival starts the pipeline. What is there is skipped.

make data SUFFIX=me42 [DATA=folder]
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import account
from account import WorkshopError
from package import ROOT
from resource_names import DATA_KEYS, Names, given_suffix
from upload import put

DATA = ROOT / "Data"


def stage(session: Any, suffix: str, folder: Path = DATA) -> bool:
    """Upload the three files; return whether train.csv is a new one, which starts a pipeline that exists."""
    s3 = session.client("s3")
    bucket = Names(suffix).data_bucket
    uploaded = {name: put(s3, bucket, DATA_KEYS[name], path) for name, path in files(folder).items()}
    return uploaded["train.csv"]


def given_folder() -> Path:
    """The folder that the person gave."""
    return Path(os.environ.get("DATA") or DATA)


def files(folder: Path) -> dict[str, Path]:
    """The three files in their order of upload. Raises WorkshopError where one is missing."""
    missing = [name for name in DATA_KEYS if not (folder / name).is_file()]
    if missing:
        raise WorkshopError(
            f"{folder} has no {', '.join(missing)}: DATA is a folder with {', '.join(sorted(DATA_KEYS))}"
        )
    return {name: folder / name for name in DATA_KEYS}


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        suffix = given_suffix()
        folder = given_folder()
        is_new = stage(account.connect().session, suffix, folder)
        if is_new:
            print(f"The new train.csv starts the pipeline, where there is one. Next: make release SUFFIX={suffix}")
        return 0

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())
