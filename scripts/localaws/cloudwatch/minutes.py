"""What services put, kept as CloudWatch keeps it: a data point a minute of each metric, however often it was put.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html: only custom metrics have
data points of less than a minute.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from moto.cloudwatch.models import MetricAggregatedDatum

# How exactly CloudWatch keeps the values of which it computes percentiles is not public.
UNVERIFIED_DIGITS = 3


class Minute(MetricAggregatedDatum):
    """The values put of one metric in the minute that begins at ``timestamp``.

    Percentiles are of the values to so many digits, so that a minute takes no more room than these have values.
    """

    sample_count: float
    sum: float
    min: float
    max: float

    def __init__(
        self, namespace: str, name: str, dimensions: Mapping[str, str], timestamp: datetime, *, unit: str, value: float
    ) -> None:
        of = [{"Name": key, "Value": each} for key, each in dimensions.items()]
        super().__init__(namespace, name, value, value, 1, value, of, timestamp, unit)
        self._counts = Counter([_rounded(value)])

    def add(self, value: float) -> None:
        """Count one more value; one thread at a time may do so."""
        self._counts[_rounded(value)] += 1
        self.sample_count += 1
        self.sum += value
        self.min, self.max = min(self.min, value), max(self.max, value)

    @property
    def values(self) -> list[tuple[float, int]]:
        """The values, and how often each was put."""
        return [(min(max(value, self.min), self.max), times) for value, times in list(self._counts.items())]


def _rounded(value: float) -> float:
    return float(f"{value:.{UNVERIFIED_DIGITS}g}")
