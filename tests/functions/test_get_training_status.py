"""GetTrainingStatus, through its handler: every status word, the deadline, and what it hands on."""

import json
import time
from typing import Any

import pytest

import get_status
from functions.documents import CONFIGURED, JOB, MODEL_URL, STARTED, TRAINING
from functions.fake_aws import EXECUTION, Aws, Context, recorded, with_parameters

FILE = "training.json"
FIRST_JOB = "1123abcd-4567-4890-abcd-ef0123456789"
LOG = (
    "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/"
    f"$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3D{JOB}"
)


@pytest.fixture
def event(aws: Aws) -> Any:
    """GetTrainingStatus's event, its input artifact in place."""
    event = recorded("get_training_status")
    aws.put_artifact(event, STARTED, FILE)
    return event


def continued(event: Any, minutes_ago: float) -> Any:
    """The event as it comes again, with the token of an action that began some minutes ago."""
    again = recorded("get_training_status_continued")
    data = again["CodePipeline.job"]["data"]
    token = json.loads(data["continuationToken"])
    data["continuationToken"] = json.dumps({**token, "started": time.time() - 60 * minutes_ago})
    assert data["inputArtifacts"] == event["CodePipeline.job"]["data"]["inputArtifacts"]
    return again


def job(status: str, **more: Any) -> dict[str, Any]:
    return {"TrainingJobName": JOB, "TrainingJobStatus": status, "SecondaryStatus": status, **more}


COMPLETED = job(
    "Completed",
    ModelArtifacts={"S3ModelArtifacts": MODEL_URL},
    FinalMetricDataList=[
        {"MetricName": "validation:rmse", "Value": 0.5, "Timestamp": 1},
        {"MetricName": "train:rmse", "Value": "NaN", "Timestamp": 1},
    ],
)


def test_a_completed_job_is_handed_on_with_its_model(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = COMPLETED

    get_status.lambda_handler(event, context)

    assert aws.codepipeline.answer.done == {"training_job": JOB, "validation_rmse": "0.5"}
    assert aws.output(event, FILE) == TRAINING
    assert TRAINING["execution_id"] == EXECUTION


def test_the_configuration_is_handed_on(aws: Aws, event: Any, context: Context) -> None:
    aws.put_artifact(event, STARTED | CONFIGURED, FILE)
    aws.sagemaker.jobs[JOB] = COMPLETED

    get_status.lambda_handler(event, context)

    assert aws.output(event, FILE) == TRAINING | CONFIGURED


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_a_job_under_way_is_waited_for(aws: Aws, event: Any, context: Context, status: str) -> None:
    aws.sagemaker.jobs[JOB] = job(status, SecondaryStatus="Downloading")
    before = time.time()

    get_status.lambda_handler(event, context)

    token = aws.codepipeline.answer.token
    assert token["first_job"] == FIRST_JOB
    assert before <= token["started"] <= time.time()
    assert aws.codepipeline.answer.summary == f"Training job {JOB} is {status} (Downloading)"
    assert not aws.has_output(event)


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Deleting"])
def test_a_job_without_a_model_fails_with_reason_log_and_advice(
    aws: Aws, event: Any, context: Context, status: str
) -> None:
    aws.sagemaker.jobs[JOB] = job(status, FailureReason="AlgorithmError: framework error: \nTraceback")

    get_status.lambda_handler(event, context)

    message = aws.codepipeline.answer.failure
    assert message.startswith(f"Training job {JOB} is {status}: AlgorithmError: framework error: \nTraceback")
    assert f"Log: {LOG} " in message
    assert "Retry stage with all actions" in message
    assert not aws.has_output(event)


def test_a_reason_ends_in_one_stop(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = job("Failed", FailureReason="InternalServerError: please contact customer support.\n")

    get_status.lambda_handler(event, context)

    assert "please contact customer support. Log: " in aws.codepipeline.answer.failure


def test_a_job_that_ran_too_long_says_so(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = job("Stopped", SecondaryStatus="MaxRuntimeExceeded")

    get_status.lambda_handler(event, context)

    assert f"{JOB} is Stopped (MaxRuntimeExceeded): SageMaker gave no reason" in aws.codepipeline.answer.failure


@pytest.mark.parametrize("status", ["Pausing", "completed", ""])
def test_an_unknown_status_fails_with_its_name(aws: Aws, event: Any, context: Context, status: str) -> None:
    aws.sagemaker.jobs[JOB] = job(status)

    get_status.lambda_handler(event, context)

    assert f"has the status {status!r}, which this function does not know" in aws.codepipeline.answer.failure


def test_a_continuation_keeps_the_first_start(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = job("InProgress")
    again = continued(event, minutes_ago=119)

    get_status.lambda_handler(again, context)

    assert aws.codepipeline.answer.token == json.loads(again["CodePipeline.job"]["data"]["continuationToken"])
    assert aws.codepipeline.answer.members["jobId"] == again["CodePipeline.job"]["id"]


def test_past_the_deadline_the_job_is_stopped(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = job("InProgress")

    get_status.lambda_handler(continued(event, minutes_ago=121), context)

    assert aws.sagemaker.called("StopTrainingJob") == [{"TrainingJobName": JOB}]
    message = aws.codepipeline.answer.failure
    assert message.startswith(f"Training job {JOB} was still InProgress after 120 minutes and was stopped. Log: {LOG}")


def test_past_the_deadline_a_stopping_job_is_not_stopped_again(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = job("Stopping")

    get_status.lambda_handler(continued(event, minutes_ago=121), context)

    assert aws.sagemaker.called("StopTrainingJob") == []
    assert "was still Stopping after 120 minutes" in aws.codepipeline.answer.failure


def test_a_job_that_is_completed_past_the_deadline_counts(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = COMPLETED

    get_status.lambda_handler(continued(event, minutes_ago=121), context)

    assert aws.codepipeline.answer.done["training_job"] == JOB


def test_a_job_that_ends_while_it_is_to_be_stopped_is_looked_at_again(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = job("InProgress")
    aws.sagemaker.refuse("StopTrainingJob", "ValidationException", "The request was rejected because the job ended")

    get_status.lambda_handler(continued(event, minutes_ago=121), context)

    assert aws.codepipeline.answer.token["first_job"] == FIRST_JOB


def test_a_job_that_may_not_be_stopped_fails(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = job("InProgress")
    aws.sagemaker.refuse("StopTrainingJob", "AccessDeniedException")

    get_status.lambda_handler(continued(event, minutes_ago=121), context)

    assert aws.codepipeline.answer.failure_type == "PermissionError"


@pytest.mark.parametrize(
    ("code", "message"),
    [("ValidationException", "Requested resource not found."), ("ResourceNotFound", "No such job")],
)
def test_a_job_that_is_not_seen_yet_is_waited_for(
    aws: Aws, event: Any, context: Context, code: str, message: str
) -> None:
    aws.sagemaker.refuse("DescribeTrainingJob", code, message)

    get_status.lambda_handler(event, context)

    assert aws.codepipeline.answer.token["first_job"] == FIRST_JOB
    assert aws.codepipeline.answer.summary == f"Not found yet while looking at the training job {JOB}"


def test_a_job_that_does_not_exist_fails(aws: Aws, event: Any, context: Context) -> None:
    get_status.lambda_handler(continued(event, minutes_ago=3), context)

    assert "DescribeTrainingJob failed while looking at the training job" in aws.codepipeline.answer.failure


def test_any_other_refusal_fails_at_once(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.refuse("DescribeTrainingJob", "ValidationException", "1 validation error")

    get_status.lambda_handler(event, context)

    assert "1 validation error" in aws.codepipeline.answer.failure


def test_delivered_twice_both_deliveries_agree(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = COMPLETED

    get_status.lambda_handler(event, context)
    get_status.lambda_handler(event, context)

    assert aws.codepipeline.operations() == ["PutJobSuccessResult", "PutJobSuccessResult"]
    assert aws.output(event, FILE) == TRAINING


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("{}", "The continuation token '{}' cannot be read: retry the stage with all actions"),
        ("not JSON", "The continuation token 'not JSON' cannot be read: retry the stage"),
        ("[]", "The continuation token '[]' cannot be read"),
        ('{"version": 2, "started": 1, "first_job": "x"}', "cannot be read"),
        ('{"version": 2, "started": 1, "first_job": "x", "place": null, "more": 1}', "cannot be read"),
        (
            '{"version": 1, "started": 1, "first_job": "x", "note": ""}',
            "The continuation token has format 1, this function expects 2: the function was updated while the action"
            " went on. Now retry the stage with all actions, which begins anew.",
        ),
        ('{"version": 3, "started": 1, "place": {}}', "The continuation token has format 3, this function expects 2"),
    ],
)
def test_a_token_of_another_format_fails(aws: Aws, event: Any, context: Context, token: str, says: str) -> None:
    event["CodePipeline.job"]["data"]["continuationToken"] = token

    get_status.lambda_handler(event, context)

    assert says in aws.codepipeline.answer.failure


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"execution-id": EXECUTION}, "wait-for is missing, expected training-job or endpoint"),
        ({"wait-for": "job", "execution-id": EXECUTION}, "wait-for is 'job', expected training-job or endpoint"),
        ({"wait-for": "training-job"}, "execution-id is missing"),
        ({"wait-for": "training-job", "execution-id": "#{codepipeline.PipelineExecutionId}"}, "execution-id is '#{"),
        ({"waitfor": "training-job"}, "waitfor (with the value 'training-job') is not a known key: did you mean wait-"),
    ],
)
def test_a_bad_parameter_is_named(
    aws: Aws, event: Any, context: Context, parameters: dict[str, str], says: str
) -> None:
    get_status.lambda_handler(with_parameters(event, parameters), context)

    assert says in aws.codepipeline.answer.failure
    assert aws.codepipeline.answer.failure_type == "ConfigurationError"


def test_a_timeout_that_is_no_number_is_named(
    aws: Aws, event: Any, context: Context, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("TRAINING_TIMEOUT_MINUTES", "long")

    get_status.lambda_handler(event, context)

    assert "TRAINING_TIMEOUT_MINUTES is 'long', expected a whole number" in aws.codepipeline.answer.failure
