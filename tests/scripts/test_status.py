"""`make status` tells what there is, what is wrong with it and what it costs, and of what it may not read, that."""

import io
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

import account
from account import Account
from follow import Action, Execution, Stage
from stacks import Stack
from status import __main__, judgement, prices
from status.gather import gather
from status.models import Endpoint, Instances, Run, TrainingJob, Unread, Workshop, known
from status.prices import Price
from status.screen import screen

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
RUN = "0123456789ab"
CONFIG = f"me42-dev-{RUN}-abcdef"
JOB = TrainingJob(f"winequality-me42-{RUN}", "InProgress", NOW, Instances("ml.m5.large", 1))
PRICES = {
    ("us-east-1", "training", "ml.m5.large"): Price(Decimal("0.25"), date(2026, 1, 2), "https://example.com/training"),
    ("us-east-1", "hosting", "ml.m5.large"): Price(Decimal("0.5"), date(2026, 3, 4), "https://example.com/hosting"),
}


def action(stage: str, name: str, status: str = "Succeeded", message: str = "", **variables: str) -> Action:
    return Action(stage, name, status, 1.0, message, variables, f"{stage}/{name}")


def run(status: str, *stages: Stage, stopped_for: str = "", began: datetime = NOW, id: str = "f0db84fe-5a8e") -> Run:  # noqa: A002
    return Run(Execution("mlops-builtinalgo-me42", id, status, "", stages), began, stopped_for)


def dev(stage_status: str, *tests: Action) -> Stage:
    return Stage("DeployDev", stage_status, (action("DeployDev", "DeployToDev", endpoint_config=CONFIG), *tests))


SMOKED = action("DeployDev", "SmokeTest", environment="Dev", rows="240", rmse="0.66912", baseline_rmse="0.79413")
REFUSED = action("DeployDev", "SmokeTest", "Failed", "RMSE 0.9 is above 0.7")
TESTED = run("Succeeded", dev("Succeeded", SMOKED))


@pytest.mark.parametrize(
    ("history", "verdict"),
    [
        ([TESTED], "tested"),
        ([run("Failed", dev("Succeeded", SMOKED), Stage("DeployTest", "Failed", ()))], "tested"),
        ([run("InProgress", dev("InProgress"))], "being tested"),
        ([run("Stopping", dev("InProgress"))], "being tested"),
        ([run("Stopped", dev("Stopped"))], "untested: execution f0db84fe is Stopped in DeployDev"),
        ([run("Stopped", dev("InProgress"))], "untested: execution f0db84fe is Stopped in DeployDev"),
        ([run("Failed", dev("Failed", REFUSED))], "untested: DeployDev/SmokeTest of execution f0db84fe is Failed"),
        ([], "untested: no execution has finished its deployment"),
        ([run("Stopped", Stage("DeployDev", "Stopped", ()))], "untested: no execution has finished its deployment"),
        ([run("InProgress", Stage("DeployDev", "InProgress", ()))], "being tested"),
        # Another execution's test is no test of this configuration.
        (
            [run("Succeeded", Stage("DeployDev", "Succeeded", (SMOKED,))), run("Stopped", dev("Stopped"))],
            "untested: execution f0db84fe is Stopped in DeployDev",
        ),
    ],
)
def test_a_candidate_is_tested_when_the_stage_that_deployed_it_has_succeeded(history: list[Run], verdict: str) -> None:
    assert judgement.verdict(history, CONFIG) == verdict


def training(status: str, *jobs: str) -> Stage:
    return Stage("Train", status, tuple(action("Train", "StartTraining", training_job=job) for job in jobs))


@pytest.mark.parametrize(
    ("history", "is_watched"),
    [
        ([run("InProgress", training("InProgress", JOB.name))], True),
        ([run("Stopping", training("InProgress", JOB.name))], True),
        ([run("Stopped", training("Stopped", JOB.name))], False),
        ([run("InProgress", training("InProgress", "another")), run("Stopped", training("Stopped", JOB.name))], False),
        ([run("InProgress", training("InProgress"), began=NOW - timedelta(seconds=1))], True),  # about to say so
        ([run("InProgress", training("InProgress"), began=NOW + timedelta(seconds=1))], False),
        ([], False),
    ],
)
def test_a_job_is_watched_by_an_execution_that_runs(history: list[Run], is_watched: bool) -> None:
    assert judgement.is_watched(history, JOB) is is_watched


@pytest.fixture
def endpoint() -> Endpoint:
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
    return Endpoint("winequality-me42-dev", "InService", NOW, CONFIG, RUN, JOB.name, image, None)


@pytest.fixture
def workshop(endpoint: Endpoint) -> Workshop:
    """One in which nothing is wrong."""
    names = "MLOps-BuiltIn-Algorithm-WorkshopSetup", "mlops-pipeline-builtinalgo-me42"
    stacks = [Stack(name, f"{name}-id", "CREATE_COMPLETE", {}, {}, NOW - timedelta(days=1)) for name in names]
    return Workshop("me42", "us-east-1", stacks, [TESTED], [endpoint], [], ["/aws/lambda/MLOps-BIA-TrainModel-me42"])


def shown(workshop: Workshop) -> str:
    """What a person sees in a pipe, with single blanks."""
    text = io.StringIO()
    console = Console(file=text, highlight=False, markup=False, width=80)
    for part in screen(workshop, PRICES, NOW):
        console.print(part)
    assert max(map(len, text.getvalue().splitlines())) <= 80
    return " ".join(text.getvalue().split())


@pytest.mark.parametrize(
    "told",
    [
        "me42 at 2026-11-26 04:00; all times are UTC",
        "mlops-pipeline-builtinalgo-me42: CREATE_COMPLETE since 2026-11-25 04:00",
        "2026-11-26 04:00 f0db84fe Succeeded DeployDev/SmokeTest",
        "winequality-me42-dev: InService since 2026-11-26 04:00",
        f"serves winequality-me42-{RUN} (run {RUN}) with sagemaker-xgboost:3.2-0 of 683313688378, serverless tested",
        "Dev f0db84fe 240 0.669 0.794",
        "/aws/lambda/MLOps-BIA-TrainModel-me42 /aws/sagemaker/TrainingJobs",
        "nothing that runs bills by the hour 1 serverless: billed by use, nothing while idle",
    ],
)
def test_it_tells(workshop: Workshop, told: str) -> None:
    assert told in shown(workshop)


def test_the_commit_of_what_serves_is_told(workshop: Workshop, endpoint: Endpoint) -> None:
    configured = replace(workshop, endpoints=[replace(endpoint, config_commit=COMMIT)])

    assert f"(run {RUN}) trained by training.json of commit 1a2b3c4d with sagemaker-xgboost" in shown(configured)
    assert "commit" not in shown(workshop)


@pytest.mark.parametrize("absent", ["To do", "Training now", "half of it is missing", "$"])
def test_where_nothing_is_wrong_it_tells_no(workshop: Workshop, absent: str) -> None:
    assert absent not in shown(workshop)


def test_what_is_deployed_by_half_comes_with_the_command_that_goes_on(workshop: Workshop) -> None:
    assert isinstance(workshop.stacks, list)
    half = replace(workshop, stacks=workshop.stacks[:1], history=[], endpoints=[], log_groups=[])
    assert "half of it is missing: make deploy SUFFIX=me42" in shown(half)


@pytest.mark.parametrize(
    ("stopped", "told"),
    [
        (run("Failed", dev("Failed", REFUSED)), "Failed DeployDev/SmokeTest RMSE 0.9 is above 0.7"),
        (
            run("Stopped", dev("Stopped"), stopped_for="changed\nmy mind"),
            "Stopped DeployDev/DeployToDev stopped: changed my mind",
        ),
        (run("Superseded"), "Superseded a newer execution went on in its place"),
    ],
)
def test_an_execution_that_did_not_succeed_comes_with_stage_and_reason(
    workshop: Workshop, stopped: Run, told: str
) -> None:
    assert told in shown(replace(workshop, history=[stopped, TESTED]))


def test_what_was_never_tested_and_what_nobody_watches_come_with_what_mends_them(workshop: Workshop) -> None:
    text = shown(replace(workshop, history=[run("Stopped", dev("Stopped"))], training_jobs=[JOB]))
    assert "untested: execution f0db84fe is Stopped in DeployDev" in text
    assert f"{JOB.name}: InProgress since 2026-11-26 04:00 watched by nobody: its execution is over" in text
    assert f"aws sagemaker stop-training-job \\ --training-job-name {JOB.name}" in text
    assert "replace what was never tested: make release NEW=1 SUFFIX=me42" in text


@pytest.mark.parametrize(
    ("region", "told"),
    [
        (
            "us-east-1",
            [f"{JOB.name}: 2 x ml.m5.large, $0.50 an hour", "dev: 3 x ml.m5.large, $1.5 an hour", "$2.00 an hour"],
        ),
        (
            "eu-west-1",
            [f"{JOB.name}: 2 x ml.m5.large, price unknown", "dev: 3 x ml.m5.large, price unknown", "no price"],
        ),
    ],
)
def test_instances_cost_what_the_table_says_or_their_price_is_unknown(
    workshop: Workshop, endpoint: Endpoint, region: str, told: list[str]
) -> None:
    hosted = replace(endpoint, instances=Instances("ml.m5.large", 3))
    job = replace(JOB, instances=Instances("ml.m5.large", 2))
    text = shown(replace(workshop, region=region, endpoints=[hosted], training_jobs=[job]))
    assert [words for words in told if words not in text] == []
    sources = ["price read on 2026-01-02: https://example.com/training", "2026-03-04: https://example.com/hosting"]
    assert [source in text for source in sources] == [region == "us-east-1"] * 2


def test_a_failed_endpoint_has_no_instances_that_bill(workshop: Workshop, endpoint: Endpoint) -> None:
    failed = replace(endpoint, status="Failed", instances=Instances("ml.m5.large", 1))
    assert "nothing that runs bills by the hour" in shown(replace(workshop, endpoints=[failed]))


@pytest.mark.parametrize("part", ["stacks", "history", "endpoints", "training_jobs", "log_groups"])
def test_a_part_that_may_not_be_read_is_told_and_the_others_too(workshop: Workshop, part: str) -> None:
    unread: Any = {part: Unread("You may not [do] this")}
    text = shown(replace(workshop, **unread))
    assert text.count("may not be read: You may not [do] this") == 1
    titles = ["Stacks", "Last executions", "Endpoints", "Logs", "Costs"]
    assert [title for title in titles if title not in text] == []
    assert ("Last scores" in text) is (part != "history")
    assert ("nothing that runs bills" in text) is (part not in {"endpoints", "training_jobs"})


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("ROLLBACK_COMPLETE", "it was not created, and nothing of it is left"),
        ("DELETE_FAILED", "it was to be deleted, and a part of it could not be"),
        ("UPDATE_ROLLBACK_FAILED", "its update failed, and so did the way back"),
    ],
)
def test_a_stack_that_is_stuck_is_explained(workshop: Workshop, status: str, told: str) -> None:
    stacks = [replace(one, status=status) for one in known(workshop.stacks)]
    text = shown(replace(workshop, stacks=stacks))
    assert f"{told}. Why, and what mends it: make preflight SUFFIX=me42" in text


def test_an_update_that_was_rolled_back_is_told_and_nothing_is_to_be_mended(workshop: Workshop) -> None:
    text = shown(
        replace(workshop, stacks=[replace(one, status="UPDATE_ROLLBACK_COMPLETE") for one in known(workshop.stacks)])
    )
    assert "it was not updated, and is what it was before" in text
    assert "make preflight" not in text


def test_the_longest_names_fit(workshop: Workshop, endpoint: Endpoint) -> None:
    suffix, model = "a" * 16, "m" * 20
    job = replace(JOB, name=f"{model}-{suffix}-{RUN}", instances=Instances("ml.c5.18xlarge", 10))
    long = replace(endpoint, name=f"{model}-{suffix}-{'e' * 10}", training_job=job.name, instances=job.instances)
    group = f"/aws/sagemaker/Endpoints/{long.name}"
    history = [run("Failed", dev("Failed", replace(REFUSED, message="word " * 200)), id="f" * 36)]
    stack = Stack(
        f"MLOps-BuiltIn-Algorithm-WorkshopSetup-{suffix}",
        "id",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        {},
        {},
        NOW,
    )
    text = shown(Workshop(suffix, "us-gov-west-1", [stack], history, [long], [job], [group]))
    assert [name for name in (stack.name, long.name, job.name, group) if name not in text] == []


def test_every_price_has_a_date_that_has_been_and_a_source() -> None:
    listed = prices.table()
    assert ("us-east-1", "training", "ml.m5.large") in listed  # what the template trains on by default
    for price in listed.values():
        assert price.usd_an_hour > 0
        assert price.read <= datetime.now(UTC).date()
        assert price.source.startswith("https://")


class SageMaker:
    """A SageMaker with one endpoint on instances, whose parts may be gone."""

    def __init__(self, *gone: str) -> None:
        self.gone = gone

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [
            {"Endpoints": [{"EndpointName": "winequality-me42-dev", "EndpointArn": "e"}], "TrainingJobSummaries": []}
        ]

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        of_run = {"mlops-builtinalgo:run-id": RUN, "mlops-builtinalgo:config-commit": COMMIT}
        tags = {"mlops-builtinalgo:suffix": "me42"} | (of_run if ResourceArn == "c" else {})
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def found(self, kind: str, document: dict[str, Any]) -> dict[str, Any]:
        if kind in self.gone:
            error = {"Error": {"Code": "ValidationException", "Message": f'Could not find {kind} "x".'}}
            raise ClientError(error, "Describe")
        return document

    def describe_endpoint(self, **_: str) -> dict[str, Any]:
        variants = [{"VariantName": "AllTraffic", "CurrentInstanceCount": 3}]
        status = {"EndpointName": "winequality-me42-dev", "EndpointStatus": "InService", "LastModifiedTime": NOW}
        return self.found("endpoint", {**status, "EndpointConfigName": CONFIG, "ProductionVariants": variants})

    def describe_endpoint_config(self, **_: str) -> dict[str, Any]:
        variant = {"ModelName": JOB.name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
        return self.found("endpoint configuration", {"EndpointConfigArn": "c", "ProductionVariants": [variant]})

    def describe_model(self, **_: str) -> dict[str, Any]:
        return self.found("model", {"PrimaryContainer": {"Image": "registry/image:1"}})


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ([], [(RUN, COMMIT, JOB.name, "registry/image:1", Instances("ml.m5.large", 3))]),
        (["model"], [(RUN, COMMIT, JOB.name, "", Instances("ml.m5.large", 3))]),
        (["endpoint configuration"], [("", "", "", "", Instances("an unknown type", 3))]),
        (["endpoint"], []),
    ],
)
def test_what_an_endpoint_serves_is_found_as_far_as_it_is_there(
    session: Any, gone: list[str], expected: list[tuple[str, str, str, str, Instances | None]]
) -> None:
    def client(service: str) -> Any:
        return SageMaker(*gone) if service == "sagemaker" else session.client(service)

    found = gather(SimpleNamespace(client=client), "me42", "us-east-1").endpoints
    assert isinstance(found, list)
    assert [(one.run, one.config_commit, one.training_job, one.image, one.instances) for one in found] == expected


@pytest.fixture
def suffix() -> str:
    """One that nobody else uses."""
    return f"st{secrets.token_hex(4)}"


def test_where_nothing_is_deployed_it_says_how_to_begin(
    session: Any, suffix: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUFFIX", suffix)
    monkeypatch.setattr("sys.argv", ["status"])
    monkeypatch.setattr(account, "connect", lambda: Account(session, "123456789012", "us-east-1"))
    assert __main__.main() == 0
    assert capsys.readouterr().out == f"Nothing of {suffix} is here. To begin: make deploy SUFFIX={suffix}\n"


@pytest.fixture
def user(local_aws: Any, client: Callable[[str], Any], suffix: str) -> Callable[[str], Any]:
    """A function: clients of somebody who may read all but what CodePipeline and CloudFormation hold."""
    iam = client("iam")
    iam.create_user(UserName=suffix)
    allowed = ["sagemaker:*", "logs:*"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]}
    iam.put_user_policy(UserName=suffix, PolicyName="some", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=suffix)["AccessKey"]
    import boto3

    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    return lambda service: session.client(service, endpoint_url=client("iam").meta.endpoint_url)


def test_without_a_permission_only_its_part_is_missing(
    user: Callable[[str], Any],
    suffix: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = gather(SimpleNamespace(client=user), suffix, "us-east-1")
    assert isinstance(found.stacks, Unread)
    assert "not authorized to perform: cloudformation:DescribeStacks" in found.stacks.why
    assert isinstance(found.history, Unread)
    assert "not authorized to perform: codepipeline:GetPipeline" in found.history.why
    assert (found.endpoints, found.training_jobs, found.log_groups) == ([], [], [])

    monkeypatch.setenv("SUFFIX", suffix)
    monkeypatch.setattr("sys.argv", ["status"])
    monkeypatch.setattr(account, "connect", lambda: Account(SimpleNamespace(client=user), "123456789012", "us-east-1"))
    assert __main__.main() == 1
    assert capsys.readouterr().out.count("may not be read: ") == 2


def test_any_other_error_ends_it(session: Any, suffix: str) -> None:
    def client(service: str) -> Any:
        if service != "logs":
            return session.client(service)
        error = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "DescribeLogGroups")
        return SimpleNamespace(get_paginator=lambda _: (_ for _ in ()).throw(error))

    with pytest.raises(ClientError, match="ThrottlingException"):
        gather(SimpleNamespace(client=client), suffix, "us-east-1")
