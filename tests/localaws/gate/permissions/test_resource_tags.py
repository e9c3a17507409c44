"""Policies may ask for the tags of what a call is about, in every service that keeps them."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from localaws.gate.resource_tags import keys_of

Client = Callable[[str], Any]

_STATEMENT = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [_STATEMENT]})
LIST = [{"Key": "Team", "Value": "wine"}]
KEYS = {"aws:resourcetag/team": "wine"}


def _key(kms: Any, _name: str) -> str:
    return str(kms.create_key(Tags=[{"TagKey": "Team", "TagValue": "wine"}])["KeyMetadata"]["Arn"])


def _log_group(logs: Any, name: str) -> str:
    logs.create_log_group(logGroupName=name, tags={"Team": "wine"})
    return f"arn:aws:logs:us-east-1:123456789012:log-group:{name}"


def _log_stream(logs: Any, name: str) -> str:
    return f"{_log_group(logs, name)}:log-stream:s"


def _topic(sns: Any, name: str) -> str:
    return str(sns.create_topic(Name=name, Tags=LIST)["TopicArn"])


def _rule(events: Any, name: str) -> str:
    return str(events.put_rule(Name=name, EventPattern='{"source": ["x"]}', Tags=LIST)["RuleArn"])


def _alarm(cloudwatch: Any, name: str) -> str:
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="N",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=LIST,
    )
    return f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}"


def _repository(codecommit: Any, name: str) -> str:
    made = codecommit.create_repository(repositoryName=name, tags={"Team": "wine"})
    return str(made["repositoryMetadata"]["Arn"])


def _package_group(sagemaker: Any, name: str) -> str:
    made = sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=LIST)
    return str(made["ModelPackageGroupArn"])


def _stack(cloudformation: Any, name: str) -> str:
    body = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'
    return str(cloudformation.create_stack(StackName=name, TemplateBody=body, Tags=LIST)["StackId"])


def _user(iam: Any, name: str) -> str:
    return str(iam.create_user(UserName=name, Tags=LIST)["User"]["Arn"])


def _role(iam: Any, name: str) -> str:
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=LIST)["Role"]["Arn"])


def _policy(iam: Any, name: str) -> str:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    return str(iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document), Tags=LIST)["Policy"]["Arn"])


def _parameter(ssm: Any, name: str) -> str:
    ssm.put_parameter(Name=f"/{name}/a", Value="v", Type="String", Tags=LIST)
    return f"arn:aws:ssm:us-east-1:123456789012:parameter/{name}/a"


@pytest.mark.parametrize(
    ("service", "create"),
    [
        ("cloudformation", _stack),
        ("cloudwatch", _alarm),
        ("codecommit", _repository),
        ("events", _rule),
        ("iam", _user),
        ("iam", _role),
        ("iam", _policy),
        ("kms", _key),
        ("logs", _log_group),
        ("logs", _log_stream),
        ("sagemaker", _package_group),
        ("sns", _topic),
        ("ssm", _parameter),
    ],
)
def test_a_resource_has_its_tags(client: Client, service: str, create: Callable[[Any, str], str]) -> None:
    own = {f"{service}:resourcetag/team": "wine"} if service in ("iam", "sagemaker", "ssm") else {}
    assert keys_of(create(client(service), f"tagged-{uuid4().hex[:8]}")) == KEYS | own


def test_a_function_and_its_versions_have_its_tags(client: Client, create_function: Callable[..., str]) -> None:
    name = create_function("def handler(event, context): pass", Tags={"Team": "wine"})
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert keys_of(arn) == KEYS
    assert keys_of(f"{arn}:live") == KEYS


def test_a_project_has_its_tags(client: Client, create_role: Callable[[str], str]) -> None:
    name = f"tagged-{uuid4().hex[:8]}"
    project = client("codebuild").create_project(
        name=name,
        source={"type": "NO_SOURCE", "buildspec": "version: 0.2\nphases: {build: {commands: [ls]}}"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=create_role("codebuild"),
        tags=[{"key": "Team", "value": "wine"}],
    )["project"]
    assert keys_of(project["arn"]) == KEYS


@pytest.mark.parametrize(
    "arn",
    [
        "*",
        "arn:aws:s3:::bucket/key",
        "arn:aws:iam::123456789012:role/none",
        "arn:aws:kms:us-east-1:123456789012:key/none",
        "arn:aws:lambda:us-east-1:123456789012:function:none",
        "arn:aws:sagemaker:us-east-1:123456789012:training-job/none",
        "arn:aws:cloudformation:us-east-1:123456789012:stack/none/*",
        "arn:aws:ssm:us-east-1:123456789012:*",
    ],
)
def test_what_is_not_there_has_none(arn: str) -> None:
    assert keys_of(arn) == {}
