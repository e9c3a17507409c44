"""The build: two repositories become four zips, which are what the tests ran, and only then four functions."""

import base64
import hashlib
import json
import runpy
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

import build_functions
from build_functions import BuildError
from function_names import FUNCTIONS, zip_name

GIVEN = {
    "SUFFIX_ID": "me42",
    "TRAINING_CONFIG_COMMIT": "c" * 40,
    "PIPELINE_LAMBDA_COMMIT": "a" * 40,
    "INFERENCE_LAMBDA_COMMIT": "b" * 40,
}
CODE, TESTS = "PipelineLambdaFunctions", "tests/functions"
PIPELINE = {
    f"{CODE}/train_model.py": "import shared\n",
    f"{CODE}/get_status.py": "import shared\n",
    f"{CODE}/deploy_model.py": "",
    f"{CODE}/shared.py": "TEN = 10\n",
    f"{TESTS}/test_shared.py": "import shared\n\n\ndef test_ten():\n    assert shared.TEN == 10\n",
    "pytest.ini": f"[pytest]\npythonpath = {CODE}\naddopts = -q -p no:cacheprovider\n",
}
INFERENCE = {
    f"{CODE}/evaluate_model.py": "import shared\nimport scores\n",
    f"{CODE}/scores.py": "",
    f"{TESTS}/test_evaluate.py": "import evaluate_model\n\n\ndef test_it():\n    assert evaluate_model.shared.TEN\n",
    "README.md": "not built",
}


def written(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of a small pipeline repository, which is where the build runs."""
    folder = written(tmp_path / "pipeline", PIPELINE)
    monkeypatch.setattr(build_functions, "ROOT", folder)
    return folder


@pytest.fixture
def inference(tmp_path: Path) -> Path:
    """A checkout of a small inference repository."""
    return written(tmp_path / "inference", INFERENCE)


class Lambda:
    """Functions that are updated at once; keeps what is done to each, and fails where it is told to."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self.code: dict[str, bytes] = {}
        self.failures: dict[str, Exception] = {}

    def _do(self, what: str, function: str) -> None:
        if what in self.failures:
            raise self.failures[what]
        self.done.append((what, function))

    def get_function_configuration(self, FunctionName: str) -> dict[str, str]:  # noqa: N803 - boto3's
        return {"CodeSha256": self._digest(FunctionName)}

    def _digest(self, function: str) -> str:
        return base64.b64encode(hashlib.sha256(self.code.get(function, b"")).digest()).decode()

    def update_function_code(self, FunctionName: str, ZipFile: bytes) -> None:  # noqa: N803 - boto3's
        self._do("update", FunctionName)
        self.code[FunctionName] = ZipFile

    def get_waiter(self, name: str) -> Any:
        assert name == "function_updated"
        return self

    def wait(self, FunctionName: str) -> None:  # noqa: N803
        self._do("wait", FunctionName)

    def publish_version(self, FunctionName: str, CodeSha256: str) -> dict[str, str]:  # noqa: N803
        self._do("publish", FunctionName)
        assert CodeSha256 == self._digest(FunctionName)
        return {"Version": str(7 + len(self.code))}


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    """Those of the account."""
    service = Lambda()
    monkeypatch.setattr(boto3, "client", {"lambda": service}.__getitem__)
    return service


@pytest.fixture
def build(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """A function that runs the build as the buildspec does, and returns its exit status and what it said of errors."""

    def run(*arguments: str, leave_out: str = "") -> tuple[int, str]:
        assert root == build_functions.ROOT  # never this checkout
        for name, value in GIVEN.items():
            monkeypatch.setenv(name, value)
        if leave_out:
            monkeypatch.delenv(leave_out)
        monkeypatch.setattr(sys, "argv", ["build_functions.py", *arguments])
        status = build_functions.main()
        return status, capfd.readouterr().err

    return run


def unpacked(content: Path) -> dict[str, str]:
    with zipfile.ZipFile(content) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_code_and_tests_are_laid_over_and_nothing_else(root: Path, inference: Path) -> None:
    assert build_functions.lay_over(inference, root) == {"evaluate_model.py", "scores.py"}
    found = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}
    assert found == PIPELINE | {path: text for path, text in INFERENCE.items() if path != "README.md"}


@pytest.mark.parametrize("path", [f"{CODE}/shared.py", f"{TESTS}/test_shared.py"])
def test_a_file_in_both_repositories_is_refused(root: Path, inference: Path, path: str) -> None:
    written(inference, {path: "theirs"})
    with pytest.raises(BuildError, match=rf"^{path} is in both repositories: keep one of them$"):
        build_functions.lay_over(inference, root)
    assert (root / path).read_text() == PIPELINE[path]


def test_functions_are_updated_and_published_once_their_update_is_over(
    root: Path, inference: Path, functions: Lambda, build: Callable[..., tuple[int, str]]
) -> None:
    assert build(str(inference)) == (0, "")
    names = [f"MLOps-BIA-{function}-me42" for function in FUNCTIONS]
    assert functions.done == [(what, name) for name in names for what in ("update", "wait", "publish")]
    kept = {
        name: (root / "build" / zip_name(function)).read_bytes()
        for function, name in zip(FUNCTIONS, names, strict=True)
    }
    assert functions.code == kept


def test_a_function_that_runs_the_built_code_is_left_alone(
    inference: Path, functions: Lambda, build: Callable[..., tuple[int, str]], root: Path
) -> None:
    assert build(str(inference)) == (0, "")
    functions.done.clear()
    shutil.rmtree(root)
    written(root, PIPELINE)
    assert build(str(inference)) == (0, "")
    assert functions.done == [("publish", f"MLOps-BIA-{function}-me42") for function in FUNCTIONS]


@pytest.mark.usefixtures("functions")
def test_a_zip_has_what_its_function_imports_and_says_of_which_commits_it_is(
    root: Path, inference: Path, build: Callable[..., tuple[int, str]]
) -> None:
    assert build(str(inference)) == (0, "")
    found = {function: unpacked(root / "build" / zip_name(function)) for function in FUNCTIONS}
    versions = {function: files.pop(build_functions.VERSION_FILE) for function, files in found.items()}
    assert {function: sorted(files) for function, files in found.items()} == {
        "TrainModel": ["shared.py", "train_model.py"],
        "GetStatus": ["get_status.py", "shared.py"],
        "DeployModel": ["deploy_model.py"],
        "EvaluateModel": ["evaluate_model.py", "scores.py", "shared.py"],
    }
    assert versions == {
        "TrainModel": "aaaaaaaa\n",
        "GetStatus": "aaaaaaaa\n",
        "DeployModel": "aaaaaaaa\n",
        "EvaluateModel": "aaaaaaaa and bbbbbbbb\n",
    }


@pytest.mark.usefixtures("functions")
def test_versions_and_commits_are_handed_on(root: Path, inference: Path, build: Callable[..., tuple[int, str]]) -> None:
    assert build(str(inference)) == (0, "")
    told = json.loads((root / "build/functions.json").read_text())
    exported = subprocess.run(
        ["bash", "-ec", ". build/versions.sh; env"], cwd=root, env={}, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    digest = hashlib.sha256((root / "build" / zip_name("GetStatus")).read_bytes()).digest()
    assert told["version"] == 1
    assert told["commits"] == {name: GIVEN[name] for name in build_functions.COMMITS}
    assert list(told["functions"]) == list(FUNCTIONS)
    assert told["functions"]["GetStatus"] == {"version": "9", "code_sha256": base64.b64encode(digest).decode()}
    assert {"TRAIN_MODEL_VERSION=8", "GET_STATUS_VERSION=9", "DEPLOY_MODEL_VERSION=10"} <= set(exported)
    assert "EVALUATE_MODEL_VERSION=11" in exported


@pytest.mark.parametrize("repository", ["pipeline", "inference"])
def test_a_failing_test_leaves_the_functions_as_they_are(
    root: Path, inference: Path, functions: Lambda, build: Callable[..., tuple[int, str]], repository: str
) -> None:
    broken = {f"{TESTS}/test_broken.py": "def test_it():\n    assert False\n"}
    written({"pipeline": root, "inference": inference}[repository], broken)
    assert build(str(inference)) == (1, "ERROR: Not every test passes: the functions stay as they are\n")
    assert functions.done == []
    assert not (root / "build").exists()


def test_no_test_at_all_is_a_failure(
    root: Path, inference: Path, functions: Lambda, build: Callable[..., tuple[int, str]]
) -> None:
    for folder, name in ((root, "test_shared"), (inference, "test_evaluate")):
        (folder / TESTS / f"{name}.py").unlink()
    assert build(str(inference))[0] == 1
    assert functions.done == []


def test_a_test_that_changes_the_code_is_refused(
    inference: Path, functions: Lambda, build: Callable[..., tuple[int, str]]
) -> None:
    change = f"def test_it():\n    open('{CODE}/scores.py', 'w').write('x = 1')\n"
    written(inference, {f"{TESTS}/test_change.py": change})
    assert build(str(inference)) == (
        1,
        "ERROR: scores.py in MLOps-BIA-EvaluateModel.py.zip is not what the tests ran: a test changes the code\n",
    )
    assert functions.done == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("one.py", b"changed", "one.py in x.zip is not what the tests ran"),
        ("more.py", b"", "more.py in x.zip is not what the tests ran"),
    ],
)
def test_a_zip_with_other_code_is_refused(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(build_functions.VERSION_FILE, "aaaaaaaa\n")
        archive.writestr(name, content)
    with pytest.raises(BuildError, match=told):
        build_functions.check(tmp_path / "x.zip", {"one.py": b"tested"})


def test_a_zip_with_the_tested_code_is_not(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(build_functions.VERSION_FILE, "aaaaaaaa\n")
        archive.writestr("one.py", b"tested")
    build_functions.check(tmp_path / "x.zip", {"one.py": b"tested", "other.py": b""})


@pytest.mark.parametrize(
    ("what", "failure", "told"),
    [
        (
            "update",
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "UpdateFunctionCode"),
            "An error occurred (AccessDeniedException) when calling the UpdateFunctionCode operation: no",
        ),
        (
            "wait",
            WaiterError("function_updated", "terminal failure", {}),
            "Waiter function_updated failed: terminal failure",
        ),
        (
            "publish",
            ClientError({"Error": {"Code": "PreconditionFailedException", "Message": "other code"}}, "PublishVersion"),
            "An error occurred (PreconditionFailedException) when calling the PublishVersion operation: other code",
        ),
    ],
    ids=["update", "wait", "publish"],
)
def test_what_lambda_refuses_is_told_in_one_line(
    inference: Path,
    functions: Lambda,
    build: Callable[..., tuple[int, str]],
    *,
    what: str,
    failure: Exception,
    told: str,
) -> None:
    functions.failures[what] = failure
    assert build(str(inference)) == (1, f"ERROR: The functions could not be updated: {told}\n")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import numpy\n", "deploy_model.py imports numpy, which Lambda does not have"),
        ("def broken(:\n", f"{{root}}/{CODE}/deploy_model.py:1: invalid syntax"),
    ],
    ids=["foreign", "syntax"],
)
def test_code_that_lambda_could_not_import_is_refused_before_the_tests(
    root: Path,
    inference: Path,
    functions: Lambda,
    build: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    code: str,
    told: str,
) -> None:
    monkeypatch.setattr(build_functions, "_test", lambda: pytest.fail("tested"))
    written(root, {f"{CODE}/deploy_model.py": code})
    assert build(str(inference)) == (1, f"ERROR: {told.format(root=root)}\n")
    assert functions.done == []


@pytest.mark.parametrize("name", GIVEN)
def test_a_missing_variable_is_one_line(inference: Path, build: Callable[..., tuple[int, str]], name: str) -> None:
    told = f"ERROR: The variable '{name}' is missing: the pipeline's template sets it\n"
    assert build(str(inference), leave_out=name) == (1, told)


def test_without_the_folder_it_says_how_it_is_called(build: Callable[..., tuple[int, str]]) -> None:
    status, told = build()
    assert status == 1
    assert "python scripts/build_functions.py FOLDER" in told


def test_the_program_ends_with_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["build_functions.py"])
    with pytest.raises(SystemExit, match="1"):
        runpy.run_path(build_functions.__file__, run_name="__main__")
