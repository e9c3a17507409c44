"""StartTraining's copy of the data: a part for each instance, and large files copied by S3 itself."""

from typing import Any

import pytest

import pipeline_answer
import run_copy
import train_model
from clients import Clients
from functions.fake_aws import DATA, MODELS, RUN, Aws, Context, recorded, with_parameters
from functions.training_data import VALIDATION, at_version, put_data
from pipeline_answer import Progress
from pipeline_job import Job

SCALE = 5500  # by which lines are longer than 11 bytes, so that 100 of them are more than the 5 MiB of a part


@pytest.fixture
def event(aws: Aws) -> Any:
    """StartTraining's event for good data."""
    return at_version(recorded("start_training"), put_data(aws)[0])


def on_instances(event: Any, count: int) -> Any:
    parameters = {"traincompute": "ml.m5.large", "model-name": "winequality", "hp-num-round": "100"}
    return with_parameters(event, parameters | {"traininstancecount": str(count)})


def copies(aws: Aws) -> dict[str, bytes]:
    found = aws.s3.list_objects_v2(Bucket=MODELS).get("Contents", [])
    return {
        item["Key"].removeprefix(f"runs/{RUN}/"): aws.s3.get_object(Bucket=MODELS, Key=item["Key"])["Body"].read()
        for item in found
    }


def test_several_instances_have_a_part_of_the_training_data_each(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(on_instances(event, 2), context)

    assert copies(aws) == {
        "train/part-1.csv": b"5,7.4,0.70\n",
        "train/part-2.csv": b"6,7.8,0.88\n7,11.2,0.28\n",
        "validation/validation.csv": VALIDATION,
    }
    [request] = aws.sagemaker.called("CreateTrainingJob")
    assert request["ResourceConfig"]["InstanceCount"] == 2
    kinds = [channel["DataSource"]["S3DataSource"]["S3DataDistributionType"] for channel in request["InputDataConfig"]]
    assert kinds == ["ShardedByS3Key", "FullyReplicated"]


def test_fewer_rows_than_instances_are_refused(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(on_instances(event, 4), context)

    assert aws.codepipeline.answer.failure == (
        "train/train.csv has 3 rows, expected at least one for each of the 4 instances: mend traininstancecount, or the"
        " file, and release the pipeline again."
    )
    assert copies(aws) == {}


@pytest.fixture
def large(aws: Aws, event: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, bytes]:
    """The event for a train.csv of a size that S3 copies, in three parts, and its content of 200 lines."""
    monkeypatch.setattr(run_copy, "PART", 1000 * SCALE)
    rows = b"".join(label + b",7.4,0.7".ljust(11 * SCALE - 2, b"0") + b"\n" for label in (b"5", b"6")) * 100
    return at_version(event, aws.put(DATA, "train/train.csv", rows)), rows


def test_a_large_file_is_copied_by_s3_itself(aws: Aws, large: tuple[Any, bytes], context: Context) -> None:
    event, rows = large
    train_model.lambda_handler(event, context)

    assert copies(aws)["train/train.csv"] == rows
    assert aws.s3.head_object(Bucket=MODELS, Key=f"runs/{RUN}/train/train.csv")["ContentType"] == "text/csv"
    reads = [url for method, url, _ in aws.s3_requests if method == "GET" and "/train/train.csv" in url]
    assert len(reads) == 1  # the check's


def test_a_large_file_is_cut_by_s3_itself(aws: Aws, large: tuple[Any, bytes], context: Context) -> None:
    event, rows = large
    train_model.lambda_handler(on_instances(event, 3), context)

    parts = [copies(aws)[f"train/part-{number}.csv"] for number in (1, 2, 3)]
    assert b"".join(parts) == rows
    assert [part[-1:] for part in parts] == [b"\n"] * 3
    assert [part.count(b"\n") for part in parts] == [66, 67, 67]
    reads = [url for method, url, _ in aws.s3_requests if method == "GET" and "/train/train.csv" in url]
    assert len(reads) == 1


def test_what_is_copied_of_a_part_is_counted_from_its_beginning(
    aws: Aws, large: tuple[Any, bytes], clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress, told = Progress(), []

    def note(request: Any) -> None:
        if "partNumber=2" in request.url:
            told.append(progress.doing)

    monkeypatch.setattr(aws, "note_s3", note)
    job = Job.from_event(on_instances(large[0], 2))
    train_model.start_training(job, train_model.Settings.read(), clients, progress)

    into = f"copying train/train.csv to runs/{RUN}/train/part"
    assert told == [f"{into}-{number}.csv, {1000 * SCALE} of {1100 * SCALE} bytes copied" for number in (1, 2)]


def test_a_copy_that_is_not_ended_is_given_up(
    aws: Aws, large: tuple[Any, bytes], clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress()

    def run_out(request: Any) -> None:
        if "partNumber=2" in request.url:
            progress.over.set()

    monkeypatch.setattr(aws, "note_s3", run_out)

    with pytest.raises(pipeline_answer._OutOfTimeError):
        train_model.start_training(Job.from_event(large[0]), train_model.Settings.read(), clients, progress)
    assert copies(aws) == {}
    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket=MODELS)
