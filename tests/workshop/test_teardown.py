"""Teardown leaves nothing that bills or blocks, and the same suffix can be deployed again."""

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import deploy
from resource_names import PIPELINE_TEMPLATE, PREP_TEMPLATE, Names
from upload import TEMPLATES

from . import small_repositories
from .conftest import ROOT, Workshop

pytestmark = pytest.mark.slow

AWS_CLI = ROOT / ".venv-awscli/bin"  # `make test-all` builds it


def all_pages(client: Any, operation: str) -> Any:
    return client.get_paginator(operation).paginate().build_full_result()


# For each kind of resource, what an account has of it.
KINDS: dict[str, Callable[[Callable[[str], Any]], Any]] = {
    "stacks": lambda client: all_pages(client("cloudformation"), "list_stacks")["StackSummaries"],
    "buckets": lambda client: client("s3").list_buckets()["Buckets"],
    "functions": lambda client: all_pages(client("lambda"), "list_functions")["Functions"],
    "roles": lambda client: all_pages(client("iam"), "list_roles")["Roles"],
    "log groups": lambda client: all_pages(client("logs"), "describe_log_groups")["logGroups"],
    "pipelines": lambda client: all_pages(client("codepipeline"), "list_pipelines")["pipelines"],
    "build projects": lambda client: all_pages(client("codebuild"), "list_projects")["projects"],
    "rules": lambda client: client("events").list_rules()["Rules"],
    "repositories": lambda client: all_pages(client("codecommit"), "list_repositories")["repositories"],
    "endpoints": lambda client: all_pages(client("sagemaker"), "list_endpoints")["Endpoints"],
    "endpoint configurations": lambda client: all_pages(client("sagemaker"), "list_endpoint_configs")[
        "EndpointConfigs"
    ],
    "models": lambda client: all_pages(client("sagemaker"), "list_models")["Models"],
}


def owned(workshop: Workshop) -> dict[str, list[Any]]:
    """What there is with the workshop's suffix in its name, deleted stacks aside."""
    found = {kind: listed(workshop.client) for kind, listed in KINDS.items()}
    return {
        kind: [one for one in all_of_it if workshop.suffix in str(one) and "DELETE_COMPLETE" not in str(one)]
        for kind, all_of_it in found.items()
    }


@pytest.mark.parametrize("source", ["None", "CodeCommit"])
@pytest.mark.parametrize("released", [True, False], ids=["after a release", "in the middle of one"])
def test_teardown_leaves_nothing_and_deploy_works_again(workshop: Workshop, source: str, released: bool) -> None:
    deploy_from(workshop, source, "release" if released else "")
    may_be_absent = set() if released else {"endpoints", "endpoint configurations", "models"}
    before = owned(workshop)
    assert bool(before["build projects"]) == (source != "None")
    assert {kind for kind in KINDS if not before[kind]} - {"build projects"} <= may_be_absent
    account = workshop.client("sts").get_caller_identity()["Account"]
    workshop.made("teardown", CONFIRM=account)
    assert owned(workshop) == {kind: [] for kind in KINDS}
    workshop.made("teardown", CONFIRM=account)  # twice is no fault
    deploy_from(workshop, source, "release")


def deploy_from(workshop: Workshop, source: str, then: str) -> None:
    """Deploy with a source, of which a build takes seconds."""
    workshop.made("prep")
    small_repositories.seed(workshop)
    workshop.made(*f"deploy {then}".split(), SOURCE=source)


def test_teardown_stops_a_build_that_its_execution_leaves_behind(workshop: Workshop) -> None:
    deploy_from(workshop, "CodeCommit", "")
    codebuild, deadline = workshop.client("codebuild"), time.monotonic() + 60
    while not (builds := codebuild.list_builds_for_project(projectName=workshop.pipeline)["ids"]):
        assert time.monotonic() < deadline, workshop.executions()
        time.sleep(0.1)
    told = workshop.made("teardown")
    assert f"Stopping build {builds[0]}\n" in told
    assert [one["buildStatus"] for one in codebuild.batch_get_builds(ids=builds)["builds"]] == ["STOPPED"]
    assert re.search(r"^  build project +1 +0$", told, flags=re.MULTILINE), told
    assert re.search(r"^  rule +4 +0$", told, flags=re.MULTILINE), told


RETAINED = {
    PREP_TEMPLATE: ["TrainingConfigRepository"],
    PIPELINE_TEMPLATE: ["TrainModelFunction", "TrainModelRole", "Pipeline", "TrainingDataArrived"],
}


@pytest.fixture
def retaining(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped templates, but for some resources that outlive their stack."""
    for name, resources in RETAINED.items():
        text = (TEMPLATES / name).read_text(encoding="utf-8")
        for one in resources:
            text, count = re.subn(
                rf"(\n  {one}:\n    Type: .*\n(?:    Condition: .*\n)?)(?:    DeletionPolicy: Delete\n)?",
                r"\1    DeletionPolicy: Retain\n",
                text,
            )
            assert count == 1, one
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(deploy, "TEMPLATES", tmp_path)


@pytest.mark.usefixtures("retaining")
def test_what_is_left_is_told_with_the_command_that_deletes_it(workshop: Workshop) -> None:
    session = SimpleNamespace(client=workshop.client)
    deploy.prep(session, workshop.suffix)
    workshop.made("upload")
    deploy.pipeline(session, workshop.suffix)

    done = workshop.make("teardown")

    assert done.returncode == 2
    told = done.stdout.partition("\nLeft:\n")[2].splitlines()
    left = [re.fullmatch(r"  (\w+) (\S+): (.*)", line) for line in told]
    assert sorted(one[1] for one in left if one) == ["function", "pipeline", "repository", "role", "rule"]
    rows = dict(re.findall(r"^  (\w+) +\d+ +(\d+)$", done.stdout, flags=re.MULTILINE))
    assert {kind for kind, after in rows.items() if after != "0"} == {one[1] for one in left if one}
    environment = {"PATH": f"{AWS_CLI}:/usr/bin:/bin", "HOME": "/nonexistent"}
    environment |= workshop.aws.administrator.environment("us-east-1")
    for one in left:
        assert one
        subprocess.run(["bash", "-ec", one[3]], env=environment, check=True, timeout=120)
    assert f"Nothing of {workshop.suffix} is left" in workshop.made("teardown")


def test_a_stack_that_cannot_be_deleted_is_told_with_all_that_is_left(workshop: Workshop) -> None:
    """Somebody put a role to a use of their own, so that IAM does not let it go."""
    workshop.made("prep", "upload", "pipeline")
    resources = workshop.client("cloudformation").describe_stack_resources(
        StackName=Names(workshop.suffix).pipeline_stack
    )["StackResources"]
    (role,) = (one["PhysicalResourceId"] for one in resources if one["LogicalResourceId"] == "TrainModelRole")
    iam, use = workshop.client("iam"), {"InstanceProfileName": workshop.suffix, "RoleName": role}
    iam.create_instance_profile(InstanceProfileName=workshop.suffix)
    iam.add_role_to_instance_profile(**use)
    done = workshop.make("teardown")
    assert done.returncode == 2
    # SageMaker's role waits for the one that may pass it.
    assert re.search(r"^  role +7 +2$", done.stdout, flags=re.MULTILINE), done.stdout
    assert "is DELETE_FAILED: it was to be deleted, and a part of it could not be. TrainModelRole: " in done.stderr
    iam.remove_role_from_instance_profile(**use)
    iam.delete_instance_profile(InstanceProfileName=workshop.suffix)
    assert f"Nothing of {workshop.suffix} is left" in workshop.made("teardown")


def test_teardown_before_anything_was_made(workshop: Workshop) -> None:
    workshop.made("teardown")


def test_teardown_leaves_what_others_have(workshop_of: Callable[[str], Workshop]) -> None:
    """A suffix that ends another's: demo1 must not take xdemo1's resources with it."""
    mine, other = workshop_of("demo1"), workshop_of("xdemo1")
    other.made("deploy", "release")
    before = owned(other)
    mine.made("teardown")
    after = owned(other)
    assert {kind for kind in KINDS if len(after[kind]) < len(before[kind])} == set()
