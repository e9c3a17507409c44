"""Projects and the lists of builds: what is kept, what is refused, by whose role."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
Build = dict[str, Any]

ENVIRONMENT = {
    "type": "LINUX_CONTAINER",
    "image": "aws/codebuild/standard:7.0",
    "computeType": "BUILD_GENERAL1_SMALL",
}
S3 = {"type": "S3", "location": "bucket/source.zip"}
REPOSITORY = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/r"


@pytest.fixture
def role_for(client: Client) -> Callable[..., str]:
    """A function that creates a role which CodeBuild may assume under a condition, and that may do these things."""

    def create(condition: dict[str, Any] | None = None, actions: list[str] | None = None) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = {"Statement": [trust | ({"Condition": condition} if condition else {})]}
        name = f"build-{uuid.uuid4().hex[:8]}"
        made = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
        if actions:
            statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            allowed = {"Version": "2012-10-17", "Statement": [statement]}
            client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(allowed))
        return str(made["Role"]["Arn"])

    return create


def found(client: Client, name: str) -> Any:
    return client("codebuild").batch_get_projects(names=[name])["projects"][0]


def test_a_project_is_described(client: Client, project: Callable[..., str], role: str) -> None:
    name = project(description="mine", tags=[{"key": "a", "value": "b"}])
    shown = found(client, name)
    assert shown["arn"] == f"arn:aws:codebuild:us-east-1:123456789012:project/{name}"
    assert (shown["description"], shown["tags"], shown["serviceRole"]) == ("mine", [{"key": "a", "value": "b"}], role)
    assert (shown["timeoutInMinutes"], shown["queuedTimeoutInMinutes"]) == (60, 480)
    assert shown["encryptionKey"].endswith(":alias/aws/s3")


def test_an_update_keeps_what_it_does_not_name(client: Client, project: Callable[..., str]) -> None:
    name = project(description="before", timeoutInMinutes=10)
    client("codebuild").update_project(name=name, timeoutInMinutes=20)
    assert (found(client, name)["description"], found(client, name)["timeoutInMinutes"]) == ("before", 20)


def test_projects_are_listed_until_they_are_deleted(client: Client, project: Callable[..., str]) -> None:
    def listed() -> list[str]:
        pages = client("codebuild").get_paginator("list_projects").paginate(sortBy="NAME")
        return [name for page in pages for name in page["projects"]]

    name = project()
    assert name in listed()
    assert listed() == sorted(listed())
    client("codebuild").delete_project(name=name)
    assert name not in listed()
    assert client("codebuild").batch_get_projects(names=[name])["projectsNotFound"] == [name]
    client("codebuild").delete_project(name=name)  # AWS does not mind


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"source": {"type": "GITHUB", "location": "x"}}, "Local AWS does not support the source type GITHUB."),
        ({"source": {"type": "S3"}}, "Project source location is required"),
        ({"source": {"type": "S3", "location": "bucket"}}, "Invalid S3 source location: bucket"),
        ({"source": {"type": "CODECOMMIT", "location": "r"}}, "Invalid CodeCommit clone URL: r"),
        (
            {"source": {"type": "CODECOMMIT", "location": "http://127.0.0.1:9/v1/repos/r"}},
            "Invalid CodeCommit clone URL: http://127.0.0.1:9/v1/repos/r",
        ),
        ({"source": {"type": "NO_SOURCE"}}, "A buildspec is required for source type NO_SOURCE."),
        ({"source": S3 | {"auth": {"type": "OAUTH"}}}, "Local AWS does not support auth of a source."),
        ({"secondarySources": [S3]}, "Invalid source identifier: ''"),
        ({"secondarySources": [S3 | {"sourceIdentifier": "a-b"}]}, "Invalid source identifier: 'a-b'"),
        ({"secondarySources": [S3 | {"sourceIdentifier": "a"}] * 2}, "Duplicate source identifiers: a, a"),
        (
            {"secondarySources": [{"type": "CODEPIPELINE", "sourceIdentifier": "a"}]},
            "Invalid secondary source type: CODEPIPELINE",
        ),
        ({"artifacts": {"type": "S3"}}, "Project artifacts location is required"),
        (
            {"artifacts": {"type": "NO_ARTIFACTS", "encryptionDisabled": True}},
            "Invalid artifacts: encryptionDisabled is valid only for type S3",
        ),
        (
            {"artifacts": {"type": "S3", "location": "b", "overrideArtifactName": True}},
            "Local AWS does not support overrideArtifactName of artifacts.",
        ),
        (
            {"artifacts": {"type": "CODEPIPELINE"}},
            "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE",
        ),
        (
            {"environment": ENVIRONMENT | {"type": "WINDOWS_EC2"}},
            "Local AWS does not support the environment type WINDOWS_EC2.",
        ),
        (
            {"environment": ENVIRONMENT | {"computeType": "BUILD_LAMBDA_1GB"}},
            "Local AWS does not support the compute type BUILD_LAMBDA_1GB.",
        ),
        ({"environment": ENVIRONMENT | {"image": "no image"}}, "Invalid image name: no image"),
        (
            {"environment": ENVIRONMENT | {"environmentVariables": [{"name": "CODEBUILD_X", "value": ""}]}},
            "Invalid environment variable name: CODEBUILD_X",
        ),
        (
            {
                "environment": ENVIRONMENT
                | {"environmentVariables": [{"name": "X", "value": "s", "type": "SECRETS_MANAGER"}]}
            },
            "Local AWS does not support the type SECRETS_MANAGER of the environment variable X.",
        ),
        ({"vpcConfig": {"vpcId": "vpc-1"}}, "Local AWS does not support vpcConfig of a project."),
        ({"cache": {"type": "S3", "location": "b"}}, "Local AWS does not support cache of a project."),
        (
            {"logsConfig": {"s3Logs": {"status": "ENABLED", "location": "b"}}},
            "Local AWS does not support s3Logs of logsConfig.",
        ),
        (
            {"serviceRole": "arn:aws:iam::111111111111:role/r"},
            "Invalid service role: Service role account ID does not match caller's account",
        ),
        (
            {"serviceRole": "arn:aws:iam::123456789012:role/nobody"},
            "CodeBuild is not authorized to perform: sts:AssumeRole on arn:aws:iam::123456789012:role/nobody",
        ),
    ],
)
def test_what_no_build_could_be_made_of_is_refused(
    project: Callable[..., str], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as refused:
        project(**settings)
    assert refused.value.response["Error"] == {"Code": "InvalidInputException", "Message": message}


@pytest.mark.parametrize(
    "image", ["python:3.13", "aws/codebuild/standard:7.0", "public.ecr.aws/x/y@sha256:" + "0" * 64]
)
def test_an_image_is_a_name(client: Client, project: Callable[..., str], image: str) -> None:
    name = project(environment=ENVIRONMENT | {"image": image})
    assert found(client, name)["environment"]["image"] == image


@pytest.mark.parametrize(
    ("settings", "member"),
    [
        ({"environment": ENVIRONMENT | {"privilegedMode": True}}, "environment"),
        ({"cache": {"type": "LOCAL", "modes": ["LOCAL_DOCKER_LAYER_CACHE"]}}, "cache"),
    ],
)
def test_a_wish_that_a_build_need_not_be_granted_is_kept(
    client: Client, project: Callable[..., str], settings: dict[str, Any], member: str
) -> None:
    shown = found(client, project(**settings))[member]
    assert shown | settings[member] == shown


def test_limits_of_the_model_hold(project: Callable[..., str]) -> None:
    with pytest.raises(ClientError) as refused:
        project(timeoutInMinutes=2161)
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "1 validation error detected: Value '2161' at 'timeoutInMinutes' failed to satisfy constraint:"
        " Member must have value less than or equal to 2160",
    }


def test_a_name_is_taken_once(client: Client, project: Callable[..., str]) -> None:
    shown = found(client, project())
    known = ("source", "artifacts", "environment", "serviceRole", "name")
    with pytest.raises(ClientError) as refused:
        client("codebuild").create_project(**{name: shown[name] for name in known})
    error = refused.value.response["Error"]
    assert error == {"Code": "ResourceAlreadyExistsException", "Message": f"Project already exists: {shown['arn']}"}


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("start_build", {"projectName": "nobody"}, "ResourceNotFoundException"),
        ("update_project", {"name": "nobody"}, "ResourceNotFoundException"),
        ("list_builds_for_project", {"projectName": "nobody"}, "ResourceNotFoundException"),
        ("stop_build", {"id": "nobody:1"}, "ResourceNotFoundException"),
        ("stop_build", {"id": "nobody"}, "InvalidInputException"),
        ("list_builds", {"nextToken": "x"}, "InvalidInputException"),
        ("list_report_groups", {}, "NotImplemented"),
    ],
)
def test_what_is_not_there_is_said(client: Client, operation: str, parameters: dict[str, str], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client("codebuild"), operation)(**parameters)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"debugSessionEnabled": True}, "Local AWS does not support debugSessionEnabled of StartBuild."),
        ({"sourceTypeOverride": "S3"}, "Project source location is required"),
        ({"imageOverride": "no image"}, "Invalid image name: no image"),
    ],
)
def test_an_override_is_checked(
    client: Client, project: Callable[..., str], overrides: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as refused:
        client("codebuild").start_build(projectName=project(), **overrides)
    assert refused.value.response["Error"] == {"Code": "InvalidInputException", "Message": message}


def test_builds_are_counted_and_listed(client: Client, project: Callable[..., str], run: Callable[..., Build]) -> None:
    name = project()
    first, second = run(name), run(name)
    assert (first["buildNumber"], second["buildNumber"]) == (1, 2)
    ids = client("codebuild").list_builds_for_project(projectName=name)["ids"]
    assert ids == [second["id"], first["id"]]
    pages = client("codebuild").get_paginator("list_builds").paginate(sortOrder="ASCENDING")
    everything = [build for page in pages for build in page["ids"]]
    assert everything.index(first["id"]) < everything.index(second["id"])
    asked = client("codebuild").batch_get_builds(ids=[first["id"], "nobody:1"])
    assert [each["id"] for each in asked["builds"]] == [first["id"]]
    assert asked["buildsNotFound"] == ["nobody:1"]


def test_a_token_starts_one_build(client: Client, project: Callable[..., str]) -> None:
    codebuild, token = client("codebuild"), uuid.uuid4().hex
    request = {"projectName": project(), "idempotencyToken": token}
    first = codebuild.start_build(**request)["build"]["id"]
    assert codebuild.start_build(**request)["build"]["id"] == first
    with pytest.raises(ClientError) as refused:
        codebuild.start_build(**request, sourceVersion="other")
    assert refused.value.response["Error"]["Code"] == "InvalidInputException"


def test_an_override_is_for_one_build(client: Client, project: Callable[..., str], run: Callable[..., Build]) -> None:
    name = project()
    build = run(name, imageOverride="python:3.14", timeoutInMinutesOverride=7)
    assert (build["environment"]["image"], build["timeoutInMinutes"]) == ("python:3.14", 7)
    assert found(client, name)["timeoutInMinutes"] == 60


def test_a_trust_policy_may_name_the_project(
    client: Client, project: Callable[..., str], run: Callable[..., Build], role_for: Callable[..., str]
) -> None:
    pattern = "arn:aws:codebuild:us-east-1:123456789012:project/p-*"
    condition = {"ArnLike": {"aws:SourceArn": pattern}, "StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert run(project(serviceRole=role_for(condition, ["logs:*"])))["buildStatus"] == "SUCCEEDED"
    with pytest.raises(ClientError) as refused:
        project(serviceRole=role_for({"ArnLike": {"aws:SourceArn": pattern.replace("p-", "other-")}}))
    assert "CodeBuild is not authorized to perform: sts:AssumeRole" in refused.value.response["Error"]["Message"]


def test_logs_may_be_elsewhere_or_nowhere(
    project: Callable[..., str], run: Callable[..., Build], output: Callable[[Build], list[str]]
) -> None:
    spec = "version: 0.2\nphases:\n  build:\n    commands: [echo hello]\n"
    group = f"/mine/{uuid.uuid4().hex[:8]}"
    chosen = {"status": "ENABLED", "groupName": group, "streamName": "s"}
    build = run(project(spec, logsConfig={"cloudWatchLogs": chosen}))
    assert build["logs"]["groupName"] == group
    assert build["logs"]["streamName"] == f"s/{build['id'].partition(':')[2]}"
    assert output(build) == ["hello"]
    silent = run(project(spec, logsConfig={"cloudWatchLogs": {"status": "DISABLED"}}))
    assert silent["buildStatus"] == "SUCCEEDED"
    assert "groupName" not in silent["logs"]
