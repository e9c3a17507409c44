"""What must fail fails: with the action that failed, its true reason, and nothing hanging."""

import json

import pytest

from localaws.clock import durations

from .conftest import Workshop

pytestmark = pytest.mark.slow  # deploying alone takes longer than 2 s

# TRAIN changes keys of what is deployed: each test gives the whole, since they share a workshop.
TRAIN_PARAMETERS = '{"traincompute": "ml.m5.large", "model-name": "winequality", "hp-num-round": "20"}'


def test_the_gate_refuses_a_model_that_is_not_good_enough(deployed: Workshop) -> None:
    gate = json.dumps({"env": "Test", "s3key": "test/test.csv", "max-rmse": "0.1"})
    deployed.made("pipeline", TrainUserParameters=TRAIN_PARAMETERS, FullTestUserParameters=gate)
    told = deployed.refused("release", NEW="1")
    assert "Failed. DeployTest/FullTest: Test: RMSE 0." in told
    assert "is worse than max-rmse 0.1, over 241 rows of test/test.csv" in told
    assert "DeployTest/FullTest" not in {stage for stage, one in deployed.variables().items() if one}


def test_a_bad_hyperparameter_fails_the_training_and_its_log_says_why(deployed: Workshop) -> None:
    deployed.made("pipeline", TrainUserParameters=TRAIN_PARAMETERS, TRAIN='{"hp-eta": "7"}')
    told = deployed.refused("release", NEW="1")
    assert "Failed. Train/GetTrainingStatus: " in told
    assert " is Failed: AlgorithmError: framework error: " in told
    pages = (
        deployed.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName="/aws/sagemaker/TrainingJobs", filterPattern='"Hyperparameter eta"')
    )
    log = {event["message"] for page in pages for event in page["events"]}
    assert "Hyperparameter eta: 7.0 is not in [0, 1]" in log


@pytest.mark.parametrize(
    ("train", "told"),
    [
        ({"traincompue": "ml.m5.large"}, "did you mean traincompute?"),
        ({"model-name": "Wine-Quality"}, "model-name"),
        ({"databucket": "mlops-builtinalgo-data-<your-initials>"}, "databucket"),
        ({"modelartifactout": "somebody-elses-bucket"}, "modelartifactout"),
        ({"container-path": "683313688378.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0"}, "container-path"),
        ({"hp-num-round": ""}, "hp-num-round"),
    ],
)
def test_a_bad_parameter_is_refused_by_its_key(deployed: Workshop, train: dict[str, str], told: str) -> None:
    deployed.made("pipeline", TrainUserParameters=TRAIN_PARAMETERS, TRAIN=json.dumps(train))
    line = deployed.refused("release", NEW="1")
    assert "Failed. Train/StartTraining: " in line
    assert told in line


def test_a_bucket_deleted_behind_its_stack_s_back_is_told(workshop: Workshop) -> None:
    workshop.made("prep")
    workshop.client("s3").delete_bucket(Bucket=f"mlops-builtinalgo-data-{workshop.suffix}")
    told = workshop.refused("prep")
    assert told.startswith(f"The bucket mlops-builtinalgo-data-{workshop.suffix} of MLOps-BuiltIn-Algorithm-Workshop")
    assert f"make teardown SUFFIX={workshop.suffix}, then make deploy" in told
    workshop.made("teardown")
    workshop.made("prep")


def test_a_wrong_confirmation_deletes_nothing(deployed: Workshop) -> None:
    told = deployed.refused("teardown", CONFIRM="111122223333")
    assert "CONFIRM=123456789012" in told
    assert deployed.executions()


def test_without_data_the_source_fails_and_data_starts_anew(workshop: Workshop) -> None:
    said = workshop.made("prep", "upload", "pipeline")
    assert "There is no training data yet" in said
    assert f"Next: make data release SUFFIX={workshop.suffix}" in said.splitlines()
    assert "Failed. Source/TrainingData: " in workshop.refused("release")
    workshop.made("data", "release")
    assert workshop.executions()[0]["status"] == "Succeeded"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def lambda_handler(event, context):\n    raise RuntimeError('boom')\n", id="raises"),
        pytest.param("import time\ndef lambda_handler(event, context):\n    time.sleep(3600)\n", id="hangs"),
        pytest.param("import os\ndef lambda_handler(event, context):\n    os._exit(3)\n", id="dies"),
    ],
)
def test_a_function_that_does_not_answer_fails_its_action(
    deployed: Workshop, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr(durations, "action_reply_timeout", 1.0)
    with deployed.broken_start(source):
        told = deployed.refused("release", NEW="1")
    assert f"The AWS Lambda function MLOps-BIA-TrainModel-{deployed.suffix} failed to return a result." in told
