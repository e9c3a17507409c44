"""Which files become artifacts, and where they are stored."""

import io
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
Build = dict[str, Any]

FILES = (
    "version: 0.2\nphases:\n  build:\n    commands: [mkdir -p out1 out2/sub, touch top out1/a out2/b out2/sub/c .dot]\n"
)


@pytest.fixture
def prefix() -> str:
    """A prefix in the bucket that nobody else has."""
    return f"artifacts/{uuid.uuid4().hex}"


@pytest.fixture
def zip_artifact(bucket: str, prefix: str) -> dict[str, str]:
    """Settings of an artifact that is one zip in the bucket."""
    return {"type": "S3", "location": bucket, "path": prefix, "name": "out.zip", "packaging": "ZIP"}


@pytest.fixture
def zipped(client: Client, bucket: str) -> Callable[[str], list[str]]:
    """A function that returns the names in a zip in the bucket."""

    def names(key: str) -> list[str]:
        body = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return archive.namelist()

    return names


def failure(build: Build) -> tuple[str, str, str]:
    bad = next(phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
    return bad["phaseType"], bad["contexts"][0]["statusCode"], bad["contexts"][0]["message"]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("files: ['**/*']", [".dot", "out1/a", "out2/b", "out2/sub/c", "top"]),
        ("files: [top, out1/a]", ["out1/a", "top"]),
        ("files: [./top, 'out2/*']", ["out2/b", "top"]),
        ("files: ['out2/**/*']", ["out2/b", "out2/sub/c"]),
        ("{files: ['**/*'], base-directory: out2}", ["b", "sub/c"]),
        ("{files: ['**/*'], base-directory: 'out*', discard-paths: yes}", ["a", "b", "c"]),
        ("{files: ['**/*'], exclude-paths: ['out2/**/*', .dot]}", ["out1/a", "out2/b", "top"]),
        ("files: top", ["top"]),
    ],
)
def test_patterns_choose_files(
    built: Callable[..., Build],
    zip_artifact: dict[str, str],
    zipped: Callable[[str], list[str]],
    section: str,
    expected: list[str],
) -> None:
    build = built(f"{FILES}artifacts:\n  {section}\n", artifacts=zip_artifact)
    assert build["buildStatus"] == "SUCCEEDED"
    assert zipped(f"{zip_artifact['path']}/out.zip") == expected


@pytest.mark.parametrize(
    "section", ["files: [no]", "files: [../../secret]", "files: [/etc/hostname]", "{files: [a], base-directory: no}"]
)
def test_files_that_are_not_there_fail_the_build(built: Callable[..., Build], bucket: str, section: str) -> None:
    build = built(f"{FILES}artifacts:\n  {section}\n", artifacts={"type": "S3", "location": bucket})
    assert build["buildStatus"] == "FAILED"
    assert failure(build) == ("UPLOAD_ARTIFACTS", "CLIENT_ERROR", "no matching artifact paths found")


def test_a_link_out_of_the_folder_is_no_artifact(
    built: Callable[..., Build], zip_artifact: dict[str, str], zipped: Callable[[str], list[str]]
) -> None:
    spec = "version: 0.2\nphases:\n  build:\n    commands: [ln -s /etc/hostname link, touch file]\n"
    built(f"{spec}artifacts:\n  files: ['*']\n", artifacts=zip_artifact)
    assert zipped(f"{zip_artifact['path']}/out.zip") == ["file"]


def test_files_are_stored_one_by_one(client: Client, built: Callable[..., Build], bucket: str, prefix: str) -> None:
    artifacts = {"type": "S3", "location": bucket, "path": prefix, "namespaceType": "BUILD_ID", "name": "out"}
    build = built(f"{FILES}artifacts:\n  files: ['out2/**/*']\n", artifacts=artifacts)
    place = f"{prefix}/{build['id'].partition(':')[2]}/out"
    found = client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    assert [each["Key"] for each in found] == [f"{place}/out2/b", f"{place}/out2/sub/c"]
    assert build["artifacts"]["location"] == f"arn:aws:s3:::{bucket}/{place}"


@pytest.mark.parametrize(("disabled", "encryption"), [(False, "aws:kms"), (True, "AES256")])
def test_artifacts_are_encrypted_unless_told_otherwise(
    client: Client, built: Callable[..., Build], zip_artifact: dict[str, str], disabled: bool, encryption: str
) -> None:
    built(f"{FILES}artifacts:\n  files: [top]\n", artifacts=zip_artifact | {"encryptionDisabled": disabled})
    names = {"Bucket": zip_artifact["location"], "Key": f"{zip_artifact['path']}/out.zip"}
    assert client("s3").head_object(**names)["ServerSideEncryption"] == encryption


def test_an_artifact_that_no_one_asked_for_fails_the_build(built: Callable[..., Build], bucket: str) -> None:
    section = "artifacts:\n  files: [top]\n  secondary-artifacts:\n    more: {files: [top]}\n"
    build = built(f"{FILES}{section}", artifacts={"type": "S3", "location": bucket})
    assert failure(build) == ("UPLOAD_ARTIFACTS", "CLIENT_ERROR", "no definition for artifact more")


def test_a_bucket_that_is_not_there_fails_the_build(
    built: Callable[..., Build],
) -> None:
    artifacts = {"type": "S3", "location": "no-such-bucket-here", "packaging": "ZIP"}
    build = built(f"{FILES}artifacts:\n  files: [top]\n", artifacts=artifacts)
    phase, code, message = failure(build)
    assert (phase, code) == ("UPLOAD_ARTIFACTS", "CLIENT_ERROR")
    assert message.startswith("Failed to upload artifacts: NoSuchBucket: The specified bucket does not exist")


def test_a_build_that_failed_still_uploads(
    built: Callable[..., Build], zip_artifact: dict[str, str], zipped: Callable[[str], list[str]]
) -> None:
    spec = "version: 0.2\nphases:\n  build:\n    commands: [touch report, (exit 1)]\nartifacts:\n  files: [report]\n"
    assert built(spec, artifacts=zip_artifact)["buildStatus"] == "FAILED"
    assert zipped(f"{zip_artifact['path']}/out.zip") == ["report"]
