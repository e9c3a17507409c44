"""What an alarm's state should be, and why, in CloudWatch's words; no clock, no state.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import ge, gt, le, lt

ALARM, OK, INSUFFICIENT_DATA = "ALARM", "OK", "INSUFFICIENT_DATA"
UNVERIFIED_NEWEST_FIRST = True  # the values in a reason
# The tables of that page show five periods looked at where three are evaluated.
_LOOKED_AT_BESIDES = 2

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (ge, "greater than or equal to"),
    "GreaterThanThreshold": (gt, "greater than"),
    "LessThanThreshold": (lt, "less than"),
    "LessThanOrEqualToThreshold": (le, "less than or equal to"),
}
TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


@dataclass(frozen=True)
class Rule:
    """What an alarm compares, over how many periods, and how many of them must breach (None: all)."""

    comparison: str
    threshold: float
    periods: int
    to_alarm: int | None = None
    missing: str = "missing"

    @property
    def looked_at(self) -> int:
        """Return how many periods an evaluation may look back."""
        return self.periods + _LOOKED_AT_BESIDES

    def breaches(self, value: float) -> bool:
        """Whether a value is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True)
class Point:
    """A period's value."""

    time: float
    value: float


def evaluate(rule: Rule, points: Sequence[Point | None], state: str) -> tuple[str, str]:
    """Return the state that the last periods (oldest first, None where nothing was put) demand, and the reason."""
    there = [point for point in points if point][-rule.periods :]
    breaching = [point for point in there if rule.breaches(point.value)]
    lacking = rule.periods - len(there)
    treated = _TREATED.get(rule.missing)
    if lacking and not treated:
        return _decide_without(rule, there, breaching, state)
    needed = rule.to_alarm or rule.periods
    if len(breaching) >= needed:
        return ALARM, _reason(rule, breaching, alarm=True)
    if treated == "Breaching" and len(breaching) + lacking >= needed:
        return ALARM, _reason(rule, breaching, alarm=True, lacking=lacking)
    return OK, _reason(rule, [point for point in there if point not in breaching], alarm=False, lacking=lacking)


def _decide_without(rule: Rule, there: list[Point], breaching: list[Point], state: str) -> tuple[str, str]:
    """Decide by what is there alone: one value that does not breach speaks against an alarm, none speaks for it."""
    if len(breaching) < min(rule.to_alarm or rule.periods, len(there)):
        return OK, _reason(rule, [point for point in there if point not in breaching], alarm=False)
    if rule.missing == "ignore" and len(breaching) < (rule.to_alarm or rule.periods):
        return state, ""
    if not there:
        unknown = "1 datapoint was" if rule.periods == 1 else f"{rule.periods} datapoints were"
        return INSUFFICIENT_DATA, f"Insufficient Data: {unknown} unknown."
    return ALARM, _reason(rule, breaching, alarm=True)


def _reason(rule: Rule, shown: list[Point], *, alarm: bool, lacking: int = 0) -> str:
    clauses = []
    if shown:
        in_order = reversed(shown) if UNVERIFIED_NEWEST_FIRST else shown
        listed = ", ".join(f"{p.value} ({_moment(p.time)})" for p in in_order)
        counted = f"{len(shown)} datapoint{'s' if len(shown) > 1 else ''}"
        if rule.to_alarm:
            counted = f"{len(shown)} out of the last {rule.periods} datapoints"
        verb = f"{'were' if len(shown) > 1 else 'was'}{'' if alarm else ' not'}"
        clauses.append(
            f"{counted} [{listed}] {verb} {COMPARISONS[rule.comparison][1]} the threshold ({rule.threshold})"
        )
    elif lacking:
        clauses.append(f"no datapoints were received for {lacking} period{'s' if lacking > 1 else ''}")
    if lacking:
        were = "datapoints were" if lacking > 1 else "datapoint was"
        clauses.append(f"{lacking} missing {were} treated as [{_TREATED[rule.missing]}]")
    return f"Threshold Crossed: {' and '.join(clauses)}{_minimum(rule, alarm) if shown else ''}."


def _minimum(rule: Rule, alarm: bool) -> str:
    if not rule.to_alarm:
        return ""
    least = rule.to_alarm if alarm else rule.periods - rule.to_alarm + 1
    way = "OK -> ALARM" if alarm else "ALARM -> OK"
    return f" (minimum {least} datapoint{'s' if least > 1 else ''} for {way} transition)"


def _moment(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%d/%m/%y %H:%M:%S")
