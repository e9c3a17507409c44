"""With --aws, what speaks boto3 alone is asked of an account. Here another process's local AWS is the account.

Its id is not the one that local AWS usually has and that the tests name.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from real_account.boto3_alone import TESTS

ROOT = TESTS.parent
ID = "210987654321"
# Local AWS and moto know one account each, by these names, which all else imports from there.
THE_ACCOUNT = f"""
import os, sys, localaws, moto.core.models
os.environ["MOTO_ACCOUNT_ID"] = moto.core.DEFAULT_ACCOUNT_ID = moto.core.models.DEFAULT_ACCOUNT_ID = "{ID}"
from localaws.__main__ import main
sys.exit(main())
"""
Ask = Callable[..., "subprocess.CompletedProcess[str]"]
pytestmark = pytest.mark.slow
FOLDERS = [
    *("codecommit", "kms", "logs", "awslambda/test_versions.py", "s3/test_versions.py", "sns/test_refusals.py"),
]
BILLED = [
    "sagemaker/test_events.py::test_each_step_of_a_job_is_told",
    "sagemaker/test_events.py::test_each_status_of_a_transform_job_is_told",
    "sagemaker/test_endpoints.py::test_a_name_is_used_once_whatever_its_case",
]


@pytest.fixture(scope="module")
def credentials() -> Iterator[dict[str, str]]:
    """Leads to the account: what `make local` tells a person's shell."""
    process = subprocess.Popen(
        [sys.executable, "-c", THE_ACCOUNT, "--port", "0", "--control"],
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
            timeout=900,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("option", "variables", "why"),
    [
        (
            "--aws",
            {},
            f"This creates and deletes roles, buckets, functions and more in account {ID}. "
            f"If that is meant: --aws={ID}",
        ),
        (
            "--aws=123456789012",
            {},
            f"This creates and deletes roles, buckets, functions and more in account {ID}, not 123456789012. "
            f"If that is meant: --aws={ID}",
        ),
        (
            f"--aws={ID}",
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
    assert told.stdout.startswith(f"Account {ID}, region ")


def test_what_looks_into_local_aws_is_left_out_by_name(ask: Ask) -> None:
    told = ask("tests/localaws/kms", "tests/localaws/frame", "tests/docs", f"--aws={ID}", "--co", "-v").stdout
    assert "not asked: tests/localaws/frame/test_door.py::test_it_listens_on_loopback_alone asks for local_aws" in told
    assert re.search(r"not asked: tests/localaws/frame/test_processes.py::\S+ calls no service\n", told)
    assert re.search(r"not asked: tests/localaws/kms/test_keys.py::\S+ expects words of local AWS's own\n", told)
    assert re.search(r"not asked: tests/docs/test_readme.py::\S+ is no test of local AWS\n", told)


def test_what_bills_is_not_started_without_consent(ask: Ask, credentials: dict[str, str]) -> None:
    sagemaker = client(credentials, "sagemaker")
    before = sagemaker.list_training_jobs()["TrainingJobSummaries"]
    told = ask("tests/localaws/sagemaker/test_events.py", f"--aws={ID}")
    assert told.returncode == 0, told.stdout
    assert "sagemaker.CreateTrainingJob bills by the second: --aws-billed allows it" in told.stdout
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == before


def test_an_account_answers_as_local_aws_does_and_is_left_as_it_was(ask: Ask, credentials: dict[str, str]) -> None:
    make_what_is_not_ours(credentials)
    before = inventory(credentials)
    told = ask(*(f"tests/localaws/{folder}" for folder in FOLDERS), f"--aws={ID}")
    assert told.returncode == 0, told.stdout
    assert re.search(r"^[1-9]\d+ passed, [1-9]\d* deselected in", told.stdout, flags=re.MULTILINE), told.stdout
    assert all(before[kind] for kind in ("log groups", "log streams", "buckets", "roles", "topics", "keys"))
    assert inventory(credentials) == before


def test_what_bills_is_ended_and_its_logs_go(ask: Ask, credentials: dict[str, str]) -> None:
    make_what_is_not_ours(credentials)
    before = inventory(credentials)
    told = ask(*(f"tests/localaws/{test}" for test in BILLED), f"--aws={ID}", "--aws-billed")
    assert told.returncode == 0, told.stdout
    assert re.search(rf"^{len(BILLED)} passed in", told.stdout, flags=re.MULTILINE), told.stdout
    assert inventory(credentials) == before


# What a person sees in an account: whom to ask, and where its names are in the answer.
KINDS = {
    "alarms": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "aliases": ("kms", "list_aliases", "Aliases", "AliasName"),
    "buckets": ("s3", "list_buckets", "Buckets", "Name"),
    "buses": ("events", "list_event_buses", "EventBuses", "Name"),
    "endpoint configurations": ("sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"),
    "endpoints": ("sagemaker", "list_endpoints", "Endpoints", "EndpointName"),
    "functions": ("lambda", "list_functions", "Functions", "FunctionName"),
    "groups": ("iam", "list_groups", "Groups", "GroupName"),
    "log groups": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "models": ("sagemaker", "list_models", "Models", "ModelName"),
    "pipelines": ("codepipeline", "list_pipelines", "pipelines", "name"),
    "projects": ("codebuild", "list_projects", "projects", ""),
    "repositories": ("codecommit", "list_repositories", "repositories", "repositoryName"),
    "roles": ("iam", "list_roles", "Roles", "RoleName"),
    "rules": ("events", "list_rules", "Rules", "Name"),
    "stacks": ("cloudformation", "describe_stacks", "Stacks", "StackName"),
    "topics": ("sns", "list_topics", "Topics", "TopicArn"),
    "users": ("iam", "list_users", "Users", "UserName"),
}


def inventory(credentials: dict[str, str]) -> dict[str, list[str]]:
    """The names of what is in the account, by kind; of keys, those that nobody told to go."""

    def names(service: str, operation: str, listed: str, name: str) -> list[str]:
        asked = client(credentials, service)
        pages = (
            asked.get_paginator(operation).paginate()
            if asked.can_paginate(operation)
            else [getattr(asked, operation)()]
        )
        return sorted(each[name] if name else each for page in pages for each in page[listed])

    found = {kind: names(*where) for kind, where in KINDS.items()}
    kms, logs = client(credentials, "kms"), client(credentials, "logs")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    streams = [
        f"{group} {stream['logStreamName']}"
        for group in found["log groups"]
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]
    ]
    return found | {
        "keys": sorted(key["KeyId"] for key in keys if key["KeyState"] != "PendingDeletion"),
        "log streams": sorted(streams),
    }


def make_what_is_not_ours(credentials: dict[str, str]) -> None:
    """Put something of somebody else's into the account, named much as what the tests make."""
    name = f"theirs-{uuid.uuid4().hex[:8]}"
    logs = client(credentials, "logs")
    groups = {f"/aws/lambda/{name}", "/aws/sagemaker/TrainingJobs"}
    groups -= {each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]}
    for group in groups:
        logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=f"{name}/algo-1-1")
    client(credentials, "s3").create_bucket(Bucket=name)
    client(credentials, "s3").put_object(Bucket=name, Key="k", Body=b"theirs")
    trust = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ID}, "Action": "sts:AssumeRole"}}
    client(credentials, "iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    client(credentials, "sns").create_topic(Name=name)
    client(credentials, "kms").create_key()


def client(credentials: dict[str, str], service: str) -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=credentials["AWS_ENDPOINT_URL"],
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
    )
