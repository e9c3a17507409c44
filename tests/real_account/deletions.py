"""How what a test makes in an account is deleted again."""

import contextlib
import time
from collections.abc import Callable
from typing import Any

import boto3

# A client, what the operation was asked, what it answered.
Delete = Callable[[Any, dict[str, Any], dict[str, Any]], Any]
_LOOK_AGAIN = 1.0  # seconds


def _bucket(s3: Any, asked: dict[str, Any], _answer: Any) -> None:
    _empty(s3, asked["Bucket"])
    s3.delete_bucket(Bucket=asked["Bucket"])


def _empty(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
    for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def _role(iam: Any, asked: dict[str, Any], _answer: Any) -> None:
    role = {"RoleName": asked["RoleName"]}
    for policy in iam.list_role_policies(**role)["PolicyNames"]:
        iam.delete_role_policy(**role, PolicyName=policy)
    for attached in iam.list_attached_role_policies(**role)["AttachedPolicies"]:
        iam.detach_role_policy(**role, PolicyArn=attached["PolicyArn"])
    iam.delete_role(**role)


def _user(iam: Any, asked: dict[str, Any], _answer: Any) -> None:
    user = {"UserName": asked["UserName"]}
    for policy in iam.list_user_policies(**user)["PolicyNames"]:
        iam.delete_user_policy(**user, PolicyName=policy)
    for attached in iam.list_attached_user_policies(**user)["AttachedPolicies"]:
        iam.detach_user_policy(**user, PolicyArn=attached["PolicyArn"])
    for key in iam.list_access_keys(**user)["AccessKeyMetadata"]:
        iam.delete_access_key(**user, AccessKeyId=key["AccessKeyId"])
    for group in iam.list_groups_for_user(**user)["Groups"]:
        iam.remove_user_from_group(**user, GroupName=group["GroupName"])
    iam.delete_user(**user)


def _group(iam: Any, asked: dict[str, Any], _answer: Any) -> None:
    for policy in iam.list_group_policies(GroupName=asked["GroupName"])["PolicyNames"]:
        iam.delete_group_policy(GroupName=asked["GroupName"], PolicyName=policy)
    iam.delete_group(GroupName=asked["GroupName"])


def _policy(iam: Any, _asked: Any, answer: dict[str, Any]) -> None:
    arn = answer["Policy"]["Arn"]
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def _rule(events: Any, asked: dict[str, Any], _answer: Any) -> None:
    bus = {"EventBusName": asked["EventBusName"]} if "EventBusName" in asked else {}
    if targets := events.list_targets_by_rule(Rule=asked["Name"], **bus)["Targets"]:
        events.remove_targets(Rule=asked["Name"], Ids=[target["Id"] for target in targets], **bus)
    events.delete_rule(Name=asked["Name"], **bus)


def _function(functions: Any, asked: dict[str, Any], _answer: Any) -> None:
    try:
        functions.delete_function(FunctionName=asked["FunctionName"])
    finally:  # also of one that its test has deleted
        _log_group(functions, f"/aws/lambda/{asked['FunctionName']}")


def _project(codebuild: Any, asked: dict[str, Any], _answer: Any) -> None:
    codebuild.delete_project(name=asked["name"])  # no error when there is none
    _log_group(codebuild, f"/aws/codebuild/{asked['name']}")


def _log_group(client: Any, name: str) -> None:
    """Delete the group that a service made for something that wrote a log."""
    logs = boto3.client("logs", region_name=client.meta.region_name)
    with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=name)


def _log_streams(client: Any, group: str, name: str) -> None:
    """Delete what one thing logged in a group of many; the group, if nobody else has logged there, as it was made."""
    logs = boto3.client("logs", region_name=client.meta.region_name)
    group_name = {"logGroupName": f"/aws/sagemaker/{group}"}
    with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
        for stream in logs.describe_log_streams(**group_name, logStreamNamePrefix=f"{name}/")["logStreams"]:
            logs.delete_log_stream(**group_name, logStreamName=stream["logStreamName"])
        if not logs.describe_log_streams(**group_name)["logStreams"]:
            logs.delete_log_group(**group_name)  # SageMaker makes it anew when it needs it


def _stack(cloudformation: Any, asked: dict[str, Any], _answer: Any) -> None:
    for resource in cloudformation.describe_stack_resources(StackName=asked["StackName"])["StackResources"]:
        if resource["ResourceType"] == "AWS::S3::Bucket" and resource["ResourceStatus"] != "DELETE_COMPLETE":
            _empty(boto3.client("s3", region_name=cloudformation.meta.region_name), resource["PhysicalResourceId"])
    cloudformation.delete_stack(StackName=asked["StackName"])
    waiter = cloudformation.get_waiter("stack_delete_complete")
    waiter.wait(StackName=asked["StackName"], WaiterConfig={"Delay": 2, "MaxAttempts": 300})


def _endpoint(sagemaker: Any, asked: dict[str, Any], _answer: Any) -> None:
    endpoint = {"EndpointName": asked["EndpointName"]}
    try:
        # AWS deletes none that it is making or changing.
        _await(lambda: sagemaker.describe_endpoint(**endpoint)["EndpointStatus"] not in {"Creating", "Updating"})
        sagemaker.delete_endpoint(**endpoint)
    finally:  # also of one that its test has deleted
        _log_group(sagemaker, f"/aws/sagemaker/Endpoints/{asked['EndpointName']}")


def _notebook(sagemaker: Any, asked: dict[str, Any], _answer: Any) -> None:
    notebook = {"NotebookInstanceName": asked["NotebookInstanceName"]}

    def status() -> str:
        return str(sagemaker.describe_notebook_instance(**notebook)["NotebookInstanceStatus"])

    try:
        _await(lambda: status() != "Pending")
        if status() == "InService":
            sagemaker.stop_notebook_instance(**notebook)
        _await(lambda: status() in {"Stopped", "Failed"})
        sagemaker.delete_notebook_instance(**notebook)
    finally:  # also of one that its test has deleted
        # https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
        _log_streams(sagemaker, "NotebookInstances", asked["NotebookInstanceName"])


def _training_job(sagemaker: Any, asked: dict[str, Any], _answer: Any) -> None:
    job = {"TrainingJobName": asked["TrainingJobName"]}
    if sagemaker.describe_training_job(**job)["TrainingJobStatus"] == "InProgress":
        sagemaker.stop_training_job(**job)
    _await(lambda: sagemaker.describe_training_job(**job)["TrainingJobStatus"] not in {"InProgress", "Stopping"})
    _log_streams(sagemaker, "TrainingJobs", asked["TrainingJobName"])


def _transform_job(sagemaker: Any, asked: dict[str, Any], _answer: Any) -> None:
    job = {"TransformJobName": asked["TransformJobName"]}
    if sagemaker.describe_transform_job(**job)["TransformJobStatus"] == "InProgress":
        sagemaker.stop_transform_job(**job)
    _await(lambda: sagemaker.describe_transform_job(**job)["TransformJobStatus"] not in {"InProgress", "Stopping"})
    _log_streams(sagemaker, "TransformJobs", asked["TransformJobName"])


def _await(condition: Callable[[], bool]) -> None:
    """AWS takes minutes, and each of these states ends."""
    while not condition():
        time.sleep(_LOOK_AGAIN)


def _connection(connections: Any, _asked: Any, answer: dict[str, Any]) -> None:
    connections.delete_connection(ConnectionArn=answer["ConnectionArn"])


def _named(method: str, parameter: str) -> Delete:
    """What goes by the name it was made with."""
    return lambda client, asked, _answer: getattr(client, method)(**{parameter: asked[parameter]})


DELETIONS: dict[str, Delete] = {
    "cloudformation.CreateChangeSet": _stack,
    "cloudformation.CreateStack": _stack,
    "cloudwatch.PutCompositeAlarm": lambda client, asked, _: client.delete_alarms(AlarmNames=[asked["AlarmName"]]),
    "cloudwatch.PutMetricAlarm": lambda client, asked, _: client.delete_alarms(AlarmNames=[asked["AlarmName"]]),
    "codebuild.CreateProject": _project,
    "codecommit.CreateRepository": _named("delete_repository", "repositoryName"),
    "codeconnections.CreateConnection": _connection,
    "codestar-connections.CreateConnection": _connection,
    "codepipeline.CreatePipeline": lambda client, asked, _: client.delete_pipeline(name=asked["pipeline"]["name"]),
    "events.CreateEventBus": _named("delete_event_bus", "Name"),
    "events.PutRule": _rule,
    "iam.CreateGroup": _group,
    "iam.CreatePolicy": _policy,
    "iam.CreateRole": _role,
    "iam.CreateUser": _user,
    "kms.CreateAlias": _named("delete_alias", "AliasName"),
    # The shortest wait that KMS allows; a key that waits to be deleted is not billed: https://aws.amazon.com/kms/pricing/
    "kms.CreateKey": lambda client, _, answer: client.schedule_key_deletion(
        KeyId=answer["KeyMetadata"]["KeyId"], PendingWindowInDays=7
    ),
    "lambda.CreateFunction": _function,
    "logs.CreateLogGroup": _named("delete_log_group", "logGroupName"),
    "s3.CreateBucket": _bucket,
    "sagemaker.CreateEndpoint": _endpoint,
    "sagemaker.CreateEndpointConfig": _named("delete_endpoint_config", "EndpointConfigName"),
    "sagemaker.CreateModel": _named("delete_model", "ModelName"),
    "sagemaker.CreateModelPackage": lambda client, _, answer: client.delete_model_package(
        ModelPackageName=answer["ModelPackageArn"]
    ),
    "sagemaker.CreateModelPackageGroup": _named("delete_model_package_group", "ModelPackageGroupName"),
    "sagemaker.CreateNotebookInstance": _notebook,
    "sagemaker.CreateNotebookInstanceLifecycleConfig": _named(
        "delete_notebook_instance_lifecycle_config", "NotebookInstanceLifecycleConfigName"
    ),
    "sagemaker.CreateTrainingJob": _training_job,
    "sagemaker.CreateTransformJob": _transform_job,
    "sns.CreateTopic": lambda client, _, answer: client.delete_topic(TopicArn=answer["TopicArn"]),
    "ssm.PutParameter": _named("delete_parameter", "Name"),
}
# What goes with the thing that it is made in.
PARTS = frozenset(
    {
        "codecommit.CreateBranch",
        "codecommit.CreateCommit",
        "iam.CreateAccessKey",
        "iam.CreatePolicyVersion",
        "kms.CreateGrant",
        "lambda.CreateAlias",
        "logs.CreateLogStream",
        "s3.CreateMultipartUpload",
    }
)
