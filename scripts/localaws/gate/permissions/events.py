"""EventBridge: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html"""

from collections.abc import Iterator

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Need, Row, Table, nothing, rows

_ANY = "{ResourceARN}"


def _bus(given: str | None) -> str:
    """Return a bus's name, which may be given as its ARN."""
    return (given or "default").rpartition("event-bus/")[2]


def _buses(call: Call) -> list[str]:
    return [f"event-bus/{_bus(call.parameters.get('Name'))}"]


def _rule(call: Call) -> list[str]:
    """Return a rule; on the default bus its ARN leaves the bus out."""
    name = call.parameters.get("Name") or call.parameters["Rule"]
    bus = _bus(call.parameters.get("EventBusName"))
    return [f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}"]


def _put_events(call: Call) -> Iterator[Need]:
    for entry in call.parameters.get("Entries", []):
        keys = {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}
        given = {key: value for key, value in keys.items() if value}
        yield Need("events:PutEvents", call.arn(f"event-bus/{_bus(entry.get('EventBusName'))}"), given)


TABLE: Table = {
    "PutRule": Row(
        _rule,
        tags="Tags",
        # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html, Tags
        tagging="events:TagResource",
        passes=("RoleArn",),
    ),
    "PutTargets": Row(_rule, keys={"events:targetarn": "Targets.Arn"}, passes=("Targets.RoleArn",)),
    **rows(_rule, "DeleteRule", "DescribeRule", "DisableRule", "EnableRule", "ListTargetsByRule", "RemoveTargets"),
    "PutEvents": Row(nothing, also=_put_events),
    **rows("*", "ListEventBuses", "ListRuleNamesByTarget", "ListRules", "TestEventPattern"),
    "CreateEventBus": Row(_buses, tags="Tags", tagging="events:TagResource"),
    **rows(_buses, "DeleteEventBus", "DescribeEventBus"),
    "ListTagsForResource": Row(_ANY),
    "TagResource": Row(_ANY, tags="Tags"),
    "UntagResource": Row(_ANY, keys={"aws:tagkeys": "TagKeys"}),
}
