"""Updates by a DeploymentConfig: requests move in steps, and alarms turn them back."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import durations

Client = Callable[[str], Any]
OLD = {"VariantName": "Old", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
NEW = OLD | {"VariantName": "New"}


def routing(kind: str, wait: int = 1, **size: dict[str, Any]) -> dict[str, Any]:
    return {"TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": wait} | size}


ONE_INSTANCE = {"Type": "INSTANCE_COUNT", "Value": 1}
CANARY = {"BlueGreenUpdatePolicy": routing("CANARY", CanarySize=ONE_INSTANCE)}


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def rolling(size: int) -> dict[str, Any]:
    return {"MaximumBatchSize": percent(size), "WaitIntervalInSeconds": 1}


@pytest.fixture(autouse=True)
def _waits_that_a_test_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durations, "deployment_second", 3600.0)
    monkeypatch.setattr(durations, "alarm_evaluation", 0.02)


@pytest.fixture
def old(create_config: Callable[..., str]) -> str:
    """The configuration that an endpoint serves."""
    return create_config(OLD)


@pytest.fixture
def endpoint(create_endpoint: Callable[[str], str], old: str) -> str:
    """An endpoint of two instances."""
    return create_endpoint(old)


@pytest.fixture
def update(client: Client, endpoint: str, create_config: Callable[..., str]) -> Callable[..., str]:
    """A function that updates the endpoint to variants (or one, of other name) and returns their configuration."""

    def begin(deployment: dict[str, Any], *variants: dict[str, Any]) -> str:
        config = create_config(*(variants or [NEW]))
        client("sagemaker").update_endpoint(
            EndpointName=endpoint, EndpointConfigName=config, DeploymentConfig=deployment
        )
        return config

    return begin


@pytest.fixture
def baking(client: Client, endpoint: str, wait: Callable[..., Any]) -> Callable[[], Any]:
    """A function that waits until requests have begun to move, and returns the endpoint's description."""

    def is_baking(found: Any) -> bool:
        variants = found["PendingDeploymentSummary"]["ProductionVariants"]
        return bool(variants[0]["VariantStatus"][0]["Status"] == "Baking")

    return lambda: wait(lambda: client("sagemaker").describe_endpoint(EndpointName=endpoint), is_baking)


@pytest.fixture
def answering(client: Client, endpoint: str) -> Callable[[], set[str]]:
    """A function that returns the variants which answer some of many requests."""
    invocation = {"EndpointName": endpoint, "ContentType": "text/csv", "Body": "0,5"}
    return lambda: {
        client("sagemaker-runtime").invoke_endpoint(**invocation)["InvokedProductionVariant"] for _ in range(24)
    }


@pytest.fixture
def alarm(client: Client, name: Callable[[], str]) -> Iterator[str]:
    """An alarm that goes off at the first error in the namespace of its name."""
    alarm = name()
    client("cloudwatch").put_metric_alarm(
        AlarmName=alarm,
        Namespace=alarm,
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    yield alarm
    client("cloudwatch").delete_alarms(AlarmNames=[alarm])


@pytest.fixture
def go_off(client: Client, alarm: str) -> Callable[[], None]:
    """A function that lets the alarm go off."""
    errors = [{"MetricName": "Errors", "Value": 1}]
    return lambda: client("cloudwatch").put_metric_data(Namespace=alarm, MetricData=errors)


def test_a_canary_takes_a_part_and_then_all(
    update: Callable[..., str],
    baking: Callable[[], Any],
    answering: Callable[[], set[str]],
    settle: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = update(CANARY)
    found = baking()
    assert (found["EndpointStatus"], answering()) == ("Updating", {"Old", "New"})
    monkeypatch.setattr(durations, "deployment_second", 0.0)
    after = settle(found["EndpointName"])
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", config)
    assert (after["LastDeploymentConfig"], answering()) == (CANARY, {"New"})


def test_all_at_once_moves_all_and_waits(
    update: Callable[..., str],
    baking: Callable[[], Any],
    answering: Callable[[], set[str]],
    settle: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    update({"BlueGreenUpdatePolicy": routing("ALL_AT_ONCE", 0) | {"TerminationWaitInSeconds": 1}})
    found = baking()
    assert (found["EndpointStatus"], answering()) == ("Updating", {"New"})
    monkeypatch.setattr(durations, "deployment_second", 0.0)
    assert settle(found["EndpointName"])["EndpointStatus"] == "InService"


def test_the_latest_deployment_can_be_had_again(
    client: Client,
    update: Callable[..., str],
    endpoint: str,
    baking: Callable[[], Any],
    settle: Callable[[str], Any],
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(durations, "deployment_second", 0.0)
    config = update(CANARY)
    settle(endpoint)
    monkeypatch.setattr(durations, "deployment_second", 3600.0)
    client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=config, RetainDeploymentConfig=True)
    assert baking()["EndpointStatus"] == "Updating"
    monkeypatch.setattr(durations, "deployment_second", 0.0)
    assert settle(endpoint)["LastDeploymentConfig"] == CANARY


@pytest.mark.parametrize(
    "deployment",
    [
        {"BlueGreenUpdatePolicy": routing("LINEAR", LinearStepSize=percent(30))},
        {"RollingUpdatePolicy": rolling(50)},
    ],
    ids=["linear", "rolling"],
)
def test_a_deployment_in_steps_ends_with_all(
    update: Callable[..., str],
    answering: Callable[[], set[str]],
    endpoint: str,
    settle: Callable[[str], Any],
    *,
    deployment: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(durations, "deployment_second", 0.001)
    config = update(deployment)
    assert settle(endpoint)["EndpointConfigName"] == config
    assert answering() == {"New"}


def test_an_alarm_turns_a_deployment_back(
    update: Callable[..., str],
    baking: Callable[[], Any],
    answering: Callable[[], set[str]],
    settle: Callable[[str], Any],
    *,
    alarm: str,
    go_off: Callable[[], None],
    old: str,
) -> None:
    update(CANARY | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]}})
    endpoint = baking()["EndpointName"]
    go_off()
    found = settle(endpoint)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert found["FailureReason"] == f"The deployment was rolled back, since these alarms are in ALARM: {alarm}"
    assert ("PendingDeploymentSummary" in found, answering()) == (False, {"Old"})


def test_an_alarm_that_does_not_exist_turns_a_deployment_back(
    update: Callable[..., str], endpoint: str, settle: Callable[[str], Any], *, alarm: str, old: str
) -> None:
    update(CANARY | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}, {"AlarmName": f"no-{alarm}"}]}})
    found = settle(endpoint)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert found["FailureReason"] == f"The deployment was rolled back, since these alarms do not exist: no-{alarm}"


def test_an_endpoint_that_rolls_back_serves_and_says_so(
    client: Client,
    update: Callable[..., str],
    baking: Callable[[], Any],
    answering: Callable[[], set[str]],
    wait: Callable[..., Any],
    *,
    alarm: str,
    go_off: Callable[[], None],
    settle: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    update(CANARY | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]}})
    endpoint = baking()["EndpointName"]
    monkeypatch.setattr(durations, "sagemaker_step", 0.5)
    go_off()
    wait(
        lambda: client("sagemaker").describe_endpoint(EndpointName=endpoint)["EndpointStatus"],
        lambda status: status == "RollingBack",
    )
    assert answering() == {"Old"}
    assert settle(endpoint)["EndpointStatus"] == "InService"


def test_the_role_of_the_model_looks_at_alarms(
    client: Client,
    update: Callable[..., str],
    endpoint: str,
    completed_job: Any,
    settle: Callable[[str], Any],
    *,
    alarm: str,
    name: Callable[[], str],
) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role, model = name(), name()
    made = client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    client("iam").put_role_policy(RoleName=role, PolicyName="reads", PolicyDocument=policy)
    client("sagemaker").create_model(
        ModelName=model,
        ExecutionRoleArn=made["Role"]["Arn"],
        PrimaryContainer={
            "Image": completed_job["AlgorithmSpecification"]["TrainingImage"],
            "ModelDataUrl": completed_job["ModelArtifacts"]["S3ModelArtifacts"],
        },
    )
    update({"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]}}, NEW | {"ModelName": model})
    reason = settle(endpoint)["FailureReason"]
    assert reason.startswith("The deployment was rolled back, since its alarms could not be looked at: User: arn:aws:")
    assert "is not authorized to perform: cloudwatch:DescribeAlarms on resource: " in reason


# id, the DeploymentConfig, the message
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "batches of 4 percent",
        {"RollingUpdatePolicy": rolling(4)},
        "MaximumBatchSize must be 5 to 50 percent of the 2 instances of the variant: it is 4.",
    ),
    (
        "both policies",
        CANARY | {"RollingUpdatePolicy": rolling(50)},
        "A deployment has either BlueGreenUpdatePolicy or RollingUpdatePolicy.",
    ),
    (
        "a canary without a size",
        {"BlueGreenUpdatePolicy": routing("CANARY")},
        "A deployment of type CANARY needs CanarySize.",
    ),
    (
        "all at once with a size",
        {"BlueGreenUpdatePolicy": routing("ALL_AT_ONCE", CanarySize=percent(10))},
        "A deployment of type ALL_AT_ONCE must not have CanarySize.",
    ),
    (
        "a canary of 51 percent",
        {"BlueGreenUpdatePolicy": routing("CANARY", CanarySize=percent(51))},
        "CanarySize must be at most 50 percent of the 2 instances of the variant: it is 51.",
    ),
    (
        "a canary of all instances",
        {"BlueGreenUpdatePolicy": routing("CANARY", CanarySize={"Type": "INSTANCE_COUNT", "Value": 2})},
        "CanarySize must be at most 50 percent of the 2 instances of the variant: it is 100.",
    ),
    (
        "steps of 9 percent",
        {"BlueGreenUpdatePolicy": routing("LINEAR", LinearStepSize=percent(9))},
        "LinearStepSize must be 10 to 50 percent of the 2 instances of the variant: it is 9.",
    ),
    (
        "a timeout shorter than the waits",
        {
            "BlueGreenUpdatePolicy": routing("CANARY", 400, CanarySize=ONE_INSTANCE)
            | {"MaximumExecutionTimeoutInSeconds": 800}
        },
        "MaximumExecutionTimeoutInSeconds must be larger than all waiting times together.",
    ),
    (
        "eleven alarms",
        {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": f"a{number}"} for number in range(11)]}},
        "1 validation error detected: Value '[",
    ),
]


@pytest.fixture(scope="module")
def refuse(
    client: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str]
) -> Callable[..., Any]:
    """A function that tries to update one endpoint again and again to variants, and returns the error."""
    endpoint, made = create_endpoint(create_config(OLD)), {}

    def attempt(deployment: dict[str, Any], *variants: dict[str, Any]) -> tuple[str, str]:
        if len(variants) not in made:
            made[len(variants)] = create_config(*variants)
        wanted = {"EndpointConfigName": made[len(variants)], "DeploymentConfig": deployment}
        with pytest.raises(ClientError) as error:
            client("sagemaker").update_endpoint(EndpointName=endpoint, **wanted)
        return _words(error)

    return attempt


@pytest.mark.parametrize(("deployment", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_deployment_is_refused(refuse: Callable[..., Any], deployment: dict[str, Any], message: str) -> None:
    code, text = refuse(deployment, NEW)
    assert (code, text[: len(message)]) == ("ValidationException", message)


def test_several_variants_move_at_once_alone(refuse: Callable[..., Any]) -> None:
    assert refuse(CANARY, NEW, OLD) == (
        "ValidationException",
        "Local AWS deploys one production variant by CANARY, and several ALL_AT_ONCE.",
    )


def test_serverless_endpoints_are_not_deployed_in_steps(
    client: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str]
) -> None:
    config = create_config()
    with pytest.raises(ClientError) as error:
        client("sagemaker").update_endpoint(
            EndpointName=create_endpoint(config), EndpointConfigName=config, DeploymentConfig=CANARY
        )
    assert _words(error) == (
        "ValidationException",
        "DeploymentConfig applies to real-time and asynchronous endpoints alone, not to serverless.",
    )


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
