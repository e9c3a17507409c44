"""What PutEvents takes, what it says of the rest, and what rules there may be."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def entry(source: str, **changes: Any) -> dict[str, Any]:
    """An event of a source as PutEvents takes it."""
    return {"Source": source, "DetailType": "Tested", "Detail": "{}"} | changes


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no source": (
        {"Source": ""},
        "InvalidArgument",
        "Parameter Source is not valid. Reason: Source is a required argument.",
    ),
    "no detail type": (
        {"DetailType": ""},
        "InvalidArgument",
        "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
    ),
    "no JSON": ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
    "no object": ({"Detail": "[1]"}, "MalformedDetail", "Detail is malformed."),
    "AWS's name": ({"Source": "aws.s3"}, "NotAuthorizedForSourceException", "Not authorized for the source."),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_wrong_event_is_said_and_the_others_go(
    client: Client, create_rule: Any, recorder: Any, own_source: str, case: str
) -> None:
    change, code, message = FAULTS[case]
    target, seen = recorder
    create_rule({"source": [own_source]}, target)
    answer = client("events").put_events(Entries=[entry(own_source, **change), entry(own_source, Detail='{"n": 2}')])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0] == {"ErrorCode": code, "ErrorMessage": message}
    assert [event["detail"] for event in seen(1)] == [{"n": 2}]
    assert seen(1)[0]["id"] == answer["Entries"][1]["EventId"]


def test_an_event_keeps_its_time_and_its_resources(
    client: Client, create_rule: Any, recorder: Any, own_source: str
) -> None:
    target, seen = recorder
    create_rule({"source": [own_source]}, target)
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    client("events").put_events(Entries=[entry(own_source, Time=moment, Resources=["arn:a"])])
    (event,) = seen(1)
    assert (event["time"], event["resources"], event["region"]) == ("2026-01-02T03:04:05Z", ["arn:a"], "us-east-1")


def test_more_than_a_megabyte_is_refused(client: Client, own_source: str) -> None:
    detail = json.dumps({"x": "y" * (1024 * 1024)})
    with pytest.raises(ClientError) as refused:
        client("events").put_events(Entries=[entry(own_source, Detail=detail)])
    message = "Total size of the entries in the request is over the limit."
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": message}


def test_more_than_ten_events_are_refused(client: Client, own_source: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("events").put_events(Entries=[entry(own_source)] * 11)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert "Member must have length less than or equal to 10" in refused.value.response["Error"]["Message"]


def test_a_bus_of_ones_own_has_its_own_rules(client: Client, recorder: Any, own_source: str) -> None:
    target, seen = recorder
    events = client("events")
    events.create_event_bus(Name=own_source)
    for bus in ("default", own_source):
        events.put_rule(Name=own_source, EventBusName=bus, EventPattern=json.dumps({"source": [own_source]}))
        wanted = target | {"Id": "1", "Input": json.dumps(bus)}
        events.put_targets(Rule=own_source, EventBusName=bus, Targets=[wanted])
    events.put_events(Entries=[entry(own_source, EventBusName=own_source)])
    assert seen(1) == [own_source]
    events.put_events(Entries=[entry(own_source)])
    assert seen(2) == [own_source, "default"]
    for bus in ("default", own_source):
        events.remove_targets(Rule=own_source, EventBusName=bus, Ids=["1"])
        events.delete_rule(Name=own_source, EventBusName=bus)
    events.delete_event_bus(Name=own_source)


def test_a_rule_has_five_targets_at_most(client: Client, own_source: str) -> None:
    events = client("events")
    events.put_rule(Name=own_source, EventPattern=json.dumps({"source": [own_source]}))
    events.put_targets(Rule=own_source, Targets=[{"Id": str(n), "Arn": FUNCTION} for n in range(5)])
    events.put_targets(Rule=own_source, Targets=[{"Id": "4", "Arn": FUNCTION}])
    with pytest.raises(ClientError) as refused:
        events.put_targets(Rule=own_source, Targets=[{"Id": "5", "Arn": FUNCTION}])
    assert refused.value.response["Error"]["Code"] == "LimitExceededException"
    with pytest.raises(ClientError) as kept:
        events.delete_rule(Name=own_source)
    assert kept.value.response["Error"]["Message"] == "Rule can't be deleted since it has targets."
    events.remove_targets(Rule=own_source, Ids=[str(n) for n in range(5)])
    events.delete_rule(Name=own_source)


def test_rules_are_listed_by_how_their_names_begin(client: Client, own_source: str) -> None:
    events, names = client("events"), [f"{own_source}.a", f"{own_source}-a"]
    for name in names:
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [own_source]}))
    assert [rule["Name"] for rule in events.list_rules(NamePrefix=f"{own_source}.")["Rules"]] == names[:1]
    with pytest.raises(ClientError) as refused:
        events.list_rules(NamePrefix="*")
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "1 validation error detected: Value '*' at 'namePrefix' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+",
    }
    for name in names:
        events.delete_rule(Name=name)
