"""Pipelines, builds and rules: each property is seen in its service, also after a change.

A row is a type, properties, how to look at the resource, and what is seen; then other properties, what is seen after
an update to them, and the resources that it needs.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest


def role(service: str) -> dict[str, Any]:
    """Return a role for a service."""
    allow = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [allow]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}


def tag(value: str) -> list[dict[str, str]]:
    """Return one tag."""
    return [{"Key": "colour", "Value": value}]


def stages(key: str) -> list[dict[str, Any]]:
    """Return the stages of a small pipeline whose source is an object of this key."""
    source = {
        "Name": "Fetch",
        "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": "1"},
        "Configuration": {"S3Bucket": {"Ref": "Bucket"}, "S3ObjectKey": key, "PollForSourceChanges": False},
        "OutputArtifacts": [{"Name": "Fetched"}],
    }
    invoke = {
        "Name": "Invoke",
        "ActionTypeId": {"Category": "Invoke", "Owner": "AWS", "Provider": "Lambda", "Version": "1"},
        "Configuration": {"FunctionName": {"Ref": "Function"}},
        "InputArtifacts": [{"Name": "Fetched"}],
        "RunOrder": "1",
    }
    return [{"Name": "Source", "Actions": [source]}, {"Name": "Work", "Actions": [invoke]}]


CODE = {
    "Code": {"ZipFile": "def handler(event, context):\n    return {}\n"},
    "Handler": "index.handler",
    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    "Runtime": "python3.13",
}
FUNCTION = {"Function": {"Type": "AWS::Lambda::Function", "Properties": CODE}, "Role": role("lambda")}
VERSIONED: dict[str, Any] = {"VersioningConfiguration": {"Status": "Enabled"}}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": VERSIONED}
STORE = {"Type": "S3", "Location": {"Ref": "Bucket"}}
PIPELINE = {
    "ArtifactStore": STORE,
    "PipelineType": "V2",
    "RoleArn": {"Fn::GetAtt": ["PipelineRole", "Arn"]},
    "Stages": stages("one.csv"),
}
PIPELINE_NEEDS = {"Bucket": BUCKET, "PipelineRole": role("codepipeline"), **FUNCTION}


def target(name: str) -> dict[str, Any]:
    """Return the function as a rule's target."""
    return {"Id": name, "Arn": {"Fn::GetAtt": ["Function", "Arn"]}}


def see_pipeline(client: Any, name: str) -> Any:
    codepipeline = client("codepipeline")
    found = codepipeline.get_pipeline(name=name)
    pipeline, arn = found["pipeline"], found["metadata"]["pipelineArn"]
    tags = codepipeline.list_tags_for_resource(resourceArn=arn)["tags"]
    return {
        "kind": (pipeline["pipelineType"], pipeline["executionMode"]),
        "stages": [stage["name"] for stage in pipeline["stages"]],
        "source": pipeline["stages"][0]["actions"][0]["configuration"],
        "variables": [variable["name"] for variable in pipeline.get("variables", [])],
        "tags": [tag["value"] for tag in tags if not tag["key"].startswith("aws:")],
    }


def see_stores(client: Any, name: str) -> Any:
    pipeline = client("codepipeline").get_pipeline(name=name)["pipeline"]
    return name, {region: store["type"] for region, store in pipeline["artifactStores"].items()}


def see_executions(client: Any, name: str) -> Any:
    found = client("codepipeline").list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    return [execution["trigger"]["triggerType"] for execution in reversed(found)]


def see_version(client: Any, name: str) -> Any:
    return client("codepipeline").get_pipeline(name=name)["pipeline"]["version"], see_executions(client, name)


def see_transitions(client: Any, name: str) -> Any:
    stages = client("codepipeline").get_pipeline_state(name=name)["stageStates"]
    return {stage["stageName"]: stage["inboundTransitionState"].get("disabledReason") for stage in stages}


def see_rule(client: Any, name: str) -> Any:
    events = client("events")
    rule = events.describe_rule(Name=name)
    tags = events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
    return {
        "rule": (name, rule["State"], rule.get("Description"), json.loads(rule["EventPattern"])["source"]),
        "has a role": "RoleArn" in rule,
        "tags": [tag["Value"] for tag in tags if not tag["Key"].startswith("aws:")],
        "targets": sorted(found["Id"] for found in events.list_targets_by_rule(Rule=name)["Targets"]),
    }


def see_connection(client: Any, arn: str) -> Any:
    connections = client(arn.split(":")[2])
    found = connections.get_connection(ConnectionArn=arn)["Connection"]
    tags = connections.list_tags_for_resource(ResourceArn=arn)["Tags"]
    shown = [entry["Value"] for entry in tags if not entry["Key"].startswith("aws:")]
    return arn.split(":")[2], found["ConnectionName"], found["ProviderType"], found["ConnectionStatus"], shown


def see_schedule(client: Any, name: str) -> Any:
    found = client("events").describe_rule(Name=name)
    return found.get("ScheduleExpression"), found.get("EventPattern")


def see_project(client: Any, name: str) -> Any:
    (found,) = client("codebuild").batch_get_projects(names=[name])["projects"]
    environment = found["environment"]
    return {
        "says": (name, found.get("description") or None),
        "source": (found["source"]["buildspec"], found.get("sourceVersion") or None),
        "others": [each["sourceIdentifier"] for each in found.get("secondarySources", [])],
        "versions": [each["sourceVersion"] for each in found.get("secondarySourceVersions", [])],
        "artifacts": [found["artifacts"]["type"]]
        + [each["artifactIdentifier"] for each in found.get("secondaryArtifacts", [])],
        "variables": {each["name"]: each["value"] for each in environment.get("environmentVariables", [])},
        "limits": (found["timeoutInMinutes"], found["queuedTimeoutInMinutes"]),
        "key": found["encryptionKey"].rpartition("/")[2],
        "role": found["serviceRole"].partition("/")[2].rpartition("-")[0].partition("-")[2].partition("-")[2],
        "log": found["logsConfig"]["cloudWatchLogs"].get("groupName"),
        "cache": found.get("cache", {}).get("type", "NO_CACHE"),
        "tags": [each["value"] for each in found.get("tags", [])],
    }


BUILD_ROLE = {"BuildRole": role("codebuild")}
BUILD_ENVIRONMENT = {
    "ComputeType": "BUILD_GENERAL1_SMALL",
    "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
    "Type": "LINUX_CONTAINER",
}
PROJECT = {
    "Artifacts": {"Type": "NO_ARTIFACTS"},
    "Environment": BUILD_ENVIRONMENT,
    "Name": "a-project-by-name",
    "ServiceRole": {"Fn::GetAtt": "BuildRole.Arn"},
    "Source": {"Type": "S3", "Location": "bucket/one.zip", "BuildSpec": "one.yml"},
}


def source_of(stack_bucket: str, key: str) -> dict[str, str]:
    """Return the configuration that a source has after its creation."""
    return {"S3Bucket": stack_bucket, "S3ObjectKey": key, "PollForSourceChanges": "false"}


NAMED_BUCKET = {"Type": "AWS::S3::Bucket", "Properties": VERSIONED | {"BucketName": "source-bucket"}}
ROWS: list[tuple[Any, ...]] = [
    (
        "AWS::CodePipeline::Pipeline",
        PIPELINE | {"ExecutionMode": "QUEUED", "Tags": tag("red"), "Variables": [{"Name": "a", "DefaultValue": "1"}]},
        see_pipeline,
        {
            "kind": ("V2", "QUEUED"),
            "stages": ["Source", "Work"],
            "source": source_of("source-bucket", "one.csv"),
            "variables": ["a"],
            "tags": ["red"],
        },
        PIPELINE | {"ExecutionMode": "SUPERSEDED", "Stages": stages("two.csv"), "Tags": tag("blue")},
        {
            "kind": ("V2", "SUPERSEDED"),
            "stages": ["Source", "Work"],
            "source": source_of("source-bucket", "two.csv"),
            "variables": [],
            "tags": ["blue"],
        },
        PIPELINE_NEEDS | {"Bucket": NAMED_BUCKET},
    ),
    (
        "AWS::CodePipeline::Pipeline",
        {
            **{name: value for name, value in PIPELINE.items() if name != "ArtifactStore"},
            "ArtifactStores": [{"Region": "us-east-1", "ArtifactStore": STORE}],
            "Name": "a-pipeline-by-name",
        },
        see_stores,
        ("a-pipeline-by-name", {"us-east-1": "S3"}),
        None,
        None,
        PIPELINE_NEEDS,
    ),
    (
        "AWS::CodePipeline::Pipeline",
        PIPELINE | {"RestartExecutionOnUpdate": True},
        see_executions,
        ["CreatePipeline"],
        PIPELINE | {"RestartExecutionOnUpdate": True, "Stages": stages("two.csv")},
        ["CreatePipeline", "StartPipelineExecution"],
        PIPELINE_NEEDS,
    ),
    (  # tags are none of the structure, whose update would cancel what is under way
        "AWS::CodePipeline::Pipeline",
        PIPELINE | {"RestartExecutionOnUpdate": True, "Tags": tag("red")},
        see_version,
        (1, ["CreatePipeline"]),
        PIPELINE | {"RestartExecutionOnUpdate": True, "Tags": tag("blue")},
        (1, ["CreatePipeline", "StartPipelineExecution"]),
        PIPELINE_NEEDS,
    ),
    (
        "AWS::CodePipeline::Pipeline",
        PIPELINE | {"DisableInboundStageTransitions": [{"StageName": "Work", "Reason": "not yet"}]},
        see_transitions,
        {"Source": None, "Work": "not yet"},
        PIPELINE | {"DisableInboundStageTransitions": [{"StageName": "Work", "Reason": "still not"}]},
        {"Source": None, "Work": "still not"},
        PIPELINE_NEEDS,
    ),
    (
        "AWS::CodePipeline::Pipeline",
        PIPELINE | {"DisableInboundStageTransitions": [{"StageName": "Work", "Reason": "not yet"}]},
        see_transitions,
        {"Source": None, "Work": "not yet"},
        PIPELINE,
        {"Source": None, "Work": None},
        PIPELINE_NEEDS,
    ),
    (
        "AWS::Events::Rule",
        {
            "Description": "one",
            "EventBusName": "default",
            "EventPattern": {"source": ["aws.s3"]},
            "Name": "a-rule-by-name",
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "State": "DISABLED",
            "Tags": tag("red"),
            "Targets": [target("one"), target("two")],
        },
        see_rule,
        {
            "rule": ("a-rule-by-name", "DISABLED", "one", ["aws.s3"]),
            "has a role": True,
            "tags": ["red"],
            "targets": ["one", "two"],
        },
        {
            "EventBusName": "default",
            "EventPattern": {"source": ["aws.ec2"]},
            "Name": "a-rule-by-name",
            "Targets": [target("two")],
        },
        {
            "rule": ("a-rule-by-name", "ENABLED", None, ["aws.ec2"]),
            "has a role": False,
            "tags": [],
            "targets": ["two"],
        },
        FUNCTION,
    ),
    (
        "AWS::CodeConnections::Connection",
        {"ConnectionName": "to-github", "ProviderType": "GitHub", "Tags": tag("red")},
        see_connection,
        ("codeconnections", "to-github", "GitHub", "PENDING", ["red"]),
        {"ConnectionName": "to-github", "ProviderType": "GitHub"},
        ("codeconnections", "to-github", "GitHub", "PENDING", []),
    ),
    (
        "AWS::CodeStarConnections::Connection",
        {"ConnectionName": "to-github", "ProviderType": "GitHub", "Tags": tag("red")},
        see_connection,
        ("codestar-connections", "to-github", "GitHub", "PENDING", ["red"]),
        {"ConnectionName": "to-github", "ProviderType": "GitHub"},
        ("codestar-connections", "to-github", "GitHub", "PENDING", []),
    ),
    (
        "AWS::Events::Rule",
        {"ScheduleExpression": "rate(5 minutes)", "State": "DISABLED"},
        see_schedule,
        ("rate(5 minutes)", None),
        {"ScheduleExpression": "cron(0 12 * * ? *)"},
        ("cron(0 12 * * ? *)", None),
    ),
    (
        "AWS::CodeBuild::Project",
        PROJECT
        | {
            "Cache": {"Type": "NO_CACHE"},
            "Description": "one",
            "EncryptionKey": "arn:aws:kms:us-east-1:123456789012:key/a-key",
            "Environment": BUILD_ENVIRONMENT | {"EnvironmentVariables": [{"Name": "A", "Value": "b"}]},
            "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": "a-group"}},
            "QueuedTimeoutInMinutes": 30,
            "SecondaryArtifacts": [{"Type": "S3", "Location": "bucket", "ArtifactIdentifier": "more"}],
            "SecondarySourceVersions": [{"SourceIdentifier": "other", "SourceVersion": "v"}],
            "SecondarySources": [{"Type": "S3", "Location": "bucket/a.zip", "SourceIdentifier": "other"}],
            "SourceVersion": "version",
            "Tags": tag("red"),
            "TimeoutInMinutes": "10",
        },
        see_project,
        {
            "says": ("a-project-by-name", "one"),
            "source": ("one.yml", "version"),
            "others": ["other"],
            "versions": ["v"],
            "artifacts": ["NO_ARTIFACTS", "more"],
            "variables": {"A": "b"},
            "limits": (10, 30),
            "key": "a-key",
            "role": "BuildRole",
            "log": "a-group",
            "cache": "NO_CACHE",
            "tags": ["red"],
        },
        PROJECT
        | {
            "ServiceRole": {"Ref": "BuildRole"},
            "Source": {"Type": "S3", "Location": "bucket/one.zip", "BuildSpec": "two.yml"},
        },
        {
            "says": ("a-project-by-name", None),
            "source": ("two.yml", None),
            "others": [],
            "versions": [],
            "artifacts": ["NO_ARTIFACTS"],
            "variables": {},
            "limits": (60, 480),
            "key": "s3",
            "role": "BuildRole",
            "log": None,
            "cache": "NO_CACHE",
            "tags": [],
        },
        BUILD_ROLE,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{'-'.join(row[1])[:60]}")
def test_properties_are_seen_in_the_service(prove: Callable[..., None], row: tuple[Any, ...]) -> None:
    prove(*row)


@pytest.mark.parametrize("kind", sorted({row[0] for row in ROWS}))
def test_every_property_of_a_provider_has_a_row(unproved: Callable[..., set[str]], kind: str) -> None:
    assert unproved(kind, ROWS) == set()
