"""What PutLogEvents takes at once, and what services do whose processes say more than that."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
NOW = int(time.time() * 1000)
LIMIT = 1_048_576
HOUR = 60 * 60 * 1000


@pytest.fixture
def put(client: Client) -> Iterator[Callable[..., Any]]:
    """A function that puts events (timestamp, message) into a stream of its own."""
    logs, names = client("logs"), {"logGroupName": f"/own/{uuid.uuid4().hex[:8]}", "logStreamName": "s"}
    logs.create_log_group(logGroupName=names["logGroupName"])
    logs.create_log_stream(**names)
    yield lambda *events: logs.put_log_events(
        **names, logEvents=[{"timestamp": at, "message": message} for at, message in events]
    )
    logs.delete_log_group(logGroupName=names["logGroupName"])


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([(NOW, "é" * (LIMIT // 2 - 12))], f"Log event too large: {LIMIT + 2} bytes exceeds limit of {LIMIT}"),
        ([(NOW, "x" * (LIMIT // 2 - 25))] * 2, f"Upload too large: {LIMIT + 2} bytes exceeds limit of {LIMIT}"),
        (
            [(NOW - 25 * HOUR, "a"), (NOW, "b")],
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ),
        ([(NOW, "a")] * 10_001, "Member must have length less than or equal to 10000"),
    ],
    ids=["an event", "a batch", "a day", "a number"],
)
def test_more_than_may_be_is_refused(put: Callable[..., Any], events: list[tuple[int, str]], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        put(*events)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert message in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    "events",
    [
        [(NOW, "é" * (LIMIT // 2 - 13))],
        [(NOW, "x" * (LIMIT // 2 - 26))] * 2,
        [(NOW - 30 * 24 * HOUR, "too old, and not counted"), (NOW, "b")],
    ],
    ids=["an event", "a batch", "a day"],
)
def test_as_much_as_may_be_is_taken(put: Callable[..., Any], events: list[tuple[int, str]]) -> None:
    put(*events)


def test_all_that_a_function_says_is_in_its_log(client: Client, create_function: Callable[..., str]) -> None:
    name = create_function("def handler(event, context):\n    print('é' * 700_000)\n    print('x' * 600_000)\n")
    client("lambda").invoke(FunctionName=name, LogType="Tail")
    events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    said = "".join(event["message"] for event in events)
    assert (said.count("é"), said.count("x" * 600_000)) == (700_000, 1)


@pytest.mark.parametrize(
    ("retention", "hours", "rejected", "kept"),
    [
        (None, [0, 0], None, [0, 1]),
        (None, [-400, -399, -1, 0], {"tooOldLogEventEndIndex": 2}, [2, 3]),
        (None, [-1, 3, 4], {"tooNewLogEventStartIndex": 1}, [0]),
        (None, [-400, 0, 3], {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2}, [1]),
        (None, [-400], {"tooOldLogEventEndIndex": 1}, []),
        (1, [-26, -25, -23, -22], {"expiredLogEventEndIndex": 2}, [2, 3]),
    ],
    ids=["none", "too old", "too new", "both", "all", "expired"],
)
def test_what_a_group_does_not_take_is_told(
    client: Client, retention: int | None, hours: list[int], rejected: dict[str, int] | None, kept: list[int]
) -> None:
    logs, names = client("logs"), {"logGroupName": f"/own/{uuid.uuid4().hex[:8]}", "logStreamName": "s"}
    logs.create_log_group(logGroupName=names["logGroupName"])
    logs.create_log_stream(**names)
    if retention:
        logs.put_retention_policy(logGroupName=names["logGroupName"], retentionInDays=retention)
    events = [{"timestamp": NOW + hour * HOUR, "message": str(place)} for place, hour in enumerate(hours)]
    answer = logs.put_log_events(**names, logEvents=events)
    assert answer.get("rejectedLogEventsInfo") == rejected
    shown = logs.get_log_events(**names, startFromHead=True)["events"]
    assert [int(event["message"]) for event in shown] == kept


def test_events_are_in_the_order_of_time(put: Callable[..., Any]) -> None:
    with pytest.raises(ClientError) as refused:
        put((NOW, "later"), (NOW - 1, "earlier"))
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterException",
        "Message": "Log events in a single PutLogEvents request must be in chronological order.",
    }
