"""With --aws, what speaks boto3 alone is asked of an account. Here another process's local AWS is the account."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from real_account.boto3_alone import TESTS

ROOT = TESTS.parent
Ask = Callable[..., "subprocess.CompletedProcess[str]"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def credentials() -> Iterator[dict[str, str]]:
    """Leads to the account: what `make local` tells a person's shell."""
    process = subprocess.Popen(
        [sys.executable, "-m", "localaws", "--port", "0", "--control"],
        env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        exports = process.stdout.readline().partition(";")[0]
        yield dict(word.split("=", 1) for word in shlex.split(exports)[1:])
        process.communicate()


@pytest.fixture
def ask(credentials: dict[str, str]) -> Ask:
    """A function that runs pytest with these arguments as the account's owner; variables change the environment."""

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | credentials | variables,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("option", "variables", "why"),
    [
        (
            "--aws",
            {},
            "This creates and deletes roles, buckets, functions and more in account 123456789012. "
            "If that is meant: --aws=123456789012",
        ),
        (
            "--aws=210987654321",
            {},
            "This creates and deletes roles, buckets, functions and more in account 123456789012, not 210987654321. "
            "If that is meant: --aws=123456789012",
        ),
        (
            "--aws=123456789012",
            {"AWS_REGION": "eu-west-1"},
            "The tests name us-east-1, and AWS_REGION is eu-west-1: export AWS_REGION=us-east-1",
        ),
    ],
    ids=["no account is named", "another account is named", "another region"],
)
def test_nothing_is_asked_without_consent(ask: Ask, option: str, variables: dict[str, str], why: str) -> None:
    told = ask("tests/localaws/kms", option, **variables)
    assert told.returncode == pytest.ExitCode.USAGE_ERROR
    assert told.stderr == f"ERROR: {why}\n\n"
    assert told.stdout.startswith("Account 123456789012, region ")


def test_what_looks_into_local_aws_is_left_out_by_name(ask: Ask) -> None:
    told = ask("tests/localaws/kms", "tests/localaws/frame", "tests/docs", "--aws=123456789012", "--co", "-v").stdout
    assert "not asked: tests/localaws/frame/test_door.py::test_it_listens_on_loopback_alone asks for local_aws" in told
    assert re.search(r"not asked: tests/localaws/frame/test_processes.py::\S+ calls no service\n", told)
    assert re.search(r"not asked: tests/localaws/kms/test_keys.py::\S+ names the account 123456789012\n", told)
    assert re.search(r"not asked: tests/docs/test_readme.py::\S+ is no test of local AWS\n", told)


def test_what_bills_is_not_started_without_consent(ask: Ask, credentials: dict[str, str]) -> None:
    told = ask("tests/localaws/sagemaker/test_events.py", "--aws=123456789012")
    assert told.returncode == 0, told.stdout
    assert "sagemaker.CreateTrainingJob bills by the second: --aws-billed allows it" in told.stdout
    assert client(credentials, "sagemaker").list_training_jobs()["TrainingJobSummaries"] == []


def test_an_account_answers_as_local_aws_does_and_nothing_is_left_in_it(ask: Ask, credentials: dict[str, str]) -> None:
    folders = ["kms", "logs", "codecommit", "s3/test_versions.py", "awslambda/test_versions.py"]
    told = ask(*(f"tests/localaws/{folder}" for folder in folders), "--aws=123456789012")
    assert told.returncode == 0, told.stdout
    assert re.search(r"^[1-9]\d+ passed, [1-9]\d* deselected in", told.stdout, flags=re.MULTILINE), told.stdout
    assert client(credentials, "s3").list_buckets()["Buckets"] == []
    assert client(credentials, "iam").list_roles()["Roles"] == []
    assert client(credentials, "lambda").list_functions()["Functions"] == []
    assert client(credentials, "logs").describe_log_groups()["logGroups"] == []
    assert client(credentials, "codecommit").list_repositories()["repositories"] == []
    keys = client(credentials, "kms")
    states = [keys.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in keys.list_keys()["Keys"]]
    assert set(states) == {"PendingDeletion"}


def client(credentials: dict[str, str], service: str) -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=credentials["AWS_ENDPOINT_URL"],
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
    )
