"""What cannot succeed is found out beforehand, and told with the command that mends it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

import deploy
import preflight
import stacks
from account import WorkshopError
from localaws.servicequotas.catalogue import limits
from localaws.servicequotas.models import quotas_backends
from localaws.wire import Credentials
from preflight import Finding
from resource_names import PIPELINE_TEMPLATE, Names
from stacks import Stack
from upload import TEMPLATES

SINCE = datetime(2026, 11, 26, tzinfo=UTC)

TRAINING, ENDPOINT = "ml.m5.large for training job usage", "ml.m5.large for endpoint usage"
ASK = "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code"


@pytest.fixture
def session(client: Any) -> Any:
    """Stands in for a boto3 session: clients of local AWS, and what botocore knows of regions."""
    knows = boto3.Session(region_name="us-east-1")
    return SimpleNamespace(
        client=client,
        get_available_regions=knows.get_available_regions,
        get_partition_for_region=knows.get_partition_for_region,
    )


@pytest.fixture
def suffix() -> str:
    return f"pf{uuid4().hex[:8]}"


@pytest.fixture
def look(session: Any, suffix: str) -> Callable[..., dict[str, list[str]]]:
    """A function that looks at everything for a suffix that has nothing, and returns what it found by its level."""

    def find(train: str = "", **given: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {"ok": [], "warning": [], "refused": []}
        for finding in preflight.check(session, suffix, train, given):
            found[finding.level].append(finding.text)
        return found

    return find


@pytest.fixture
def lower(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """A function that lowers a quota for a test."""
    return lambda name, value: monkeypatch.setitem(limits, name, value)


def test_nothing_stands_in_the_way_of_a_new_suffix(look: Callable[..., Any], suffix: str) -> None:
    found = look()
    assert (found["warning"], found["refused"]) == ([], [])
    assert found["ok"][0] == "region us-east-1 has SageMaker's image of XGBoost"
    assert f"stack {Names(suffix).pipeline_stack} is to be created" in found["ok"]
    assert found["ok"][-2:] == [
        f"quota {TRAINING} is 1000, and 1 needed",
        f"quota {preflight.SERVERLESS} is 1000, and 4 needed",
    ]


def test_a_look_makes_nothing(look: Callable[..., Any], client: Any, suffix: str) -> None:
    look()
    assert [one for one in client("s3").list_buckets()["Buckets"] if suffix in one["Name"]] == []


@pytest.mark.parametrize(
    ("lowered", "given", "told"),
    [
        ((TRAINING, 0), {}, f"quota {TRAINING} is 0, and 1 needed: {ASK} L-611FA074 --desired-value 1; or use another"),
        (
            (TRAINING, 2),
            {"train": '{"traininstancecount": 3}'},
            f"is 2, and 3 needed: {ASK} L-611FA074 --desired-value 3",
        ),
        # AWS takes no request that is not above its default, which is 10.
        ((preflight.SERVERLESS, 0), {}, f"is 0, and 4 needed: {ASK} L-96300102 --desired-value 11; or use instances"),
        # Two endpoints, and an update beside one of them.
        ((ENDPOINT, 1), {"HostingInstanceType": "ml.m5.large"}, f"1, and 2 needed: {ASK} L-614B09FD --desired-value 3"),
    ],
    ids=["training", "instances", "serverless", "endpoints"],
)
def test_a_quota_that_is_too_low_is_refused_with_the_command_that_asks_for_more(
    look: Callable[..., Any], lower: Callable[[str, int], None], lowered: tuple[str, int], given: Any, told: str
) -> None:
    lower(*lowered)
    (refused,) = look(**given)["refused"]
    assert told in refused


def test_the_command_is_one_that_works(
    look: Callable[..., Any], client: Any, lower: Callable[[str, int], None]
) -> None:
    """And who has asked is told to wait: AWS takes one request at a time."""
    lower(preflight.SERVERLESS, 0)
    (refused,) = look()["refused"]
    words = refused.partition("aws ")[2].partition(";")[0].split()
    given = dict(zip(words[2::2], words[3::2], strict=True))
    try:
        client("service-quotas").request_service_quota_increase(
            ServiceCode=given["--service-code"],
            QuotaCode=given["--quota-code"],
            DesiredValue=float(given["--desired-value"]),
        )
        (refused,) = look()["refused"]
        assert "wait for the answer to your request for 11, which is PENDING" in refused
    finally:
        quotas_backends["123456789012"]["us-east-1"].increases.clear()


def test_room_for_a_first_release_alone_is_a_warning(
    look: Callable[..., Any], lower: Callable[[str, int], None]
) -> None:
    lower(ENDPOINT, 2)
    found = look(HostingInstanceType="ml.m5.large")
    assert found["warning"] == [
        f"quota {ENDPOINT} is 2: enough for the first release, but an update of an endpoint needs 3"
    ]
    assert found["refused"] == []


def test_a_type_that_has_no_quota_is_a_warning(look: Callable[..., Any]) -> None:
    (warning,) = look('{"traincompute": "ml.m5.lage"}')["warning"]
    assert warning == "no quota is called 'ml.m5.lage for training job usage' in this region: it is not checked"


def test_a_quota_that_was_never_changed_is_the_default(client: Any) -> None:
    """AWS may leave it out of what is applied."""
    quotas = client("service-quotas")

    class Unapplied:
        def get_paginator(self, operation: str) -> Any:
            empty = SimpleNamespace(paginate=lambda **_: [{"Quotas": []}])
            return quotas.get_paginator(operation) if "default" in operation else empty

    assert preflight.applied(Unapplied(), {TRAINING, "none"})[TRAINING]["Value"] == 0


@pytest.fixture
def nobody(client: Any) -> Credentials:
    """A user who may do nothing."""
    name = f"nobody-{uuid4().hex[:8]}"
    client("iam").create_user(UserName=name)
    key = client("iam").create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


NEEDS = [preflight.Need(TRAINING, 1, "")]


def test_quotas_that_may_not_be_read_are_a_warning(nobody: Credentials) -> None:
    session = SimpleNamespace(client=lambda service: nobody.client(service, "us-east-1"))
    (finding,) = preflight.quotas(session, NEEDS)
    assert finding.level == "warning"
    assert finding.text.startswith(f"quotas are not checked ({TRAINING}, 1 needed): An error occurred (AccessDenied")
    assert "servicequotas:ListServiceQuotas" in finding.text


def test_a_region_without_service_quotas_is_a_warning() -> None:
    class Unreachable:
        def get_paginator(self, _: str) -> Any:
            raise EndpointConnectionError(endpoint_url="https://servicequotas.us-none-1.amazonaws.com")

    (finding,) = preflight.quotas(SimpleNamespace(client=lambda _: Unreachable()), NEEDS)
    assert finding.level == "warning"
    assert "Could not connect to the endpoint URL" in finding.text


def test_who_may_not_see_requests_still_learns_how_to_ask() -> None:
    class Blind:
        def list_requested_service_quota_change_history_by_quota(self, **_: str) -> Any:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "ListRequested")

    quota = {"QuotaName": TRAINING, "QuotaCode": "L-611FA074", "Value": 0.0}
    found = preflight.quota_finding(Blind(), NEEDS[0], quota)
    assert (found.level, f"{ASK} L-611FA074 --desired-value 1" in found.text) == ("refused", True)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (
            '{"traininstancecount": "many"}',
            "traininstancecount of TrainUserParameters is 'many': expected a whole number",
        ),
        ("{'a': 1}", "TRAIN is not JSON"),
    ],
)
def test_training_parameters_that_cannot_be_read_are_refused(
    look: Callable[..., Any], train: str, message: str
) -> None:
    with pytest.raises(WorkshopError, match=message):
        look(train)


def test_a_count_of_instances_is_a_number(look: Callable[..., Any]) -> None:
    with pytest.raises(WorkshopError, match=r"^HostingInstanceCount is 'two': expected a whole number"):
        look(HostingInstanceType="ml.m5.large", HostingInstanceCount="two")


@pytest.mark.parametrize(
    ("region", "deployed", "given", "warned"),
    [
        ("us-east-1", None, {}, False),
        ("cn-north-1", None, {}, False),
        ("ca-west-1", None, {}, True),
        ("ca-west-1", None, {"CreateRepositories": "false"}, False),
        ("ca-west-1", {"CreateRepositories": "false"}, {}, False),
        ("ca-west-1", {"CreateRepositories": "false"}, {"CreateRepositories": "true"}, True),
    ],
)
def test_a_region_without_code_commit_is_a_warning(
    session: Any, region: str, deployed: dict[str, str] | None, given: dict[str, str], *, warned: bool
) -> None:
    prep = None if deployed is None else Stack("x", "x-id", "CREATE_COMPLETE", deployed, {}, SINCE)
    found = list(preflight.repositories(session, region, prep, given))
    assert [finding.level for finding in found] == ["warning"] * warned


@pytest.mark.parametrize(
    ("source", "deployed", "given", "refused"),
    [
        ("CodeCommit", "false", {}, True),
        ("CodeCommit", "true", {"CreateRepositories": "false"}, True),
        ("CodeCommit", "false", {"CreateRepositories": "true"}, False),
        ("CodeCommit", "true", {}, False),
        ("None", "false", {}, False),
        ("GitHub", "false", {}, False),
    ],
)
def test_code_commit_is_no_source_without_repositories(
    session: Any, source: str, deployed: str, given: dict[str, str], *, refused: bool
) -> None:
    prep = Stack("x", "x-id", "CREATE_COMPLETE", {"CreateRepositories": deployed}, {}, SINCE)
    found = list(preflight.repositories(session, "us-east-1", prep, {"Source": source} | given))
    told = "Source CodeCommit has no repositories with CreateRepositories=false: true makes them"
    assert found == [Finding("refused", told)] * refused


CONNECTION = "arn:aws:codeconnections:us-east-1:123456789012:connection/01234567-89ab-cdef-0123-456789abcdef"


class Connections:
    """CodeConnections with one connection, or with an error in its place."""

    def __init__(self, status: str, failure: Exception | None = None) -> None:
        self.status = status
        self.failure = failure

    def get_connection(self, ConnectionArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if self.failure:
            raise self.failure
        assert ConnectionArn == CONNECTION
        return {"Connection": {"ConnectionName": "github", "ConnectionStatus": self.status}}


def with_connections(session: Any, connections: Connections) -> Any:
    """The session, in which these are all the connections."""
    others = session.client
    session.client = lambda service: connections if service == "codeconnections" else others(service)
    return session


IN_THE_CONSOLE = ": complete it in the console, Developer Tools, Settings, Connections"


@pytest.mark.parametrize(
    ("status", "level", "told"),
    [
        ("AVAILABLE", "ok", "connection github is AVAILABLE"),
        ("PENDING", "refused", f"connection github is PENDING{IN_THE_CONSOLE}"),
        ("ERROR", "refused", f"connection github is ERROR{IN_THE_CONSOLE}"),
    ],
)
def test_a_connection_is_there_before_the_pipeline_is(session: Any, status: str, level: str, told: str) -> None:
    found = preflight.connection(with_connections(session, Connections(status)), CONNECTION)
    assert found == Finding(level, told)


def test_every_status_of_a_connection_has_a_row() -> None:
    statuses = boto3.client("codeconnections", region_name="us-east-1").meta.service_model.shape_for("ConnectionStatus")
    assert set(statuses.enum) == {"AVAILABLE", "PENDING", "ERROR"}


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (
            ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no such one"}}, "GetConnection"),
            "no such one",
        ),
        (ParamValidationError(report="Invalid length for parameter ConnectionArn"), "Invalid length for parameter"),
    ],
    ids=["none", "invalid"],
)
def test_a_connection_that_cannot_be_found_is_refused_by_its_parameter(
    session: Any, failure: Exception, words: str
) -> None:
    found = preflight.connection(with_connections(session, Connections("", failure)), CONNECTION)
    assert found.level == "refused"
    assert found.text.startswith(f"GitHubConnectionArn={CONNECTION}: ")
    assert words in found.text


@pytest.mark.parametrize(
    ("source", "asked"), [("None", []), ("CodeCommit", []), ("GitHub", ["connection github is PENDING"])]
)
def test_only_github_needs_a_connection(
    session: Any, look: Callable[..., dict[str, list[str]]], source: str, asked: list[str]
) -> None:
    with_connections(session, Connections("PENDING"))
    repositories = dict.fromkeys(preflight.GITHUB[1:], "me/repository")
    found = look(Source=source, GitHubConnectionArn=CONNECTION, **repositories)
    assert found["refused"] == [f"{one}{IN_THE_CONSOLE}" for one in asked]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "GitHubConnectionArn, GitHubTrainingConfig, GitHubPipelineLambdaCode, GitHubInferenceLambdaCode"),
        (
            {"GitHubConnectionArn": CONNECTION, "GitHubTrainingConfig": "me/a", "GitHubPipelineLambdaCode": "me/b"},
            "GitHubInferenceLambdaCode",
        ),
    ],
)
def test_what_github_lacks_is_named(session: Any, given: dict[str, str], missing: str) -> None:
    found = list(preflight.github(with_connections(session, Connections("AVAILABLE")), given))
    assert found[0] == Finding("refused", f"Source GitHub needs {missing} too")
    assert [one.level for one in found[1:]] == ["ok"] * bool(given)


@pytest.mark.parametrize(
    ("train", "given", "needed"),
    [
        ("", {}, "quota ml.m5.large for training job usage is 1000, and 1 needed"),
        ('{"traincompute": "ml.c5.xlarge"}', {}, "quota ml.c5.xlarge for training job usage is 1000, and 1 needed"),
        (
            '{"traininstancecount": "2"}',
            {"TrainUserParameters": '{"traincompute": "ml.c5.xlarge"}'},
            "quota ml.c5.xlarge for training job usage is 1000, and 2 needed",
        ),
    ],
)
def test_with_a_source_training_needs_what_a_repository_begins_with_and_what_masks_it(
    look: Callable[..., dict[str, list[str]]], train: str, given: dict[str, str], needed: str
) -> None:
    assert needed in look(train, Source="CodeCommit", **given)["ok"]


def test_a_deployed_source_is_the_source_until_another_is_given(
    session: Any, look: Callable[..., dict[str, list[str]]], monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    with_connections(session, Connections("PENDING"))
    parameters = {"SuffixID": suffix, "Source": "GitHub", "GitHubConnectionArn": CONNECTION}
    deployed = Stack("x", "x-id", "CREATE_COMPLETE", parameters, {}, SINCE)
    pipeline = Names(suffix).pipeline_stack
    monkeypatch.setattr(stacks, "find", lambda _, name: deployed if name == pipeline else None)
    told = f"connection github is PENDING{IN_THE_CONSOLE}"
    assert told in look()["refused"]
    assert told not in look(Source="None")["refused"]


def test_train_is_over_what_is_given(look: Callable[..., Any]) -> None:
    given = json.dumps({"traincompute": "ml.c5.xlarge", "traininstancecount": "2"})
    found = look('{"traincompute": "ml.m5.xlarge"}', TrainUserParameters=given)
    assert "quota ml.m5.xlarge for training job usage is 1000, and 2 needed" in found["ok"]


@pytest.mark.parametrize(
    ("name", "near"), [("us-esat-1", "us-east-1"), ("moon-base-1", "us-east-1"), ("eu-west1", "eu-west-1")]
)
def test_a_region_without_the_image_is_refused(name: str, near: str) -> None:
    with pytest.raises(WorkshopError, match=f"Region {name} is none of the .* such as .*{near}.*: export AWS_REGION="):
        preflight.region(name, deploy.parsed(TEMPLATES / PIPELINE_TEMPLATE))


@pytest.mark.parametrize(
    ("status", "level", "words"),
    [
        (None, "ok", "is to be created"),
        ("CREATE_COMPLETE", "ok", "is CREATE_COMPLETE, and can be updated"),
        ("UPDATE_ROLLBACK_COMPLETE", "ok", "can be updated"),
        ("UPDATE_IN_PROGRESS", "warning", "its end will be waited for"),
        ("DELETE_IN_PROGRESS", "warning", "its end will be waited for"),
        ("ROLLBACK_COMPLETE", "warning", ". Bucket: not empty. It is deleted, and begun again"),
        ("DELETE_FAILED", "refused", ". Bucket: not empty. It can only be deleted for good"),
        ("UPDATE_ROLLBACK_FAILED", "refused", "aws cloudformation continue-update-rollback --stack-name x"),
    ],
)
def test_a_stack_is_told_by_its_status(status: str | None, level: str, words: str) -> None:
    cause = {"LogicalResourceId": "Bucket", "ResourceStatusReason": "not empty"}
    found = preflight.stack_finding("x", Stack("x", "x-id", status, {}, {}, SINCE) if status else None, cause)
    assert (found.level, words in found.text) == (level, True), found.text


@pytest.mark.parametrize(
    ("status", "asked"), [("CREATE_COMPLETE", []), ("UPDATE_IN_PROGRESS", []), ("DELETE_FAILED", ["x"])]
)
def test_only_a_stuck_stack_is_asked_what_happened(
    session: Any, monkeypatch: pytest.MonkeyPatch, status: str, asked: list[str]
) -> None:
    told: list[str] = []
    stuck = Stack("x", "x-id", status, {"SuffixID": "me42"}, {}, SINCE)
    monkeypatch.setattr(stacks, "find", lambda _, name: stuck if name == Names("me42").pipeline_stack else None)
    monkeypatch.setattr(stacks, "past_cause", lambda _, stack: told.append(stack.name))
    findings = preflight.check(session, "me42")
    assert any(f"is {status}" in finding.text for finding in findings)
    list(findings)
    assert told == asked


class S3:
    """Of us-east-1. Answers head_bucket with a status."""

    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self, status: int) -> None:
        self.status = status

    def head_bucket(self, Bucket: str) -> dict[str, str]:  # noqa: N803 - boto3's
        if self.status != 200:
            raise ClientError({"Error": {"Code": str(self.status), "Message": Bucket}}, "HeadBucket")
        return {}


@pytest.mark.parametrize(
    ("answer", "owner", "words"),
    [
        (404, None, None),
        (404, "CREATE_IN_PROGRESS", None),
        (404, "ROLLBACK_COMPLETE", None),
        (404, "CREATE_COMPLETE", "b of x is gone, and only a new stack has a new one: make teardown SUFFIX=me42"),
        (200, "CREATE_COMPLETE", None),
        (200, "DELETE_FAILED", None),
        (200, None, "b is left in this account from an earlier stack: make teardown SUFFIX=me42"),
        (403, None, "b belongs to somebody else in the world: choose another suffix"),
        (403, "ROLLBACK_COMPLETE", "b belongs to somebody else in the world: choose another suffix"),
    ],
)
def test_a_bucket_s_name_is_free_ours_or_refused(answer: int, owner: str | None, words: str | None) -> None:
    found = preflight.bucket(S3(answer), "me42", "b", Stack("x", "x-id", owner, {}, {}, SINCE) if owner else None)
    if words is None:
        assert found is None
    else:
        assert found
        assert (found.level, words in found.text) == ("refused", True), found.text


def test_a_bucket_that_is_left_is_refused(look: Callable[..., Any], client: Any, suffix: str) -> None:
    name = Names(suffix).data_bucket
    client("s3").create_bucket(Bucket=name)
    (refused,) = look()["refused"]
    assert refused == f"{name} is left in this account from an earlier stack: make teardown SUFFIX={suffix}"


def test_refusals_are_counted_after_all_has_been_told(capsys: pytest.CaptureFixture[str]) -> None:
    findings = [Finding("refused", "one"), Finding("ok", "two"), Finding("refused", "three")]
    with pytest.raises(WorkshopError, match=r"^Refused above: 2\. .*: make preflight SUFFIX=me42$"):
        preflight.tell(findings, "me42")
    assert capsys.readouterr().out == "  refused  one\n  ok       two\n  refused  three\n"


def test_troubles_alone_leave_out_what_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    preflight.tell([Finding("ok", "one"), Finding("warning", "two")], "me42", troubles_alone=True)
    assert capsys.readouterr().out == "  warning  two\n"
