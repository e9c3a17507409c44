"""EventBridge's API where moto's differs: rules and targets that could never be served are refused."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.events.models import EventPattern
from moto.events.responses import EventsHandler

from localaws import constraints
from localaws.events import bus, patterns, schedules
from localaws.events.targets import check_target

_TARGETS_OF_A_RULE = 5  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
# botocore TestEventPattern: what an event must have.
_OF_EVERY_EVENT = {"id", "account", "source", "time", "region", "resources", "detail-type"}
_LARGEST_PUT = 1024 * 1024  # since 2026; until then 256 KB


class ValidationException(ServiceException):
    """A request that is refused."""

    code = "ValidationException"


class LimitExceededException(ServiceException):
    """More than EventBridge keeps."""

    code = "LimitExceededException"
    message = "The requested resource exceeds the maximum number allowed."


class RulesResponse(EventsHandler):
    """moto's EventBridge with targets that are reached and schedules that fire."""

    def put_rule(self) -> tuple[str, dict[str, Any]]:
        """Create or change a rule, whose pattern and schedule are checked."""
        constraints.check("events", "PutRule", json.loads(self.body))
        if pattern := self._get_param("EventPattern"):
            patterns.check(pattern)
        if expression := self._get_param("ScheduleExpression"):
            try:
                schedules.next_time(expression, 0)
            except ValueError:
                raise ValidationException("Parameter ScheduleExpression is not valid.") from None
        return self._planned(super().put_rule())

    def enable_rule(self) -> tuple[str, dict[str, Any]]:
        """Let a rule match and fire."""
        return self._planned(super().enable_rule())

    def disable_rule(self) -> tuple[str, dict[str, Any]]:
        """Keep a rule from matching and firing."""
        return self._planned(super().disable_rule())

    def delete_rule(self) -> tuple[str, dict[str, Any]]:
        """Delete a rule that has no targets."""
        return self._planned(super().delete_rule())

    def list_rules(self) -> str:
        """List the rules whose names begin so (moto: whose names match)."""
        given = json.loads(self.body)
        constraints.check("events", "ListRules", given)
        rules, token = self.events_backend.list_rules(
            prefix=re.escape(given.get("NamePrefix", "")),
            event_bus_arn=given.get("EventBusName"),
            next_token=given.get("NextToken"),
            limit=given.get("Limit"),
        )
        return json.dumps({"Rules": [rule.describe() for rule in rules], "NextToken": token})

    def put_targets(self) -> tuple[str, dict[str, Any]]:
        """Add targets to a rule, once each of them could be served."""
        targets = self._get_param("Targets")
        for target in targets:
            check_target(target)
        rule = self.events_backend.describe_rule(self._get_param("Rule"), self._get_param("EventBusName"))
        if len({each["Id"] for each in (*rule.targets, *targets)}) > _TARGETS_OF_A_RULE:
            raise LimitExceededException
        return super().put_targets()  # type: ignore[no-any-return]

    def put_events(self) -> str:
        """Put each event that is valid on its bus; what is wrong with the others is said one by one."""
        entries = self._get_param("Entries")
        constraints.check("events", "PutEvents", {"Entries": entries})
        if sum(_size(entry) for entry in entries) > _LARGEST_PUT:
            raise ValidationException("Total size of the entries in the request is over the limit.")
        answers = [self._put(entry) for entry in entries]
        failed = sum("ErrorCode" in answer for answer in answers)
        return json.dumps({"FailedEntryCount": failed, "Entries": answers})

    def test_event_pattern(self) -> str:
        """Say whether a pattern matches an event, which must be complete."""
        patterns.check(self._get_param("EventPattern"))
        try:
            event = json.loads(self._get_param("Event"))
        except ValueError:
            event = None
        if not isinstance(event, dict) or not event.keys() >= _OF_EVERY_EVENT:
            raise ValidationException("Parameter Event is not valid.")
        return json.dumps({"Result": EventPattern.load(self._get_param("EventPattern")).matches_event(event)})

    def _put(self, entry: dict[str, Any]) -> dict[str, str]:
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
        if entry["Source"].startswith("aws."):
            code = "NotAuthorizedForSourceException"
            return {"ErrorCode": code, "ErrorMessage": "Not authorized for the source."}
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        event = bus.event_of(
            self.current_account,
            self.region,
            entry["Source"],
            entry["DetailType"],
            resources=entry.get("Resources", []),
            detail=detail,
            **_time_of(entry),
        )
        bus.put(event, (entry.get("EventBusName") or "default").rpartition("/")[2])
        return {"EventId": event["id"]}

    def _planned(self, answer: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        schedules.plan()
        return answer


def _time_of(entry: dict[str, Any]) -> dict[str, str]:
    if "Time" not in entry:
        return {}
    return {"time": datetime.fromtimestamp(entry["Time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _size(entry: dict[str, Any]) -> int:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html"""
    texts = [entry.get("Source", ""), entry.get("DetailType", ""), entry.get("Detail", ""), *entry.get("Resources", [])]
    return sum(len(text.encode()) for text in texts) + (14 if "Time" in entry else 0)
