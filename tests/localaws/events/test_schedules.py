"""Schedules fire by the clock, which these tests move."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import clock
from localaws.events import schedules
from localaws.events.schedules import next_time

Client = Callable[[str], Any]
MONDAY = datetime(2026, 11, 23, 0, 0, 30, tzinfo=UTC).timestamp()

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html: the examples of that page
NEXT = {
    "cron(0 10 * * ? *)": "2026-11-23T10:00:00",
    "cron(15 12 * * ? *)": "2026-11-23T12:15:00",
    "cron(0 18 ? * MON-FRI *)": "2026-11-23T18:00:00",
    "cron(0 8 1 * ? *)": "2026-12-01T08:00:00",
    "cron(0/15 * * * ? *)": "2026-11-23T00:15:00",
    "cron(0/10 * ? * MON-FRI *)": "2026-11-23T00:10:00",
    "cron(0/5 8-17 ? * MON-FRI *)": "2026-11-23T08:00:00",
    "cron(0/30 20-2 ? * MON-FRI *)": "2026-11-23T00:30:00",
    "cron(0 9 ? * 2#1 *)": "2026-12-07T09:00:00",
    "cron(0 9 L * ? *)": "2026-11-30T09:00:00",
    "cron(0 9 3W * ? *)": "2026-12-03T09:00:00",
    "rate(1 minute)": "2026-11-23T00:01:30",
    "rate(5 minutes)": "2026-11-23T00:05:30",
    "rate(1 hour)": "2026-11-23T01:00:30",
    "rate(2 days)": "2026-11-25T00:00:30",
}


@pytest.mark.parametrize(("expression", "expected"), NEXT.items())
def test_a_schedule_knows_when_it_is_due(expression: str, expected: str) -> None:
    due = next_time(expression, MONDAY)
    assert due is not None
    assert datetime.fromtimestamp(due, UTC).isoformat() == f"{expected}+00:00"


def test_a_schedule_of_the_past_is_never_due() -> None:
    assert next_time("cron(0 0 1 1 ? 2020)", MONDAY) is None


@pytest.mark.parametrize(
    "expression",
    [
        *("rate(0 minutes)", "rate(1 minutes)", "rate(2 minute)", "rate(5 seconds)", "rate(1.5 hours)", "every day"),
        *("cron(0 10 * * * *)", "cron(0 10 ? * ? *)", "cron(60 * * * ? *)", "cron(0 10 * * ?)", "cron()"),
    ],
)
def test_an_expression_that_is_none_is_refused(client: Client, expression: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("events").put_rule(Name="never", ScheduleExpression=expression)
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Parameter ScheduleExpression is not valid.",
    }


def test_a_schedule_is_refused_on_a_bus_of_ones_own(client: Client, own_source: str) -> None:
    client("events").create_event_bus(Name=own_source)
    with pytest.raises(ClientError) as refused:
        client("events").put_rule(Name="r", EventBusName=own_source, ScheduleExpression="rate(1 day)")
    client("events").delete_event_bus(Name=own_source)
    message = "ScheduleExpression is supported only on the default event bus."
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": message}


def test_a_rule_fires_each_time_that_it_is_due(client: Client, create_rule: Any, recorder: Any) -> None:
    target, seen = recorder
    arn = create_rule(None, target, ScheduleExpression="rate(1 hour)")
    clock.move(60 * 60)
    event = seen(1)[0]
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert event["resources"] == [arn]
    clock.move(60 * 60)
    first, second = (datetime.fromisoformat(event["time"]) for event in seen(2))
    assert (second - first).seconds == 60 * 60
    assert client("events").describe_rule(Name=arn.rpartition("/")[2])["ScheduleExpression"] == "rate(1 hour)"


def test_a_rate_counts_from_the_call_however_late_the_thread_comes_to_it(
    create_rule: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, seen = recorder
    with monkeypatch.context() as patch:
        patch.setattr(schedules.timetable, "look_again", lambda: None)
        create_rule(None, target, ScheduleExpression="rate(1 hour)")
    clock.move(60 * 60)
    schedules.timetable.look_again()
    assert seen(1)[0]["detail-type"] == "Scheduled Event"


def test_what_was_missed_is_not_made_up_for(create_rule: Any, recorder: Any) -> None:
    target, seen = recorder
    create_rule(None, target, ScheduleExpression="cron(0 * * * ? *)")
    clock.move(10 * 60 * 60)
    seen(1)
    clock.move(60 * 60)
    first, second, *_ = sorted(datetime.fromisoformat(event["time"]) for event in seen(2))
    assert (second - first).seconds == 10 * 60 * 60


def test_a_disabled_schedule_does_not_fire(client: Client, create_rule: Any, recorder: Any) -> None:
    target, seen = recorder
    name = create_rule(None, target, ScheduleExpression="rate(1 day)", State="DISABLED").rpartition("/")[2]
    clock.move(2 * 24 * 60 * 60)
    client("events").enable_rule(Name=name)
    create_rule(None, target | {"Input": '"other"'}, ScheduleExpression="rate(1 hour)")
    clock.move(60 * 60)
    assert seen(1) == ["other"]
    clock.move(24 * 60 * 60)
    assert {event if isinstance(event, str) else event["source"] for event in seen(3)} == {"other", "aws.events"}


def test_a_schedule_does_not_match_events(client: Client, create_rule: Any, recorder: Any, own_source: str) -> None:
    target, seen = recorder
    create_rule(None, target | {"Input": '{"detail": "fired"}'}, ScheduleExpression="rate(365 days)")
    create_rule({"source": [own_source]}, target)
    for n in range(3):
        entry = {"Source": own_source, "DetailType": "t", "Detail": json.dumps({"n": n})}
        client("events").put_events(Entries=[entry])
        assert [event["detail"] for event in seen(n + 1)] == [{"n": each} for each in range(n + 1)]
