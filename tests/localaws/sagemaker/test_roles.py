"""What SageMaker does as the execution role: it may no more than the role."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


@pytest.fixture
def role_that_may(client: Client, bucket: str, name: Callable[[], str]) -> Callable[..., str]:
    """A function that creates an execution role which may do these actions, and returns its ARN."""

    def create(*actions: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = name()
        made = client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        allow(role, *actions)
        return str(made["Role"]["Arn"])

    def allow(role: str, *actions: str) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client("iam").put_role_policy(RoleName=role, PolicyName="actions", PolicyDocument=document)

    return create


def test_a_role_that_may_not_list_finds_no_data(
    client: Client, job_request: Callable[..., dict[str, Any]], role_that_may: Callable[..., str], bucket: str
) -> None:
    role = role_that_may("s3:GetObject", "s3:PutObject")
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_training_job(**job_request(RoleArn=role))
    assert _words(error) == (
        "ValidationException",
        f'No S3 objects found under S3 URL "s3://{bucket}/train/" given in input data source. Please ensure that the '
        "bucket exists in the selected region (us-east-1), that objects exist under that S3 prefix, and that the role "
        f'"{role}" has "s3:ListBucket" permissions on bucket "{bucket}".',
    )


def test_a_role_that_may_not_read_fails_the_job(train: Callable[..., Any], role_that_may: Callable[..., str]) -> None:
    job = train(RoleArn=role_that_may("s3:ListBucket", "s3:PutObject"))
    assert (job["TrainingJobStatus"], job["SecondaryStatusTransitions"][-2]["Status"]) == ("Failed", "Downloading")
    assert job["FailureReason"].startswith("ClientError: Data download failed:AccessDenied (403): ")


def test_a_role_that_may_not_write_fails_the_job(train: Callable[..., Any], role_that_may: Callable[..., str]) -> None:
    job = train(RoleArn=role_that_may("s3:ListBucket", "s3:GetObject"))
    assert (job["TrainingJobStatus"], job["SecondaryStatusTransitions"][-2]["Status"]) == ("Failed", "Uploading")
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed:AccessDenied (403): ")


def test_a_role_without_logs_and_metrics_trains_in_silence(
    client: Client, train: Callable[..., Any], role_that_may: Callable[..., str]
) -> None:
    job = train(RoleArn=role_that_may("s3:ListBucket", "s3:GetObject", "s3:PutObject"))
    assert job["TrainingJobStatus"] == "Completed"
    with contextlib.suppress(client("logs").exceptions.ResourceAlreadyExistsException):
        client("logs").create_log_group(logGroupName="/aws/sagemaker/TrainingJobs")
    streams = client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=job["TrainingJobName"]
    )
    dimensions = [{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}]
    metrics = client("cloudwatch").list_metrics(Namespace="/aws/sagemaker/TrainingJobs", Dimensions=dimensions)
    assert (streams["logStreams"], metrics["Metrics"]) == ([], [])


def test_a_role_that_may_not_read_makes_no_model(
    client: Client, completed_job: Any, role_that_may: Callable[..., str], name: Callable[[], str]
) -> None:
    url = completed_job["ModelArtifacts"]["S3ModelArtifacts"]
    role = role_that_may("s3:ListBucket")
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_model(
            ModelName=name(), ExecutionRoleArn=role, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": url}
        )
    code, message = _words(error)
    expected = f'Could not access model data at {url}. Please ensure that the role "{role}" exists'
    assert (code, message[: len(expected)]) == ("ValidationException", expected)


def test_a_permission_lost_before_the_download_fails_the_endpoint(
    client: Client,
    completed_job: Any,
    role_that_may: Callable[..., str],
    name: Callable[[], str],
    *,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
) -> None:
    role, model = role_that_may("s3:GetObject"), name()
    container = {"Image": IMAGE, "ModelDataUrl": completed_job["ModelArtifacts"]["S3ModelArtifacts"]}
    client("sagemaker").create_model(ModelName=model, ExecutionRoleArn=role, PrimaryContainer=container)
    client("iam").delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="actions")
    variant = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "ModelName": model}
    found = client("sagemaker").describe_endpoint(EndpointName=create_endpoint(create_config(variant)))
    reason = f'Failed to download model data from URL "{container["ModelDataUrl"]}". '
    assert (found["EndpointStatus"], found["FailureReason"][: len(reason)]) == ("Failed", reason)


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
