"""A source of GitHub, by a connection: as far as a pipeline comes whose connection is PENDING."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.wire import Credentials

SERVICES = ["codeconnections", "codestar-connections"]
Stages = list[dict[str, Any]]


@pytest.fixture(params=SERVICES)
def connection(request: pytest.FixtureRequest, client: Any) -> str:
    """The ARN of a connection, by each name of its service."""
    made = client(request.param).create_connection(ConnectionName="to-github", ProviderType="GitHub")
    return str(made["ConnectionArn"])


@pytest.fixture
def stages(pipelines: Any) -> Callable[..., Stages]:
    """A function that returns the stages of a pipeline whose source is a repository of GitHub."""

    def make(connection: str, **configuration: str | None) -> Stages:
        settings = {"ConnectionArn": connection, "FullRepositoryId": "somebody/something", "BranchName": "main"}
        source = {
            "name": "Fetch",
            "actionTypeId": {
                "category": "Source",
                "owner": "AWS",
                "provider": "CodeStarSourceConnection",
                "version": "1",
            },
            "configuration": {key: value for key, value in (settings | configuration).items() if value is not None},
            "outputArtifacts": [{"name": "Code"}],
        }
        run = pipelines.action("Run", inputArtifacts=[{"name": "Code"}])
        return [{"name": "Source", "actions": [source]}, {"name": "Run", "actions": [run]}]

    return make


def test_a_pending_connection_fails_the_source(pipelines: Any, stages: Callable[..., Stages], connection: str) -> None:
    name = pipelines.create(stages=stages(connection, DetectChanges="true", OutputArtifactFormat="CODE_ZIP"))
    assert pipelines.ended(name)["status"] == "Failed"
    code, message = pipelines.error(name, "Fetch")
    assert (code, message.partition(". ")[0]) == (
        "ConfigurationError",
        f"Connection {connection} is not available: its status is PENDING",
    )


def test_a_connection_that_is_not_there_fails_the_source(pipelines: Any, stages: Callable[..., Stages]) -> None:
    arn = f"arn:aws:codeconnections:us-east-1:123456789012:connection/{uuid.uuid4()}"
    name = pipelines.create(stages=stages(arn))
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.error(name, "Fetch") == ("ConfigurationError", f"Connection {arn} is not found")


@pytest.mark.parametrize(
    "condition",
    [{}, {"StringEquals": {"{service}:FullRepositoryId": "somebody/something"}}],
    ids=["always", "for this repository"],
)
def test_the_role_needs_the_permission_to_use_the_connection(
    client: Any, pipelines: Any, stages: Callable[..., Stages], connection: str, condition: dict[str, Any]
) -> None:
    service = connection.split(":")[2]
    found = {kind: {key.format(service=service): v for key, v in keys.items()} for kind, keys in condition.items()}
    denied = {"Effect": "Deny", "Action": f"{service}:UseConnection", "Resource": connection, "Condition": found}
    client("iam").put_role_policy(
        RoleName=pipelines.role.rpartition("/")[2],
        PolicyName="denied",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
    )
    name = pipelines.create(stages=stages(connection))
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.error(name, "Fetch") == (
        "PermissionError",
        f"Unable to use Connection: {connection}. The provided role does not have sufficient permissions.",
    )


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"ConnectionArn": None}, "is missing required configuration 'ConnectionArn'"),
        ({"FullRepositoryId": None}, "is missing required configuration 'FullRepositoryId'"),
        ({"BranchName": None}, "is missing required configuration 'BranchName'"),
        ({"PollForSourceChanges": "false"}, "contains unknown configuration 'PollForSourceChanges'"),
        (
            {"OutputArtifactFormat": "CODEBUILD_CLONE_REF"},
            "does not support the OutputArtifactFormat CODEBUILD_CLONE_REF",
        ),
    ],
)
def test_a_structure_is_refused(
    pipelines: Any, stages: Callable[..., Stages], configuration: dict[str, str | None], message: str
) -> None:
    arn = "arn:aws:codeconnections:us-east-1:123456789012:connection/one"
    with pytest.raises(ClientError) as refused:
        pipelines.create(stages=stages(arn, **configuration))
    assert refused.value.response["Error"]["Code"] == "InvalidActionDeclarationException"
    assert message in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("passed_to", "refused"),
    [("codepipeline.amazonaws.com", False), ("codebuild.amazonaws.com", True)],
    ids=["allowed", "for another service"],
)
def test_who_makes_the_pipeline_needs_to_pass_the_connection(
    *, client: Any, pipelines: Any, stages: Callable[..., Stages], connection: str, passed_to: str, refused: bool
) -> None:
    service, user = connection.split(":")[2], f"u-{uuid.uuid4().hex[:8]}"
    may = [
        {"Effect": "Allow", "Action": ["codepipeline:*", "iam:PassRole"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": f"{service}:PassConnection",
            "Resource": connection,
            "Condition": {"StringEquals": {f"{service}:PassedToService": passed_to}},
        },
    ]
    client("iam").create_user(UserName=user)
    policy = json.dumps({"Version": "2012-10-17", "Statement": may})
    client("iam").put_user_policy(UserName=user, PolicyName="may", PolicyDocument=policy)
    key = client("iam").create_access_key(UserName=user)["AccessKey"]
    codepipeline = Credentials(key["AccessKeyId"], key["SecretAccessKey"]).client("codepipeline", "us-east-1")
    definition = pipelines.definition(stages=stages(connection))
    if refused:
        with pytest.raises(ClientError, match=f"not authorized to perform: {service}:PassConnection on resource"):
            codepipeline.create_pipeline(pipeline=definition)
    else:
        codepipeline.create_pipeline(pipeline=definition)
        codepipeline.delete_pipeline(name=definition["name"])


def test_a_template_makes_the_connection_and_the_pipeline(
    client: Any, pipelines: Any, stages: Callable[..., Stages]
) -> None:
    fetch, run = (stage["actions"][0] for stage in stages("there"))
    fetch["configuration"]["ConnectionArn"] = {"Ref": "Connection"}
    template = {
        "Resources": {
            "Connection": {
                "Type": "AWS::CodeConnections::Connection",
                "Properties": {"ConnectionName": "of-a-stack", "ProviderType": "GitHub"},
            },
            "Pipeline": {
                "Type": "AWS::CodePipeline::Pipeline",
                "Properties": {
                    "RoleArn": pipelines.role,
                    "ArtifactStore": {"Type": "S3", "Location": pipelines.store},
                    "Stages": [
                        {"Name": name, "Actions": [_capital(action)]}
                        for name, action in (("Source", fetch), ("Run", run))
                    ],
                },
            },
        },
        "Outputs": {
            "Status": {"Value": {"Fn::GetAtt": ["Connection", "ConnectionStatus"]}},
            "Name": {"Value": {"Ref": "Pipeline"}},
        },
    }
    cloudformation, stack = client("cloudformation"), f"s-{uuid.uuid4().hex[:8]}"
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 0.1})
    (made,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]}
    assert outputs["Status"] == "PENDING"
    assert pipelines.ended(outputs["Name"])["status"] == "Failed"
    assert pipelines.error(outputs["Name"], "Fetch")[0] == "ConfigurationError"
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 0.1})


def _capital(action: dict[str, Any]) -> dict[str, Any]:
    """Return an action as CloudFormation writes it."""
    kind = {key.capitalize(): value for key, value in action["actionTypeId"].items()}
    written: dict[str, Any] = {
        "Name": action["name"],
        "ActionTypeId": kind,
        "Configuration": action["configuration"],
    }
    for key in ("inputArtifacts", "outputArtifacts"):
        if key in action:
            written[key[0].upper() + key[1:]] = [{"Name": entry["name"]} for entry in action[key]]
    return written
