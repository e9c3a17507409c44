"""StartTraining, through its handler: what it makes, hands on and refuses."""

import json
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ResponseStreamingError
from botocore.response import StreamingBody
from botocore.retries import standard

import pipeline_answer
import train_model
from clients import Clients
from functions.fake_aws import ARTIFACTS, DATA, MODELS, RUN, Aws, Context, RefusalError, recorded, with_parameters
from functions.training_data import TRAIN, VALIDATION, at_version, put_data
from pipeline_answer import Progress
from pipeline_job import Job

JOB = f"winequality-sde-{RUN}"
FILE = "training.json"


@pytest.fixture
def data(aws: Aws) -> tuple[str, str]:
    """Good data in the data bucket: the versions of train.csv and validation.csv."""
    return put_data(aws)


@pytest.fixture
def event(data: tuple[str, str]) -> Any:
    """StartTraining's event for that train.csv."""
    return at_version(recorded("start_training"), data[0])


def test_starts_a_training_job_on_a_copy_of_the_data(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.done == {"run_id": RUN, "training_job": JOB}
    [request] = aws.sagemaker.called("CreateTrainingJob")
    assert request == {
        "TrainingJobName": JOB,
        "RoleArn": "arn:aws:iam::123456789012:role/SageMakerRole",
        "AlgorithmSpecification": {
            "TrainingImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0",
            "TrainingInputMode": "File",
        },
        "HyperParameters": {"num_round": "100", "eta": "0.1", "objective": "reg:squarederror"},
        "InputDataConfig": [channel("train"), channel("validation")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{MODELS}/runs/{RUN}"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Tags": [
            {"Key": "mlops-builtinalgo:suffix", "Value": "sde"},
            {"Key": "mlops-builtinalgo:run-id", "Value": RUN},
        ],
    }


def channel(name: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{MODELS}/runs/{RUN}/{name}/",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": source},
    }


def test_hands_on_training_json(aws: Aws, event: Any, data: tuple[str, str], context: Context) -> None:
    train_model.lambda_handler(event, context)

    assert aws.output(event, FILE) == {
        "version": 1,
        "run_id": RUN,
        "model_name": "winequality",
        "training_job": JOB,
        "image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0",
        "hyperparameters": {"num_round": "100", "eta": "0.1", "objective": "reg:squarederror"},
        "data": {
            "bucket": DATA,
            "train": {"key": "train/train.csv", "version": data[0], "rows": 3},
            "validation": {"key": "validation/validation.csv", "version": data[1], "rows": 2},
            "copy": f"s3://{MODELS}/runs/{RUN}/",
        },
        "columns": 2,
        "label_mean": 6.0,
    }


def test_trains_on_the_version_that_the_pipeline_saw(aws: Aws, event: Any, context: Context) -> None:
    aws.put(DATA, "train/train.csv", b"1,2,3\n2,3,4\n")

    train_model.lambda_handler(event, context)

    assert "newest" not in aws.codepipeline.answer.summary
    copy = aws.s3.get_object(Bucket=MODELS, Key=f"runs/{RUN}/train/train.csv")
    assert copy["Body"].read() == TRAIN
    assert copy["ContentType"] == "text/csv"


def test_copies_the_validation_data_that_it_checked(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(event, context)

    copy = aws.s3.get_object(Bucket=MODELS, Key=f"runs/{RUN}/validation/validation.csv")
    assert copy["Body"].read() == VALIDATION
    [source] = [url for method, url, _ in aws.s3_requests if method == "PUT" and "/validation/" in url]
    assert MODELS in source


@pytest.mark.parametrize("breaks", [[3], [1, 2, 3], [1, 2, 3, 4]], ids=str)
def test_a_file_that_breaks_off_is_read_on_from_there(
    aws: Aws, event: Any, context: Context, monkeypatch: pytest.MonkeyPatch, breaks: list[int]
) -> None:
    whole, reads = StreamingBody.read, []

    def read(body: StreamingBody, amt: int | None = None) -> Any:
        if amt == 10:  # a chunk of a data file
            reads.append(body)
            if len(reads) in breaks:
                aws.put(DATA, "train/train.csv", b"9,9,9\n" * 20)  # of which nothing may be read
                raise ResponseStreamingError(error="Connection broken")
        return whole(body, amt)

    monkeypatch.setattr(train_model, "_CHUNK", 10)
    monkeypatch.setattr(StreamingBody, "read", read)
    train_model.lambda_handler(event, context)

    if len(breaks) < 4:
        assert aws.codepipeline.answer.summary.startswith(f"Training job {JOB}: 3 rows of train/train.csv")
    else:
        assert aws.codepipeline.answer.failure == (
            "AWS could not be called while checking train/train.csv:"
            " An error occurred while reading from response stream: Connection broken"
        )


def test_the_key_of_the_stack_encrypts_the_output(
    aws: Aws, event: Any, context: Context, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("KMS_KEY_ARN", "arn:aws:kms:us-east-1:123456789012:key/k")

    train_model.lambda_handler(event, context)

    [request] = aws.sagemaker.called("CreateTrainingJob")
    assert request["OutputDataConfig"]["KmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/k"


def test_delivered_twice_it_starts_one_job_and_both_deliveries_agree(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(event, context)
    first = aws.output(event, FILE)
    train_model.lambda_handler(event, context)

    assert len(aws.sagemaker.jobs) == 1
    assert aws.output(event, FILE) == first
    assert aws.codepipeline.operations() == ["PutJobSuccessResult", "PutJobSuccessResult"]


def test_a_job_of_that_name_that_is_not_ours_is_a_failure(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.jobs[JOB] = {"TrainingJobName": JOB, "OutputDataConfig": {"S3OutputPath": "s3://elsewhere"}}

    train_model.lambda_handler(event, context)

    assert f"training job {JOB} that this pipeline did not start exists" in aws.codepipeline.answer.failure


def test_without_training_json_no_job_is_started(aws: Aws, event: Any, context: Context) -> None:
    place = event["CodePipeline.job"]["data"]["outputArtifacts"][0]["location"]["s3Location"]
    place["bucketName"] = "no-such-bucket"

    train_model.lambda_handler(event, context)

    assert "PutObject failed while handing on training.json: NoSuchBucket" in aws.codepipeline.answer.failure
    assert aws.sagemaker.calls == []


def test_out_of_time_after_training_json_no_job_is_started(
    aws: Aws, event: Any, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress()

    def run_out(request: Any) -> None:
        if ARTIFACTS in request.url:
            progress.over.set()

    monkeypatch.setattr(aws, "note_s3", run_out)

    with pytest.raises(pipeline_answer._OutOfTimeError):
        train_model.start_training(Job.from_event(event), train_model.Settings.read(), clients, progress)
    assert aws.has_output(event)
    assert aws.sagemaker.calls == []


@pytest.mark.parametrize("artifact", [{"revision": None}, {"revision": ""}, {}], ids=["null", "empty", "absent"])
def test_an_artifact_without_a_version_means_the_newest_and_the_summary_says_so(
    aws: Aws, event: Any, context: Context, artifact: dict[str, Any]
) -> None:
    given = event["CodePipeline.job"]["data"]["inputArtifacts"][0]
    del given["revision"]
    given |= artifact
    newest = aws.put(DATA, "train/train.csv", TRAIN + b"8,7.4,0.66\n")

    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.summary.startswith(
        f"Training job {JOB}: 4 rows of train/train.csv at version {newest} (the newest: the input artifact names none)"
    )
    assert aws.output(event, FILE)["data"]["train"] == {"key": "train/train.csv", "version": newest, "rows": 4}


@pytest.mark.parametrize("channel_name", ["train", "validation"])
def test_missing_data_is_named(aws: Aws, event: Any, context: Context, channel_name: str) -> None:
    key = f"{channel_name}/{channel_name}.csv"
    for version in aws.s3.list_object_versions(Bucket=DATA, Prefix=key)["Versions"]:
        aws.s3.delete_object(Bucket=DATA, Key=key, VersionId=version["VersionId"])

    train_model.lambda_handler(event, context)

    message = aws.codepipeline.answer.failure
    assert f"s3://{DATA}/{key}" in message
    assert "upload it" in message
    assert aws.sagemaker.calls == []


@pytest.mark.parametrize(
    ("which", "body", "says"),
    [
        ("train", b"quality,a,b\n5,1,2\n", "train/train.csv, line 1, column 1: 'quality' is not a number"),
        ("train", b"5,1,2\n6,x,3\n", "train/train.csv, line 2, column 2: 'x' is not a number"),
        (
            "train",
            b"5,1,2\n5.0,1,3\n",
            "train/train.csv, line 2, column 1: every label is 5, expected at least two different ones in the first"
            " column, the label's. Mend the file, ",
        ),
        ("train", b"5,1,2\n", "train/train.csv, line 1, column 1: every label is 5"),
        ("validation", b"6,1,2\n6,1,3\n", "validation/validation.csv, line 2, column 1: every label is 6"),
        ("train", b"", "train/train.csv, line 1: the file is empty"),
        (
            "validation",
            b"5,1,2\n6,1\n",
            "validation/validation.csv, line 2: 2 columns, expected 3 as in train/train.csv",
        ),
        ("validation", b"5,1,2,9\n6,1,2,9\n", "validation/validation.csv, line 1: 4 columns, expected 3 as in train/"),
        ("validation", b"5,1,2\n\n6,1,2\n", "validation/validation.csv, line 2: an empty row"),
    ],
)
def test_bad_data_is_refused_before_anything_is_made(aws: Aws, event: Any, which: str, body: bytes, says: str) -> None:
    version = aws.put(DATA, f"{which}/{which}.csv", body)

    train_model.lambda_handler(at_version(event, version) if which == "train" else event, Context())

    assert says in aws.codepipeline.answer.failure
    assert aws.sagemaker.calls == []
    assert aws.s3.list_objects_v2(Bucket=MODELS)["KeyCount"] == 0


def test_parameters_are_checked_before_anything_is_called(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(with_parameters(event, {"traincompute": "large"}), context)

    assert aws.codepipeline.answer.failure_type == "ConfigurationError"
    assert aws.sagemaker.calls == []
    assert aws.s3_requests == []


def test_missing_user_parameters_say_so(aws: Aws, context: Context) -> None:
    train_model.lambda_handler(recorded("start_training_without_user_parameters"), context)

    assert "UserParameters: this is not JSON" in aws.codepipeline.answer.failure


def test_the_pipelines_key_encrypts_the_artifact(aws: Aws, key: str, data: tuple[str, str], context: Context) -> None:
    event = at_version(recorded("start_training_with_encryption_key"), data[0])
    event["CodePipeline.job"]["data"]["encryptionKey"]["id"] = key

    train_model.lambda_handler(event, context)

    place = event["CodePipeline.job"]["data"]["outputArtifacts"][0]["location"]["s3Location"]
    stored = aws.s3.head_object(Bucket=place["bucketName"], Key=place["objectKey"])
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert stored["SSEKMSKeyId"] == key


def test_the_job_has_its_credentials_for_artifacts_alone(aws: Aws, event: Any, context: Context) -> None:
    train_model.lambda_handler(event, context)

    assert {(bucket(url), key) for _, url, key in aws.s3_requests} == {
        ("mlops-builtinalgo-pipeline-artifacts-sde", "ASIAJOBJOBJOBJOBJOBJ"),
        (DATA, "AKIAROLEROLEROLEROLE"),
        (MODELS, "AKIAROLEROLEROLEROLE"),
    }


def bucket(url: str) -> str:
    return url.removeprefix("https://").partition(".")[0]


def test_a_refused_call_is_told_with_its_code(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.refuse("CreateTrainingJob", "AccessDeniedException", "not authorized to perform sagemaker:AddTags")

    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.failure_type == "PermissionError"
    assert aws.codepipeline.answer.failure == (
        f"CreateTrainingJob failed while starting the training job {JOB}:"
        " AccessDeniedException: not authorized to perform sagemaker:AddTags"
    )


@pytest.mark.parametrize("key", ["train/train.csv", "validation/validation.csv"])
def test_data_that_may_not_be_read_is_told_with_the_missing_permission(
    aws: Aws, event: Any, context: Context, key: str
) -> None:
    words = aws.deny(key)

    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.failure.endswith(f": AccessDenied: {words}")
    assert aws.codepipeline.answer.failure_type == "PermissionError"


def test_a_job_that_starts_too_late_is_stopped(aws: Aws, event: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    create = aws.sagemaker.create_training_job

    def late(members: dict[str, Any]) -> dict[str, Any]:
        assert aws.codepipeline.given.wait(10)
        return create(members)

    monkeypatch.setattr(aws.sagemaker, "create_training_job", late)

    train_model.lambda_handler(event, Context(pipeline_answer.ANSWER_SECONDS + 1))

    assert aws.codepipeline.answer.failure.startswith(f"Out of time while starting the training job {JOB}. ")
    assert aws.sagemaker.jobs[JOB]["TrainingJobStatus"] == "Stopping"


def test_a_job_that_may_have_started_without_an_answer_is_stopped(
    aws: Aws, event: Any, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = aws.sagemaker.create_training_job

    def unanswered(members: dict[str, Any]) -> None:
        with suppress(RefusalError):
            create(members)
        raise ConnectionClosedError(endpoint_url="https://api.sagemaker")

    monkeypatch.setattr(aws.sagemaker, "create_training_job", unanswered)
    monkeypatch.setattr(standard.ExponentialBackoff, "delay_amount", lambda _self, _context: 0)

    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.failure.startswith(
        f"AWS could not be called while starting the training job {JOB}: Connection was closed"
    )
    assert aws.sagemaker.jobs[JOB]["TrainingJobStatus"] == "Stopping"


def test_a_job_of_somebody_else_is_not_stopped(aws: Aws, event: Any, context: Context) -> None:
    other = {"TrainingJobName": JOB, "OutputDataConfig": {"S3OutputPath": "s3://elsewhere"}}
    aws.sagemaker.create_training_job(other)

    train_model.lambda_handler(event, context)

    assert "that this pipeline did not start exists already" in aws.codepipeline.answer.failure
    assert aws.sagemaker.jobs[JOB]["TrainingJobStatus"] == "InProgress"


def test_a_quota_that_is_used_up_is_told_with_what_to_do(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.refuse("CreateTrainingJob", "ResourceLimitExceeded", "The account-level service limit is 0.")

    train_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.failure == (
        f"CreateTrainingJob failed while starting the training job {JOB}:"
        " ResourceLimitExceeded: The account-level service limit is 0."
        " Request an increase in Service Quotas for this instance type or the serverless concurrency,"
        " or use another traincompute (training) or HostingInstanceType (endpoints)."
    )


def test_a_missing_variable_of_the_function_is_named(
    aws: Aws, event: Any, context: Context, environment: pytest.MonkeyPatch
) -> None:
    environment.delenv("MODEL_BUCKET")

    train_model.lambda_handler(event, context)

    assert "environment variable MODEL_BUCKET is missing" in aws.codepipeline.answer.failure


def test_the_workshops_own_parameters_work(aws: Aws, event: Any, context: Context) -> None:
    pasted = (
        '{ "traincompute": "ml.c4.2xlarge", "model-name": "winequality",'
        ' "container-path": "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1",'
        ' "modelartifactout": "mlops-builtinalgo-model-artifacts-sde", "resourceidentifier": "sde",'
        ' "databucket": "mlops-builtinalgo-data-sde", "hp-num-round": "20", "num-round": "3",'
        ' "hp-min-child-weight": "6", "hp-subsample": "0.7"}'
    )

    train_model.lambda_handler(with_parameters(event, pasted), context)

    assert aws.codepipeline.answer.done["training_job"] == JOB
    [request] = aws.sagemaker.called("CreateTrainingJob")
    assert request["HyperParameters"] == {
        "num_round": "20",
        "min_child_weight": "6",
        "subsample": "0.7",
        "objective": "reg:linear",
    }
    assert request["ResourceConfig"]["InstanceType"] == "ml.c4.2xlarge"
    assert json.loads(pasted)["container-path"] == request["AlgorithmSpecification"]["TrainingImage"]
