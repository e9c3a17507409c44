"""A role, a bucket with data, a trained model, and ways to train and to serve."""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

Client = Callable[[str], Any]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
# The label is 1 where the first feature is 0, and 3 where it is 1; one round from 2 gives exactly that.
ROWS = "1,0,5\n3,1,5\n" * 10
EXACT = {"num_round": "1", "objective": "reg:squarederror", "base_score": "2", "eta": "1", "lambda": "0"}
SERVERLESS: dict[str, Any] = {
    "VariantName": "AllTraffic",
    "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 20},
}
_PATIENCE = 60.0


@pytest.fixture(scope="session")
def role(client: Client) -> str:
    """The ARN of an execution role that trusts SageMaker."""
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    name = f"execution-{uuid.uuid4().hex[:8]}"
    made = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    client("iam").put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(everything))
    return str(made["Role"]["Arn"])


@pytest.fixture(scope="session")
def bucket(client: Client) -> str:
    """A bucket with training and validation data."""
    name = f"data-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    for channel in ("train", "validation"):
        client("s3").put_object(Bucket=name, Key=f"{channel}/{channel}.csv", Body=ROWS)
    return name


@pytest.fixture(scope="session")
def name() -> Callable[[], str]:
    """A function that returns a name nobody else has."""
    return lambda: f"n-{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def wait() -> Callable[[Callable[[], Any], Callable[[Any], bool]], Any]:
    """A function that asks until the answer is the wanted one, and returns it."""

    def poll(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = ask()
            if wanted(answer):
                return answer
            assert time.monotonic() < deadline, answer
            time.sleep(0.04)

    return poll


@pytest.fixture(scope="session")
def job_request(role: str, bucket: str, name: Callable[[], str]) -> Callable[..., dict[str, Any]]:
    """A function that returns a request for a training job; parameters replace its top-level members (None: absent)."""

    def request(**changes: Any) -> dict[str, Any]:
        channels = [
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{channel}/"}},
            }
            for channel in ("train", "validation")
        ]
        whole = {
            "TrainingJobName": name(),
            "HyperParameters": EXACT,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": role,
            "InputDataConfig": channels,
            "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }
        return {name: value for name, value in (whole | changes).items() if value is not None}

    return request


@pytest.fixture(scope="session")
def train(client: Client, job_request: Callable[..., dict[str, Any]], wait: Callable[..., Any]) -> Callable[..., Any]:
    """A function that runs a training job to its end and returns its description."""

    def run(**changes: Any) -> Any:
        request = job_request(**changes)
        client("sagemaker").create_training_job(**request)
        return wait(
            lambda: client("sagemaker").describe_training_job(TrainingJobName=request["TrainingJobName"]),
            lambda job: job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
        )

    return run


@pytest.fixture(scope="session")
def completed_job(train: Callable[..., Any]) -> Any:
    """The description of a job that has ended well; its model's scores are exactly 1 and 3."""
    return train()


@pytest.fixture(scope="session")
def create_model(client: Client, role: str, completed_job: Any, name: Callable[[], str]) -> Callable[..., str]:
    """A function that creates a model and returns its name; parameters change its container."""

    def create(**container: Any) -> str:
        model = name()
        primary = {"Image": IMAGE, "ModelDataUrl": completed_job["ModelArtifacts"]["S3ModelArtifacts"]} | container
        client("sagemaker").create_model(ModelName=model, ExecutionRoleArn=role, PrimaryContainer=primary)
        return model

    return create


@pytest.fixture(scope="session")
def create_config(client: Client, create_model: Callable[..., str], name: Callable[[], str]) -> Callable[..., str]:
    """A function that creates an endpoint configuration of these variants (or one, serverless) and returns its name."""

    def create(*variants: Mapping[str, Any]) -> str:
        config = name()
        whole = [
            {"ModelName": variant.get("ModelName") or create_model(), **variant} for variant in variants or [SERVERLESS]
        ]
        client("sagemaker").create_endpoint_config(EndpointConfigName=config, ProductionVariants=whole)
        return config

    return create


@pytest.fixture(scope="session")
def settle(client: Client, wait: Callable[..., Any]) -> Callable[[str], Any]:
    """A function that waits until an endpoint has stopped changing and returns its description."""
    return lambda endpoint: wait(
        lambda: client("sagemaker").describe_endpoint(EndpointName=endpoint),
        lambda found: found["EndpointStatus"] not in ("Creating", "Updating", "RollingBack"),
    )


@pytest.fixture(scope="session")
def create_endpoint(
    client: Client, settle: Callable[[str], Any], wait: Callable[..., Any], name: Callable[[], str]
) -> Iterator[Callable[[str], str]]:
    """A function that serves a configuration and returns the endpoint's name once it has settled."""
    made = []

    def create(config: str) -> str:
        endpoint = name()
        client("sagemaker").create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
        made.append(endpoint)
        settle(endpoint)
        return endpoint

    yield create
    left = {endpoint["EndpointName"] for endpoint in client("sagemaker").list_endpoints(MaxResults=100)["Endpoints"]}
    for endpoint in left.intersection(made):
        client("sagemaker").delete_endpoint(EndpointName=endpoint)


@pytest.fixture(scope="session")
def endpoint(create_config: Callable[..., str], create_endpoint: Callable[[str], str]) -> str:
    """A serverless endpoint in service, for tests that only invoke it."""
    return create_endpoint(create_config())
