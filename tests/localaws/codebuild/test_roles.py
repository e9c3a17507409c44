"""A build does what its service role may, and no more."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
Build = dict[str, Any]

LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
SPEC = "version: 0.2\nphases:\n  build:\n    commands: [true]\n"


@pytest.fixture
def role_that_may(client: Client) -> Callable[..., str]:
    """A function that creates a service role which may do these actions and nothing else."""

    def create(*actions: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
        name = f"build-{uuid.uuid4().hex[:8]}"
        made = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    return create


def failure(build: Build) -> tuple[str, str, str]:
    bad = next(phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
    return bad["phaseType"], bad["contexts"][0]["statusCode"], bad["contexts"][0]["message"]


def test_without_logs_there_is_no_build(built: Callable[..., Build], role_that_may: Callable[..., str]) -> None:
    role = role_that_may("s3:GetObject")
    phase, code, message = failure(built(SPEC, serviceRole=role))
    assert (phase, code) == ("PROVISIONING", "ACCESS_DENIED")
    assert message.startswith(
        f"Service role {role} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for build "
    )
    assert "is not authorized to perform: logs:CreateLogStream on resource: " in message


def test_a_source_needs_permission_to_read_it(
    built: Callable[..., Build], role_that_may: Callable[..., str], stored: Callable[..., str]
) -> None:
    source = {"type": "S3", "location": stored({"buildspec.yml": SPEC})}
    phase, code, message = failure(built(source=source, serviceRole=role_that_may(*LOGS)))
    assert (phase, code) == ("DOWNLOAD_SOURCE", "CLIENT_ERROR")
    assert message.startswith("AccessDenied: ")
    assert message.endswith(" for primary source")


def test_a_repository_needs_permission_to_pull(
    client: Client, built: Callable[..., Build], role_that_may: Callable[..., str]
) -> None:
    name = f"r-{uuid.uuid4().hex[:8]}"
    client("codecommit").create_repository(repositoryName=name)
    client("codecommit").put_file(
        repositoryName=name, branchName="main", filePath="buildspec.yml", fileContent=SPEC.encode()
    )
    source = {"type": "CODECOMMIT", "location": f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{name}"}
    reader = role_that_may(*LOGS, "codecommit:Get*", "codecommit:BatchGet*")
    refused = built(source=source, serviceRole=reader)
    message = "authorization failed for primary source"
    assert failure(refused) == ("DOWNLOAD_SOURCE", "CLIENT_ERROR", message)
    puller = role_that_may(*LOGS, "codecommit:GitPull")
    assert built(source=source, serviceRole=puller)["buildStatus"] == "SUCCEEDED"


def test_a_parameter_needs_permission_to_read_it(
    built: Callable[..., Build], role_that_may: Callable[..., str]
) -> None:
    spec = f"{SPEC}env:\n  parameter-store:\n    WORD: /some/word\n"
    phase, code, message = failure(built(spec, serviceRole=role_that_may(*LOGS)))
    assert (phase, code) == ("DOWNLOAD_SOURCE", "Decrypted Variables Error")
    assert message.startswith("AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/build-")
    assert "is not authorized to perform: ssm:GetParameters on resource: " in message


def test_artifacts_need_permission_to_store_them(
    built: Callable[..., Build], role_that_may: Callable[..., str], bucket: str
) -> None:
    spec = "version: 0.2\nphases:\n  build:\n    commands: [touch file]\nartifacts:\n  files: [file]\n"
    artifacts = {"type": "S3", "location": bucket}
    build = built(spec, artifacts=artifacts, serviceRole=role_that_may(*LOGS))
    phase, code, message = failure(build)
    assert (phase, code) == ("UPLOAD_ARTIFACTS", "CLIENT_ERROR")
    assert message.startswith("Failed to upload artifacts: AccessDenied: ")


def test_commands_may_do_what_the_role_may(
    built: Callable[..., Build], role_that_may: Callable[..., str], output: Callable[[Build], list[str]]
) -> None:
    code = "import boto3, botocore\ntry:\n    print(len(boto3.client('s3').list_buckets()['Buckets']) > 0)\n"
    code += "    boto3.client('lambda').list_functions()\nexcept botocore.exceptions.ClientError as error:\n"
    code += "    print(error.response['Error']['Code'])\n"
    lines = [f"      {line}" for line in code.splitlines()]
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n    - |\n      python - <<'END'\n"
    spec += "\n".join([*lines, "      END", ""])
    build = built(spec, serviceRole=role_that_may(*LOGS, "s3:ListAllMyBuckets"))
    assert output(build)[-2:] == ["True", "AccessDeniedException"]
