"""A build as CodePipeline starts it: artifacts come from its store and go there."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
Build = dict[str, Any]

ONE_OUTPUT = """
version: 0.2
phases:
  build:
    commands:
      - cp "$CODEBUILD_SRC_DIR_Data/number.txt" .
artifacts:
  files: [message.txt, number.txt]
"""
TWO_OUTPUTS = f"""{ONE_OUTPUT}
  secondary-artifacts:
    First:
      files: [message.txt]
    Second:
      files: [number.txt]
"""


@pytest.fixture(scope="module")
def of_pipeline(project: Callable[..., str]) -> str:
    """The name of a project for a pipeline."""
    return project(source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})


@pytest.fixture(scope="module")
def inputs(stored: Callable[[dict[str, str]], str]) -> dict[str, Any]:
    """The parameters of StartBuild that hand over two input artifacts."""
    primary = stored({"buildspec.yml": ONE_OUTPUT, "message.txt": "hello"})
    return {
        "sourceTypeOverride": "CODEPIPELINE",
        "sourceVersion": f"arn:aws:s3:::{primary}",
        "secondarySourcesOverride": [{"type": "CODEPIPELINE", "sourceIdentifier": "Data"}],
        "secondarySourcesVersionOverride": [
            {"sourceIdentifier": "Data", "sourceVersion": f"arn:aws:s3:::{stored({'number.txt': '7'})}"}
        ],
    }


@pytest.fixture
def unzipped(client: Client, bucket: str) -> Callable[[str], dict[str, str]]:
    """A function that returns the files of a zip in the bucket."""

    def read(key: str) -> dict[str, str]:
        with zipfile.ZipFile(io.BytesIO(client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}

    return read


def artifact(bucket: str, key: str, name: str | None = None) -> dict[str, str]:
    identifier = {"artifactIdentifier": name} if name else {}
    return {"type": "CODEPIPELINE", "location": f"arn:aws:s3:::{bucket}/{key}"} | identifier


def test_two_inputs_become_one_output(
    run: Callable[..., Build],
    of_pipeline: str,
    inputs: dict[str, Any],
    bucket: str,
    unzipped: Callable[[str], dict[str, str]],
) -> None:
    build = run(of_pipeline, artifactsOverride=artifact(bucket, "p/BuildOut/one"), **inputs)
    assert build["buildStatus"] == "SUCCEEDED"
    assert build["artifacts"]["location"] == f"arn:aws:s3:::{bucket}/p/BuildOut/one"
    assert unzipped("p/BuildOut/one") == {"message.txt": "hello", "number.txt": "7"}


def test_two_outputs_are_secondary_artifacts(
    run: Callable[..., Build],
    of_pipeline: str,
    inputs: dict[str, Any],
    bucket: str,
    unzipped: Callable[[str], dict[str, str]],
) -> None:
    outputs = [artifact(bucket, f"p/{name}/two", name) for name in ("First", "Second")]
    build = run(of_pipeline, secondaryArtifactsOverride=outputs, buildspecOverride=TWO_OUTPUTS, **inputs)
    assert build["buildStatus"] == "SUCCEEDED"
    assert {each["artifactIdentifier"] for each in build["secondaryArtifacts"]} == {"First", "Second"}
    assert [unzipped("p/First/two"), unzipped("p/Second/two")] == [{"message.txt": "hello"}, {"number.txt": "7"}]


def test_an_action_may_have_no_output(run: Callable[..., Build], of_pipeline: str, stored: Callable[..., str]) -> None:
    spec = "version: 0.2\nphases:\n  build:\n    commands: [true]\n"
    build = run(of_pipeline, sourceVersion=f"arn:aws:s3:::{stored({'buildspec.yml': spec})}")
    assert build["buildStatus"] == "SUCCEEDED"


def test_an_artifact_is_encrypted_with_the_key_of_the_store(
    client: Client, run: Callable[..., Build], of_pipeline: str, inputs: dict[str, Any], bucket: str
) -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    run(of_pipeline, artifactsOverride=artifact(bucket, "p/BuildOut/key"), encryptionKeyOverride=key, **inputs)
    assert client("s3").head_object(Bucket=bucket, Key="p/BuildOut/key")["SSEKMSKeyId"] == key


def test_any_project_can_be_used_by_a_pipeline(
    run: Callable[..., Build], project: Callable[..., str], inputs: dict[str, Any], bucket: str
) -> None:
    name = project(source={"type": "S3", "location": f"{bucket}/nothing.zip"})
    assert run(name, artifactsOverride=artifact(bucket, "p/any"), **inputs)["buildStatus"] == "SUCCEEDED"


def test_the_pipeline_is_the_initiator(client: Client, project: Callable[..., str], inputs: dict[str, Any]) -> None:
    codebuild = client("codebuild")
    headers = {"x-localaws-pipeline": "mine", "x-localaws-source-revision": "abc123"}

    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"].update(headers)

    name = project(source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
    codebuild.meta.events.register("before-call.codebuild.StartBuild", add)
    try:
        build = codebuild.start_build(projectName=name, **inputs)["build"]
    finally:
        codebuild.meta.events.unregister("before-call.codebuild.StartBuild", add)
    assert (build["initiator"], build["resolvedSourceVersion"]) == ("codepipeline/mine", "abc123")


def test_a_build_without_its_input_fails(run: Callable[..., Build], of_pipeline: str, bucket: str) -> None:
    version = f"arn:aws:s3:::{bucket}/gone"
    build = run(of_pipeline, sourceVersion=version)
    failed = next(phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
    assert (build["buildStatus"], failed["phaseType"]) == ("FAILED", "DOWNLOAD_SOURCE")
    context = failed["contexts"][0]
    assert context["statusCode"] == "CLIENT_ERROR"
    assert context["message"].startswith("NoSuchKey: The specified key does not exist.")
    assert context["message"].endswith(f"for primary source and source version {version}")


def test_a_pipelines_source_demands_its_artifacts(client: Client, of_pipeline: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("codebuild").start_build(projectName=of_pipeline, artifactsOverride={"type": "NO_ARTIFACTS"})
    assert refused.value.response["Error"]["Code"] == "InvalidInputException"
    assert refused.value.response["Error"]["Message"] == (
        "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE"
    )
