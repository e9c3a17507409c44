"""Requests for training jobs that SageMaker refuses, or whose data and output are where they must not be."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
Request = Callable[..., dict[str, Any]]
FIRST_IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"

# id, the members of the request that are wrong (None: absent), how the message begins
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "an underscore in the name",
        {"TrainingJobName": "a_b"},
        "1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    ),
    (
        "a name of 64",
        {"TrainingJobName": "a" * 64},
        f"2 validation errors detected: Value '{'a' * 64}' at 'trainingJobName' failed to satisfy constraint: "
        "Member must have length less than or equal to 63",
    ),
    (
        "a long hyperparameter",
        {"HyperParameters": {"a": "b" * 2501}},
        f"1 validation error detected: Value '{{a={'b' * 2501}}}' at 'hyperParameters' failed to satisfy constraint: "
        "Map value must satisfy constraint: [Member must have length less than or equal to 2500, ",
    ),
    (
        "too many hyperparameters",
        {"HyperParameters": {str(number): "1" for number in range(101)}},
        "1 validation error detected: Value '{",
    ),
    (
        "an instance type that never was",
        {"ResourceConfig": {"InstanceType": "ml.none", "InstanceCount": 1, "VolumeSizeInGB": 1}},
        "1 validation error detected: Value 'ml.none' at 'resourceConfig.instanceType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [",
    ),
    (
        "no resources",
        {"ResourceConfig": None},
        "1 validation error detected: Value null at 'resourceConfig' failed to satisfy constraint: "
        "Member must not be null",
    ),
    (
        "no algorithm",
        {"AlgorithmSpecification": None},
        "1 validation error detected: Value null at 'algorithmSpecification' failed to satisfy constraint: "
        "Member must not be null",
    ),
    (
        "no stopping condition",
        {"StoppingCondition": None},
        "1 validation error detected: Value null at 'stoppingCondition' failed to satisfy constraint: "
        "Member must not be null",
    ),
    (
        "a role that does not exist",
        {"RoleArn": "arn:aws:iam::123456789012:role/nobody"},
        "Could not assume role arn:aws:iam::123456789012:role/nobody. Please ensure that the role exists and allows "
        "principal 'sagemaker.amazonaws.com' to assume the role.",
    ),
    (
        "an image of somebody",
        {"AlgorithmSpecification": {"TrainingImage": "mine:1", "TrainingInputMode": "File"}},
        "Requested image mine:1 not found. In us-east-1 local AWS runs the built-in XGBoost alone: ",
    ),
    (
        "an image of another region",
        {
            "AlgorithmSpecification": {
                "TrainingImage": "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0",
                "TrainingInputMode": "File",
            }
        },
        "Requested image 141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0 not found.",
    ),
    (
        "metric definitions",
        {
            "AlgorithmSpecification": {
                "TrainingImage": FIRST_IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "a", "Regex": "b"}],
            }
        },
        "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request without "
        "specifying metric definitions.",
    ),
    (
        "no instance",
        {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 0, "VolumeSizeInGB": 1}},
        "ResourceConfig.InstanceCount must be at least 1.",
    ),
    (
        "cross-validation on two instances",
        {
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1},
            "HyperParameters": {"num_round": "1", "_kfold": "3"},
        },
        "Local AWS cross-validates (_kfold) on one instance: ResourceConfig.InstanceCount must be 1.",
    ),
    (
        "checkpoints on the web",
        {"CheckpointConfig": {"S3Uri": "https://example.com/c"}},
        "Local AWS reads and writes s3:// URIs alone: CheckpointConfig.S3Uri is https://example.com/c.",
    ),
    (
        "a network",
        {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}},
        "Local AWS does not implement VpcConfig of CreateTrainingJob.",
    ),
    (
        "a wait without spot",
        {"StoppingCondition": {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 2}},
        "MaxWaitTimeInSeconds is only supported when EnableManagedSpotTraining is true.",
    ),
    (
        "output to the web",
        {"OutputDataConfig": {"S3OutputPath": "https://example.com/out"}},
        "Local AWS reads and writes s3:// URIs alone: S3OutputPath is https://example.com/out.",
    ),
    (
        "29 days",
        {"StoppingCondition": {"MaxRuntimeInSeconds": 29 * 86400}},
        "MaxRuntimeInSeconds must be less than or equal to 2419200 (28 days).",
    ),
    (
        "a tag with a comma",
        {"Tags": [{"Key": "a", "Value": "b,c"}]},
        "1 validation error detected: Value 'b,c' at 'tags.1.member.value' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ",
    ),
]


@pytest.mark.parametrize(("changes", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_request_is_refused(client: Client, job_request: Request, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_training_job(**job_request(**changes))
    code, text = _words(error)
    assert (code, text[: len(message)]) == ("ValidationException", message)


def test_no_data_is_refused_before_anything_starts(
    client: Client, job_request: Request, role: str, bucket: str
) -> None:
    channel = job_request()["InputDataConfig"][0]
    channel["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{bucket}/nothing/"
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_training_job(**job_request(InputDataConfig=[channel]))
    assert _words(error) == (
        "ValidationException",
        f'No S3 objects found under S3 URL "s3://{bucket}/nothing/" given in input data source. Please ensure that the '
        "bucket exists in the selected region (us-east-1), that objects exist under that S3 prefix, and that the role "
        f'"{role}" has "s3:ListBucket" permissions on bucket "{bucket}".',
    )


@pytest.fixture
def far_bucket(local_aws: Any, name: Callable[[], str]) -> str:
    """A bucket of another Region, with an object."""
    far, bucket = local_aws.administrator.client("s3", "eu-west-1"), name()
    far.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    far.put_object(Bucket=bucket, Key="train/0.csv", Body="1,0,5\n")
    return bucket


def test_data_of_another_region_is_refused(client: Client, job_request: Request, far_bucket: str) -> None:
    channel = job_request()["InputDataConfig"][0]
    channel["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{far_bucket}/train/"
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_training_job(**job_request(InputDataConfig=[channel]))
    assert _words(error)[0] == "ValidationException"
    assert _words(error)[1].startswith(f'No S3 objects found under S3 URL "s3://{far_bucket}/train/" given in input')


def test_output_to_another_region_fails_the_job(train: Callable[..., Any], far_bucket: str) -> None:
    job = train(OutputDataConfig={"S3OutputPath": f"s3://{far_bucket}/out"})
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed:PermanentRedirect (301): ")


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
