"""Puts events on buses: what AWS's own services tell, and what people put."""

import logging
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.events.models import events_backends

from localaws.clock import clock

_log = logging.getLogger(__name__)


def event_of(account_id: str, region: str, source: str, detail_type: str, **rest: Any) -> dict[str, Any]:
    """Return an event of now, complete but for what ``rest`` adds (resources, detail) or replaces (time)."""
    now = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account_id,
        "time": now,
        "region": region,
        "resources": [],
        "detail": {},
    } | rest


def put(event: dict[str, Any], bus: str = "default") -> None:
    """Offer an event to every rule of a bus; what becomes of it there is nothing to who put it."""
    found = events_backends[event["account"]][event["region"]].event_buses.get(bus)
    for rule in list(found.rules.values()) if found else ():
        try:
            rule.send_to_targets(event, transform_input=False)
        except Exception:  # noqa: BLE001 -- see above; the log is where the failure can be seen
            _log.exception("rule %s could not take %s", rule.name, event["detail-type"])
