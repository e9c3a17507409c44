"""Statistics of metrics by period, as CloudWatch computes them."""

import bisect
import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatumBase

from localaws.cloudwatch.minutes import Minute

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_MINUTE = 60
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


@dataclass(frozen=True)
class Metric:
    """One metric: its name with exactly these dimensions, in one unit if that is asked for."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    unit: str | None = None

    @classmethod
    def of(cls, request: Mapping[str, Any], unit: str | None = None) -> "Metric":
        """Return the metric that a request names."""
        dimensions = frozenset((each["Name"], each["Value"]) for each in request.get("Dimensions") or ())
        return cls(request["Namespace"], request["MetricName"], dimensions, unit)

    def holds(self, datum: MetricDatumBase) -> bool:
        """Whether a data point is one of this metric."""
        return (
            (datum.namespace, datum.name) == (self.namespace, self.name)
            and (self.unit is None or datum.unit == self.unit)
            and frozenset((each.name, each.value) for each in datum.dimensions) == self.dimensions
        )


@dataclass(frozen=True)
class Period:
    """The data points of one period, which begins at ``start`` (seconds since 1970)."""

    start: float
    data: tuple[MetricDatumBase, ...]

    @property
    def count(self) -> float:
        """Return how many values were put."""
        return float(sum(_count(datum) for datum in self.data))

    @property
    def unit(self) -> str:
        """Return the unit of the values."""
        return self.data[0].unit or "None"

    def value(self, statistic: str) -> float:
        """Return a statistic of the values."""
        if statistic == "SampleCount":
            return self.count
        if statistic in ("Sum", "Average"):
            total = float(sum(_sum(datum) for datum in self.data))
            return total / self.count if statistic == "Average" else total
        if statistic == "Minimum":
            return float(min(_least(datum) for datum in self.data))
        if statistic == "Maximum":
            return float(max(_most(datum) for datum in self.data))
        return _percentile([each for datum in self.data for each in _values(datum)], float(statistic[1:]))


def is_percentile(statistic: str) -> bool:
    """Whether a text is a percentile such as p99.9."""
    return _PERCENTILE.fullmatch(statistic) is not None


def periods(data: Iterable[MetricDatumBase], metric: Metric, length: int, start: float, end: float) -> list[Period]:
    """Return the periods from ``start`` until before ``end`` that have data, cut at multiples of their length."""
    found: dict[int, list[MetricDatumBase]] = {}
    for datum in data:
        if metric.holds(datum) and start <= (moment := seconds(datum)) < end:
            found.setdefault(math.floor(moment / length) * length, []).append(datum)
    return [Period(begin, tuple(found[begin])) for begin in sorted(found)]


def seconds(datum: MetricDatumBase) -> float:
    """Return when a data point is of; moto keeps UTC without saying so."""
    return float(datum.timestamp.replace(tzinfo=UTC).timestamp())


def first_moment(start: float, period: int) -> float:
    """Return a request's StartTime rounded down as CloudWatch does: to a minute, or to a period that is shorter.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
    """
    return start - start % min(period, _MINUTE)


def _percentile(values: list[tuple[float, int]], wanted: float) -> float:
    """Return the least value that so many percent of the values do not exceed; each comes with how often it was put."""
    ordered = sorted(values)
    reached = list(itertools.accumulate(times for _, times in ordered))
    return ordered[bisect.bisect_left(reached, math.ceil(wanted / 100 * reached[-1]))][0]


def _values(datum: MetricDatumBase) -> list[tuple[float, int]]:
    return datum.values if isinstance(datum, Minute) else [(_sum(datum) / _count(datum), 1)]


def _count(datum: MetricDatumBase) -> float:
    return float(datum.sample_count) if isinstance(datum, MetricAggregatedDatum) else 1.0


def _sum(datum: MetricDatumBase) -> float:
    return float(datum.sum if isinstance(datum, MetricAggregatedDatum) else datum.value)


def _least(datum: MetricDatumBase) -> float:
    return float(datum.min if isinstance(datum, MetricAggregatedDatum) else datum.value)


def _most(datum: MetricDatumBase) -> float:
    return float(datum.max if isinstance(datum, MetricAggregatedDatum) else datum.value)
