"""Zip the four functions: each handler with the modules of ours that it imports, byte for byte the same everywhere.

make package        writes build/MLOps-BIA-*.py.zip
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import stat
import sys
import zipfile
import zlib
from modulefinder import ModuleFinder
from pathlib import Path

import deflate

import account
from account import WorkshopError
from resource_names import FUNCTIONS, zip_name

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "PipelineLambdaFunctions"
BUILD = ROOT / "build"
LARGEST = 50 * 1024  # ours, counted as Lambda counts: a function that one can read in the console's editor
_SMALLEST = 12  # libdeflate's highest level
IN_LAMBDA = {"boto3", "botocore", *sys.stdlib_module_names}  # what the runtime brings along


def build(folder: Path = BUILD, sources: Path = SOURCES) -> list[Path]:
    """Write the zips into ``folder`` and return their paths, in the order of the pipeline."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_zip(folder / zip_name(function), modules_of(sources / f"{module}.py"))
        for function, module in FUNCTIONS.items()
    ]


def built(folder: Path) -> list[Path]:
    """The zips that ``build`` wrote. Raises WorkshopError where one is missing."""
    zips = [folder / zip_name(function) for function in FUNCTIONS]
    if missing := [path for path in zips if not path.is_file()]:
        raise WorkshopError(f"{missing[0]} is missing: make package")
    return zips


def modules_of(handler: Path) -> list[Path]:
    """The handler's file and every file beside it that it imports, directly or not."""
    if not handler.is_file():
        raise WorkshopError(f"{handler} is missing: git checkout -- {handler.parent.name}")
    finder = ModuleFinder(path=[str(handler.parent)])
    try:
        finder.run_script(str(handler))
    except SyntaxError as error:
        raise WorkshopError(f"{error.filename}:{error.lineno}: {error.msg}") from None
    foreign = {name.partition(".")[0] for name in finder.badmodules} - IN_LAMBDA
    if foreign:
        raise WorkshopError(f"{handler.name} imports {', '.join(sorted(foreign))}, which Lambda does not have")
    files = (getattr(module, "__file__", None) for module in finder.modules.values())
    return sorted(Path(file) for file in files if file)


def write_zip(path: Path, modules: list[Path]) -> Path:
    """Write a zip that depends on names and contents alone: no times, no permissions.

    zlib's bytes differ with the zlib that Python was built with; libdeflate's do not, and its version is pinned.
    """
    with path.open("w+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for module in modules:
            content = module.read_bytes()
            entry = zipfile.ZipInfo(module.name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, wherever it is made: external_attr holds a mode
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, bytes(deflate.deflate_compress(content, _SMALLEST)))
            # zipfile has stored the compressed bytes as they are: now the entry says what they are.
            entry.compress_type, entry.file_size, entry.CRC = zipfile.ZIP_DEFLATED, len(content), zlib.crc32(content)
            file.seek(entry.header_offset)
            file.write(entry.FileHeader())
    size = path.stat().st_size
    if size > LARGEST:
        path.unlink()
        raise WorkshopError(f"{path.name} would have {size} bytes, and may have {LARGEST}: shorten what it imports")
    return path


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        for path in build():
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size} bytes")
        return 0

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())
