"""A push becomes a run: with a hyperparameter, with a changed function, and not with one that breaks a test."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import git_client
import seed_repositories
from git_client import Git
from resource_names import Names

from .conftest import Workshop

pytestmark = pytest.mark.slow

CONFIG, PIPELINE, INFERENCE = range(3)
# So that a build takes seconds: the whole of the tests is what test_what_is_seeded_builds is for.
FEW_TESTS = {"test_names.py", "test_metrics.py"}


@dataclass
class Clone:
    """Somebody's clone of one of the three repositories."""

    git: Git
    folder: Path

    def push(self, **files: str) -> str:
        """Commit files, named with __ for / and _dot_ for a dot, and push them; return the commit."""
        for name, text in files.items():
            (self.folder / name.replace("__", "/").replace("_dot_", ".")).write_text(text, encoding="utf-8")
        self.git("add", "--all", folder=self.folder)
        self.git("commit", "--quiet", "--message", f"Change {' '.join(files)}", folder=self.folder)
        self.git("push", "--quiet", "origin", "main", folder=self.folder)
        return self.git("rev-parse", "HEAD", folder=self.folder).strip()

    def replace(self, path: str, old: str, new: str) -> str:
        """Change a text in a file, and push it."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")
        return self.push()


@pytest.fixture(scope="session")
def sourced(workshop_of: Callable[[str], Workshop]) -> Workshop:
    """A workshop with SOURCE=CodeCommit, whose code repositories have few tests; its first execution is over."""
    workshop = workshop_of("sourced")
    workshop.made("prep")
    codecommit = workshop.client("codecommit")
    for name, files in zip(Names("sourced").repositories, seed_repositories.contents(), strict=True):
        few = {
            path: file for path, file in files.items() if not file.name.startswith("test_") or file.name in FEW_TESTS
        }
        seed_repositories.commit(codecommit, name, few, "sourced")
    workshop.made("deploy", "release", SOURCE="CodeCommit")
    return workshop


@pytest.fixture
def clone(sourced: Workshop, tmp_path: Path) -> Callable[[int], Clone]:
    """A function that clones one of the three repositories."""
    git = git_client.git(tmp_path, sourced.aws.administrator)

    def cloned(which: int) -> Clone:
        name = Names(sourced.suffix).repositories[which]
        repository = sourced.client("codecommit").get_repository(repositoryName=name)["repositoryMetadata"]
        git("clone", "--quiet", repository["cloneUrlHttp"], name)
        return Clone(git, tmp_path / name)

    return cloned


def ended(workshop: Workshop, commit: str) -> dict[str, Any]:
    """The execution that a commit has started, when it is over."""
    deadline = time.monotonic() + 110
    while True:
        found = [one for one in workshop.executions() if commit in [it["revisionId"] for it in one["sourceRevisions"]]]
        if found and found[-1]["status"] not in {"InProgress", "Stopping"}:
            return found[-1]
        assert time.monotonic() < deadline, (commit, workshop.executions()[:2])
        time.sleep(0.2)


def actions(workshop: Workshop, execution: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The actions of an execution, by "stage/action"."""
    details = workshop.client("codepipeline").list_action_executions(
        pipelineName=workshop.pipeline, filter={"pipelineExecutionId": execution["pipelineExecutionId"]}
    )["actionExecutionDetails"]
    return {f"{one['stageName']}/{one['actionName']}": one for one in details}


def summary(action: dict[str, Any]) -> str:
    return str(action["output"]["executionResult"].get("externalExecutionSummary", ""))


def training_job(workshop: Workshop, execution: dict[str, Any]) -> dict[str, Any]:
    name = actions(workshop, execution)["Train/StartTraining"]["output"]["outputVariables"]["training_job"]
    found: dict[str, Any] = workshop.client("sagemaker").describe_training_job(TrainingJobName=name)
    return found


def test_a_pushed_hyperparameter_trains(sourced: Workshop, clone: Callable[[int], Clone]) -> None:
    commit = clone(CONFIG).replace("training.json", '"hp-eta": "0.1"', '"hp-eta": "0.3"')

    execution = ended(sourced, commit)

    job = training_job(sourced, execution)
    tags = sourced.client("sagemaker").list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    assert execution["status"] == "Succeeded"
    assert job["HyperParameters"]["eta"] == "0.3"
    assert {"Key": "mlops-builtinalgo:config-commit", "Value": commit} in tags
    assert sourced.artifact("GetTrainingStatus")["config_commit"] == commit
