"""Metrics that services put of themselves, into the namespaces that are closed to customers."""

from collections.abc import Mapping
from datetime import UTC, datetime

from moto.cloudwatch.models import cloudwatch_backends

from localaws.clock import clock

# AWS keeps data points of minutes for 15 days; here the newest of each region are kept.
_KEPT = 200_000


def now() -> datetime:
    """Return the time by the clock, in UTC without saying so, as moto keeps times."""
    return datetime.fromtimestamp(clock.now(), UTC).replace(tzinfo=None)


def record(
    account_id: str,
    region: str,
    namespace: str,
    dimensions: Mapping[str, str],
    *,
    unit: str,
    values: Mapping[str, float],
) -> None:
    """Add a data point of now to each of these metrics."""
    moment = now()
    of = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    data = [
        {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": of, "Timestamp": moment}
        for name, value in values.items()
    ]
    backend = cloudwatch_backends[account_id][region]
    backend.put_metric_data(namespace, data)
    del backend.metric_data[:-_KEPT]
