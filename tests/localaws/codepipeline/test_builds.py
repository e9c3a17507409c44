"""A CodeBuild action builds what its input artifacts hold; its outputs and variables are there for later actions."""

import io
import json
import textwrap
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

BUILDSPEC = """
    version: 0.2
    env:
      exported-variables: [SIZE]
    phases:
      build:
        commands:
          - export SIZE="$COLOUR-$(cat number.txt)"
          - echo "$CODEBUILD_INITIATOR $CODEBUILD_RESOLVED_SOURCE_VERSION" > made.txt
    artifacts:
      files: [made.txt]
"""
FAILING = """
    version: 0.2
    phases:
      build:
        commands: [false]
"""
TWO = """
    version: 0.2
    phases:
      build:
        commands:
          - cp "$CODEBUILD_SRC_DIR_Other/number.txt" other.txt
    artifacts:
      secondary-artifacts:
        First:
          files: [number.txt]
        Second:
          files: [other.txt]
"""


@pytest.fixture
def project(client: Any, create_role: Callable[[str], str]) -> str:
    """The name of a project that builds for pipelines."""
    name = f"p-{uuid.uuid4().hex[:8]}"
    client("codebuild").create_project(
        name=name,
        source={"type": "CODEPIPELINE"},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=create_role("codebuild"),
    )
    return name


def put_source(pipelines: Any, zipped: Callable[[dict[str, str]], bytes], buildspec: str, number: str = "7") -> str:
    """Put a zip with a buildspec and a number into the source bucket, and return its version."""
    body = zipped({"buildspec.yml": buildspec, "number.txt": number})
    return str(pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=body)["VersionId"])


def build_action(name: str, project: str, category: str = "Build", **changes: Any) -> dict[str, Any]:
    """A CodeBuild action of one input."""
    kind = {"category": category, "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    action = {"name": name, "actionTypeId": kind, "inputArtifacts": [{"name": "SourceOutput"}]}
    configuration = {"ProjectName": project} | changes.pop("configuration", {})
    return action | {"configuration": configuration} | changes


def files_of(pipelines: Any, artifact: dict[str, Any]) -> dict[str, str]:
    """Return the files in an artifact, as an execution's detail names it."""
    place = artifact["s3location"]
    body = pipelines.s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name).decode().strip() for name in archive.namelist()}


@pytest.mark.parametrize("category", ["Build", "Test"])
def test_a_build_makes_artifacts_and_variables(
    pipelines: Any, zipped: Callable[[dict[str, str]], bytes], project: str, category: str
) -> None:
    version = put_source(pipelines, zipped, textwrap.dedent(BUILDSPEC))
    variables = json.dumps([{"name": "COLOUR", "value": "#{variables.COLOUR}"}])
    make = build_action(
        "Make",
        project,
        category,
        configuration={"EnvironmentVariables": variables},
        namespace="Made",
        outputArtifacts=[{"name": "Made_File"}],
    )
    use = pipelines.action("Use", "#{Made.SIZE}", inputArtifacts=[{"name": "Made_File"}])
    name = pipelines.create([make], [use], variables=[{"name": "COLOUR", "defaultValue": "red"}])
    job = pipelines.job()
    assert job["data"]["actionConfiguration"]["configuration"]["UserParameters"] == "red-7"
    run = pipelines.actions(name)["Make"]
    [artifact] = run["output"]["outputArtifacts"]
    assert files_of(pipelines, artifact) == {"made.txt": f"codepipeline/{name} {version}"}
    place = job["data"]["inputArtifacts"][0]["location"]["s3Location"]
    assert place == {"bucketName": artifact["s3location"]["bucket"], "objectKey": artifact["s3location"]["key"]}
    build_id = run["output"]["executionResult"]["externalExecutionId"]
    assert build_id.startswith(f"{project}:")
    assert run["output"]["executionResult"]["externalExecutionUrl"] == (
        f"https://console.aws.amazon.com/codebuild/home?region=us-east-1#/builds/{build_id}/view/new"
    )
    assert run["output"]["outputVariables"] == {"SIZE": "red-7"}
    pipelines.succeed(job)
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_several_inputs_and_outputs(
    pipelines: Any, zipped: Callable[[dict[str, str]], bytes], project: str, client: Any
) -> None:
    put_source(pipelines, zipped, textwrap.dedent(TWO))
    pipelines.s3.put_object(Bucket=pipelines.source, Key="other.zip", Body=zipped({"number.txt": "8"}))
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    other = pipelines.source_action(name="FetchOther", outputArtifacts=[{"name": "Other"}])
    other["configuration"]["S3ObjectKey"] = "other.zip"
    make = build_action(
        "Make",
        project,
        configuration={"PrimarySource": "SourceOutput"},
        inputArtifacts=[{"name": "Other"}, {"name": "SourceOutput"}],
        outputArtifacts=[{"name": "First"}, {"name": "Second"}],
    )
    stages = [
        {"name": "Source", "actions": [pipelines.source_action(), other]},
        {"name": "Make", "actions": [make]},
    ]
    store = {"type": "S3", "location": pipelines.store, "encryptionKey": {"id": key, "type": "KMS"}}
    name = pipelines.create(stages=stages, artifactStore=store)
    assert pipelines.ended(name)["status"] == "Succeeded", pipelines.error(name, "Make")
    artifacts = {made["name"]: made for made in pipelines.actions(name)["Make"]["output"]["outputArtifacts"]}
    assert files_of(pipelines, artifacts["First"]) == {"number.txt": "7"}
    assert files_of(pipelines, artifacts["Second"]) == {"other.txt": "8"}
    place = artifacts["Second"]["s3location"]
    assert pipelines.s3.head_object(Bucket=place["bucket"], Key=place["key"])["SSEKMSKeyId"] == key


def test_a_failed_build_fails_its_action_in_awss_words(
    pipelines: Any, zipped: Callable[[dict[str, str]], bytes], project: str
) -> None:
    put_source(pipelines, zipped, textwrap.dedent(FAILING))
    name = pipelines.create([build_action("Make", project)])
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.error(name, "Make") == (
        "JobFailed",
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while"
        " executing command: false. Reason: exit status 1",
    )
    result = pipelines.actions(name)["Make"]["output"]["executionResult"]
    assert result["externalExecutionSummary"] == result["errorDetails"]["message"]


def test_a_project_that_is_not_there(pipelines: Any) -> None:
    name = pipelines.create([build_action("Make", "nobody")])
    assert pipelines.ended(name)["status"] == "Failed"
    code, message = pipelines.error(name, "Make")
    assert code == "JobFailed"
    assert message.startswith(
        "Error calling startBuild: Project cannot be found: arn:aws:codebuild:us-east-1:123456789012:project/nobody"
        " (Service: AWSCodeBuild; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: "
    )


@pytest.mark.parametrize("variables", ["{", '"x"', '[{"name": "A"}]'])
def test_environment_variables_that_are_none(pipelines: Any, project: str, variables: str) -> None:
    name = pipelines.create([build_action("Make", project, configuration={"EnvironmentVariables": variables})])
    assert pipelines.ended(name)["status"] == "Failed"
    code, message = pipelines.error(name, "Make")
    assert code == "ConfigurationError"
    assert message.startswith("EnvironmentVariables is not ")


def test_an_abandoned_build_goes_on_without_its_action(
    client: Any, pipelines: Any, zipped: Callable[[dict[str, str]], bytes], project: str
) -> None:
    put_source(pipelines, zipped, textwrap.dedent(BUILDSPEC))
    name = pipelines.create([build_action("Make", project, outputArtifacts=[{"name": "Made_File"}])])

    def build_id() -> str | None:
        found = pipelines.actions(name).get("Make", {}).get("output", {}).get("executionResult", {})
        return str(found["externalExecutionId"]) if found else None

    started = pipelines.wait_for(build_id)
    execution_id = pipelines.execution(name)["pipelineExecutionId"]
    pipelines.client.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution_id, abandon=True)
    assert pipelines.statuses(name)["Make"] == "Abandoned"

    def ended() -> str | None:
        [build] = client("codebuild").batch_get_builds(ids=[started])["builds"]
        return str(build["buildStatus"]) if build["buildComplete"] else None

    assert pipelines.wait_for(ended) == "SUCCEEDED"
    assert pipelines.statuses(name)["Make"] == "Abandoned"
