"""What EventBridge hears of training jobs and endpoints."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Client = Callable[[str], Any]
KEEP = """
    import boto3, json, os
    def handler(event, context):
        boto3.client("s3").put_object(
            Bucket=os.environ["BUCKET"], Key=f"{os.environ['PREFIX']}/{event['id']}", Body=json.dumps(event)
        )
"""


@pytest.fixture
def heard(
    client: Client, create_function: Callable[..., str], bucket: str, name: Callable[[], str]
) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """A function that listens to an event pattern, or, without one, returns what was heard so far."""
    prefix, rule = name(), name()
    function = create_function(KEEP, Environment={"Variables": {"BUCKET": bucket, "PREFIX": prefix}})
    arn = client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    client("lambda").add_permission(
        FunctionName=function, StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )

    def listen(pattern: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        if pattern:
            client("events").put_rule(Name=rule, EventPattern=json.dumps(pattern))
            client("events").put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": arn}])
        found = client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", ())
        return [json.load(client("s3").get_object(Bucket=bucket, Key=item["Key"])["Body"]) for item in found]

    yield listen
    client("events").remove_targets(Rule=rule, Ids=["1"])
    client("events").delete_rule(Name=rule)


@pytest.mark.slow
def test_each_step_of_a_job_is_told(
    heard: Callable[..., list[dict[str, Any]]],
    train: Callable[..., Any],
    name: Callable[[], str],
    wait: Callable[..., Any],
) -> None:
    job_name = name()
    heard({"source": ["aws.sagemaker"], "detail": {"TrainingJobName": [job_name]}})
    job = train(TrainingJobName=job_name, Tags=[{"Key": "team", "Value": "wine"}])
    events = wait(heard, lambda events: len(events) == 5)
    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert sorted(event["detail"]["SecondaryStatus"] for event in events) == sorted(steps)
    (last,) = [event for event in events if event["detail"]["TrainingJobStatus"] == "Completed"]
    assert (last["detail-type"], last["resources"]) == ("SageMaker Training Job State Change", [job["TrainingJobArn"]])
    assert last["detail"]["Tags"] == {"team": "wine"}
    assert last["detail"]["CreationTime"] == int(job["CreationTime"].timestamp() * 1000)


def test_each_status_of_a_transform_job_is_told(
    client: Client,
    heard: Callable[..., list[dict[str, Any]]],
    create_model: Callable[..., str],
    bucket: str,
    name: Callable[[], str],
    *,
    wait: Callable[..., Any],
) -> None:
    job, data = name(), {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train/"}}
    heard({"source": ["aws.sagemaker"], "detail": {"TransformJobName": [job]}})
    client("sagemaker").create_transform_job(
        TransformJobName=job,
        ModelName=create_model(),
        TransformInput={"DataSource": data, "ContentType": "text/csv"},  # with its labels, which is a column too many
        TransformOutput={"S3OutputPath": f"s3://{bucket}/told"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    events = wait(heard, lambda events: len(events) == 2)
    assert {event["detail-type"] for event in events} == {"SageMaker Transform Job State Change"}
    assert {event["detail"]["TransformJobStatus"] for event in events} == {"InProgress", "Failed"}


def test_an_approval_is_told(
    client: Client, heard: Callable[..., list[dict[str, Any]]], name: Callable[[], str], wait: Callable[..., Any]
) -> None:
    group = name()
    heard({"source": ["aws.sagemaker"], "detail": {"ModelPackageGroupName": [group]}})
    client("sagemaker").create_model_package_group(ModelPackageGroupName=group)
    container = {"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"}
    package = client("sagemaker").create_model_package(
        ModelPackageGroupName=group, InferenceSpecification={"Containers": [container]}
    )["ModelPackageArn"]
    client("sagemaker").update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    events = wait(heard, lambda events: len(events) == 2)
    assert {event["detail-type"] for event in events} == {"SageMaker Model Package State Change"}
    approvals = {event["detail"]["ModelApprovalStatus"] for event in events}
    assert approvals == {"PendingManualApproval", "Approved"}


def test_each_status_of_a_notebook_is_told(
    client: Client,
    heard: Callable[..., list[dict[str, Any]]],
    role: str,
    name: Callable[[], str],
    wait: Callable[..., Any],
) -> None:
    notebook = name()
    heard({"source": ["aws.sagemaker"], "detail": {"NotebookInstanceName": [notebook]}})
    client("sagemaker").create_notebook_instance(
        NotebookInstanceName=notebook, InstanceType="ml.t3.medium", RoleArn=role
    )
    events = wait(heard, lambda events: len(events) == 2)
    assert {event["detail"]["NotebookInstanceStatus"] for event in events} == {"Pending", "InService"}


def test_each_status_of_an_endpoint_is_told(
    client: Client,
    heard: Callable[..., list[dict[str, Any]]],
    create_endpoint: Callable[[str], str],
    create_config: Callable[..., str],
    wait: Callable[..., Any],
) -> None:
    config = create_config()
    heard({"detail-type": ["SageMaker Endpoint State Change"], "detail": {"EndpointConfigName": [config]}})
    client("sagemaker").delete_endpoint(EndpointName=create_endpoint(config))
    events = wait(heard, lambda events: len(events) == 3)
    assert {event["detail"]["EndpointStatus"] for event in events} == {"CREATING", "IN_SERVICE", "DELETING"}
