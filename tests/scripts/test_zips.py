"""A zip is made of names and contents alone, and of no more than a function in Lambda can import."""

import random
import zipfile
from pathlib import Path

import pytest

import zips
from zips import ZipError


@pytest.fixture
def handler(tmp_path: Path) -> Path:
    """The file of a function with two modules, one of which it imports late and indirectly, and a stranger."""
    files = {
        "handler.py": "import json\n\n\ndef late():\n    from near import thing\n",
        "near.py": "import boto3, far\n",
        "far.py": "",
        "stranger.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path / "handler.py"


def test_modules_are_those_beside_it_that_it_imports(handler: Path) -> None:
    assert [path.name for path in zips.modules_of(handler)] == ["far.py", "handler.py", "near.py"]


def test_nothing_is_run_to_find_them(handler: Path) -> None:
    (handler.parent / "near.py").write_text("raise SystemExit('it ran')\n")
    assert [path.name for path in zips.modules_of(handler)] == ["handler.py", "near.py"]


@pytest.mark.parametrize(
    ("module", "text", "told"),
    [
        ("handler.py", "import numpy.linalg, yaml\n", r"^handler\.py imports numpy, yaml, which Lambda does not have$"),
        ("far.py", "import requests\n", r"^handler\.py imports requests, which Lambda does not have$"),
        ("near.py", "x = (\n", r"near\.py:1: '\(' was never closed$"),
    ],
)
def test_what_lambda_could_not_import_is_refused(handler: Path, module: str, text: str, told: str) -> None:
    (handler.parent / module).write_text(text)
    with pytest.raises(ZipError, match=told):
        zips.modules_of(handler)


def test_a_missing_handler_is_named_with_what_brings_it_back(tmp_path: Path) -> None:
    with pytest.raises(ZipError, match=rf"other\.py is missing: git checkout -- {tmp_path.name}$"):
        zips.modules_of(tmp_path / "other.py")


FILES = {"b.py": b"import a\n" * 100, "a.py": b"", "code-version.txt": b"01234567\n"}


def test_a_zip_gives_back_what_it_is_made_of_in_its_order(tmp_path: Path) -> None:
    path = zips.write_zip(tmp_path / "x.zip", FILES)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.namelist() == list(FILES)
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_DEFLATED}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {oct(entry.external_attr >> 16) for entry in archive.infolist()} == {"0o100644"}


def test_equal_files_make_equal_zips_whatever_was_there(tmp_path: Path) -> None:
    first = zips.write_zip(tmp_path / "x.zip", FILES).read_bytes()
    (tmp_path / "y.zip").write_bytes(b"of an earlier build, and longer" * 1000)
    assert zips.write_zip(tmp_path / "y.zip", FILES).read_bytes() == first
    assert zips.write_zip(tmp_path / "z.zip", FILES | {"a.py": b"1"}).read_bytes() != first


def test_a_zip_that_is_too_large_is_not_left_behind(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(zips.LARGEST)  # noqa: S311 - what does not shrink
    with pytest.raises(ZipError, match=r"^x\.zip would have \d+ bytes, and may have 51200: shorten what it imports$"):
        zips.write_zip(tmp_path / "x.zip", {"a.py": noise})
    assert not (tmp_path / "x.zip").exists()
