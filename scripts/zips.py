"""A function's zip: its handler with the modules of ours that it imports, byte for byte the same everywhere."""

import io
import os
import stat
import sys
import zipfile
import zlib
from collections.abc import Mapping
from modulefinder import ModuleFinder
from pathlib import Path

import deflate

LARGEST = 50 * 1024  # ours, counted as Lambda counts: a function that one can read in the console's editor
_SMALLEST = 12  # libdeflate's highest level
IN_LAMBDA = {"boto3", "botocore", *sys.stdlib_module_names}  # what the runtime brings along


class ZipError(Exception):
    """What keeps a zip from being made, in one line."""


def modules_of(handler: Path) -> list[Path]:
    """The handler's file and every file beside it that it imports, directly or not."""
    if not handler.is_file():
        raise ZipError(f"{handler} is missing: git checkout -- {handler.parent.name}")
    finder = ModuleFinder(path=[str(handler.parent)])
    try:
        finder.run_script(str(handler))
        for path in sorted(handler.parent.glob("*.py")):
            if path.stem in finder.badmodules:  # it is there, so that it cannot be read: say why
                compile(path.read_bytes(), path, "exec")
    except SyntaxError as error:
        raise ZipError(f"{error.filename}:{error.lineno}: {error.msg}") from None
    foreign = {name.partition(".")[0] for name in finder.badmodules} - IN_LAMBDA
    if foreign:
        raise ZipError(f"{handler.name} imports {', '.join(sorted(foreign))}, which Lambda does not have")
    files = (getattr(module, "__file__", None) for module in finder.modules.values())
    return sorted(Path(file) for file in files if file)


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip that depends on names and contents alone: no times, no permissions.

    zlib's bytes differ with the zlib that Python was built with; libdeflate's do not, and its version is pinned.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, wherever it is made: external_attr holds a mode
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, bytes(deflate.deflate_compress(content, _SMALLEST)))
            # zipfile has stored the compressed bytes as they are: now the entry says what they are.
            entry.compress_type, entry.file_size, entry.CRC = zipfile.ZIP_DEFLATED, len(content), zlib.crc32(content)
            file.seek(entry.header_offset)
            file.write(entry.FileHeader())
    if (size := len(file.getvalue())) > LARGEST:
        path.unlink(missing_ok=True)
        raise ZipError(f"{path.name} would have {size} bytes, and may have {LARGEST}: shorten what it imports")
    aside = path.with_name(f"{path.name}.{os.getpid()}")  # whole at once: somebody may be uploading the one before
    aside.write_bytes(file.getvalue())
    aside.replace(path)
    return path
