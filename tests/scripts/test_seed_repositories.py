"""Empty repositories begin with the workshop's own code, which is that of this checkout; others stay as they are."""

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml

import build_functions
import seed_repositories
from account import WorkshopError
from function_names import FUNCTIONS
from package import ROOT, SOURCES
from resource_names import Names

CONFIG, PIPELINE, INFERENCE = seed_repositories.contents()
SEEDS = [CONFIG, PIPELINE, INFERENCE]
KINDS = ["training-config", "pipeline-lambda-code", "inference-lambda-code"]
LIMITS = botocore.session.Session().get_service_model("codecommit")


def laid_out(folder: Path, files: Mapping[str, Path]) -> Path:
    """A checkout of a repository that has these files."""
    for path, file in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.read_bytes())
    return folder


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def together(tmp_path: Path) -> Path:
    """The pipeline repository with the inference repository's code and tests laid over it."""
    root = laid_out(tmp_path / "pipeline", PIPELINE)
    build_functions.lay_over(laid_out(tmp_path / "inference", INFERENCE), root)
    return root


@pytest.mark.parametrize("files", SEEDS, ids=KINDS)
def test_a_first_commit_is_one_that_codecommit_takes(files: dict[str, Path]) -> None:
    """https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html"""
    sizes = [file.stat().st_size for file in files.values()]
    assert 0 < len(files) <= 100
    assert max(sizes) <= min(6 * 1024**2, LIMITS.shape_for("FileContent").metadata["max"])
    assert sum(sizes) <= 7 * 1024**2
    assert all(len(path) <= 4096 and path.count("/") <= 20 for path in files)
    assert [path for path in files if path.startswith("/") or ".." in path] == []


def test_the_code_repositories_share_no_file_that_is_built() -> None:
    assert PIPELINE.keys() & INFERENCE.keys() == {"README.md"}


def test_both_code_repositories_together_are_the_code_and_the_tests_of_here(together: Path) -> None:
    tests = ROOT / "tests/functions"
    ours = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in SOURCES.glob("*.py")}
    ours |= {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in tests.rglob("*")
        if path.suffix in {".py", ".json"} and path.name not in seed_repositories.NOT_SEEDED
    }
    found = files_below(together)
    assert {path: found.get(path) for path in ours} == ours
    assert {path for path in found if path.startswith(("PipelineLambdaFunctions/", "tests/"))} == set(ours)


def test_the_inference_repository_has_the_evaluation_and_its_tests() -> None:
    assert {"PipelineLambdaFunctions/evaluate_model.py", "tests/functions/test_evaluate_model.py"} <= INFERENCE.keys()
    assert "PipelineLambdaFunctions/metrics.py" in INFERENCE
    handlers = {f"PipelineLambdaFunctions/{module}.py" for module in FUNCTIONS.values()}
    assert handlers - INFERENCE.keys() <= PIPELINE.keys()


def test_a_test_of_the_pipeline_repository_is_of_its_own_code() -> None:
    """So that who breaks it finds it beside the code. What prepares all tests (conftest.py) knows all functions."""
    theirs = "|".join(Path(path).stem for path in INFERENCE if path.startswith("PipelineLambdaFunctions/"))
    imports = re.compile(rf"^\s*(?:import|from) (?:{theirs})\b", re.MULTILINE)
    tests = [path for path in PIPELINE if re.search(r"/test_\w+\.py$", path)]
    assert tests
    assert [path for path in tests if imports.search(PIPELINE[path].read_text())] == []


@pytest.mark.slow
def test_what_is_seeded_passes_its_own_tests_as_the_build_runs_them(together: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", build_functions.TESTS],
        cwd=together,
        env={"PATH": "/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr


def test_the_buildspec_exports_what_the_build_writes() -> None:
    spec = yaml.safe_load(PIPELINE["buildspec.yml"].read_text())
    versions = [f"{module.upper()}_VERSION" for module in FUNCTIONS.values()]
    assert spec["env"]["exported-variables"] == [*build_functions.COMMITS, *versions]
    assert spec["artifacts"] == {"base-directory": build_functions.BUILD, "files": ["functions.json"]}
    assert spec["phases"]["build"]["commands"][0].split()[1] in PIPELINE


def pins(text: str) -> dict[str, str]:
    """The version of each package, by its name without extras."""
    return dict(re.findall(r"^([\w-]+)(?:\[[\w,-]+\])?==([\w.]+)", text, re.MULTILINE))


def test_the_build_has_the_packages_that_are_tried_here() -> None:
    ours = pins((ROOT / "scripts/requirements/workshop.txt").read_text())
    theirs = pins(PIPELINE["requirements.txt"].read_text())
    assert theirs
    assert {name: ours.get(name) for name in theirs} == theirs


def test_the_configuration_is_the_file_that_it_says() -> None:
    assert json.loads(CONFIG["training.json"].read_text()) == seed_repositories.training_config()


@pytest.fixture
def suffix() -> str:
    return f"sr{secrets.token_hex(4)}"


@pytest.fixture
def repositories(session: Any, suffix: str) -> tuple[str, ...]:
    """Three empty ones."""
    for name in Names(suffix).repositories:
        session.client("codecommit").create_repository(repositoryName=name)
    return Names(suffix).repositories


def head(session: Any, repository: str) -> str:
    found = session.client("codecommit").get_branch(repositoryName=repository, branchName="main")
    return str(found["branch"]["commitId"])


def test_an_empty_repository_gets_its_first_commit(session: Any, repositories: tuple[str, ...], suffix: str) -> None:
    codecommit, said = session.client("codecommit"), list[str]()
    seed_repositories.seed(session, suffix, said.append)
    assert said == [f"  seeded     {name}" for name in repositories]
    for name, files in zip(repositories, SEEDS, strict=True):
        commit = codecommit.get_commit(repositoryName=name, commitId=head(session, name))["commit"]
        assert commit["parents"] == []
        differences = codecommit.get_paginator("get_differences").paginate(
            repositoryName=name, afterCommitSpecifier=commit["commitId"]
        )
        assert {one["afterBlob"]["path"] for page in differences for one in page["differences"]} == set(files)
        path, file = next(iter(files.items()))
        assert codecommit.get_file(repositoryName=name, filePath=path)["fileContent"] == file.read_bytes()


def test_what_was_pushed_is_never_overwritten(session: Any, repositories: tuple[str, ...], suffix: str) -> None:
    session.client("codecommit").create_commit(
        repositoryName=repositories[1],
        branchName="trunk",  # whatever they call it
        putFiles=[{"filePath": "mine.txt", "fileContent": b"mine"}],
    )
    said = list[str]()
    seed_repositories.seed(session, suffix, said.append)
    before = [head(session, repositories[0]), head(session, repositories[2])]
    assert [line.split()[0] for line in said] == ["seeded", "unchanged", "seeded"]
    branches = session.client("codecommit").list_branches(repositoryName=repositories[1])["branches"]
    assert branches == ["trunk"]
    said.clear()
    seed_repositories.seed(session, suffix, said.append)
    assert said == [f"  unchanged  {name}" for name in repositories]
    assert [head(session, repositories[0]), head(session, repositories[2])] == before


class Hasty:
    """CodeCommit, in which somebody pushes between the look and the commit."""

    def __init__(self, codecommit: Any) -> None:
        self._codecommit = codecommit
        self.exceptions = codecommit.exceptions

    def list_branches(self, **request: str) -> dict[str, Any]:
        found: dict[str, Any] = self._codecommit.list_branches(**request)
        files = [{"filePath": "theirs.txt", "fileContent": b"theirs"}]
        self._codecommit.create_commit(**request, branchName="main", putFiles=files)
        return found

    def create_commit(self, **request: Any) -> Any:
        return self._codecommit.create_commit(**request)


def test_somebody_who_is_faster_keeps_their_commit(session: Any, repositories: tuple[str, ...], suffix: str) -> None:
    codecommit, name = session.client("codecommit"), repositories[0]
    assert seed_repositories.commit(Hasty(codecommit), name, CONFIG, suffix) == "unchanged"
    assert codecommit.get_file(repositoryName=name, filePath="theirs.txt")["fileContent"] == b"theirs"


def test_a_missing_repository_is_named_with_what_makes_it(session: Any, suffix: str) -> None:
    with pytest.raises(WorkshopError) as refusal:
        seed_repositories.seed(session, suffix)
    assert str(refusal.value) == (
        f"There is no repository mlops-builtinalgo-training-config-{suffix} here: "
        f"make prep SUFFIX={suffix} CreateRepositories=true, or, where somebody deleted it, "
        f"aws codecommit create-repository --repository-name mlops-builtinalgo-training-config-{suffix}"
    )


def test_code_that_cannot_be_read_is_told_before_anything_is_committed(
    session: Any, repositories: tuple[str, ...], suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed_repositories, "SOURCES", tmp_path)
    with pytest.raises(WorkshopError, match=r"train_model\.py is missing: git checkout"):
        seed_repositories.seed(session, suffix)
    assert session.client("codecommit").list_branches(repositoryName=repositories[0])["branches"] == []
