"""People find what functions and jobs logged: by stream, by time, by words, in pages; and not for ever."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import clock

Client = Callable[[str], Any]
MINUTE = 60 * 1000


@pytest.fixture
def moment() -> int:
    """A minute ago by the clock that other tests have moved, in milliseconds; Logs takes two hours in the future."""
    return int(time.time() * 1000) - MINUTE


@pytest.fixture
def group(client: Client, moment: int) -> Iterator[str]:
    """A log group with three streams, whose events come in turn, a second apart."""
    name = f"/own/{uuid.uuid4().hex[:8]}"
    logs = client("logs")
    logs.create_log_group(logGroupName=name)
    for number, stream in enumerate(("a/1", "a/2", "b/1")):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        events = [
            {"timestamp": moment + 1000 * (number + 3 * turn), "message": f"{stream} turn {turn} {word}"}
            for turn, word in enumerate(("INFO begun", "ERROR broken here", "INFO ended"))
        ]
        logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=events)
    yield name
    logs.delete_log_group(logGroupName=name)


def found(client: Client, group: str, **wishes: Any) -> list[str]:
    """Return the stream and the turn of every event that is found, in the order in which they come."""
    pages = client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, **wishes)
    return [" ".join(event["message"].split()[:3:2]) for page in pages for event in page["events"]]


ALL = ["a/1 0", "a/2 0", "b/1 0", "a/1 1", "a/2 1", "b/1 1", "a/1 2", "a/2 2", "b/1 2"]

SEARCHES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "everything, by time": ({}, ALL),
    "a prefix": ({"logStreamNamePrefix": "a/"}, [each for each in ALL if each[0] == "a"]),
    "streams": ({"logStreamNames": ["b/1", "a/2"]}, ["a/2 0", "b/1 0", "a/2 1", "b/1 1", "a/2 2", "b/1 2"]),
    "a word": ({"filterPattern": "ERROR"}, ["a/1 1", "a/2 1", "b/1 1"]),
    "two words": ({"filterPattern": "here ERROR"}, ["a/1 1", "a/2 1", "b/1 1"]),
    "a phrase": ({"filterPattern": '"broken here"'}, ["a/1 1", "a/2 1", "b/1 1"]),
    "a phrase that is none": ({"filterPattern": '"here broken"'}, []),
    "one of two": ({"filterPattern": "?begun ?ended"}, [each for each in ALL if each[-1] != "1"]),
    "without": ({"filterPattern": 'INFO -"b/1" -ended'}, ["a/1 0", "a/2 0"]),
}


@pytest.mark.parametrize(("wishes", "expected"), SEARCHES.values(), ids=SEARCHES)
def test_events_are_found(client: Client, group: str, wishes: dict[str, Any], expected: list[str]) -> None:
    assert found(client, group, **wishes) == expected


def test_what_is_found_comes_in_pages(client: Client, group: str) -> None:
    assert found(client, group, PaginationConfig={"PageSize": 2}) == ALL
    assert found(client, group, startFromHead=False, PaginationConfig={"PageSize": 2}) == ALL[::-1]
    first = client("logs").filter_log_events(logGroupName=group, limit=2)
    assert (len(first["events"]), "nextToken" in first) == (2, True)


def test_a_group_may_be_named_by_its_arn(client: Client, group: str) -> None:
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"
    assert len(client("logs").filter_log_events(logGroupIdentifier=arn)["events"]) == len(ALL)


def test_times_include_their_start_and_filters_their_end(client: Client, group: str, moment: int) -> None:
    times = {"startTime": moment + 1000, "endTime": moment + 3000}
    assert found(client, group, **times) == ["a/2 0", "b/1 0", "a/1 1"]
    events = client("logs").get_log_events(
        logGroupName=group, logStreamName="a/1", startTime=moment, endTime=moment + 3000, startFromHead=True
    )["events"]
    assert [event["timestamp"] - moment for event in events] == [0]


NOT_READ = "Local AWS reads filter patterns of terms alone, not {}"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        *((pattern, NOT_READ.format(pattern)) for pattern in ("{ $.level = 1 }", "[ip, user]", "%regex%")),
        ("with:colon", "Invalid character(s) in term 'with:colon'"),
        ('"open', "Invalid filter pattern"),
    ],
)
def test_a_pattern_that_is_not_read_is_refused(client: Client, group: str, pattern: str, message: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("logs").filter_log_events(logGroupName=group, filterPattern=pattern)
    assert refused.value.response["Error"] == {"Code": "InvalidParameterException", "Message": message}


def test_a_stream_is_read_forth_and_back(client: Client, group: str) -> None:
    logs, place = client("logs"), {"logGroupName": group, "logStreamName": "a/1"}
    first = logs.get_log_events(**place, limit=2, startFromHead=True)
    assert [event["message"].split()[2] for event in first["events"]] == ["0", "1"]
    second = logs.get_log_events(**place, limit=2, nextToken=first["nextForwardToken"])
    assert [event["message"].split()[2] for event in second["events"]] == ["2"]
    end = logs.get_log_events(**place, limit=2, nextToken=second["nextForwardToken"])
    assert (end["events"], end["nextForwardToken"]) == ([], second["nextForwardToken"])
    back = logs.get_log_events(**place, limit=2, nextToken=second["nextBackwardToken"])
    assert [event["message"].split()[2] for event in back["events"]] == ["0", "1"]
    assert [e["message"].split()[2] for e in logs.get_log_events(**place, limit=2)["events"]] == ["1", "2"]


def test_a_stream_that_is_not_there_is_said(client: Client, group: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("logs").get_log_events(logGroupName=group, logStreamName="c/1")
    message = "The specified log stream does not exist."
    assert refused.value.response["Error"] == {"Code": "ResourceNotFoundException", "Message": message}


def test_groups_are_found_by_a_part_of_their_name(client: Client, group: str) -> None:
    groups = client("logs").describe_log_groups(logGroupNamePattern=group[5:])["logGroups"]
    assert [each["logGroupName"] for each in groups] == [group]


def test_events_go_when_their_retention_is_over(client: Client, group: str) -> None:
    client("logs").put_retention_policy(logGroupName=group, retentionInDays=3)
    clock.move(2 * 24 * 60 * 60)
    assert found(client, group) == ALL
    clock.move(24 * 60 * 60)
    assert found(client, group) == []


def test_a_retention_that_aws_has_not_is_refused(client: Client, group: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("logs").put_retention_policy(logGroupName=group, retentionInDays=2)
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidParameterException"
    assert "Value '2' at 'retentionInDays' failed to satisfy constraint" in error["Message"]
