"""The zips hold what the functions import, and are equal wherever they are made."""

import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import package
from account import WorkshopError
from function_names import FUNCTIONS, zip_name

NOISE = random.Random(1).randbytes(60_000).hex()  # noqa: S311 - text that does not shrink


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return dict(zip(FUNCTIONS, package.build(tmp_path_factory.mktemp("build")), strict=True))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Four functions that import nothing, to be changed."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for module in FUNCTIONS.values():
        (folder / f"{module}.py").write_text("import json\n")
    return folder


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_from_its_zip_alone(zips: dict[str, Path], function: str) -> None:
    imported = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        f"import {FUNCTIONS[function]} as module; print(module.lambda_handler.__name__)"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", imported, zips[function]],
        env={"SUFFIX_ID": "me42", "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("lambda_handler\n", "")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_zip_is_under_50_kb(zips: dict[str, Path], function: str) -> None:
    assert zips[function].stat().st_size < 50 * 1024


def test_zips_are_equal_whatever_the_folder_times_and_permissions(zips: dict[str, Path], tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(package.SOURCES, copy, copy_function=shutil.copyfile)
    for number, path in enumerate(sorted(copy.glob("*.py"))):
        os.utime(path, (number * 1e7, number * 1e7))
        path.chmod(0o600 if number % 2 else 0o777)
    mask = os.umask(0o077)
    try:
        again = package.build(tmp_path / "build", copy)
    finally:
        os.umask(mask)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in zips.values()]


def test_a_zip_depends_on_nothing_but_names_and_contents(zips: dict[str, Path]) -> None:
    """No clock, no file system, no order of a folder."""
    for path in zips.values():
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            assert all(archive.read(entry) == (package.SOURCES / entry.filename).read_bytes() for entry in entries)
        assert {entry.compress_type for entry in entries} == {zipfile.ZIP_DEFLATED}
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
        assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_the_zips_have_the_names_of_the_contract(zips: dict[str, Path]) -> None:
    assert [path.name for path in zips.values()] == [
        "MLOps-BIA-TrainModel.py.zip",
        "MLOps-BIA-GetStatus.py.zip",
        "MLOps-BIA-DeployModel.py.zip",
        "MLOps-BIA-EvaluateModel.py.zip",
    ]


def test_only_what_is_imported_is_packed(sources: Path, tmp_path: Path) -> None:
    (sources / "near.py").write_text("import far\n")
    (sources / "far.py").write_text("import boto3\n")
    (sources / "unused.py").write_text("")
    (sources / "train_model.py").write_text("def late():\n    from near import something\n")
    train, status, *_ = package.build(tmp_path / "build", sources)
    assert names_in(train) == ["far.py", "near.py", "train_model.py"]
    assert names_in(status) == ["get_status.py"]


def test_a_changed_source_changes_its_zip_alone(sources: Path, tmp_path: Path) -> None:
    before = [path.read_bytes() for path in package.build(tmp_path / "build", sources)]
    (sources / "get_status.py").write_text("import json  # changed\n")
    after = [path.read_bytes() for path in package.build(tmp_path / "build", sources)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True, True]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import requests\n", "train_model.py imports requests, which Lambda does not have"),
        ("import numpy as np, xgboost.core\n", "train_model.py imports numpy, xgboost, which Lambda does not have"),
        ("import json\nx = (\n", r"train_model.py:2: '\(' was never closed"),
        (f"# {NOISE}\n", "MLOps-BIA-TrainModel.py.zip would have .* may have 51200"),
    ],
)
def test_a_source_that_lambda_could_not_run_is_refused(
    sources: Path, tmp_path: Path, source: str, message: str
) -> None:
    (sources / "train_model.py").write_text(source)
    with pytest.raises(WorkshopError, match=message):
        package.build(tmp_path / "build", sources)
    assert not (tmp_path / "build" / zip_name("TrainModel")).exists()


def test_a_missing_handler_is_named(sources: Path, tmp_path: Path) -> None:
    (sources / "deploy_model.py").unlink()
    with pytest.raises(WorkshopError, match=r"deploy_model\.py is missing"):
        package.build(tmp_path / "build", sources)
