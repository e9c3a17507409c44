"""The condition keys that services add, and the rights that tags demand when something is created."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from localaws.authorization.matching import Context
from localaws.gate.permissions.rows import Need

Client = Callable[[str], Any]
Needed = Callable[..., list[Need]]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    }
)
BOUNDARY = "arn:aws:iam::123456789012:policy/b"

CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("cloudwatch", "PutMetricData", {"Namespace": "Wine"}, {"cloudwatch:namespace": "Wine"}),
    (
        "cloudwatch",
        "PutMetricAlarm",
        {"AlarmName": "a", "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"]},
        {"cloudwatch:alarmactions": ("arn:aws:sns:us-east-1:123456789012:t",)},
    ),
    (
        "cloudformation",
        "CreateStack",
        {"StackName": "s", "TemplateURL": "https://b.s3.amazonaws.com/t", "ResourceTypes": ["AWS::S3::*"]},
        {"cloudformation:templateurl": "https://b.s3.amazonaws.com/t", "cloudformation:resourcetypes": ("AWS::S3::*",)},
    ),
    (
        "cloudformation",
        "DeleteStack",
        {"StackName": "s", "RoleARN": "arn:aws:iam::123456789012:role/r"},
        {"cloudformation:rolearn": "arn:aws:iam::123456789012:role/r"},
    ),
    (
        "cloudformation",
        "ExecuteChangeSet",
        {"StackName": "s", "ChangeSetName": "c"},
        {"cloudformation:changesetname": "c"},
    ),
    (
        "cloudformation",
        "DescribeChangeSet",
        {"ChangeSetName": "arn:aws:cloudformation:us-east-1:123456789012:changeSet/c/51af3dc0"},
        {"cloudformation:changesetname": "c"},
    ),
    (
        "codecommit",
        "CreateCommit",
        {"repositoryName": "r", "branchName": "main"},
        {"codecommit:references": "refs/heads/main"},
    ),
    (
        "events",
        "PutTargets",
        {"Rule": "r", "Targets": [{"Id": "1", "Arn": "arn:aws:sns:us-east-1:123456789012:t"}]},
        {"events:targetarn": ("arn:aws:sns:us-east-1:123456789012:t",)},
    ),
    (
        "events",
        "PutEvents",
        {"Entries": [{"Source": "wine", "DetailType": "Poured", "Detail": "{}"}]},
        {"events:source": "wine", "events:detail-type": "Poured"},
    ),
    ("iam", "CreateRole", {"RoleName": "r", "PermissionsBoundary": BOUNDARY}, {"iam:permissionsboundary": BOUNDARY}),
    ("iam", "AttachUserPolicy", {"UserName": "u", "PolicyArn": BOUNDARY}, {"iam:policyarn": BOUNDARY}),
    ("iam", "AttachRolePolicy", {"RoleName": "none", "PolicyArn": BOUNDARY}, {"iam:policyarn": BOUNDARY}),
    ("iam", "AttachGroupPolicy", {"GroupName": "g", "PolicyArn": BOUNDARY}, {"iam:policyarn": BOUNDARY}),
    (
        "lambda",
        "AddPermission",
        {
            "FunctionName": "f",
            "StatementId": "s",
            "Action": "lambda:InvokeFunction",
            "Principal": "events.amazonaws.com",
        },
        {"lambda:principal": "events.amazonaws.com"},
    ),
    (
        "lambda",
        "CreateFunction",
        {"FunctionName": "f", "Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"]},
        {"lambda:layer": ("arn:aws:lambda:us-east-1:123456789012:layer:l:1",)},
    ),
    (
        "sagemaker",
        "CreateTrainingJob",
        {"TrainingJobName": "t", "ResourceConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "k"}},
        {"sagemaker:instancetypes": "ml.m5.large", "sagemaker:volumekmskey": "k"},
    ),
    (
        "sagemaker",
        "CreateEndpointConfig",
        {
            "EndpointConfigName": "c",
            "ProductionVariants": [{"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.c5.large"}],
        },
        {"sagemaker:instancetypes": ("ml.m5.large", "ml.c5.large")},
    ),
    (
        "sagemaker",
        "CreateModel",
        {"ModelName": "m", "EnableNetworkIsolation": True},
        {"sagemaker:networkisolation": "True"},
    ),
    (
        "sagemaker",
        "UpdateModelPackage",
        {
            "ModelPackageArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/g/1",
            "ModelApprovalStatus": "Approved",
        },
        {"sagemaker:modelapprovalstatus": "Approved"},
    ),
    (
        "sns",
        "Subscribe",
        {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Protocol": "email", "Endpoint": "a@b.c"},
        {"sns:protocol": "email", "sns:endpoint": "a@b.c"},
    ),
    ("ssm", "GetParametersByPath", {"Path": "/a", "Recursive": True}, {"ssm:recursive": "True"}),
    ("ssm", "PutParameter", {"Name": "a", "Value": "v", "Overwrite": True}, {"ssm:overwrite": "True"}),
    (
        "codepipeline",
        "UntagResource",
        {"resourceArn": "arn:aws:codepipeline:us-east-1:123456789012:p", "tagKeys": ["Team"]},
        {"aws:tagkeys": ("Team",)},
    ),
    (
        "kms",
        "Encrypt",
        {"KeyId": "alias/a", "Plaintext": b"x", "EncryptionContext": {"Purpose": "test"}},
        {
            "kms:calleraccount": "123456789012",
            "kms:encryptionalgorithm": "SYMMETRIC_DEFAULT",
            "kms:encryptioncontext:purpose": "test",
            "kms:encryptioncontextkeys": ("Purpose",),
            "kms:requestalias": "alias/a",
        },
    ),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "keys"), CASES)
def test_a_call_tells_its_condition_keys(
    needed: Needed, service: str, operation: str, parameters: dict[str, Any], keys: dict[str, Any]
) -> None:
    first, *_ = needed(service, operation, **parameters)
    assert first.context == keys


def test_a_role_has_the_boundary_that_it_has(client: Client, needed: Needed) -> None:
    name = uuid4().hex[:20]
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, PermissionsBoundary=BOUNDARY)
    (need,) = needed("iam", "PutRolePolicy", RoleName=name, PolicyName="p", PolicyDocument="{}")
    assert need.context == {"iam:permissionsboundary": BOUNDARY}


LIST = [{"Key": "Team", "Value": "wine"}]
TAGGED: list[tuple[str, str, dict[str, Any], str]] = [
    ("sagemaker", "CreateTrainingJob", {"TrainingJobName": "t", "Tags": LIST}, "sagemaker:AddTags"),
    (
        "sagemaker",
        "CreateEndpoint",
        {"EndpointName": "e", "EndpointConfigName": "c", "Tags": LIST},
        "sagemaker:AddTags",
    ),
    ("sagemaker", "CreateModel", {"ModelName": "m", "Tags": LIST}, "sagemaker:AddTags"),
    ("sagemaker", "CreateEndpointConfig", {"EndpointConfigName": "c", "Tags": LIST}, "sagemaker:AddTags"),
    ("sagemaker", "CreateModelPackageGroup", {"ModelPackageGroupName": "g", "Tags": LIST}, "sagemaker:AddTags"),
    ("sagemaker", "CreateNotebookInstance", {"NotebookInstanceName": "n", "Tags": LIST}, "sagemaker:AddTags"),
    ("iam", "CreateInstanceProfile", {"InstanceProfileName": "p", "Tags": LIST}, "iam:TagInstanceProfile"),
    ("events", "CreateEventBus", {"Name": "b", "Tags": LIST}, "events:TagResource"),
    ("lambda", "CreateFunction", {"FunctionName": "f", "Tags": {"Team": "wine"}}, "lambda:TagResource"),
    ("iam", "CreateRole", {"RoleName": "r", "Tags": LIST}, "iam:TagRole"),
    ("iam", "CreateUser", {"UserName": "u", "Tags": LIST}, "iam:TagUser"),
    ("iam", "CreatePolicy", {"PolicyName": "p", "Tags": LIST}, "iam:TagPolicy"),
    ("events", "PutRule", {"Name": "r", "Tags": LIST}, "events:TagResource"),
    ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "Tags": LIST}, "cloudwatch:TagResource"),
    ("sns", "CreateTopic", {"Name": "t", "Tags": LIST}, "SNS:TagResource"),
    ("ssm", "PutParameter", {"Name": "a", "Value": "v", "Tags": LIST}, "ssm:AddTagsToResource"),
    ("codecommit", "CreateRepository", {"repositoryName": "r", "tags": {"Team": "wine"}}, "codecommit:TagResource"),
    (
        "codepipeline",
        "CreatePipeline",
        {"pipeline": {"name": "p"}, "tags": [{"key": "Team", "value": "wine"}]},
        "codepipeline:TagResource",
    ),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "tagging"), TAGGED)
def test_tags_demand_a_right_on_what_is_created(
    needed: Needed, service: str, operation: str, parameters: dict[str, Any], tagging: str
) -> None:
    created, *others = needed(service, operation, **parameters)
    tags = {"aws:requesttag/team": "wine", "aws:tagkeys": ("Team",)}
    assert tags.items() <= dict(created.context).items()
    assert others[-1] == Need(tagging, created.resource, created.context)


def test_tags_of_a_new_key_and_of_a_new_log_group_have_places_of_their_own(needed: Needed) -> None:
    tags: Context = {"aws:requesttag/team": "wine", "aws:tagkeys": ("Team",)}
    key = needed("kms", "CreateKey", Tags=[{"TagKey": "Team", "TagValue": "wine"}])[-1]
    assert (key.action, key.resource) == ("kms:TagResource", "arn:aws:kms:us-east-1:123456789012:key/*")
    assert tags.items() <= dict(key.context).items()
    assert needed("logs", "CreateLogGroup", logGroupName="g", tags={"Team": "wine"})[-1] == Need(
        "logs:TagResource", "arn:aws:logs:us-east-1:123456789012:log-group:g", tags
    )


def test_no_tags_demand_nothing(needed: Needed) -> None:
    assert [need.action for need in needed("lambda", "CreateFunction", FunctionName="f")] == ["lambda:CreateFunction"]
