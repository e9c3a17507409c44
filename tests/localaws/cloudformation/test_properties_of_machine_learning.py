"""SageMaker's resources: each property is seen in its service, also after a change.

A row is a type, properties, how to look at the resource, and what is seen; then other properties, what is seen after
an update to them, and the resources that it needs.
"""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
BUCKET = "models-of-templates"
_PATIENCE = {"Delay": 1, "MaxAttempts": 60}
_TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def tag(value: str) -> list[dict[str, str]]:
    """Return one tag."""
    return [{"Key": "colour", "Value": value}]


def script(text: str) -> list[dict[str, str]]:
    """Return a lifecycle script."""
    return [{"Content": base64.b64encode(text.encode()).decode()}]


ROLE_ARN = {"Fn::GetAtt": ["Role", "Arn"]}
ROLE = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Statement": [_TRUST]},
            "Policies": [{"PolicyName": "all", "PolicyDocument": _EVERYTHING}],
        },
    }
}
CONTAINER = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz", "Environment": {"A": "b"}}
MODEL: dict[str, Any] = {
    "Model": {
        "Type": "AWS::SageMaker::Model",
        "Properties": {"ExecutionRoleArn": ROLE_ARN, "PrimaryContainer": CONTAINER},
    },
    **ROLE,
}


def variant(name: str) -> dict[str, Any]:
    """Return a production variant of the model."""
    model = {"Fn::GetAtt": "Model.ModelName"}
    return {
        "VariantName": name,
        "ModelName": model,
        "ServerlessConfig": {"MaxConcurrency": "2", "MemorySizeInMB": 2048},
    }


def on_instances(name: str, count: int = 1) -> dict[str, Any]:
    """Return a production variant of the model on instances."""
    model = {"Fn::GetAtt": "Model.ModelName"}
    return {"VariantName": name, "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": count}


def config(of: dict[str, Any]) -> dict[str, Any]:
    """Return an endpoint configuration of one variant."""
    return {"Type": "AWS::SageMaker::EndpointConfig", "Properties": {"ProductionVariants": [of]}}


CONFIGS = {"One": config(variant("one")), "Two": config(variant("two")), **MODEL}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 50,
    "DestinationS3Uri": f"s3://{BUCKET}/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
AT_ONCE = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
    }
}


def config_name(config_id: str) -> dict[str, str]:
    """Return the name of an endpoint configuration."""
    return {"Fn::GetAtt": f"{config_id}.EndpointConfigName"}


def tags_of(client: Any, arn: str) -> list[str]:
    tags = client("sagemaker").list_tags(ResourceArn=arn)["Tags"]
    return [tag["Value"] for tag in tags if not tag["Key"].startswith("aws:")]


def see_model(client: Any, arn: str) -> Any:
    found = client("sagemaker").describe_model(ModelName=arn.rpartition("/")[2])
    container = found.get("PrimaryContainer") or found["Containers"][0]
    return (
        container["Image"] == IMAGE,
        container["Environment"],
        found["ExecutionRoleArn"].endswith("-Role-" + found["ExecutionRoleArn"].rpartition("-")[2]),
        found.get("EnableNetworkIsolation", False),
        tags_of(client, arn),
    )


def see_config(client: Any, arn: str) -> Any:
    found = client("sagemaker").describe_endpoint_config(EndpointConfigName=arn.rpartition("/")[2])
    (shown,) = found["ProductionVariants"]
    return shown["VariantName"], shown["ServerlessConfig"], found.get("KmsKeyId"), tags_of(client, arn)


def see_capture(client: Any, arn: str) -> Any:
    """Return what an endpoint configuration captures."""
    name = arn.rpartition("/")[2]
    return client("sagemaker").describe_endpoint_config(EndpointConfigName=name).get("DataCaptureConfig")


def see_deployment(client: Any, arn: str) -> tuple[Any, ...]:
    """Return an endpoint's variant, its instances, and how it was deployed."""
    found = client("sagemaker").describe_endpoint(EndpointName=arn.rpartition("/")[2])
    (of,) = found["ProductionVariants"]
    return of["VariantName"], of["CurrentInstanceCount"], found.get("LastDeploymentConfig")


def see_endpoint(client: Any, arn: str) -> Any:
    found = client("sagemaker").describe_endpoint(EndpointName=arn.rpartition("/")[2])
    return found["EndpointStatus"], found["ProductionVariants"][0]["VariantName"], tags_of(client, arn)


def see_group(client: Any, arn: str) -> Any:
    found = client("sagemaker").describe_model_package_group(ModelPackageGroupName=arn.rpartition("/")[2])
    return found["ModelPackageGroupName"], found["ModelPackageGroupDescription"], tags_of(client, arn)


def see_scripts(client: Any, arn: str) -> Any:
    name = arn.rpartition("/")[2]
    found = client("sagemaker").describe_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name)
    return found["OnCreate"], found["OnStart"], tags_of(client, arn)


def see_notebook(client: Any, arn: str) -> Any:
    found = client("sagemaker").describe_notebook_instance(NotebookInstanceName=arn.rpartition("/")[2])
    shown = ("NotebookInstanceStatus", "InstanceType", "VolumeSizeInGB", "RootAccess", "DefaultCodeRepository")
    return {
        "settings": [found.get(name) for name in shown],
        "has scripts": "NotebookInstanceLifecycleConfigName" in found,
        "fixed": [found.get(name) for name in ("DirectInternetAccess", "KmsKeyId", "PlatformIdentifier")],
        "tags": tags_of(client, arn),
    }


NOTEBOOK = {"PlatformIdentifier": "notebook-al2-v2", "KmsKeyId": "a-key", "DirectInternetAccess": "Enabled"}
SCRIPTS = {"Scripts": {"Type": "AWS::SageMaker::NotebookInstanceLifecycleConfig"}, **ROLE}
ROWS: list[tuple[Any, ...]] = [
    (
        "AWS::SageMaker::Model",
        {
            "EnableNetworkIsolation": True,
            "ExecutionRoleArn": ROLE_ARN,
            "ModelName": "a-model-by-name",
            "PrimaryContainer": CONTAINER,
            "Tags": tag("red"),
        },
        see_model,
        (True, {"A": "b"}, True, True, ["red"]),
        {
            "EnableNetworkIsolation": True,
            "ExecutionRoleArn": ROLE_ARN,
            "ModelName": "a-model-by-name",
            "PrimaryContainer": CONTAINER,
            "Tags": tag("blue"),
        },
        (True, {"A": "b"}, True, True, ["blue"]),
        ROLE,
    ),
    (
        "AWS::SageMaker::Model",
        {"ExecutionRoleArn": ROLE_ARN, "Containers": [CONTAINER]},
        see_model,
        (True, {"A": "b"}, True, False, []),
        {"ExecutionRoleArn": ROLE_ARN, "Containers": [CONTAINER | {"Environment": {"A": "c"}}]},
        (True, {"A": "c"}, True, False, []),
        ROLE,
    ),
    (
        "AWS::SageMaker::EndpointConfig",
        {
            "EndpointConfigName": "a-configuration-by-name",
            "KmsKeyId": "a-key",
            "ProductionVariants": [variant("one")],
            "Tags": tag("red"),
        },
        see_config,
        ("one", {"MaxConcurrency": 2, "MemorySizeInMB": 2048}, "a-key", ["red"]),
        {"ProductionVariants": [variant("two")]},
        ("two", {"MaxConcurrency": 2, "MemorySizeInMB": 2048}, None, []),
        MODEL,
    ),
    (
        "AWS::SageMaker::EndpointConfig",
        {"ProductionVariants": [on_instances("one")], "DataCaptureConfig": CAPTURE},
        see_capture,
        CAPTURE,
        {"ProductionVariants": [on_instances("one")]},
        None,
        MODEL,
    ),
    (
        "AWS::SageMaker::Endpoint",
        {
            "EndpointConfigName": config_name("One"),
            "DeploymentConfig": AT_ONCE,
            "RetainAllVariantProperties": "true",
        },
        see_deployment,
        ("one", 1, None),
        {
            "EndpointConfigName": config_name("Two"),
            "DeploymentConfig": AT_ONCE,
            "RetainAllVariantProperties": "true",
        },
        ("one", 1, AT_ONCE),
        {"One": config(on_instances("one")), "Two": config(on_instances("one", 2)), **MODEL},
    ),
    (
        "AWS::SageMaker::Endpoint",
        {"EndpointConfigName": config_name("One"), "EndpointName": "an-endpoint-by-name", "Tags": tag("red")},
        see_endpoint,
        ("InService", "one", ["red"]),
        {"EndpointConfigName": config_name("Two"), "EndpointName": "an-endpoint-by-name"},
        ("InService", "two", []),
        CONFIGS,
    ),
    (
        "AWS::SageMaker::ModelPackageGroup",
        {"ModelPackageGroupDescription": "what", "ModelPackageGroupName": "a-group-by-name", "Tags": tag("red")},
        see_group,
        ("a-group-by-name", "what", ["red"]),
        {"ModelPackageGroupDescription": "what", "ModelPackageGroupName": "a-group-by-name", "Tags": tag("blue")},
        ("a-group-by-name", "what", ["blue"]),
    ),
    (
        "AWS::SageMaker::NotebookInstanceLifecycleConfig",
        {
            "NotebookInstanceLifecycleConfigName": "scripts-by-name",
            "OnCreate": script("one"),
            "OnStart": script("two"),
            "Tags": tag("red"),
        },
        see_scripts,
        (script("one"), script("two"), ["red"]),
        {"NotebookInstanceLifecycleConfigName": "scripts-by-name", "OnStart": script("three"), "Tags": tag("red")},
        ([], script("three"), ["red"]),
    ),
    (
        "AWS::SageMaker::NotebookInstance",
        NOTEBOOK
        | {
            "DefaultCodeRepository": "https://github.com/a/b",
            "InstanceType": "ml.t3.medium",
            "LifecycleConfigName": {"Fn::GetAtt": "Scripts.NotebookInstanceLifecycleConfigName"},
            "NotebookInstanceName": "a-notebook-by-name",
            "RoleArn": ROLE_ARN,
            "RootAccess": "Disabled",
            "Tags": tag("red"),
            "VolumeSizeInGB": "10",
        },
        see_notebook,
        {
            "settings": ["InService", "ml.t3.medium", 10, "Disabled", "https://github.com/a/b"],
            "has scripts": True,
            "fixed": ["Enabled", "a-key", "notebook-al2-v2"],
            "tags": ["red"],
        },
        NOTEBOOK
        | {
            "InstanceType": "ml.t3.large",
            "NotebookInstanceName": "a-notebook-by-name",
            "RoleArn": ROLE_ARN,
            "RootAccess": "Enabled",
            "VolumeSizeInGB": 20,
        },
        {
            "settings": ["InService", "ml.t3.large", 20, "Enabled", None],
            "has scripts": False,
            "fixed": ["Enabled", "a-key", "notebook-al2-v2"],
            "tags": [],
        },
        SCRIPTS,
    ),
]


@pytest.fixture(scope="module", autouse=True)
def model(local_aws: Any) -> None:
    """A model that a training job has made, at the place that the rows name."""
    services = ("s3", "iam", "sagemaker")
    s3, iam, sagemaker = (local_aws.administrator.client(service, "us-east-1") for service in services)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="train/train.csv", Body="1,0,5\n3,1,5\n" * 10)
    name = f"trainer-{time.time_ns()}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [_TRUST]}))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(_EVERYTHING))
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/"}}
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={"num_round": "1"},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": source}],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        RoleArn=role,
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name, WaiterConfig=_PATIENCE)
    made = sagemaker.describe_training_job(TrainingJobName=name)["ModelArtifacts"]["S3ModelArtifacts"]
    s3.copy_object(Bucket=BUCKET, Key="model.tar.gz", CopySource=made.removeprefix("s3://"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{'-'.join(row[1])[:60]}")
def test_properties_are_seen_in_the_service(prove: Callable[..., None], row: tuple[Any, ...]) -> None:
    prove(*row)


@pytest.mark.parametrize("kind", sorted({row[0] for row in ROWS}))
def test_every_property_of_a_provider_has_a_row(unproved: Callable[..., set[str]], kind: str) -> None:
    assert unproved(kind, ROWS) == set()


def test_an_endpoint_that_does_not_come_into_service_fails_with_its_reason(stack: Any) -> None:
    broken = {**MODEL["Model"]["Properties"], "PrimaryContainer": CONTAINER | {"ModelDataUrl": f"s3://{BUCKET}/none"}}
    resources = CONFIGS | {
        "Model": {"Type": "AWS::SageMaker::Model", "Properties": broken},
        "Endpoint": {"Type": "AWS::SageMaker::Endpoint", "Properties": {"EndpointConfigName": config_name("One")}},
    }

    after = stack.create({"Resources": resources}, Capabilities=["CAPABILITY_IAM"])

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    failed = [event for event in stack.events() if event["ResourceStatus"] == "CREATE_FAILED"]
    assert f"s3://{BUCKET}/none" in failed[0]["ResourceStatusReason"]
