"""A bucket, a role and ways to make projects and to run builds."""

import io
import json
import textwrap
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
Build = dict[str, Any]
IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
ENVIRONMENT = {"type": "LINUX_CONTAINER", "image": IMAGE, "computeType": "BUILD_GENERAL1_SMALL"}
_PATIENCE = 60.0


@pytest.fixture(scope="session")
def role(client: Client) -> str:
    """The ARN of a service role that CodeBuild may assume and that may do anything."""
    trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    name = f"build-{uuid.uuid4().hex[:8]}"
    made = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    client("iam").put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(everything))
    return str(made["Role"]["Arn"])


@pytest.fixture(scope="session")
def bucket(client: Client) -> str:
    """A bucket for sources and artifacts."""
    name = f"builds-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def stored(client: Client, bucket: str) -> Callable[[dict[str, str]], str]:
    """A function that stores a zip of files given by name and text, and returns its ``bucket/key``."""

    def store(files: dict[str, str]) -> str:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, textwrap.dedent(text))
        key = f"sources/{uuid.uuid4().hex}.zip"
        client("s3").put_object(Bucket=bucket, Key=key, Body=buffer.getvalue())
        return f"{bucket}/{key}"

    return store


@pytest.fixture(scope="session")
def project(client: Client, role: str) -> Callable[..., str]:
    """A function that creates a project without a source and returns its name; parameters change it."""

    def create(buildspec: str = "version: 0.2\nphases: {}\n", **settings: Any) -> str:
        name = f"p-{uuid.uuid4().hex[:10]}"
        whole = {
            "source": {"type": "NO_SOURCE", "buildspec": textwrap.dedent(buildspec)},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": ENVIRONMENT,
            "serviceRole": role,
        }
        client("codebuild").create_project(name=name, **(whole | settings))
        return name

    return create


@pytest.fixture(scope="session")
def finished(client: Client) -> Callable[[str], Build]:
    """A function that waits for the end of a build and returns it."""

    def wait(build_id: str) -> Build:
        deadline = time.monotonic() + _PATIENCE
        while True:
            build: Build = client("codebuild").batch_get_builds(ids=[build_id])["builds"][0]
            if build["buildComplete"]:
                return build
            assert time.monotonic() < deadline, build
            time.sleep(0.03)

    return wait


@pytest.fixture(scope="session")
def run(client: Client, finished: Callable[[str], Build]) -> Callable[..., Build]:
    """A function that runs a build of a project to its end; parameters are those of StartBuild."""

    def start(name: str, **overrides: Any) -> Build:
        return finished(client("codebuild").start_build(projectName=name, **overrides)["build"]["id"])

    return start


@pytest.fixture(scope="session")
def output(client: Client) -> Callable[[Build], list[str]]:
    """A function that returns what the commands of a build printed, without the lines of CodeBuild's own."""

    def read(build: Build) -> list[str]:
        names = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        events = client("logs").get_log_events(**names, startFromHead=True)["events"]
        lines = [str(event["message"]).rstrip("\n") for event in events]
        return [line for line in lines if not line.startswith("[Container]")]

    return read


@pytest.fixture(scope="session")
def built(run: Callable[..., Build], project: Callable[..., str]) -> Callable[..., Build]:
    """A function that creates a project, runs a build of it to its end and returns that; ``start`` is StartBuild's."""

    def build(buildspec: str = "", start: dict[str, Any] | None = None, **settings: Any) -> Build:
        return run(project(*filter(None, [buildspec]), **settings), **(start or {}))

    return build
