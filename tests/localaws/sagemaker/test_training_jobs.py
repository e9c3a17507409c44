"""Training jobs: what they leave behind, how they fail, how they stop, how they are found again."""

import io
import os
import signal
import tarfile
from collections.abc import Callable
from math import ceil
from typing import Any

import pytest
import xgboost
from botocore.exceptions import ClientError

from localaws.clock import durations
from localaws.sagemaker import logs
from localaws.sagemaker.errors import UNVERIFIED_INTERNAL_ERROR

Client = Callable[[str], Any]
Request = Callable[..., dict[str, Any]]
# One round from 2 gives exactly 1 and 3.
EXACT = {"objective": "reg:squarederror", "base_score": "2", "eta": "1", "lambda": "0"}
FIRST_IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"


def test_a_job_goes_through_its_steps(completed_job: Any) -> None:
    job = completed_job
    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    starting, downloading, *_, completed = job["SecondaryStatusTransitions"]
    assert job["CreationTime"] <= starting["StartTime"]
    assert (job["TrainingStartTime"], job["TrainingEndTime"]) == (downloading["StartTime"], completed["EndTime"])
    assert job["BillableTimeInSeconds"] == ceil((job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds())


def test_a_step_begins_when_the_one_before_it_ends(completed_job: Any) -> None:
    steps = completed_job["SecondaryStatusTransitions"]
    assert [step["EndTime"] for step in steps[:-1]] == [step["StartTime"] for step in steps[1:]]
    assert [step["StatusMessage"] for step in steps] == [
        "Preparing the instances for training",
        "Downloading input data",
        "Training image download completed. Training in progress.",
        "Uploading generated training model",
        "Training job completed",
    ]


def test_the_model_is_a_tar_with_one_file(client: Client, completed_job: Any, bucket: str) -> None:
    key = f"out/{completed_job['TrainingJobName']}/output/model.tar.gz"
    assert completed_job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{bucket}/{key}"
    with tarfile.open(fileobj=io.BytesIO(client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())) as tar:
        assert tar.getnames() == ["xgboost-model"]
        member = tar.extractfile("xgboost-model")
        assert member
        booster = xgboost.Booster(model_file=bytearray(member.read()))
    assert booster.predict(xgboost.DMatrix([[0, 5], [1, 5]])).tolist() == [1, 3]


def test_cross_validation_leaves_a_model_a_fold_and_predictions(
    client: Client, train: Callable[..., Any], bucket: str
) -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    job = train(
        HyperParameters=EXACT | {"num_round": "1", "_kfold": "3"},
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/folds", "KmsKeyId": key},
    )
    place = f"folds/{job['TrainingJobName']}/output"
    found = {}
    for name in ("model", "output"):
        stored = client("s3").get_object(Bucket=bucket, Key=f"{place}/{name}.tar.gz")
        assert stored["SSEKMSKeyId"] == key
        with tarfile.open(fileobj=io.BytesIO(stored["Body"].read())) as tar:
            found[name] = tar.getnames()
    assert found == {
        "model": ["xgboost-model-0", "xgboost-model-1", "xgboost-model-2"],
        "output": ["predictions.csv"],
    }


def test_a_job_that_puts_out_a_model_alone_stores_it_alone(client: Client, completed_job: Any, bucket: str) -> None:
    prefix = f"out/{completed_job['TrainingJobName']}/"
    stored = client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    assert [item["Key"].removeprefix(prefix) for item in stored] == ["output/model.tar.gz"]


def test_the_last_metrics_are_final(completed_job: Any) -> None:
    metrics = {metric["MetricName"]: metric["Value"] for metric in completed_job["FinalMetricDataList"]}
    assert metrics == {"train:rmse": 0.0, "validation:rmse": 0.0}


def test_forty_metrics_are_final(client: Client, train: Callable[..., Any], job_request: Request, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="classes/0.csv", Body="0,0,5\n1,1,5\n" * 10)
    channels = job_request()["InputDataConfig"]
    for channel in channels:
        channel["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{bucket}/classes/"
    metrics = "accuracy,balanced_accuracy,f1,f1_binary,f1_macro,precision,precision_macro,precision_micro,recall,"
    metrics += "recall_macro,recall_micro,mae,mse,rmse,r2,error,error@0.2,error@0.4,error@0.6,error@0.8,auc,mphe"
    whole = {"num_round": "1", "objective": "binary:logistic", "eval_metric": metrics}
    job = train(HyperParameters=whole, InputDataConfig=channels)
    assert (job["TrainingJobStatus"], len(job["FinalMetricDataList"])) == ("Completed", 40)


def test_the_log_is_one_stream_of_the_job(client: Client, completed_job: Any) -> None:
    job = completed_job
    group = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
    prefix = f"{job['TrainingJobName']}/algo-1-"
    streams = client("logs").describe_log_streams(**group, logStreamNamePrefix=prefix)["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == [f"{prefix}{int(job['CreationTime'].timestamp())}"]
    events = client("logs").get_log_events(**group, logStreamName=streams[0]["logStreamName"])["events"]
    assert "[0]#011train-rmse:0.00000#011validation-rmse:0.00000" in [event["message"] for event in events]


def test_the_model_is_encrypted_with_the_key(client: Client, train: Callable[..., Any], bucket: str) -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    job = train(OutputDataConfig={"S3OutputPath": f"s3://{bucket}/encrypted/", "KmsKeyId": key})
    stored = client("s3").head_object(Bucket=bucket, Key=f"encrypted/{job['TrainingJobName']}/output/model.tar.gz")
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_prefix_is_a_plain_prefix(
    client: Client, train: Callable[..., Any], bucket: str, job_request: Request
) -> None:
    for key in ("many/train", "many/train-old/deep", "many/other"):
        client("s3").put_object(Bucket=bucket, Key=f"{key}.csv", Body="1,0,5\n3,1,5\n")
    channel = job_request()["InputDataConfig"][0]
    channel["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{bucket}/many/train"
    job = train(InputDataConfig=[channel])
    assert "Train matrix has 4 rows and 2 columns" in _log(client, job)


def test_what_a_console_leaves_for_a_folder_is_no_data(
    client: Client, train: Callable[..., Any], bucket: str, job_request: Request
) -> None:
    for key, body in (("folder/", ""), ("folder/empty/", ""), ("folder/rows.csv", "1,0,5\n3,1,5\n")):
        client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    channel = job_request()["InputDataConfig"][0]
    channel["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{bucket}/folder/"
    job = train(InputDataConfig=[channel])
    assert job["TrainingJobStatus"] == "Completed"
    assert "Train matrix has 2 rows and 2 columns" in _log(client, job)


def test_a_model_trained_on_libsvm_serves_libsvm(
    client: Client,
    train: Callable[..., Any],
    job_request: Request,
    bucket: str,
    *,
    create_model: Callable[..., str],
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
) -> None:
    client("s3").put_object(Bucket=bucket, Key="libsvm/train", Body="1 0:0 1:5\n3 0:1 1:5\n" * 10)
    channel = job_request()["InputDataConfig"][0]
    del channel["ContentType"]  # the image's default is text/libsvm
    channel["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{bucket}/libsvm/"
    job = train(InputDataConfig=[channel])
    model = create_model(ModelDataUrl=job["ModelArtifacts"]["S3ModelArtifacts"])
    variant = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "ModelName": model}
    answer = client("sagemaker-runtime").invoke_endpoint(
        EndpointName=create_endpoint(create_config(variant)), ContentType="text/libsvm", Body="0:0 1:5\n0:1 1:5\n"
    )
    assert answer["Body"].read() == b"1.0\n3.0\n"


@pytest.mark.slow
def test_the_image_s_one_checkpoint_is_kept_and_not_found_again(
    client: Client, train: Callable[..., Any], bucket: str, name: Callable[[], str]
) -> None:
    prefix = name()
    asked = {"CheckpointConfig": {"S3Uri": f"s3://{bucket}/{prefix}"}, "HyperParameters": EXACT | {"num_round": "3"}}
    for _ in range(2):
        job = train(**asked)
        assert "Resuming" not in _log(client, job)
    kept = client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/")["Contents"]
    assert [item["Key"] for item in kept] == [f"{prefix}/xgboost-checkpoint_0.ubj"]


def test_a_checkpoint_of_an_earlier_image_is_gone_on_from(
    client: Client, train: Callable[..., Any], completed_job: Any, bucket: str, name: Callable[[], str]
) -> None:
    prefix, key = name(), f"out/{completed_job['TrainingJobName']}/output/model.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())) as tar:
        member = tar.extractfile("xgboost-model")
        assert member
        client("s3").put_object(Bucket=bucket, Key=f"{prefix}/xgboost-checkpoint.0", Body=member.read())
    job = train(
        CheckpointConfig={"S3Uri": f"s3://{bucket}/{prefix}/", "LocalPath": "/opt/ml/kept"},
        HyperParameters=EXACT | {"num_round": "3"},
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
    )
    assert (job["TrainingJobStatus"], job["CheckpointConfig"]["LocalPath"]) == ("Completed", "/opt/ml/kept")
    lines = _log(client, job).splitlines()
    assert sum("Resuming from iteration 1" in line for line in lines) == 1
    assert sum("#011train-rmse" in line for line in lines) == 2


def test_a_step_takes_the_time_of_the_clock(
    client: Client, job_request: Request, wait: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "sagemaker_step", 3600.0)
    request = job_request()
    client("sagemaker").create_training_job(**request)
    job = client("sagemaker").describe_training_job(TrainingJobName=request["TrainingJobName"])
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("InProgress", "Starting")
    client("sagemaker").stop_training_job(TrainingJobName=request["TrainingJobName"])
    steps = [step["Status"] for step in _end(client, request, wait)["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Stopping", "Stopped"]


def test_a_process_that_ignores_the_signal_is_killed(
    client: Client, job_request: Request, wait: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from localaws import children

    monkeypatch.setattr(durations, "training_stop_grace", 0.2)
    request = _start_endless(client, job_request, wait)
    for process in list(children._running):
        if "localaws.xgboost_container.train" in list(process.args):  # type: ignore[arg-type]
            os.kill(process.pid, signal.SIGSTOP)  # a stopped process takes no SIGTERM
    client("sagemaker").stop_training_job(TrainingJobName=request["TrainingJobName"])
    assert _end(client, request, wait)["TrainingJobStatus"] == "Stopped"


def test_the_first_image_trains_and_says_with_what(client: Client, train: Callable[..., Any]) -> None:
    job = train(
        AlgorithmSpecification={"TrainingImage": FIRST_IMAGE, "TrainingInputMode": "File"},
        HyperParameters={"num_round": "2", "silent": "0"},
    )
    assert job["TrainingJobStatus"] == "Completed"
    assert f"trains with XGBoost {xgboost.__version__}" in _log(client, job)


@pytest.mark.parametrize("instance_type", ["ml.c4.2xlarge", "ml.m6i.large", "ml.c7i.large"])
def test_instance_types_of_today_are_accepted(
    client: Client, job_request: Request, instance_type: str, wait: Callable[..., Any]
) -> None:
    request = job_request(ResourceConfig={"InstanceType": instance_type, "InstanceCount": 1, "VolumeSizeInGB": 1})
    client("sagemaker").create_training_job(**request)
    client("sagemaker").stop_training_job(TrainingJobName=request["TrainingJobName"])
    _end(client, request, wait)


def test_a_bad_hyperparameter_fails_the_job_later(train: Callable[..., Any]) -> None:
    job = train(HyperParameters={"num_round": "1", "eta": "1.5"})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"].startswith("AlgorithmError: framework error: \nTraceback (most recent call last):\n")
    assert "ModelArtifacts" not in job


def test_the_reason_is_cut_as_aws_cuts_it(train: Callable[..., Any]) -> None:
    assert len(train(HyperParameters={"num_round": "1", "objective": "x" * 2000})["FailureReason"]) == 1024


def test_an_upload_that_fails_fails_the_job(train: Callable[..., Any]) -> None:
    job = train(OutputDataConfig={"S3OutputPath": "s3://no-such-bucket-anywhere/out"})
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed:NoSuchBucket (404): ")


@pytest.mark.parametrize(
    ("keep", "left", "seconds"),
    [("false", False, 0.5), pytest.param("true", True, 6, marks=pytest.mark.slow)],
)
def test_a_job_may_take_only_its_time(
    train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, *, keep: str, left: bool, seconds: float
) -> None:
    monkeypatch.setattr(durations, "training_second", seconds / 86400)  # the default is a day
    endless = {"num_round": "10000000", "save_model_on_termination": keep}
    job = train(HyperParameters=endless, StoppingCondition={})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert ("ModelArtifacts" in job) is left


def test_a_stopped_job_may_leave_a_model(
    client: Client, job_request: Request, wait: Callable[..., Any], bucket: str
) -> None:
    request = _start_endless(client, job_request, wait, save_model_on_termination="true")
    client("sagemaker").stop_training_job(TrainingJobName=request["TrainingJobName"])
    job = _end(client, request, wait)
    assert job["SecondaryStatus"] == "Stopped"
    key = f"out/{job['TrainingJobName']}/output/model.tar.gz"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{bucket}/{key}"
    assert client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0


def test_a_running_job_stops(client: Client, job_request: Request, wait: Callable[..., Any]) -> None:
    request = _start_endless(client, job_request, wait)
    client("sagemaker").stop_training_job(TrainingJobName=request["TrainingJobName"])
    job = _end(client, request, wait)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Stopping", "Stopped"]


def test_a_killed_process_fails_the_job(client: Client, job_request: Request, wait: Callable[..., Any]) -> None:
    from localaws import children

    request = _start_endless(client, job_request, wait)
    for process in list(children._running):
        if "localaws.xgboost_container.train" in list(process.args):  # type: ignore[arg-type]
            os.kill(process.pid, signal.SIGKILL)
    job = _end(client, request, wait)
    assert (job["TrainingJobStatus"], job["FailureReason"]) == ("Failed", "AlgorithmError: , exit code: 137")


def test_a_job_that_local_aws_cannot_follow_leaves_no_process(
    train: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from localaws import children

    def fail(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    before = set(children._running)
    monkeypatch.setattr(logs, "follow", fail)
    job = train(HyperParameters={"num_round": "10000000"})
    assert (job["TrainingJobStatus"], job["FailureReason"]) == ("Failed", UNVERIFIED_INTERNAL_ERROR)
    assert set(children._running) - before == set()


def test_a_job_that_has_ended_cannot_be_stopped(client: Client, completed_job: Any) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").stop_training_job(TrainingJobName=completed_job["TrainingJobName"])
    assert _words(error) == (
        "ValidationException",
        "The request was rejected because the training job is in status Completed.",
    )


def test_a_name_is_used_once(client: Client, job_request: Request, completed_job: Any) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_training_job(**job_request(TrainingJobName=completed_job["TrainingJobName"]))
    code, text = _words(error)
    assert code == "ResourceInUse"
    assert text.startswith(
        "Training job names must be unique within an AWS account and region, and a training job with this name "
        "already exists"
    )


def test_a_deleted_job_frees_its_name(client: Client, train: Callable[..., Any]) -> None:
    name = train(HyperParameters={"num_round": "0"})["TrainingJobName"]
    client("sagemaker").delete_training_job(TrainingJobName=name)
    with pytest.raises(ClientError) as error:
        client("sagemaker").describe_training_job(TrainingJobName=name)
    assert _words(error) == ("ValidationException", "Requested resource not found.")


def test_jobs_are_listed_by_name_and_status_page_by_page(
    client: Client, train: Callable[..., Any], name: Callable[[], str]
) -> None:
    prefix, wrong = name(), {"num_round": "0"}
    for number in range(3):
        train(TrainingJobName=f"{prefix}-{number}", HyperParameters=wrong)  # fails at once
    train(TrainingJobName=f"{prefix}-good")
    asked = {"NameContains": prefix, "StatusEquals": "Failed", "SortBy": "Name", "SortOrder": "Descending"}
    pages = client("sagemaker").get_paginator("list_training_jobs").paginate(**asked, PaginationConfig={"PageSize": 2})
    found = [[job["TrainingJobName"] for job in page["TrainingJobSummaries"]] for page in pages]
    assert found == [[f"{prefix}-2", f"{prefix}-1"], [f"{prefix}-0"]]


def test_a_job_keeps_its_tags(client: Client, train: Callable[..., Any]) -> None:
    tagged = {"Tags": [{"Key": "team", "Value": "wine"}], "HyperParameters": {"num_round": "0"}}
    arn = train(**tagged)["TrainingJobArn"]
    client("sagemaker").add_tags(ResourceArn=arn, Tags=[{"Key": "run", "Value": "1"}])
    client("sagemaker").delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert client("sagemaker").list_tags(ResourceArn=arn)["Tags"] == [{"Key": "run", "Value": "1"}]


def _start_endless(
    client: Client, job_request: Request, wait: Callable[..., Any], **hyperparameters: str
) -> dict[str, Any]:
    request = job_request(HyperParameters={"num_round": "10000000"} | hyperparameters)
    client("sagemaker").create_training_job(**request)
    wait(
        lambda: client("sagemaker").describe_training_job(TrainingJobName=request["TrainingJobName"]),
        lambda job: job["SecondaryStatus"] == "Training" and "[1]#011train-rmse" in _log(client, job),
    )
    return request


def _end(client: Client, request: dict[str, Any], wait: Callable[..., Any]) -> Any:
    return wait(
        lambda: client("sagemaker").describe_training_job(TrainingJobName=request["TrainingJobName"]),
        lambda job: job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
    )


def _log(client: Client, job: Any) -> str:
    logs, group = client("logs"), {"logGroupName": "/aws/sagemaker/TrainingJobs"}
    try:
        streams = logs.describe_log_streams(**group, logStreamNamePrefix=f"{job['TrainingJobName']}/")["logStreams"]
    except logs.exceptions.ResourceNotFoundException:
        return ""
    names = [stream["logStreamName"] for stream in streams]
    events = [logs.get_log_events(**group, logStreamName=name, startFromHead=True)["events"] for name in names]
    return "\n".join(event["message"] for stream in events for event in stream)


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
