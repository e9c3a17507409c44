"""An artifact that cannot be used is named, with what is wrong with it and what to do."""

import io
import json
import zipfile
from typing import Any

import pytest

import get_status
from functions.documents import STARTED
from functions.fake_aws import ARTIFACTS, Aws, Context, recorded

KEY = "mlops-builtinalgo-s/StartedTra/D0YHsJn"


@pytest.fixture
def event(aws: Aws) -> Any:
    """An event whose input artifact is still to be put."""
    return recorded("get_training_status")


def zipped(name: str, text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, f"s3://{ARTIFACTS}/{KEY}: NoSuchKey"),
        (b"5,1,2\n", "it is not a zip"),
        (b"", "it is not a zip"),
        (zipped("other.json", "{}"), "it holds no training.json"),
        (zipped("training.json", "{"), "training.json is not JSON: Expecting property name"),
        (zipped("training.json", "[]"), "training.json is not a JSON object"),
        (zipped("training.json", "{}"), "training.json has version None, expected 1"),
        (zipped("training.json", '{"version": 2}'), "training.json has version 2, expected 1"),
        (
            zipped("training.json", json.dumps({key: STARTED[key] for key in STARTED if key not in ("data", "image")})),
            "training.json lacks data, image",
        ),
        (zipped("training.json", " " * 2_000_000), "training.json is not JSON"),
    ],
    ids=["missing", "a CSV", "empty", "another file", "torn", "a list", "no version", "new", "incomplete", "huge"],
)
def test_an_artifact_that_cannot_be_used_is_named(
    aws: Aws, event: Any, context: Context, body: bytes | None, says: str
) -> None:
    if body is not None:
        aws.put(ARTIFACTS, KEY, body)

    get_status.lambda_handler(event, context)

    message = aws.codepipeline.answer.failure
    assert f"The input artifact StartedTraining cannot be used: {says}" in message
    assert "Release the pipeline again" in message


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([], "exactly one artifact in InputArtifacts, it has: none."),
        (["A", "B"], "exactly one artifact in InputArtifacts, it has: A, B."),
    ],
)
def test_an_action_with_the_wrong_number_of_inputs_says_so(
    aws: Aws, event: Any, context: Context, names: list[str], says: str
) -> None:
    data = event["CodePipeline.job"]["data"]
    [artifact] = data["inputArtifacts"]
    data["inputArtifacts"] = [{**artifact, "name": name} for name in names]

    get_status.lambda_handler(event, context)

    assert says in aws.codepipeline.answer.failure
    assert aws.codepipeline.answer.failure_type == "ConfigurationError"


def test_an_output_without_a_key_of_the_pipeline_is_left_to_the_buckets_encryption(
    aws: Aws, event: Any, context: Context
) -> None:
    aws.put(ARTIFACTS, KEY, zipped("training.json", json.dumps(STARTED)))
    aws.sagemaker.jobs[STARTED["training_job"]] = {
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/m"},
    }

    get_status.lambda_handler(event, context)

    assert aws.codepipeline.answer.done
    place = event["CodePipeline.job"]["data"]["outputArtifacts"][0]["location"]["s3Location"]
    stored = aws.s3.head_object(Bucket=place["bucketName"], Key=place["objectKey"])
    assert stored.get("ServerSideEncryption") != "aws:kms"


def test_an_artifact_that_may_not_be_read_is_told_with_the_missing_permission(
    aws: Aws, event: Any, context: Context
) -> None:
    words = aws.deny(KEY)

    get_status.lambda_handler(event, context)

    assert aws.codepipeline.answer.failure.endswith(f": AccessDenied: {words}")
    assert aws.codepipeline.answer.failure_type == "PermissionError"
