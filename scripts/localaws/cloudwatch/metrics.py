"""Metrics that services put of themselves, into the namespaces that are closed to customers."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime

from moto.cloudwatch.models import cloudwatch_backends

from localaws.clock import clock
from localaws.cloudwatch.minutes import Minute

# AWS keeps data points of minutes for 15 days; here the newest of each region are kept.
_KEPT = 200_000
_running: dict[tuple[object, ...], Minute] = {}  # the minute that runs, by metric and unit
_lock = threading.Lock()


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
    """Add a value of now to each of these metrics."""
    data = cloudwatch_backends[account_id][region].metric_data
    with _lock:
        moment = now().replace(second=0, microsecond=0)
        if _running and next(iter(_running.values())).timestamp != moment:
            _running.clear()
        for name, value in values.items():
            key = (account_id, region, namespace, name, unit, *dimensions.items())
            if key in _running:
                _running[key].add(value)
            else:
                _running[key] = Minute(namespace, name, dimensions, moment, unit=unit, value=value)
                data.append(_running[key])
        del data[:-_KEPT]
