"""What there is of a suffix is looked for in every service, and what a teardown changed is counted."""

import json
import secrets
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

import inventory
from inventory import RECORD
from leftovers import Leftover
from resource_names import Names

TRUSTED = ["events.amazonaws.com", "codebuild.amazonaws.com"]
TRUST = {"Effect": "Allow", "Principal": {"Service": TRUSTED}, "Action": "sts:AssumeRole"}


@pytest.fixture
def names() -> Names:
    """Of a suffix that nobody else uses."""
    return Names(f"iv{secrets.token_hex(4)}")


@pytest.fixture
def role(session: Any, names: Names) -> str:
    """A role that CloudFormation could have named: not by our suffix."""
    name = f"some-stack-TrainModelRole-{names.suffix}"
    session.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]}))
    return name


@pytest.fixture
def rule(session: Any, names: Names) -> str:
    name = f"some-stack-TrainingDataArrived-{names.suffix}"
    session.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)", State="DISABLED")
    return name


def test_what_cloudformation_named_is_asked_for_when_its_stack_is_gone(
    session: Any, names: Names, role: str, rule: str
) -> None:
    seen = [Leftover("role", role), Leftover("rule", rule)]
    assert inventory.take(session, names) == []
    assert inventory.take(session, names, seen) == seen
    session.client("iam").delete_role(RoleName=role)
    assert inventory.take(session, names, seen) == [Leftover("rule", rule)]
    session.client("events").delete_rule(Name=rule)
    assert inventory.take(session, names, seen) == []


def test_repositories_are_ours_by_their_names(session: Any, names: Names) -> None:
    codecommit = session.client("codecommit")
    for name in (names.repositories[0], f"x{names.repositories[0]}"):
        codecommit.create_repository(repositoryName=name)
    assert inventory.take(session, names) == [Leftover("repository", names.repositories[0])]


def test_a_build_project_and_its_log_are_ours_by_their_names(session: Any, names: Names, role: str) -> None:
    codebuild, logs = session.client("codebuild"), session.client("logs")
    arn = session.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    groups = [f"/aws/codebuild/{name}" for name in (names.build_project, f"{names.build_project}x")]
    for name in (names.build_project, f"x{names.build_project}"):
        codebuild.create_project(
            name=name,
            source={"type": "CODEPIPELINE"},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            serviceRole=arn,
        )
    for group in groups:
        logs.create_log_group(logGroupName=group)
    ours = [Leftover("log group", groups[0]), Leftover("build project", names.build_project)]
    assert inventory.take(session, names) == ours
    codebuild.delete_project(name=names.build_project)
    logs.delete_log_group(logGroupName=groups[0])
    assert inventory.take(session, names) == []


def test_the_log_of_a_job_is_found_when_its_record_is_gone(session: Any, names: Names) -> None:
    logs, job = session.client("logs"), f"winequality-{names.suffix}-0123456789ab"
    group = "/aws/sagemaker/TrainingJobs"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=f"{job}/algo-1-1")
    assert inventory.take(session, names, [Leftover(RECORD, job)]) == [Leftover("training log", job)]
    logs.delete_log_stream(logGroupName=group, logStreamName=f"{job}/algo-1-1")
    assert inventory.take(session, names, [Leftover("training log", job)]) == []


class WithoutCodeCommit:
    """A session whose CodeCommit answers with an error."""

    def __init__(self, session: Any, failure: Exception) -> None:
        self._session = session
        self._failure = failure

    def client(self, service: str) -> Any:
        return SimpleNamespace(get_repository=self._fail) if service == "codecommit" else self._session.client(service)

    def _fail(self, **_: str) -> None:
        raise self._failure


def test_a_region_without_codecommit_has_no_repositories(session: Any, names: Names) -> None:
    nowhere = EndpointConnectionError(endpoint_url="https://codecommit.eu-nowhere-1.amazonaws.com")
    assert inventory.take(WithoutCodeCommit(session, nowhere), names) == []


def test_what_may_not_be_looked_at_is_an_error(session: Any, names: Names) -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetRepository")
    with pytest.raises(ClientError, match="GetRepository"):
        inventory.take(WithoutCodeCommit(session, denied), names)


BEFORE = [Leftover("bucket", "b"), Leftover("object version", "in b", count=41), Leftover("role", "r")]


def test_the_difference_is_a_row_for_each_kind() -> None:
    after = [Leftover("role", "r"), Leftover("role", "new"), Leftover(RECORD, "job")]
    assert inventory.table(BEFORE, after) == [
        "                     before  after",
        "bucket                    1      0",
        "object version           41      0",
        "role                      1      2",
        "training job record       0      1  history, which bills nothing",
    ]
    assert inventory.left(after) == after[:2]


@pytest.mark.parametrize(
    ("left", "command"),
    [
        (Leftover("bucket", "b"), "bucket b: make teardown SUFFIX=me42 again"),
        (Leftover("bucket", "b in eu-west-1", "type this"), "bucket b in eu-west-1: type this"),
        (Leftover("function", "f"), "function f: aws lambda delete-function --function-name f"),
        (Leftover("build project", "p"), "build project p: aws codebuild delete-project --name p"),
    ],
)
def test_what_is_left_is_told_with_what_to_type(left: Leftover, command: str) -> None:
    assert inventory.told(left, "me42") == command
