"""An alarm watches what is put, and tells topics, rules and its history when its state changes."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import clock, durations

Client = Callable[[str], Any]
Create = Callable[..., str]
RECORDER = """
    import json

    def handler(event, context):
        with open({path!r}, "a") as seen:
            seen.write(json.dumps(event) + "\\n")
"""


HOUR = 60 * 60


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alarms that are looked at all the time."""
    monkeypatch.setattr(durations, "alarm_evaluation", 0.02)


@pytest.fixture
def own() -> str:
    """A name that no other test uses."""
    return f"own{uuid.uuid4().hex[:8]}"


@pytest.fixture
def create_alarm(client: Client, own: str) -> Iterator[Callable[..., str]]:
    """A function that creates an alarm on the own metric, or as it is told, and returns its name."""
    names: list[str] = []

    def create(**settings: Any) -> str:
        defaults = {
            "Namespace": own,
            "MetricName": "m",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 2,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        name = f"{own}-{len(names)}"
        client("cloudwatch").put_metric_alarm(AlarmName=name, **(defaults | settings))
        names.append(name)
        return name

    yield create
    client("cloudwatch").delete_alarms(AlarmNames=names)


def put(client: Client, namespace: str, value: float) -> None:
    """Put a value of now into the own metric."""
    client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "m", "Value": value}])


def describe(client: Client, name: str) -> dict[str, Any]:
    """Return an alarm as it is described."""
    (alarm,) = client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return dict(alarm)


def becomes(client: Client, name: str, state: str) -> dict[str, Any]:
    """Return an alarm once it is in a state."""
    deadline = time.monotonic() + 20
    while (alarm := describe(client, name))["StateValue"] != state:
        assert time.monotonic() < deadline, f"{name} stayed {alarm['StateValue']}: {alarm['StateReason']}"
        time.sleep(0.01)
    return alarm


def test_a_new_alarm_has_not_been_looked_at(client: Client, create_alarm: Create) -> None:
    alarm = describe(client, create_alarm(TreatMissingData="ignore"))
    assert (alarm["StateValue"], alarm["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    assert "StateReasonData" not in alarm
    assert not alarm.get("Metrics")


def test_an_alarm_follows_its_metric(client: Client, create_alarm: Create, own: str) -> None:
    name = create_alarm(TreatMissingData="notBreaching", Period=HOUR)
    becomes(client, name, "OK")
    clock.move(HOUR - clock.now() % HOUR)  # both data are of one period
    put(client, own, 1)
    put(client, own, 2.5)
    alarm = becomes(client, name, "ALARM")
    assert alarm["StateReason"].startswith("Threshold Crossed: 1 datapoint [3.5 (")
    data = json.loads(alarm["StateReasonData"])
    assert (data["recentDatapoints"], data["evaluatedDatapoints"][0]["sampleCount"]) == ([3.5], 2.0)
    clock.move(4 * HOUR)
    becomes(client, name, "OK")


def test_m_of_n_periods_alarm(client: Client, create_alarm: Create, own: str) -> None:
    name = create_alarm(EvaluationPeriods=3, DatapointsToAlarm=2, Period=HOUR)
    clock.move(HOUR - clock.now() % HOUR)  # a period begins, and lasts longer than the test
    for value in (9, 0, 9):
        assert describe(client, name)["StateValue"] != "ALARM" or value == 0
        put(client, own, value)
        becomes(client, name, "OK" if value == 0 else "ALARM")
        clock.move(HOUR)
    reason = describe(client, name)["StateReason"]
    assert "2 out of the last 3 datapoints" in reason
    assert "(minimum 2 datapoints for OK -> ALARM transition)" in reason


def test_an_alarm_counts_exactly_its_dimensions_and_its_unit(client: Client, create_alarm: Create, own: str) -> None:
    dimensions = [{"Name": "a", "Value": "1"}]
    name = create_alarm(Dimensions=dimensions, Unit="Count", Threshold=0)
    data: dict[str, Any] = {"MetricName": "m", "Value": 5}
    others: list[dict[str, Any]] = [
        {},
        {"Dimensions": [*dimensions, {"Name": "b", "Value": "2"}], "Unit": "Count"},
        {"Dimensions": dimensions},
    ]
    client("cloudwatch").put_metric_data(Namespace=own, MetricData=[data | other for other in others])
    other_alarm = create_alarm(Threshold=0)
    becomes(client, other_alarm, "ALARM")  # by now the first would have rung as well
    assert describe(client, name)["StateValue"] == "INSUFFICIENT_DATA"
    put_one = data | {"Dimensions": dimensions, "Unit": "Count"}
    client("cloudwatch").put_metric_data(Namespace=own, MetricData=[put_one])
    becomes(client, name, "ALARM")


def test_a_functions_errors_ring_an_alarm(client: Client, create_alarm: Create, create_function: Create) -> None:
    function = create_function("def handler(event, context):\n    return 1 / event\n")
    name = create_alarm(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        Threshold=0,
    )
    client("lambda").invoke(FunctionName=function, Payload="1")
    becomes(client, name, "OK")
    client("lambda").invoke(FunctionName=function, Payload="0")
    alarm = becomes(client, name, "ALARM")
    assert json.loads(alarm["StateReasonData"])["recentDatapoints"] == [1.0]


@pytest.fixture
def recorder(create_function: Create, tmp_path: Path) -> Any:
    """The ARN of a function, and a function that returns the first events that it has got."""
    path = tmp_path / "seen"
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{create_function(RECORDER.format(path=str(path)))}"

    def seen(count: int) -> list[Any]:
        deadline = time.monotonic() + 20
        while not path.exists() or len(path.read_text().splitlines()) < count:
            assert time.monotonic() < deadline, "nothing came"
            time.sleep(0.01)
        return [json.loads(line) for line in path.read_text().splitlines()]

    return arn, seen


@pytest.fixture
def topic(client: Client, own: str, recorder: Any) -> Iterator[str]:
    """A topic with its default policy, whose messages the recorder gets."""
    arn = client("sns").create_topic(Name=own)["TopicArn"]
    client("lambda").add_permission(
        FunctionName=recorder[0], StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    client("sns").subscribe(TopicArn=arn, Protocol="lambda", Endpoint=recorder[0])
    yield arn
    client("sns").delete_topic(TopicArn=arn)


def test_a_function_is_told_if_its_policy_lets_alarms_in(
    client: Client, create_alarm: Create, create_function: Create, tmp_path: Path
) -> None:
    function = create_function(RECORDER.format(path=str(tmp_path / "seen")))
    arn = client("lambda").get_function_configuration(FunctionName=function)["FunctionArn"]
    name = create_alarm(AlarmActions=[arn], OKActions=[arn], TreatMissingData="ignore", AlarmDescription="said")
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="tried")
    history = client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="Action")
    assert [item["HistorySummary"] for item in history["AlarmHistoryItems"]] == [f"Failed to execute action {arn}"]
    client("lambda").add_permission(
        FunctionName=function,
        StatementId="alarms",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceArn=f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}",
    )
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="again")
    deadline = time.monotonic() + 20
    while not (tmp_path / "seen").exists() or not (tmp_path / "seen").read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    event = json.loads((tmp_path / "seen").read_text())
    data = event.pop("alarmData")
    assert event.pop("time").endswith("+0000")
    assert event == {
        "source": "aws.cloudwatch",
        "alarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}",
        "accountId": "123456789012",
        "region": "us-east-1",
    }
    assert (data["alarmName"], data["configuration"]["description"]) == (name, "said")
    assert (data["state"]["value"], data["state"]["reason"]) == ("ALARM", "again")
    assert (data["previousState"]["value"], data["previousState"]["reason"]) == ("OK", "tried")


def test_a_topic_is_told_in_awss_form(client: Client, create_alarm: Create, recorder: Any, topic: str) -> None:
    name = create_alarm(
        AlarmActions=[topic],
        TreatMissingData="ignore",
        AlarmDescription="said",
        Dimensions=[{"Name": "a", "Value": "1"}],
    )
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    message = recorder[1](1)[0]["Records"][0]["Sns"]
    assert message["Subject"] == f'ALARM: "{name}" in US East (N. Virginia)'
    told = json.loads(message["Message"])
    assert told.pop("AlarmConfigurationUpdatedTimestamp").endswith("+0000")
    assert told.pop("StateChangeTime").endswith("+0000")
    trigger = told.pop("Trigger")
    assert told == {
        "AlarmName": name,
        "AlarmDescription": "said",
        "AWSAccountId": "123456789012",
        "NewStateValue": "ALARM",
        "NewStateReason": "tried",
        "Region": "US East (N. Virginia)",
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}",
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [],
        "AlarmActions": [topic],
        "InsufficientDataActions": [],
    }
    assert (trigger["MetricName"], trigger["Statistic"], trigger["StatisticType"]) == ("m", "SUM", "Statistic")
    assert (trigger["Threshold"], trigger["Dimensions"]) == (2.0, [{"value": "1", "name": "a"}])


def test_actions_are_told_of_changes_to_their_state_while_they_are_enabled(
    client: Client, create_alarm: Create, recorder: Any, topic: str
) -> None:
    name = create_alarm(AlarmActions=[topic], OKActions=[topic], TreatMissingData="ignore")
    cloudwatch = client("cloudwatch")

    def to(state: str, reason: str) -> None:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)

    cloudwatch.disable_alarm_actions(AlarmNames=[name])
    to("ALARM", "silent")
    cloudwatch.enable_alarm_actions(AlarmNames=[name])
    to("ALARM", "no change")
    to("INSUFFICIENT_DATA", "no action")
    to("OK", "told")
    to("ALARM", "told too")
    told = {json.loads(event["Records"][0]["Sns"]["Message"])["NewStateReason"] for event in recorder[1](2)}
    assert told == {"told", "told too"}


def test_a_rule_is_told_of_a_change(client: Client, create_alarm: Create, own: str, recorder: Any) -> None:
    arn, seen = recorder
    client("lambda").add_permission(
        FunctionName=arn, StatementId="events", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )
    name = create_alarm(TreatMissingData="ignore")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name], "state": {"value": ["ALARM"]}}}
    client("events").put_rule(Name=own, EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule=own, Targets=[{"Id": "1", "Arn": arn}])
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    event = seen(1)[0]
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}"]
    assert event["detail"]["state"]["reason"] == "tried"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert event["detail"]["configuration"]["metrics"][0]["metricStat"]["stat"] == "Sum"
    client("events").remove_targets(Rule=own, Ids=["1"])
    client("events").delete_rule(Name=own)


def test_the_history_says_what_happened(client: Client, create_alarm: Create, topic: str) -> None:
    name = create_alarm(AlarmActions=[topic, f"{topic}-gone"], TreatMissingData="ignore")
    cloudwatch = client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    items = cloudwatch.describe_alarm_history(AlarmName=name, ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [(item["HistoryItemType"], item["HistorySummary"]) for item in items] == [
        ("ConfigurationUpdate", f'Alarm "{name}" created'),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
        ("Action", f"Successfully executed action {topic}"),
        ("Action", f"Failed to execute action {topic}-gone"),
    ]
    updated = json.loads(items[1]["HistoryData"])
    assert updated["oldState"]["stateReason"] == "Unchecked: Initial alarm creation"
    assert updated["newState"] == {"stateValue": "ALARM", "stateReason": "tried"}
    only = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in only] == ["Alarm updated from INSUFFICIENT_DATA to ALARM"]


def test_a_changed_alarm_keeps_its_state(client: Client, create_alarm: Create, own: str) -> None:
    name = create_alarm(TreatMissingData="ignore")
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    settings = ("Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "ComparisonOperator")
    kept = {key: describe(client, name)[key] for key in settings}
    client("cloudwatch").put_metric_alarm(AlarmName=name, Threshold=7, TreatMissingData="ignore", **kept)
    alarm = describe(client, name)
    assert (alarm["Threshold"], alarm["StateValue"], alarm["StateReason"]) == (7.0, "ALARM", "tried")


def test_alarms_are_listed_in_pages_and_by_wish(client: Client, create_alarm: Create, own: str) -> None:
    names = [create_alarm(TreatMissingData="ignore") for _ in range(3)]
    client("cloudwatch").set_alarm_state(AlarmName=names[1], StateValue="OK", StateReason="tried")
    pages = (
        client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=own, PaginationConfig={"PageSize": 2})
    )
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]
    found = client("cloudwatch").describe_alarms(AlarmNamePrefix=own, StateValue="OK")["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == names[1:2]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an expression": (
        {"Metrics": [{"Id": "e", "Expression": "m1/m2"}]},
        "Local AWS does not support these of an alarm: Metrics.",
    ),
    "an action that is no topic": (
        {"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]},
        "Invalid arn syntax: arn:aws:automate:us-east-1:ec2:stop (local AWS's alarms tell topics and functions alone)",
    ),
    "another treatment": (
        {"TreatMissingData": "maybe"},
        "Option maybe is not supported. Supported options for parameter TreatMissingData are"
        " breaching, notBreaching, ignore and missing.",
    ),
    "an anomaly": (
        {"ComparisonOperator": "GreaterThanUpperThreshold"},
        "1 validation error detected: Value 'GreaterThanUpperThreshold' at 'comparisonOperator' failed to satisfy"
        " constraint: Member must satisfy enum value set: [GreaterThanOrEqualToThreshold, GreaterThanThreshold,"
        " LessThanThreshold, LessThanOrEqualToThreshold]",
    ),
    "two statistics": (
        {"ExtendedStatistic": "p90"},
        "Exactly one of Statistic and ExtendedStatistic must be specified.",
    ),
    "an odd period": ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60"),
}


@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED)
def test_an_alarm_is_refused(create_alarm: Create, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        create_alarm(**change)
    assert refused.value.response["Error"]["Message"] == message


def test_a_composite_alarm_is_refused_by_name(client: Client) -> None:
    with pytest.raises(ClientError) as refused:
        client("cloudwatch").put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
    assert "PutCompositeAlarm" in refused.value.response["Error"]["Message"]
