"""CloudWatch's API where moto's differs: alarms that are evaluated, and statistics of exactly one metric."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Alarm
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from localaws.cloudwatch import alarms
from localaws.cloudwatch.errors import (
    InvalidFormatFault,
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    ResourceNotFoundException,
    ValidationError,
)
from localaws.cloudwatch.evaluation import ALARM, COMPARISONS, INSUFFICIENT_DATA, OK, TREATMENTS
from localaws.cloudwatch.metrics import now
from localaws.cloudwatch.statistics import STATISTICS, Metric, first_moment, is_percentile, periods

_REFUSED = ("Metrics", "ThresholdMetricId", "EvaluateLowSampleCountPercentile", "EvaluationCriteria")
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_MOST_ACTIONS = 5
_ACTION = re.compile(r"arn:[\w-]+:(sns:[\w-]+:\d{12}:[\w-]+|lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w-]+)?)")
_MOST_DATA, _MOST_DIMENSIONS, _MOST_POINTS = 1000, 30, 1440  # botocore PutMetricData, Dimensions, GetMetricStatistics
_OLDEST, _NEWEST = 14 * 24 * 60 * 60, 2 * 60 * 60  # seconds from now that a datum may be of
_PAGE_OF_METRICS = 500  # botocore ListMetrics
_PAGE = 100  # botocore: the most that DescribeAlarms and DescribeAlarmHistory return at once

# The words of what botocore's model or the API's pages forbid.
UNVERIFIED_NO_ALARMS = "Alarms [{names}] do not exist"
UNVERIFIED_MISSING = "The parameter {name} is required."
UNVERIFIED_STATISTICS = "Exactly one of Statistic and ExtendedStatistic must be specified."
UNVERIFIED_PERIOD = "Period must be 10, 20, 30 or a multiple of 60"
UNVERIFIED_DATAPOINTS = "DatapointsToAlarm must be less than or equal to EvaluationPeriods."
UNVERIFIED_ACTIONS = "{name} has {count} actions; the most is {most}."


class AlarmsResponse(CloudWatchResponse):
    """moto's CloudWatch with alarms that work."""

    def put_metric_alarm(self) -> ActionResult:
        """Create an alarm, or change one, which keeps its state."""
        request = self._get_params()
        _check_alarm(request)
        before = self.cloudwatch_backend.alarms.get(request["AlarmName"])
        super().put_metric_alarm()
        alarm = self.cloudwatch_backend.alarms[request["AlarmName"]]
        _adopt(alarm, before)
        alarms.remember(
            alarm,
            "ConfigurationUpdate",
            f'Alarm "{alarm.name}" {"updated" if before else "created"}',
            type="Update" if before else "Create",
        )
        alarms.timetable.look_again()
        return EmptyResult()

    def delete_alarms(self) -> ActionResult:
        """Delete alarms; their history stays."""
        names = self._get_param("AlarmNames", [])
        if missing := [name for name in names if name not in self.cloudwatch_backend.alarms]:
            raise ResourceNotFoundException(UNVERIFIED_NO_ALARMS.format(names=", ".join(missing)))
        for name in names:
            alarms.remember(
                self.cloudwatch_backend.alarms[name], "ConfigurationUpdate", f'Alarm "{name}" deleted', type="Delete"
            )
        return super().delete_alarms()

    def set_alarm_state(self) -> ActionResult:
        """Bring an alarm into a state for now: its next evaluation may bring it back."""
        state, data = self._get_param("StateValue"), self._get_param("StateReasonData")
        _check_choice("stateValue", state, (INSUFFICIENT_DATA, ALARM, OK))
        alarm = self.cloudwatch_backend.alarms.get(self._get_param("AlarmName"))
        if alarm is None:
            raise ResourceNotFoundException
        if data is not None:
            _check_json(data)
        alarms.transition(alarm, state, self._get_param("StateReason"), data)
        return EmptyResult()

    def describe_alarms(self) -> ActionResult:
        """Return a page of the alarms that meet every wish."""
        wishes = self._get_params()
        found = [alarm for alarm in self.cloudwatch_backend.alarms.values() if _is_wished(alarm, wishes)]
        if "MetricAlarm" not in wishes.get("AlarmTypes", ["MetricAlarm"]):
            found = []
        page, token = self._page(sorted(found, key=lambda alarm: alarm.name))
        return ActionResult({"MetricAlarms": page, "CompositeAlarms": []} | token)

    def describe_alarms_for_metric(self) -> ActionResult:
        """Return the alarms on exactly this metric."""
        request = self._get_params()
        wanted = Metric.of(request)
        found = [
            alarm
            for alarm in self.cloudwatch_backend.alarms.values()
            if Metric(alarm.namespace, alarm.metric_name, frozenset((d.name, d.value) for d in alarm.dimensions))
            == wanted
            and request.get("Statistic") in (None, alarm.statistic)
            and request.get("Period") in (None, alarm.period)
        ]
        return ActionResult({"MetricAlarms": found})

    def describe_alarm_history(self) -> ActionResult:
        """Return a page of what happened to alarms, the newest first unless asked otherwise."""
        wishes = self._get_params()
        found = [
            item
            for item in alarms.history
            if item.region == self.region
            and wishes.get("AlarmName") in (None, item.alarm_name)
            and wishes.get("HistoryItemType") in (None, item.history_item_type)
            and ("StartDate" not in wishes or item.timestamp >= wishes["StartDate"])
            and ("EndDate" not in wishes or item.timestamp <= wishes["EndDate"])
        ]
        if wishes.get("ScanBy") == "TimestampAscending":
            found.reverse()
        page, token = self._page(found)
        return ActionResult({"AlarmHistoryItems": page} | token)

    def put_metric_data(self) -> ActionResult:
        """Put data points into a namespace of one's own."""
        namespace = self._get_param("Namespace")
        if namespace.startswith("AWS/"):
            raise InvalidParameterValueException(f"The value {namespace} for parameter Namespace is invalid.")
        given = self._get_param("MetricData", [])
        _check_size("MetricData", given, _MOST_DATA)
        for number, datum in enumerate(given, start=1):
            _check_size(f"MetricData.member.{number}.Dimensions", datum.get("Dimensions", []), _MOST_DIMENSIONS)
            if not {"Value", "Values", "StatisticValues"} & datum.keys():
                raise InvalidParameterCombinationException("At least one of the parameters must be specified.")
        _check_times(given)
        data = [{"Timestamp": now()} | datum for datum in given]
        self.cloudwatch_backend.put_metric_data(namespace, data)
        if self.cloudwatch_backend.alarms:
            alarms.timetable.look_again()
        return EmptyResult()

    def get_metric_statistics(self) -> ActionResult:
        """Return statistics of exactly this metric, by periods that begin at their multiples."""
        request = self._get_params()
        wanted = [*request.get("Statistics", []), *request.get("ExtendedStatistics", [])]
        if not wanted:
            raise InvalidParameterCombinationException("Must specify either Statistics or ExtendedStatistics")
        for statistic in wanted:
            _check_statistic(statistic)
        start, end = _seconds(request["StartTime"]), _seconds(request["EndTime"])
        if start >= end:
            message = "The parameter StartTime must be less than the parameter EndTime."
            raise InvalidParameterValueException(message)
        _check_period(request["Period"], end - start)
        metric = Metric.of(request, request.get("Unit"))
        points, length = [], request["Period"]
        first = first_moment(start, length)
        for period in periods(list(self.cloudwatch_backend.metric_data), metric, length, first, end):
            point: dict[str, Any] = {"Timestamp": datetime.fromtimestamp(period.start, UTC), "Unit": period.unit}
            point |= {name: period.value(name) for name in request.get("Statistics", [])}
            if extended := request.get("ExtendedStatistics"):
                point["ExtendedStatistics"] = {name: period.value(name) for name in extended}
            points.append(point)
        return ActionResult({"Label": request["MetricName"], "Datapoints": points})

    def list_metrics(self) -> ActionResult:
        """Return a page of metrics, each of them once (moto: once a data point)."""
        request = self._get_params()
        found = self.cloudwatch_backend.get_filtered_metrics(
            request.get("MetricName"), request.get("Namespace"), request.get("Dimensions", [])
        )
        metrics = {
            (datum.namespace, datum.name, tuple(sorted((each.name, each.value) for each in datum.dimensions))): datum
            for datum in found
        }
        page, token = self._page([metrics[key] for key in sorted(metrics)], _PAGE_OF_METRICS)
        return ActionResult({"Metrics": page} | token)

    def get_metric_data(self) -> ActionResult:
        """Return statistics of several metrics."""
        request = self._get_params()
        start, end = _seconds(request["StartTime"]), _seconds(request["EndTime"])
        if start >= end:
            raise ValidationError("The parameter EndTime must be greater than StartTime.")
        results = [self._result(query, start, end) for query in request["MetricDataQueries"]]
        if request.get("ScanBy") != "TimestampAscending":
            for result in results:
                result["Timestamps"].reverse()
                result["Values"].reverse()
        return ActionResult({"MetricDataResults": results})

    def _result(self, query: dict[str, Any], start: float, end: float) -> dict[str, Any]:
        if "MetricStat" not in query:
            raise ValidationError(f"Local AWS does not compute the expression of {query['Id']}: give it a MetricStat.")
        stat = query["MetricStat"]
        _check_statistic(stat["Stat"])
        _check_length(stat["Period"])
        metric = Metric.of(stat["Metric"], stat.get("Unit"))
        length = stat["Period"]
        found = periods(list(self.cloudwatch_backend.metric_data), metric, length, first_moment(start, length), end)
        return {
            "Id": query["Id"],
            "Label": query.get("Label") or f"{metric.name}",
            "Timestamps": [datetime.fromtimestamp(each.start, UTC) for each in found],
            "Values": [each.value(stat["Stat"]) for each in found],
            "StatusCode": "Complete",
        }

    def _page(self, found: list[Any], most: int = _PAGE) -> tuple[list[Any], dict[str, str]]:
        start, size = int(self._get_param("NextToken") or 0), self._get_param("MaxRecords") or most
        more = {"NextToken": str(start + size)} if start + size < len(found) else {}
        return found[start : start + size], more


def _adopt(alarm: Alarm, before: Alarm | None) -> None:
    """Give a new alarm the state of the one that it replaces, or that of an alarm which was never looked at."""
    alarm.metric_data_queries = None
    alarm.state_reason, alarm.state_value = alarms.UNCHECKED
    alarm.state_reason_data, alarm.state_transitioned_timestamp = None, alarm.state_updated_timestamp
    if before:
        for name in ("value", "reason", "reason_data", "updated_timestamp", "transitioned_timestamp"):
            setattr(alarm, f"state_{name}", getattr(before, f"state_{name}"))


def _is_wished(alarm: Alarm, wishes: dict[str, Any]) -> bool:
    actions = (*alarm.alarm_actions, *alarm.ok_actions, *alarm.insufficient_data_actions)
    return (
        ("AlarmNames" not in wishes or alarm.name in wishes["AlarmNames"])
        and alarm.name.startswith(wishes.get("AlarmNamePrefix") or "")
        and wishes.get("StateValue") in (None, alarm.state_value)
        and ("ActionPrefix" not in wishes or any(each.startswith(wishes["ActionPrefix"]) for each in actions))
    )


def _check_alarm(request: dict[str, Any]) -> None:
    if refused := [name for name in _REFUSED if request.get(name)]:
        raise ValidationError(f"Local AWS does not support these of an alarm: {', '.join(refused)}.")
    for name in ("MetricName", "Namespace", "Period", "Threshold", "ComparisonOperator", "EvaluationPeriods"):
        if request.get(name) is None:
            raise ValidationError(UNVERIFIED_MISSING.format(name=name))
    if bool(request.get("Statistic")) == bool(request.get("ExtendedStatistic")):
        raise ValidationError(UNVERIFIED_STATISTICS)
    _check_statistic(request.get("Statistic") or request["ExtendedStatistic"])
    _check_choice("comparisonOperator", request["ComparisonOperator"], tuple(COMPARISONS))
    if (treatment := request.get("TreatMissingData")) not in (None, *TREATMENTS):
        raise ValidationError(
            f"Option {treatment} is not supported. Supported options for parameter TreatMissingData are"
            " breaching, notBreaching, ignore and missing."
        )
    if request["Period"] not in (10, 20, 30) and request["Period"] % 60:
        raise ValidationError(UNVERIFIED_PERIOD)
    if (request.get("DatapointsToAlarm") or 0) > request["EvaluationPeriods"]:
        raise ValidationError(UNVERIFIED_DATAPOINTS)
    for name in _ACTIONS:
        _check_actions(name, request.get(name) or [])


def _check_actions(name: str, actions: list[str]) -> None:
    if len(actions) > _MOST_ACTIONS:
        raise ValidationError(UNVERIFIED_ACTIONS.format(name=name, count=len(actions), most=_MOST_ACTIONS))
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise ValidationError(f"Invalid arn syntax: {action} (local AWS's alarms tell topics and functions alone)")


def _check_size(name: str, given: list[Any], most: int) -> None:
    if len(given) > most:
        raise ValidationError(f"The collection {name} must not have a size greater than {most}.")


def _check_times(given: list[dict[str, Any]]) -> None:
    """Raise InvalidParameterValueException for data of too long ago, or of the future.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html; the words, a line a datum:
    https://github.com/aws-robotics/cloudwatchmetrics-ros1/issues/46
    """
    at = _seconds(now())
    wrong = [
        f"The parameter MetricData.member.{number}.Timestamp must specify a time within the past two weeks."
        for number, datum in enumerate(given, start=1)
        if "Timestamp" in datum and not at - _OLDEST <= _seconds(datum["Timestamp"]) <= at + _NEWEST
    ]
    if wrong:
        raise InvalidParameterValueException("\n".join(wrong))


def _check_period(period: int, seconds: float) -> None:
    _check_length(period)
    if (points := int(seconds // period)) > _MOST_POINTS:
        raise InvalidParameterCombinationException(
            f"You have requested up to {points:,} datapoints, which exceeds the limit of {_MOST_POINTS:,}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range."
        )


def _check_length(period: int) -> None:
    if period < 1:
        raise ValidationError(
            f"1 validation error detected: Value '{period}' at 'period' failed to satisfy constraint:"
            " Member must have value greater than or equal to 1"
        )
    if period not in (1, 5, 10, 20, 30) and period % 60:
        raise InvalidParameterValueException("The parameter Period must be a multiple of 60.")


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValidationError(
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint:"
            f" Member must satisfy enum value set: [{', '.join(allowed)}]"
        )


def _check_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        raise InvalidFormatFault from None


def _check_statistic(statistic: str) -> None:
    if statistic not in STATISTICS and not is_percentile(statistic):
        raise InvalidParameterValueException(f"The value {statistic} for parameter Statistic is not supported.")


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
