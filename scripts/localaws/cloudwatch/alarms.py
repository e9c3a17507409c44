"""Alarms at work: looked at by the clock, their transitions told to topics, EventBridge and the history."""

import json
import logging
import math
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.awslambda.models import lambda_backends
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException

from localaws import regions
from localaws.awslambda.asynchronous import invoke_later
from localaws.clock import clock, durations
from localaws.cloudwatch.evaluation import INSUFFICIENT_DATA, Point, Rule, evaluate
from localaws.cloudwatch.metrics import now
from localaws.cloudwatch.statistics import Metric, Period, periods
from localaws.events import bus
from localaws.gate.decision import DeniedError, authorize_service
from localaws.sns.engine import publish_for_service
from localaws.timetable import Timetable

_log = logging.getLogger(__name__)
_CLOUDWATCH, _TO_FUNCTIONS = "cloudwatch.amazonaws.com", "lambda.alarms.cloudwatch.amazonaws.com"
_HISTORY_KEPT = 10_000


@dataclass(frozen=True)
class HistoryItem:
    """Something that happened to an alarm (botocore AlarmHistoryItem)."""

    alarm_name: str
    history_item_type: str
    history_summary: str
    history_data: str
    timestamp: datetime
    region: str
    alarm_type: str = "MetricAlarm"


history: deque[HistoryItem] = deque(maxlen=_HISTORY_KEPT)  # newest first


def remember(alarm: Alarm, kind: str, summary: str, **data: Any) -> None:
    """Add to the history of an alarm, which outlives it."""
    text = json.dumps({"version": "1.0"} | data)
    history.appendleft(HistoryItem(alarm.name, kind, summary, text, now(), alarm.region_name))


def transition(alarm: Alarm, state: str, reason: str, reason_data: str | None) -> None:
    """Bring an alarm into a state, and tell everyone if it is another one than before."""
    before = _state_of(alarm)
    alarm.state_value, alarm.state_reason, alarm.state_reason_data = state, reason, reason_data
    alarm.state_updated_timestamp = now()
    if before["value"] == state:
        return
    alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
    summary = f"Alarm updated from {before['value']} to {state}"
    remember(alarm, "StateUpdate", summary, oldState=_remembered(before), newState=_remembered(_state_of(alarm)))
    _tell_eventbridge(alarm, before)
    actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(state, alarm.insufficient_data_actions)
    for action in actions if alarm.actions_enabled else ():
        _act(alarm, action, before)


def _look(_: float) -> float | None:
    """Evaluate every alarm; return when to look again."""
    found = False
    for backend in list(cloudwatch_backends[DEFAULT_ACCOUNT_ID].values()):
        for alarm in list(backend.alarms.values()):
            found = True
            _evaluate(backend, alarm)
    return clock.now() + durations.alarm_evaluation if found else None


def _evaluate(backend: CloudWatchBackend, alarm: Alarm) -> None:
    rule = rule_of(alarm)
    looked_at = _last_periods(backend, alarm, rule.looked_at)
    statistic = alarm.statistic or alarm.extended_statistic
    points = [Point(each.start, each.value(statistic)) if isinstance(each, Period) else None for each in looked_at]
    state, reason = evaluate(rule, points, alarm.state_value)
    if state != alarm.state_value:
        transition(alarm, state, reason, _reason_data(alarm, looked_at[-rule.periods :]))


def rule_of(alarm: Alarm) -> Rule:
    """Return what an alarm compares."""
    return Rule(
        alarm.comparison_operator,
        float(alarm.threshold),
        int(alarm.evaluation_periods),
        int(alarm.datapoints_to_alarm) if alarm.datapoints_to_alarm else None,
        alarm.treat_missing_data or "missing",
    )


def _last_periods(backend: CloudWatchBackend, alarm: Alarm, count: int) -> list[Period | float]:
    """Return the last periods, oldest first: with their data, or when they began.

    The one that still runs is one of them if it has data.
    """
    length = int(alarm.period)
    running = math.floor(clock.now() / length) * length
    dimensions = frozenset((each.name, each.value) for each in alarm.dimensions)
    metric = Metric(alarm.namespace, alarm.metric_name, dimensions, alarm.unit)
    with_data = {
        each.start: each
        for each in periods(list(backend.metric_data), metric, length, running - count * length, running + length)
    }
    last = running if running in with_data else running - length
    starts = [last - back * length for back in reversed(range(count))]
    return [with_data.get(start, float(start)) for start in starts]


def _reason_data(alarm: Alarm, evaluated: list[Period | float]) -> str:
    statistic = alarm.statistic or alarm.extended_statistic
    there = [each for each in evaluated if isinstance(each, Period)]
    data: dict[str, Any] = {"version": "1.0", "queryDate": _text(now())}
    if there:
        data["startDate"] = _text(_at(there[0].start))
    if alarm.unit:
        data["unit"] = alarm.unit
    return json.dumps(
        data
        | {
            "statistic": statistic,
            "period": int(alarm.period),
            "recentDatapoints": [each.value(statistic) for each in there],
            "threshold": float(alarm.threshold),
            "evaluatedDatapoints": [_evaluated(each, statistic) for each in reversed(evaluated)],
        }
    )


def _evaluated(period: Period | float, statistic: str) -> dict[str, Any]:
    if not isinstance(period, Period):
        return {"timestamp": _text(_at(period))}
    return {"timestamp": _text(_at(period.start)), "sampleCount": period.count, "value": period.value(statistic)}


def _act(alarm: Alarm, action: str, before: dict[str, Any]) -> None:
    try:
        _ACTIONS[action.split(":")[2]](alarm, action, before)
    except (DeniedError, ServiceException) as error:
        _log.warning("alarm %s could not reach %s: %s", alarm.name, action, error)
        remember(alarm, "Action", f"Failed to execute action {action}", actionState="Failed", error=str(error))
    else:
        remember(
            alarm,
            "Action",
            f"Successfully executed action {action}",
            actionState="Succeeded",
            stateUpdateTimestamp=int(clock.now() * 1000),
        )


def _notify(alarm: Alarm, topic_arn: str, before: dict[str, Any]) -> None:
    subject = f'{alarm.state_value}: "{alarm.name}" in {regions.names()[alarm.region_name]}'
    # The topic's default policy knows its own account by aws:SourceOwner alone.
    publish_for_service(
        _CLOUDWATCH,
        topic_arn,
        json.dumps(_message(alarm, before["value"])),
        source_arn=alarm.alarm_arn,
        subject=subject[:100],
        sourceowner=DEFAULT_ACCOUNT_ID,
    )


def _invoke(alarm: Alarm, function_arn: str, before: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html"""
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.alarm_arn,
        "accountId": DEFAULT_ACCOUNT_ID,
        "time": _text(alarm.state_updated_timestamp),
        "region": alarm.region_name,
        "alarmData": _detail(alarm, before),
    }
    function = lambda_backends[DEFAULT_ACCOUNT_ID][function_arn.split(":")[3]].get_function(function_arn)
    authorize_service(_TO_FUNCTIONS, "lambda:InvokeFunction", function_arn, alarm.alarm_arn)
    invoke_later(function, json.dumps(event), invoked_arn=function_arn)


_ACTIONS = {"lambda": _invoke, "sns": _notify}


def _message(alarm: Alarm, before: str) -> dict[str, Any]:
    trigger: dict[str, Any] = {"MetricName": alarm.metric_name, "Namespace": alarm.namespace}
    if alarm.statistic:
        trigger |= {"StatisticType": "Statistic", "Statistic": _SHOUTED[alarm.statistic]}
    else:
        trigger |= {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm.extended_statistic}
    trigger |= {
        "Unit": alarm.unit,
        "Dimensions": [{"value": each.value, "name": each.name} for each in alarm.dimensions],
        "Period": int(alarm.period),
        "EvaluationPeriods": int(alarm.evaluation_periods),
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": float(alarm.threshold),
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": "",
    }
    if alarm.datapoints_to_alarm:
        trigger["DatapointsToAlarm"] = int(alarm.datapoints_to_alarm)
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": DEFAULT_ACCOUNT_ID,
        "AlarmConfigurationUpdatedTimestamp": _text(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _text(alarm.state_updated_timestamp),
        "Region": regions.names()[alarm.region_name],
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": trigger,
    }


_SHOUTED = {
    "SampleCount": "SAMPLE_COUNT",
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
}


def _tell_eventbridge(alarm: Alarm, before: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    event = bus.event_of(
        DEFAULT_ACCOUNT_ID,
        alarm.region_name,
        "aws.cloudwatch",
        "CloudWatch Alarm State Change",
        resources=[alarm.alarm_arn],
        detail=_detail(alarm, before),
    )
    bus.put(event)


def _detail(alarm: Alarm, before: dict[str, Any]) -> dict[str, Any]:
    metric = {
        "namespace": alarm.namespace,
        "name": alarm.metric_name,
        "dimensions": {each.name: each.value for each in alarm.dimensions},
    }
    stat = {"metric": metric, "period": int(alarm.period), "stat": alarm.statistic or alarm.extended_statistic}
    configuration: dict[str, Any] = {"metrics": [{"id": str(uuid4()), "metricStat": stat, "returnData": True}]}
    if alarm.description:
        configuration["description"] = alarm.description
    return {
        "alarmName": alarm.name,
        "state": _state_of(alarm),
        "previousState": before,
        "configuration": configuration,
    }


def _state_of(alarm: Alarm) -> dict[str, Any]:
    state = {
        "value": alarm.state_value,
        "reason": alarm.state_reason,
        "timestamp": _text(alarm.state_updated_timestamp),
    }
    return state | ({"reasonData": alarm.state_reason_data} if alarm.state_reason_data else {})


def _remembered(state: dict[str, Any]) -> dict[str, Any]:
    kept = {"stateValue": state["value"], "stateReason": state["reason"]}
    return kept | ({"stateReasonData": json.loads(state["reasonData"])} if "reasonData" in state else {})


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)  # as moto keeps times


def _text(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds')}+0000"


timetable = Timetable("alarms", _look)
UNCHECKED = ("Unchecked: Initial alarm creation", INSUFFICIENT_DATA)
