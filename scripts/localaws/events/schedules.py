"""Rules that fire by the clock: rate() and cron(), in UTC.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import re
import threading
from datetime import UTC, datetime
from typing import Any

from aws_croniter import AwsCroniter
from moto.core import DEFAULT_ACCOUNT_ID
from moto.events.models import Rule, events_backends

from localaws.clock import clock
from localaws.events import bus
from localaws.events.engine import deliver_to_targets
from localaws.timetable import Timetable

_RATE = re.compile(r"rate\((?:1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)")
_CRON = re.compile(r"cron\((.*)\)")
_SECONDS = {"minute": 60, "hour": 60 * 60, "day": 24 * 60 * 60}
_due: dict[Rule, float] = {}  # when each enabled rule fires next
_planning = threading.Lock()


def next_time(expression: str, after: float) -> float | None:
    """Return when a schedule fires next, or None when it never does again.

    A rate counts from ``after``. Raises ValueError for an expression that is none.
    """
    if rate := _RATE.fullmatch(expression):
        number, unit = (1, rate[1]) if rate[1] else (int(rate[2]), rate[3].removesuffix("s"))
        return after + number * _SECONDS[unit]
    if cron := _CRON.fullmatch(expression):
        moment = AwsCroniter(cron[1]).get_next(datetime.fromtimestamp(after, UTC), 1)[0]
        return moment.timestamp() if moment else None
    raise ValueError(expression)


def plan() -> None:
    """See which rules are enabled now: a rate counts from this moment, not from when a thread gets to it."""
    with _planning:
        _plan(clock.now())
    timetable.look_again()


def _plan(now: float) -> None:
    enabled = {
        rule
        for backend in list(events_backends[DEFAULT_ACCOUNT_ID].values())
        for rule in list(backend.event_buses["default"].rules.values())
        if rule.scheduled_expression and rule.state == "ENABLED"
    }
    for rule in _due.keys() - enabled:
        del _due[rule]
    for rule in enabled - _due.keys():
        _due[rule] = _next(rule, now)


def _fire(now: float) -> float | None:
    """Fire what is due, once each: what was missed while the machine slept is not made up for."""
    with _planning:
        _plan(now)
        due = {rule: moment for rule, moment in _due.items() if moment <= now}
        for rule in due:
            _due[rule] = _next(rule, now)
        following = min(_due.values(), default=None)
    for rule, moment in due.items():
        deliver_to_targets(rule, _event(rule, moment))
    return following


def _next(rule: Rule, now: float) -> float:
    return next_time(rule.scheduled_expression, now) or float("inf")


def _event(rule: Rule, due: float) -> dict[str, Any]:
    time = datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return bus.event_of(
        rule.account_id, rule.region_name, "aws.events", "Scheduled Event", time=time, resources=[rule.arn]
    )


timetable = Timetable("event-schedules", _fire)
