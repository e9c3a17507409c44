"""Zip the four functions: each handler with the modules of ours that it imports, byte for byte the same everywhere.

make package        writes build/MLOps-BIA-*.py.zip
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import sys
from pathlib import Path

import account
from account import WorkshopError
from function_names import FUNCTIONS, zip_name
from zips import ZipError, modules_of, write_zip

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "PipelineLambdaFunctions"
BUILD = ROOT / "build"


def build(folder: Path = BUILD, sources: Path = SOURCES) -> list[Path]:
    """Write the zips into ``folder`` and return their paths, in the order of the pipeline."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return [
            write_zip(folder / zip_name(function), {file.name: file.read_bytes() for file in modules_of(handler)})
            for function, handler in ((name, sources / f"{module}.py") for name, module in FUNCTIONS.items())
        ]
    except ZipError as error:
        raise WorkshopError(str(error)) from None


def built(folder: Path) -> list[Path]:
    """The zips that ``build`` wrote. Raises WorkshopError where one is missing."""
    zips = [folder / zip_name(function) for function in FUNCTIONS]
    if missing := [path for path in zips if not path.is_file()]:
        raise WorkshopError(f"{missing[0]} is missing: make package")
    return zips


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        for path in build():
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size} bytes")
        return 0

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())
