"""The aws:cloudformation tags: who has them, and that they are nobody's but CloudFormation's."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
IAM = {"Capabilities": ["CAPABILITY_IAM"]}


def allow(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": allow("lambda")}}
FUNCTION = {
    "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
    "Handler": "index.handler",
    "Runtime": "python3.13",
    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
}
ALARM = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Namespace": "N", "MetricName": "M"}


def upper(listed: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in listed}


def of_log_group(client: Client, name: str) -> dict[str, str]:
    tags: dict[str, str] = client("logs").list_tags_log_group(logGroupName=name)["tags"]
    return tags


def of_bucket(client: Client, name: str) -> dict[str, str]:
    return upper(client("s3").get_bucket_tagging(Bucket=name)["TagSet"])


def of_topic(client: Client, arn: str) -> dict[str, str]:
    return upper(client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"])


def of_function(client: Client, name: str) -> dict[str, str]:
    tags: dict[str, str] = client("lambda").get_function(FunctionName=name)["Tags"]
    return tags


def of_parameter(client: Client, name: str) -> dict[str, str]:
    return upper(client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"])


def of_rule(client: Client, name: str) -> dict[str, str]:
    arn = client("events").describe_rule(Name=name)["Arn"]
    return upper(client("events").list_tags_for_resource(ResourceARN=arn)["Tags"])


def of_alarm(client: Client, name: str) -> dict[str, str]:
    (found,) = client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return upper(client("cloudwatch").list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"])


def of_group(client: Client, arn: str) -> dict[str, str]:
    return upper(client("sagemaker").list_tags(ResourceArn=arn)["Tags"])


def of_connection(client: Client, arn: str) -> dict[str, str]:
    return upper(client(arn.split(":")[2]).list_tags_for_resource(ResourceArn=arn)["Tags"])


def of_role(client: Client, name: str) -> dict[str, str]:
    return upper(client("iam").list_role_tags(RoleName=name)["Tags"])


def of_key(client: Client, name: str) -> dict[str, str]:
    return {tag["TagKey"]: tag["TagValue"] for tag in client("kms").list_resource_tags(KeyId=name)["Tags"]}


TAGGED = [
    ("AWS::CloudWatch::Alarm", ALARM | {"Statistic": "Sum", "Period": 60, "Threshold": 1}, of_alarm),
    ("AWS::CodeConnections::Connection", {"ConnectionName": "a", "ProviderType": "GitHub"}, of_connection),
    ("AWS::CodeStarConnections::Connection", {"ConnectionName": "a", "ProviderType": "GitHub"}, of_connection),
    ("AWS::Events::Rule", {"EventPattern": {"source": ["x"]}}, of_rule),
    ("AWS::Lambda::Function", FUNCTION, of_function),
    ("AWS::Logs::LogGroup", {}, of_log_group),
    ("AWS::S3::Bucket", {}, of_bucket),
    ("AWS::SNS::Topic", {}, of_topic),
    ("AWS::SSM::Parameter", {"Type": "String", "Value": "a"}, of_parameter),
    ("AWS::SageMaker::ModelPackageGroup", {"ModelPackageGroupName": "of-system-tags"}, of_group),
]


@pytest.mark.parametrize(("kind", "properties", "look"), TAGGED, ids=[row[0] for row in TAGGED])
def test_what_a_stack_makes_tells_where_it_is_from(
    stack: Any, kind: str, properties: dict[str, Any], look: Any
) -> None:
    document = {"Resources": {"Role": ROLE, "Thing": {"Type": kind, "Properties": properties}}}
    team = [{"Key": "team", "Value": "a"}]
    stack.create(document, Tags=team, **IAM)
    of_system = {
        "aws:cloudformation:stack-name": stack.name,
        "aws:cloudformation:stack-id": stack.id,
        "aws:cloudformation:logical-id": "Thing",
    }
    assert look(stack.client, stack.physical_id("Thing")) == {"team": "a"} | of_system

    assert stack.update(document, Tags=[], **IAM)["StackStatus"] == "UPDATE_COMPLETE"
    assert look(stack.client, stack.physical_id("Thing")) == of_system

    shown = [event.get("ResourceProperties", "") for event in stack.events()]
    assert "aws:cloudformation" not in "".join(shown)
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"


# What AWS's schemas say gets none.
UNTAGGED = [
    ("AWS::IAM::Role", ROLE["Properties"], of_role),
    ("AWS::KMS::Key", {}, of_key),
    ("AWS::SageMaker::NotebookInstanceLifecycleConfig", {}, of_group),
]


@pytest.mark.parametrize(("kind", "properties", "look"), UNTAGGED, ids=[row[0] for row in UNTAGGED])
def test_some_types_get_no_tags_of_the_system(stack: Any, kind: str, properties: dict[str, Any], look: Any) -> None:
    document = {"Resources": {"Thing": {"Type": kind, "Properties": properties}}}
    stack.create(document, Tags=[{"Key": "team", "Value": "a"}], **IAM)

    assert look(stack.client, stack.physical_id("Thing")) == {"team": "a"}


def test_tags_of_the_system_need_no_permission(stack: Any, client: Client) -> None:
    name = f"deploys-{stack.name}"
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(allow("cloudformation")))
    may = [
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "logs:Tag*", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": may})
    client("iam").put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=policy)
    arn = role["Role"]["Arn"]
    document = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}}}

    assert stack.create(document, RoleARN=arn)["StackStatus"] == "CREATE_COMPLETE"
    assert of_log_group(client, stack.physical_id("Logs"))["aws:cloudformation:stack-id"] == stack.id

    document["Resources"]["Logs"]["Properties"] = {"Tags": [{"Key": "team", "Value": "a"}]}  # type: ignore[assignment]
    assert stack.update(document)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", "other tags do need it"
    assert "logs:Tag" in stack.reason("Logs", "UPDATE_FAILED")


def test_who_tags_a_bucket_repeats_the_tags_of_the_system(stack: Any, client: Client, refusal: Any) -> None:
    stack.create({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})
    bucket, s3 = stack.physical_id("Bucket"), client("s3")
    present, team = s3.get_bucket_tagging(Bucket=bucket)["TagSet"], {"Key": "team", "Value": "a"}

    def put(tags: list[dict[str, str]]) -> tuple[str, str]:
        return refusal(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": tags})  # type: ignore[no-any-return]

    assert put([team]) == ("InvalidTag", "System Tags cannot be removed by requester")
    added = ("InvalidTag", "System tags cannot be added/updated by requester")
    assert put([*present, {"Key": "aws:mine", "Value": "1"}]) == added

    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [*present, team]})
    assert of_bucket(client, bucket) == upper(present) | {"team": "a"}

    s3.delete_bucket_tagging(Bucket=bucket)
    assert of_bucket(client, bucket) == upper(present)
