"""Teardown deletes what is ours and nothing else, also where half is missing, and asks first on a real account."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

import inventory
import leftovers
import stacks
import teardown
from account import Account, WorkshopError
from resource_names import PREP_STACK, Names
from stacks import Stack, StackFailed

SINCE = datetime(2026, 11, 26, tzinfo=UTC)

NAMES = Names("me42")
RUN = "0123456789ab"


def error(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


@pytest.mark.parametrize(
    ("url", "is_loopback"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://127.8.8.8", True),
        ("http://localhost:4566", True),
        ("http://[::1]:4566", True),
        ("https://s3.us-east-1.amazonaws.com", False),
        ("http://10.0.0.1:4566", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1@example.com", False),
    ],
)
def test_only_this_machine_is_loopback(url: str, is_loopback: bool) -> None:
    assert teardown.is_loopback(url) is is_loopback


def account_at(*urls: str) -> Account:
    """An account whose services lie at these addresses, the last for all the others."""
    at = dict(zip(teardown.SERVICES, urls + urls[-1:] * len(teardown.SERVICES), strict=False))
    session = SimpleNamespace(client=lambda service: SimpleNamespace(meta=SimpleNamespace(endpoint_url=at[service])))
    return Account(session, "123456789012", "us-east-1")


HERE, AWS = "http://127.0.0.1:4566", "https://x.us-east-1.amazonaws.com"


@pytest.mark.parametrize(("urls", "confirmed"), [((HERE,), ""), ((AWS,), "123456789012"), ((HERE,), "123456789012")])
def test_it_goes_on(urls: tuple[str, ...], confirmed: str) -> None:
    teardown.refuse_unconfirmed(account_at(*urls), "me42", confirmed)


@pytest.mark.parametrize(
    ("urls", "confirmed"),
    [((AWS,), ""), ((AWS,), "999999999999"), ((AWS, HERE), ""), ((HERE, HERE, AWS), ""), ((HERE,), "999999999999")],
)
def test_it_wants_the_account_confirmed(urls: tuple[str, ...], confirmed: str) -> None:
    with pytest.raises(WorkshopError, match=r"of me42 in account 123456789012.*CONFIRM=123456789012"):
        teardown.refuse_unconfirmed(account_at(*urls), "me42", confirmed)


class SageMaker:
    """Lists things by kind, each with the suffix that its tag names (or none)."""

    def __init__(self, kind: str, things: dict[str, str]) -> None:
        self.kind = kind
        self.things = things

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        plural = "TrainingJobSummaries" if self.kind == "TrainingJob" else f"{self.kind}s"
        return [{plural: [{f"{self.kind}Name": name, f"{self.kind}Arn": name} for name in self.things]}]

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if self.things[ResourceArn] == "gone":
            raise error("ValidationException", f'Could not find endpoint "{ResourceArn}".')
        return {"Tags": [{"Key": leftovers.TAG, "Value": self.things[ResourceArn]}]}


FINDERS: dict[str, Any] = {
    "Endpoint": leftovers.endpoints,
    "EndpointConfig": leftovers.endpoint_configs,
    "Model": leftovers.models,
    "TrainingJob": leftovers.training_jobs,
}


@pytest.mark.parametrize(
    ("kind", "name", "tag", "is_ours"),
    [
        ("Endpoint", "winequality-me42-dev", "me42", True),
        ("Endpoint", "winequality-me42-dev", "you", False),
        ("Endpoint", "winequality-me42-dev", "gone", False),
        ("Endpoint", "other-winequality-me42-dev", "me42", False),
        ("Endpoint", "winequality-me42-dev-2", "me42", False),
        ("Endpoint", "winequality-me421-dev", "me42", False),
        ("EndpointConfig", f"me42-dev-{RUN}-abcdef", "me42", True),
        ("EndpointConfig", f"me42-dev-{RUN}-abcdef", "", False),
        ("EndpointConfig", f"some42-dev-{RUN}-abcdef", "me42", False),
        ("EndpointConfig", f"x-me42-dev-{RUN}-abcdef", "me42", False),
        ("Model", f"winequality-me42-{RUN}", "me42", True),
        ("Model", "winequality-me42-prod", "me42", False),
        ("TrainingJob", f"winequality-me42-{RUN}", "me42", True),
        ("TrainingJob", f"winequality-me42-{RUN}", "you", False),
    ],
)
def test_ours_is_what_has_our_name_and_our_tag(kind: str, name: str, tag: str, is_ours: bool) -> None:
    assert FINDERS[kind](SageMaker(kind, {name: tag}), NAMES) == ([name] if is_ours else [])


def test_tags_that_may_not_be_read_are_an_error() -> None:
    sagemaker = SageMaker("Model", {f"winequality-me42-{RUN}": "me42"})

    def denied(**_: str) -> None:
        raise error("AccessDeniedException", "not authorized to perform: sagemaker:ListTags")

    sagemaker.list_tags = denied  # type: ignore[method-assign, assignment]
    with pytest.raises(ClientError, match="ListTags"):
        leftovers.models(sagemaker, NAMES)


@pytest.mark.parametrize(
    ("owner", "found"), [("me42", [NAMES.pipeline_stack, PREP_STACK]), ("you", [NAMES.pipeline_stack])]
)
def test_the_prep_stack_of_another_suffix_is_not_ours(
    owner: str, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = {NAMES.pipeline_stack: "me42", PREP_STACK: owner}
    monkeypatch.setattr(
        stacks,
        "find",
        lambda _, name: (
            Stack(name, "", "CREATE_COMPLETE", {"SuffixID": owners[name]}, {}, SINCE) if name in owners else None
        ),
    )
    assert [stack.name for stack in leftovers.our_stacks(None, NAMES)] == found


class Executions:
    """A pipeline's executions, the newest first; stopping them answers with an error, where one is given."""

    def __init__(self, *statuses: str, stop_error: str = "", list_error: str = "") -> None:
        self.summaries = [{"pipelineExecutionId": f"e{at}", "status": status} for at, status in enumerate(statuses)]
        self.stop_error = stop_error
        self.list_error = list_error
        self.stopped: list[str] = []

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        if self.list_error:
            raise error(self.list_error)
        return [{"pipelineExecutionSummaries": self.summaries}]

    def stop_pipeline_execution(self, **request: Any) -> None:
        assert request["abandon"]
        self.stopped.append(request["pipelineExecutionId"])
        if self.stop_error:
            raise error(self.stop_error)


@pytest.mark.parametrize("stop_error", ["", "PipelineExecutionNotStoppableException", "DuplicatedStopRequestException"])
def test_running_executions_are_stopped_the_waiting_ones_first(stop_error: str) -> None:
    codepipeline = Executions("InProgress", "InProgress", "Succeeded", "Stopping", stop_error=stop_error)
    teardown.stop_executions(codepipeline, NAMES)
    assert codepipeline.stopped == ["e0", "e1"]


def test_no_pipeline_is_as_it_should_be() -> None:
    teardown.stop_executions(Executions(list_error="PipelineNotFoundException"), NAMES)


@pytest.mark.parametrize("refusing", [{"list_error": "AccessDenied"}, {"stop_error": "AccessDenied"}])
def test_what_may_not_be_stopped_is_an_error(refusing: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        teardown.stop_executions(Executions("InProgress", **refusing), NAMES)


class Builds:
    """A project's builds, the newest first; stopping them answers with an error, where one is given."""

    def __init__(
        self, *statuses: str, stop_error: str = "", list_error: str = "", ended_meanwhile: bool = False
    ) -> None:
        self.statuses = {f"b:{at}": status for at, status in enumerate(statuses)}
        self.stop_error = stop_error
        self.list_error = list_error
        self.ended_meanwhile = ended_meanwhile
        self.stopped: list[str] = []

    def list_builds_for_project(self, projectName: str) -> dict[str, list[str]]:  # noqa: N803
        assert projectName == "mlops-builtinalgo-me42"
        if self.list_error:
            raise error(self.list_error)
        return {"ids": list(self.statuses)}

    def batch_get_builds(self, ids: list[str]) -> dict[str, Any]:
        assert 1 <= len(ids) <= 100  # botocore, codebuild BuildIds
        return {"builds": [{"id": one, "buildStatus": self.statuses[one]} for one in ids]}

    def stop_build(self, id: str) -> None:  # noqa: A002
        self.stopped.append(id)
        if self.ended_meanwhile:
            self.statuses[id] = "SUCCEEDED"
        if self.stop_error:
            raise error(self.stop_error)


def test_running_builds_are_stopped_and_those_that_ended_are_not() -> None:
    ended = ["SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"]
    codebuild = Builds("IN_PROGRESS", *ended, "IN_PROGRESS")
    teardown.stop_builds(codebuild, NAMES)
    assert codebuild.stopped == ["b:0", "b:6"]


@pytest.mark.parametrize("builds", [Builds(), Builds(list_error="ResourceNotFoundException")], ids=["build", "project"])
def test_no_build_and_no_project_are_as_they_should_be(builds: Builds) -> None:
    teardown.stop_builds(builds, NAMES)
    assert builds.stopped == []


def test_a_build_that_has_just_ended_is_as_it_should_be() -> None:
    teardown.stop_builds(Builds("IN_PROGRESS", stop_error="InvalidInputException", ended_meanwhile=True), NAMES)


@pytest.mark.parametrize(
    "builds",
    [Builds(list_error="AccessDenied"), Builds("IN_PROGRESS", stop_error="AccessDenied")],
    ids=["list", "stop"],
)
def test_a_build_that_may_not_be_stopped_is_an_error(builds: Builds) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        teardown.stop_builds(builds, NAMES)


class Endpoint:
    """An endpoint that shows these statuses, one a look, and is gone after its deletion."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = list(statuses)
        self.deleted_at: list[str] = []

    def describe_endpoint(self, EndpointName: str) -> dict[str, str]:  # noqa: N803
        if not self.statuses:
            raise error("ValidationException", f'Could not find endpoint "arn:...{EndpointName}".')
        self.status = self.statuses.pop(0)
        return {"EndpointStatus": self.status}

    def delete_endpoint(self, EndpointName: str) -> None:  # noqa: N803
        self.deleted_at.append(self.status)


@pytest.mark.parametrize(
    ("statuses", "deleted_at"),
    [
        (["InService", "Deleting"], ["InService"]),
        (["Creating", "Creating", "InService", "Deleting"], ["InService"]),
        (["Updating", "RollingBack", "Failed", "Deleting"], ["Failed"]),
        (["Deleting"], []),
        ([], []),
    ],
)
def test_an_endpoint_is_deleted_when_aws_lets_it(statuses: list[str], deleted_at: list[str]) -> None:
    endpoint = Endpoint(*statuses)
    teardown.delete_endpoint(endpoint, "winequality-me42-dev")
    assert endpoint.deleted_at == deleted_at


@pytest.mark.parametrize(("status", "is_refused"), [("InProgress", True), ("Completed", False), ("Stopping", False)])
def test_a_job_that_cannot_be_stopped_must_have_ended(status: str, is_refused: bool) -> None:
    def refuse(**_: str) -> None:
        raise error("ValidationException", "no")

    sagemaker = SimpleNamespace(
        stop_training_job=refuse, describe_training_job=lambda **_: {"TrainingJobStatus": status}
    )
    if is_refused:
        with pytest.raises(ClientError, match="no"):
            teardown.stop_training_job(sagemaker, "job")
    else:
        teardown.stop_training_job(sagemaker, "job")


@pytest.fixture
def names() -> Names:
    """Of a suffix that nobody else uses."""
    return Names(f"td{secrets.token_hex(4)}")


@pytest.fixture
def bucket(client: Any, names: Names) -> str:
    """A versioned bucket with old versions, a delete marker and an unfinished upload."""
    s3 = client("s3")
    s3.create_bucket(Bucket=names.data_bucket)
    s3.put_bucket_versioning(Bucket=names.data_bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"old", b"new"):
        s3.put_object(Bucket=names.data_bucket, Key="train/train.csv", Body=body)
    s3.delete_object(Bucket=names.data_bucket, Key="train/train.csv")
    s3.create_multipart_upload(Bucket=names.data_bucket, Key="unfinished")
    return names.data_bucket


def test_a_bucket_is_emptied_of_versions_markers_and_uploads(session: Any, bucket: str) -> None:
    teardown.empty(session, bucket)
    s3 = session.client("s3")
    versions = s3.list_object_versions(Bucket=bucket)
    assert versions.get("Versions", []) + versions.get("DeleteMarkers", []) == []
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_what_a_lost_stack_left_behind_is_deleted(
    session: Any, bucket: str, names: Names, capsys: pytest.CaptureFixture[str]
) -> None:
    group = f"/aws/lambda/{names.function('TrainModel')}"
    session.client("logs").create_log_group(logGroupName=group)
    assert [str(one) for one in leftovers.find(session, names)] == [f"bucket {bucket}", f"log group {group}"]
    assert teardown.teardown(session, names.suffix) == []
    assert inventory.take(session, names) == []
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "                  before  after",
        "  bucket               1      0",
        "  log group            1      0",
        "  object version       3      0",
    ]


def test_a_bucket_of_another_region_is_told_and_left_alone(local_aws: Any, bucket: str, names: Names) -> None:
    """Its name is known in every region, and boto3 would follow it there."""
    elsewhere = SimpleNamespace(client=lambda service: local_aws.administrator.client(service, "eu-west-1"))
    assert [inventory.told(one, names.suffix) for one in teardown.teardown(elsewhere, names.suffix)] == [
        f"bucket {bucket} in us-east-1: AWS_REGION=us-east-1 make teardown SUFFIX={names.suffix}"
    ]
    found = local_aws.administrator.client("s3", "us-east-1").list_object_versions(Bucket=bucket)
    assert len(found["Versions"]) == 2


def test_where_there_is_nothing_it_does_nothing(session: Any, names: Names, capsys: pytest.CaptureFixture[str]) -> None:
    assert teardown.teardown(session, names.suffix) == []
    assert capsys.readouterr().out == ""


def test_log_groups_of_others_stay(session: Any, names: Names) -> None:
    others = [
        f"/aws/lambda/MLOps-BIA-TrainModel-x{names.suffix}",
        f"/aws/sagemaker/Endpoints/other-w-{names.suffix}-dev",
    ]
    logs = session.client("logs")
    for group in others:
        logs.create_log_group(logGroupName=group)
    teardown.teardown(session, names.suffix)
    pages = logs.get_paginator("describe_log_groups").paginate()
    left = {group["logGroupName"] for page in pages for group in page["logGroups"]}
    assert set(others) <= left


@pytest.fixture
def emptied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The buckets that were emptied, of a stack whose deletion is up to the test."""
    buckets: list[str] = []
    monkeypatch.setattr(stacks, "settled", lambda *_: Stack("x", "x-id", "CREATE_COMPLETE", {}, {}, SINCE))
    monkeypatch.setattr(teardown, "empty", lambda _, name: buckets.append(name))
    return buckets


STUCK = Stack("x", "x-id", "DELETE_FAILED", {}, {}, SINCE)
NOT_EMPTY = {"LogicalResourceId": "Bucket", "ResourceStatusReason": "not empty"}


def deletion_failing(times: int) -> Callable[..., None]:
    outcomes = [StackFailed(STUCK, NOT_EMPTY)] * times

    def delete(*_: Any) -> None:
        if outcomes:
            raise outcomes.pop()

    return delete


@pytest.mark.parametrize("failures", [0, 1])
def test_a_bucket_that_filled_again_is_emptied_once_more(
    failures: int, session: Any, bucket: str, emptied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that was still at work writes after its bucket was emptied, and the stack's deletion fails."""
    monkeypatch.setattr(stacks, "delete", deletion_failing(failures))
    teardown.delete_stack(session, "x", (bucket,))
    assert emptied == [bucket] * (failures + 1)


def test_a_stack_that_keeps_failing_is_an_error(
    session: Any, bucket: str, emptied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "delete", deletion_failing(2))
    with pytest.raises(StackFailed, match="not empty"):
        teardown.delete_stack(session, "x", (bucket,))
    assert emptied == [bucket] * 2
