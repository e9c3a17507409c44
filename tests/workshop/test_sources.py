"""A push becomes a run: with a hyperparameter, with a changed function, and not with one that breaks a test."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import git_client
from function_names import FUNCTIONS
from git_client import Git
from resource_names import Names

from . import small_repositories
from .conftest import Workshop

pytestmark = pytest.mark.slow

CONFIG, PIPELINE, INFERENCE = range(3)
SOURCE_NAMES = "TrainingConfig", "PipelineLambdaCode", "InferenceLambdaCode"
SOURCES = [f"Source/{name}" for name in ("TrainingData", *SOURCE_NAMES)]


@dataclass
class Clone:
    """Somebody's clone of one of the three repositories."""

    git: Git
    folder: Path

    def replace(self, path: str, old: str, new: str) -> str:
        """Change a text in a file, push it, and return the commit."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")
        self.git("commit", "--quiet", "--all", "--message", f"Change {path}", folder=self.folder)
        self.git("push", "--quiet", "origin", "main", folder=self.folder)
        return self.git("rev-parse", "HEAD", folder=self.folder).strip()


@pytest.fixture(scope="session")
def sourced(workshop_of: Callable[[str], Workshop]) -> Workshop:
    """A workshop with SOURCE=CodeCommit, whose code repositories have few tests; its first execution is over."""
    workshop = workshop_of("sourced")
    workshop.made("prep")
    small_repositories.seed(workshop)
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


def live(workshop: Workshop) -> dict[str, str]:
    """The hash of the code that each function runs."""
    functions, names = workshop.client("lambda"), Names(workshop.suffix)
    return {
        name: functions.get_function_configuration(FunctionName=names.function(name))["CodeSha256"]
        for name in FUNCTIONS
    }


def versions(workshop: Workshop) -> dict[str, str]:
    """The newest version of each function."""
    functions, names = workshop.client("lambda"), Names(workshop.suffix)
    return {
        name: functions.list_versions_by_function(FunctionName=names.function(name))["Versions"][-1]["Version"]
        for name in FUNCTIONS
    }


def test_a_pushed_hyperparameter_trains(sourced: Workshop, clone: Callable[[int], Clone]) -> None:
    commit = clone(CONFIG).replace("training.json", '"hp-eta": "0.1"', '"hp-eta": "0.3"')

    execution = ended(sourced, commit)

    job = training_job(sourced, execution)
    tags = sourced.client("sagemaker").list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    assert execution["status"] == "Succeeded"
    assert job["HyperParameters"]["eta"] == "0.3"
    assert {"Key": "mlops-builtinalgo:config-commit", "Value": commit} in tags
    assert sourced.artifact("GetTrainingStatus")["config_commit"] == commit


def test_a_masked_key_is_told(sourced: Workshop, clone: Callable[[int], Clone]) -> None:
    sourced.made("pipeline", TRAIN='{"hp-max-depth": "2"}')
    try:
        execution = ended(sourced, clone(CONFIG).replace("training.json", '"hp-max-depth": "4"', '"hp-max-depth": "6"'))
    finally:
        sourced.made("pipeline", TrainUserParameters="")

    assert training_job(sourced, execution)["HyperParameters"]["max_depth"] == "2"
    told = summary(actions(sourced, execution)["Train/StartTraining"])
    assert "; hp-max-depth of training.json is masked by TrainUserParameters" in told


def test_a_pushed_function_runs(sourced: Workshop, clone: Callable[[int], Clone]) -> None:
    before = versions(sourced)
    commit = clone(INFERENCE).replace(
        "PipelineLambdaFunctions/evaluate_model.py", " within one point{", " within one point of the label{"
    )

    found = actions(sourced, ended(sourced, commit))

    build = found["Build/BuildFunctions"]["output"]["outputVariables"]
    pipeline_commit = build["PIPELINE_LAMBDA_COMMIT"]
    assert summary(found["DeployTest/FullTest"]).endswith(
        f" within one point of the label. Code version: {pipeline_commit[:8]} and {commit[:8]}."
    )
    assert summary(found["Train/StartTraining"]).endswith(f" Code version: {pipeline_commit[:8]}.")
    assert build["INFERENCE_LAMBDA_COMMIT"] == commit
    changed = {name for name, version in versions(sourced).items() if version != before[name]}
    assert changed == {"EvaluateModel"}
    assert build["EVALUATE_MODEL_VERSION"] == versions(sourced)["EvaluateModel"]
    assert (
        sourced.artifact("BuildFunctions")["functions"]["EvaluateModel"]["version"] == build["EVALUATE_MODEL_VERSION"]
    )


def test_a_push_that_breaks_a_test_stops_at_build(sourced: Workshop, clone: Callable[[int], Clone]) -> None:
    before, mine = live(sourced), clone(INFERENCE)
    commit = mine.replace("PipelineLambdaFunctions/metrics.py", '"rmse": sqrt(mse)', '"rmse": mse')

    told = sourced.refused("release")

    execution = ended(sourced, commit)
    mine.git("revert", "--no-edit", "HEAD", folder=mine.folder)
    mine.git("push", "--quiet", "origin", "main", folder=mine.folder)
    assert execution["status"] == "Failed"
    assert set(actions(sourced, execution)) == {*SOURCES, "Build/BuildFunctions"}
    assert "Build/BuildFunctions: Build terminated with state: FAILED. Phase: BUILD, " in told
    assert "FAILED tests/functions/test_metrics.py::" in told
    assert live(sourced) == before


def test_of_two_pushes_in_a_row_each_runs_with_its_own_commit(sourced: Workshop, clone: Callable[[int], Clone]) -> None:
    mine = clone(CONFIG)
    commits = [
        mine.replace("training.json", '"hp-subsample": "0.8"', '"hp-subsample": "0.7"'),
        mine.replace("training.json", '"hp-subsample": "0.7"', '"hp-subsample": "0.8"'),
    ]

    jobs = [training_job(sourced, ended(sourced, commit)) for commit in commits]

    assert [job["HyperParameters"]["subsample"] for job in jobs] == ["0.7", "0.8"]


def test_no_update_of_the_stack_reverts_what_was_pushed(sourced: Workshop) -> None:
    before = live(sourced)
    bucket, key = f"mlops-builtinalgo-lambda-code-{sourced.suffix}", "MLOps-BIA-TrainModel.py.zip"
    s3 = sourced.client("s3")
    s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key}, MetadataDirective="REPLACE")

    sourced.made("pipeline", FullTestUserParameters='{"env": "Test", "s3key": "test/test.csv", "max-rmse": "0.9"}')

    assert live(sourced) == before


def test_an_empty_repository_is_told_and_seeded_again(sourced: Workshop) -> None:
    name, codecommit = Names(sourced.suffix).repositories[CONFIG], sourced.client("codecommit")
    codecommit.delete_repository(repositoryName=name)
    codecommit.create_repository(repositoryName=name)

    told = sourced.refused("release", NEW="1")
    seeded = sourced.made("seed-repositories")

    assert f"no branch named main was found in the selected AWS CodeCommit repository {name}" in told
    assert [line.split() for line in seeded.splitlines()[-3:]] == [
        ["seeded", name],
        *(["unchanged", other] for other in Names(sourced.suffix).repositories[PIPELINE:]),
    ]


def test_what_is_seeded_builds_and_runs(workshop: Workshop) -> None:
    told = workshop.made("deploy", "release", SOURCE="CodeCommit")

    assert told.splitlines()[-1].endswith(": Succeeded")
    workshop.made("teardown")


def test_github_is_reached_once_its_connection_is_available(workshop: Workshop) -> None:
    connections = workshop.client("codeconnections")
    arn = connections.create_connection(ProviderType="GitHub", ConnectionName=workshop.suffix)["ConnectionArn"]
    repositories = {f"GitHub{name}": f"ada/{name}" for name in SOURCE_NAMES}
    github = {"SOURCE": "GitHub", "GitHubConnectionArn": arn, **repositories}

    refused = workshop.make("preflight", **github).stdout
    workshop.made("prep", "upload", "data", "pipeline", **github)
    told = workshop.refused("release")

    assert f"  refused  connection {workshop.suffix} is PENDING: complete it in the console" in refused
    assert "Source/" in told
    assert arn in told
    workshop.made("teardown")
