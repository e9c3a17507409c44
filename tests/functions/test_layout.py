"""`sam build` lays out for a function what its zip of `make package` holds, byte for byte."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

import package
from function_names import FUNCTIONS

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "PipelineLambdaFunctions"
SAM = ROOT / ".venv-lint/bin/sam"  # `make test-all` builds it


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """The files in each function's zip."""
    return {function: unpacked(path) for function, path in zip(FUNCTIONS, built(tmp_path_factory), strict=True)}


def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return package.build(tmp_path_factory.mktemp("build"))


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_makefile_lists_what_a_function_imports(
    zipped: dict[str, dict[str, bytes]], function: str, tmp_path: Path
) -> None:
    target = f"build-{function}Function"
    subprocess.run(["make", "-s", "-C", str(SOURCES), target, f"ARTIFACTS_DIR={tmp_path}"], check=True)
    told = f"{SOURCES.name}/Makefile lists other modules for {target} than {FUNCTIONS[function]}.py imports"
    assert sorted(files_in(tmp_path)) == sorted(zipped[function]), told


@pytest.mark.slow
def test_sam_lays_out_what_the_zips_hold(zipped: dict[str, dict[str, bytes]], tmp_path: Path) -> None:
    done = subprocess.run(
        [str(SAM), "build", "--template", str(SOURCES / "template.yaml"), "--build-dir", str(tmp_path / "built")],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {name: files_in(tmp_path / "built" / f"{name}Function") for name in FUNCTIONS} == zipped
