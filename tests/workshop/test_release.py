"""The shipped templates, zips and scripts train a model, deploy it and tell truly how good it is."""

import csv
import json
from collections.abc import Callable, Iterator
from math import sqrt
from pathlib import Path
from statistics import fmean

import pytest
import xgboost

from .conftest import ROOT, Workshop
from .large_set import COPIES, TEST_SET, release_in_two_invocations

pytestmark = pytest.mark.slow


def rows(path: Path) -> list[list[float]]:
    with path.open(newline="") as file:
        return [[float(cell) for cell in row] for row in csv.reader(file)]


def test_the_scores_are_those_of_the_model_that_was_trained(workshop: Workshop) -> None:
    workshop.made("deploy")
    workshop.made("release")
    evaluation = workshop.artifact("FullTest")
    told = workshop.variables()["DeployTest/FullTest"]

    booster = xgboost.Booster(
        model_file=bytearray(workshop.model(workshop.artifact("DeployToTest")["training"]["model_data_url"]))
    )
    tested, training_mean = rows(ROOT / "Data/test.csv"), fmean(row[0] for row in rows(ROOT / "Data/train.csv"))
    predictions = booster.predict(xgboost.DMatrix([row[1:] for row in tested]))
    errors = [float(prediction) - row[0] for prediction, row in zip(predictions, tested, strict=True)]
    rmse = sqrt(fmean(error**2 for error in errors))
    assert evaluation["regression_metrics"]["rmse"]["value"] == pytest.approx(rmse, rel=1e-6)
    assert float(told["rmse"]) == pytest.approx(rmse, rel=1e-5)
    assert float(told["mae"]) == pytest.approx(fmean(map(abs, errors)), rel=1e-5)
    assert float(told["within_one"]) == pytest.approx(fmean(abs(error) <= 1 for error in errors), rel=1e-5)
    assert float(told["baseline_rmse"]) == pytest.approx(
        sqrt(fmean((training_mean - row[0]) ** 2 for row in tested)), rel=1e-5
    )
    assert rmse < float(told["baseline_rmse"])


def test_a_large_test_set_is_scored_in_several_invocations(workshop: Workshop) -> None:
    workshop.made("deploy", "release")
    small = workshop.artifact("FullTest")

    (kept,) = release_in_two_invocations(workshop)

    large = workshop.artifact("FullTest")
    bucket = f"mlops-builtinalgo-pipeline-artifacts-{workshop.suffix}"
    state = json.loads(workshop.client("s3").get_object(Bucket=bucket, Key=kept)["Body"].read())
    assert 0 < state["score"]["whole"]["rows"] < large["rows"] == COPIES * small["rows"]
    for name in ("rmse", "mae", "r2", "within_one", "baseline_rmse"):  # of copies they are the same
        assert large[name] == pytest.approx(small[name], rel=1e-9)
    lines = TEST_SET.splitlines() * COPIES
    assert len(large["sample"]) == 500
    assert [label for _, label, _ in large["sample"]] == [float(lines[line - 1][:1]) for line, _, _ in large["sample"]]


def test_two_instances_train_on_half_of_the_rows_each(workshop: Workshop) -> None:
    workshop.made("deploy", TRAIN='{"traininstancecount": "2"}')
    workshop.made("release")

    trained = workshop.artifact("DeployToTest")["training"]
    bucket, _, folder = trained["data"]["copy"].removeprefix("s3://").partition("/")
    s3, logs = workshop.client("s3"), workshop.client("logs")
    halves = [s3.get_object(Bucket=bucket, Key=f"{folder}train/part-{host}.csv")["Body"].read() for host in (1, 2)]
    assert b"".join(halves) == (ROOT / "Data/train.csv").read_bytes()
    for host, half in enumerate(halves, 1):
        count = trained["data"]["train"]["rows"] // 2
        assert half.count(b"\n") == count
        stream = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
        prefix = f"{trained['training_job']}/algo-{host}-"
        [found] = logs.describe_log_streams(**stream, logStreamNamePrefix=prefix)["logStreams"]
        events = logs.get_log_events(**stream, logStreamName=found["logStreamName"])["events"]
        assert f"Train matrix has {count} rows and 11 columns" in "\n".join(event["message"] for event in events)
    told = workshop.variables()["DeployTest/FullTest"]
    assert float(told["rmse"]) < float(told["baseline_rmse"])


def test_further_releases_update_the_same_endpoints(workshop: Workshop) -> None:
    workshop.made("deploy", "release")
    sagemaker = workshop.client("sagemaker")
    first = {env: sagemaker.describe_endpoint(EndpointName=f"winequality-{workshop.suffix}-{env}") for env in ENVS}
    for _ in range(3):
        workshop.made("release", NEW="1")
    last = {env: sagemaker.describe_endpoint(EndpointName=f"winequality-{workshop.suffix}-{env}") for env in ENVS}
    assert [one["CreationTime"] for one in first.values()] == [one["CreationTime"] for one in last.values()]
    for env in ENVS:
        configurations = sagemaker.list_endpoint_configs(NameContains=f"{workshop.suffix}-{env}-")["EndpointConfigs"]
        kept = {one["EndpointConfigName"] for one in configurations}
        # The one served, and what the last deployment found: the one served then and the one before it.
        assert last[env]["EndpointConfigName"] in kept - {first[env]["EndpointConfigName"]}
        assert len(kept) == 3
    assert len(sagemaker.list_models(NameContains=f"-{workshop.suffix}-")["Models"]) == 3


def test_everything_may_be_done_twice(workshop: Workshop) -> None:
    workshop.made("deploy", "release")
    again = workshop.made("deploy", "release")
    assert f"{workshop.pipeline.replace('mlops-', 'mlops-pipeline-')} is up to date" in again
    # Four zips, two templates, three sets of data; and the pipeline's template once more, for the stack.
    assert again.count("unchanged") == 10
    assert "uploaded" not in again
    assert [one["trigger"]["triggerType"] for one in workshop.executions()] == [
        "StartPipelineExecution",
        "CreatePipeline",
    ]


def test_a_changed_zip_changes_the_function(workshop: Workshop) -> None:
    workshop.made("deploy")
    functions, name = workshop.client("lambda"), f"MLOps-BIA-GetStatus-{workshop.suffix}"
    before = functions.get_function(FunctionName=name)["Configuration"]["CodeSha256"]
    s3, bucket = workshop.client("s3"), f"mlops-builtinalgo-lambda-code-{workshop.suffix}"
    other = s3.get_object(Bucket=bucket, Key="MLOps-BIA-TrainModel.py.zip")["Body"].read()
    s3.put_object(Bucket=bucket, Key="MLOps-BIA-GetStatus.py.zip", Body=other)
    workshop.made("pipeline")
    assert functions.get_function(FunctionName=name)["Configuration"]["CodeSha256"] != before


def test_new_training_data_starts_the_pipeline(workshop: Workshop, tmp_path: Path) -> None:
    workshop.made("deploy", "release")
    for name in ("train.csv", "validation.csv", "test.csv"):
        lines = (ROOT / "Data" / name).read_text().splitlines(keepends=True)
        (tmp_path / name).write_text("".join(lines[1:] if name == "train.csv" else lines))
    assert workshop.made("data", DATA=str(tmp_path)).count("unchanged") == 2
    workshop.made("release")  # follows the one that the data started, or waits for none and starts another
    assert "CloudWatchEvent" in {one["trigger"]["triggerType"] for one in workshop.executions()}
    assert workshop.artifact("StartTraining")["data"]["train"]["rows"] == len(rows(ROOT / "Data/train.csv")) - 1


@pytest.fixture
def workshop_of_sde(workshop_of: Callable[[str], Workshop]) -> Iterator[Workshop]:
    """The workshop whose suffix the pasted values name, taken down afterwards: others use its bucket names."""
    workshop = workshop_of("sde")
    yield workshop
    workshop.made("teardown")


def test_the_workshop_s_own_values_work_as_they_are_pasted(workshop_of_sde: Workshop) -> None:
    workshop = workshop_of_sde
    workshop.made("deploy", **PASTED)
    workshop.made("release")
    pipeline = workshop.client("codepipeline").get_pipeline(name=workshop.pipeline)["pipeline"]
    actions = {one["name"]: one for stage in pipeline["stages"] for one in stage["actions"]}
    reached = {
        "TrainUserParameters": actions["StartTraining"]["configuration"]["UserParameters"],
        "SmokeTestUserParameters": actions["SmokeTest"]["configuration"]["UserParameters"],
        "FullTestUserParameters": actions["FullTest"]["configuration"]["UserParameters"],
    }
    assert reached == PASTED
    training = workshop.artifact("StartTraining")
    assert training["image"] == "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
    assert training["hyperparameters"] == {
        "num_round": "20",
        "min_child_weight": "6",
        "subsample": "0.7",
        "objective": "reg:linear",
    }


ENVS = ("dev", "test")
# As the workshop's text has them, for people to paste.
PASTED = {
    "TrainUserParameters": '{ "traincompute": "ml.c4.2xlarge", "model-name": "winequality", "container-path": '
    '"811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "modelartifactout": '
    '"mlops-builtinalgo-model-artifacts-sde", "resourceidentifier": "sde", "databucket": "mlops-builtinalgo-data-sde", '
    '"hp-num-round": "20", "num-round": "3", "hp-min-child-weight": "6", "hp-subsample": "0.7"}',
    "SmokeTestUserParameters": '{ "env": "Dev", "s3bucket": "mlops-builtinalgo-data-sde", "s3key": '
    '"/validation/validation.csv" }',
    "FullTestUserParameters": '{ "env": "Test", "s3bucket": "mlops-builtinalgo-data-sde", "s3key": "/test/test.csv" }',
}
