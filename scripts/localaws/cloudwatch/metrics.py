"""Metrics that services put of themselves, into the namespaces that are closed to customers."""

from collections.abc import Mapping
from datetime import UTC, datetime

from moto.cloudwatch.models import cloudwatch_backends

from localaws.clock import clock


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
    now = datetime.fromtimestamp(clock.now(), UTC).replace(tzinfo=None)  # as moto keeps them
    of = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    data = [
        {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": of, "Timestamp": now}
        for name, value in values.items()
    ]
    cloudwatch_backends[account_id][region].put_metric_data(namespace, data)
