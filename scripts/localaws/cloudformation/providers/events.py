"""EventBridge's rules."""

import json
from typing import Any

from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.providers.base import Provider, Work, given, tags_of

_NAME_LIMIT = 64


class Rule(Provider):
    """AWS::Events::Rule with its targets, which EventBridge keeps apart."""

    type = "AWS::Events::Rule"
    effective = (
        "Description",
        "EventBusName",
        "EventPattern",
        "Name",
        "RoleArn",
        "ScheduleExpression",
        "State",
        "Tags",
        "Targets",
    )
    attribute_names = ("Arn",)
    name_property = "Name"

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        name = properties.get("Name") or work.generated_name(_NAME_LIMIT)
        # PutRule would change an existing rule, whoever it belongs to.
        if "Name" in properties and _exists(work.client("events"), name, given(properties, "EventBusName")):
            raise ResourceError(f"{name} already exists")
        self._put(work, name, properties, given(properties, "Tags"))
        work.identified(name)
        self._put_targets(work, name, {}, properties)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        self._put(work, physical_id, new, {})
        self._put_targets(work, physical_id, old, new)
        events, arn = work.client("events"), self.attributes(work, physical_id, new)["Arn"]
        if gone := tags_of(old).keys() - tags_of(new).keys():
            events.untag_resource(ResourceARN=arn, TagKeys=sorted(gone))
        if tags_of(old) != tags_of(new) and "Tags" in new:
            events.tag_resource(ResourceARN=arn, Tags=new["Tags"])

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        self._put_targets(work, physical_id, properties, {})
        work.client("events").delete_rule(Name=physical_id, **given(properties, "EventBusName"))

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        bus = given(properties, "EventBusName")
        return {"Arn": work.client("events").describe_rule(Name=physical_id, **bus)["Arn"]}

    def _put(self, work: Work, name: str, properties: dict[str, Any], tags: dict[str, Any]) -> None:
        pattern = properties.get("EventPattern")
        work.client("events").put_rule(
            Name=name,
            **given(properties, "Description", "EventBusName", "RoleArn", "ScheduleExpression", "State"),
            **({"EventPattern": pattern if isinstance(pattern, str) else json.dumps(pattern)} if pattern else {}),
            **tags,
        )

    def _put_targets(self, work: Work, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        events, bus = work.client("events"), given(new or old, "EventBusName")
        wanted = new.get("Targets", [])
        kept = {target["Id"] for target in wanted}
        if wanted:
            _check(events.put_targets(Rule=name, Targets=wanted, **bus))
        if gone := [target["Id"] for target in old.get("Targets", []) if target["Id"] not in kept]:
            _check(events.remove_targets(Rule=name, Ids=gone, **bus))


def _exists(events: Any, name: str, bus: dict[str, str]) -> bool:
    rules = events.list_rules(NamePrefix=name, **bus)["Rules"]
    return any(rule["Name"] == name for rule in rules)


def _check(answer: dict[str, Any]) -> None:
    """Raise for the targets that EventBridge refused, which it does with a successful answer."""
    for failed in answer.get("FailedEntries", []):
        raise ResourceError(f"Target {failed['TargetId']}: {failed['ErrorMessage']} ({failed['ErrorCode']})")
