"""StartTraining stops what still trains for this pipeline and nobody watches, and nothing else."""

import time
from typing import Any

import pytest

import pipeline_answer
import train_model
from functions.fake_aws import DATA, RUN, Aws, Context, RefusalError, recorded
from pipeline_answer import Progress

JOB = f"winequality-sde-{RUN}"
STRAY = "winequality-sde-aaaaaaaaaaaa"
OURS = {"Key": "mlops-builtinalgo:suffix", "Value": "sde"}


@pytest.fixture
def event(aws: Aws) -> Any:
    """StartTraining's event, with good data in the data bucket."""
    event = recorded("start_training")
    version = aws.put(DATA, "train/train.csv", b"5,7.4,0.70\n6,7.8,0.88\n")
    aws.put(DATA, "validation/validation.csv", b"5,7.9,0.6\n6,7.3,0.65\n")
    event["CodePipeline.job"]["data"]["inputArtifacts"][0]["revision"] = version
    return event


@pytest.fixture
def ending(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Jobs that are stopping have stopped after two pauses: the pauses."""
    pauses: list[float] = []

    def pause(_progress: Progress, seconds: float) -> None:
        pauses.append(seconds)
        assert len(pauses) < 5, "it waits for what does not end"
        for job in aws.sagemaker.jobs.values():
            if job["TrainingJobStatus"] == "Stopping" and len(pauses) == 2:
                job["TrainingJobStatus"] = "Stopped"

    monkeypatch.setattr(Progress, "pause", pause)
    return pauses


def train(aws: Aws, name: str, **members: Any) -> None:
    aws.sagemaker.create_training_job({"TrainingJobName": name, "Tags": [OURS], **members})


def status(aws: Aws, name: str) -> str:
    return str(aws.sagemaker.jobs[name]["TrainingJobStatus"])


def test_what_nobody_watches_has_ended_before_the_next_training_starts(
    aws: Aws, event: Any, context: Context, ending: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    train(aws, STRAY)
    train(aws, "other-sde-bbbbbbbbbbbb", TrainingJobStatus="Stopping")
    train(aws, "other-sde-cccccccccccc")
    create = aws.sagemaker.create_training_job

    def start(members: dict[str, Any]) -> Any:
        assert {job["TrainingJobStatus"] for job in aws.sagemaker.jobs.values()} == {"Stopped"}
        return create(members)

    monkeypatch.setattr(aws.sagemaker, "create_training_job", start)
    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.done["training_job"] == JOB
    assert aws.codepipeline.answer.summary.endswith(
        f". Stopped first, since nobody watched them: other-sde-bbbbbbbbbbbb, other-sde-cccccccccccc, {STRAY}"
    )
    stopped = [members["TrainingJobName"] for members in aws.sagemaker.called("StopTrainingJob")]
    assert stopped == [STRAY, "other-sde-cccccccccccc"]
    assert len(ending) == 2


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("winequality-you-aaaaaaaaaaaa", {}),
        (f"{STRAY}-copy", {}),
        (STRAY, {"Tags": [{"Key": OURS["Key"], "Value": "you"}]}),
        (STRAY, {"Tags": []}),
        (STRAY, {"TrainingJobStatus": "Completed"}),
        (STRAY, {"CreationTime": time.time() + 3600}),
    ],
    ids=["another name", "a clone with all tags", "another tag", "no tag", "ended", "younger than this action"],
)
@pytest.mark.usefixtures("ending")
def test_other_jobs_go_on(aws: Aws, event: Any, context: Context, name: str, members: dict[str, Any]) -> None:
    train(aws, name, **members)

    train_model.lambda_handler(event, context)

    assert "Stopped first" not in aws.codepipeline.answer.summary
    assert status(aws, name) == members.get("TrainingJobStatus", "InProgress")


@pytest.mark.usefixtures("ending")
def test_delivered_twice_it_does_not_stop_its_own_job(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(event, context)
    train_model.lambda_handler(event, context)

    assert status(aws, JOB) == "InProgress"


@pytest.mark.usefixtures("ending")
def test_delivered_again_later_it_does_not_stop_what_was_started_since(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(event, context)
    aws.sagemaker.jobs[JOB]["TrainingJobStatus"] = "Stopped"
    train(aws, STRAY)
    train_model.lambda_handler(event, context)

    assert status(aws, STRAY) == "InProgress"


@pytest.mark.parametrize(
    ("trace", "stays"),
    [
        ("Root=1-{taken:08x}-a006649127e371903a2de979;Parent=557abcec3ee5a047;Sampled=0", True),
        ("Parent=557abcec3ee5a047;Root=1-{taken:08x}-a006649127e371903a2de979", True),
        ("Root=1-{now:08x}-a006649127e371903a2de979", False),
        ("", False),
        ("Root=2-what-ever", False),
    ],
    ids=["taken before it began", "in another order", "taken after it began", "no trace", "another format"],
)
@pytest.mark.usefixtures("ending")
def test_an_event_that_waited_does_not_stop_what_was_started_meanwhile(
    aws: Aws, event: Any, environment: pytest.MonkeyPatch, trace: str, stays: bool
) -> None:
    now = int(time.time())
    environment.setenv("_X_AMZN_TRACE_ID", trace.format(taken=now - 200, now=now))
    train(aws, STRAY, CreationTime=now - 100)

    train_model.lambda_handler(event, Context())

    assert status(aws, STRAY) == ("InProgress" if stays else "Stopped")


def test_a_job_that_has_just_ended_is_as_it_should_be(
    aws: Aws, event: Any, context: Context, ending: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    train(aws, STRAY)

    def end(_members: dict[str, Any]) -> None:
        aws.sagemaker.jobs[STRAY]["TrainingJobStatus"] = "Completed"
        raise RefusalError("ValidationException", "The request was rejected because the training job is Completed")

    monkeypatch.setattr(aws.sagemaker, "stop_training_job", end)
    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.done["training_job"] == JOB
    assert len(ending) == 1


def test_a_job_that_may_not_be_stopped_fails_the_action_by_name(aws: Aws, event: Any, context: Context) -> None:
    train(aws, STRAY)
    aws.sagemaker.refuse("StopTrainingJob", "AccessDeniedException", "not authorized")

    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.failure == (
        f"StopTrainingJob failed while stopping the training job {STRAY}, which nobody watches:"
        " AccessDeniedException: not authorized"
    )
    assert JOB not in aws.sagemaker.jobs


def test_a_job_that_does_not_end_is_named_when_the_time_is_up(aws: Aws, event: Any) -> None:
    train(aws, STRAY)

    train_model.lambda_handler(event, Context(pipeline_answer.ANSWER_SECONDS + 1))

    assert aws.codepipeline.answer.failure.startswith(
        f"Out of time while stopping the training job {STRAY}, which nobody watches. "
    )
    assert JOB not in aws.sagemaker.jobs
