"""Events: invocations that are accepted at once and run later, with Lambda's retries and what comes of them.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from moto.awslambda.models import LambdaFunction
from moto.core.exceptions import ServiceException

from localaws.awslambda import destinations
from localaws.awslambda.engine import exists, pool, reserved
from localaws.awslambda.workers import Outcome
from localaws.clock import durations
from localaws.faults.state import faults

_log = logging.getLogger(__name__)
_MAXIMUM_AGE = 6 * 60 * 60  # botocore MaximumEventAgeInSeconds


@dataclass(frozen=True)
class Event:
    """A payload on its way to a function; it keeps its request id over all attempts."""

    function: LambdaFunction
    payload: str
    request_id: str
    invoked_arn: str
    accepted: float = field(default_factory=time.monotonic)


def invoke_later(
    function: LambdaFunction, payload: str, request_id: str | None = None, invoked_arn: str | None = None
) -> None:
    """Invoke a function asynchronously (InvocationType Event)."""
    event = Event(function, payload, request_id or str(uuid4()), invoked_arn or function.function_arn)
    # botocore Invoke: a function may get the same event several times, "even if no error occurs".
    for _ in range(2 if faults.strike(["delivered twice"], f"function:{function.function_name}") else 1):
        threading.Thread(
            target=_deliver, args=(event, pool.lifetime), daemon=True, name=f"lambda-event-{function.function_name}"
        ).start()


def invoke_for_service(function: LambdaFunction, body: str, _request: object, _response: object) -> str:
    """Stand in for ``LambdaFunction.invoke``, by which moto's other services reach a function: asynchronously."""
    invoke_later(function, body)
    return ""


def _deliver(event: Event, lifetime: int) -> None:
    settings: dict[str, Any] = (
        event.function.event_invoke_config[0].config if event.function.event_invoke_config else {}
    )
    expires = event.accepted + settings.get("MaximumEventAgeInSeconds", _MAXIMUM_AGE)
    delays = durations.async_retry_delays[: settings.get("MaximumRetryAttempts", 2)]
    attempts, outcome, condition = 0, None, ""
    while not condition:
        if not exists(event.function):
            return
        if reserved(event.function) == 0:
            condition = "ZeroReservedConcurrency"
            break
        outcome = _attempt(event)
        attempts += 1
        if not outcome.failed:
            condition = "Success"
        elif attempts > len(delays):
            condition = "RetriesExhausted"
        elif time.monotonic() + delays[attempts - 1] > expires:
            condition = "EventAgeExceeded"
        elif not pool.pause(delays[attempts - 1], lifetime):
            return
    result = destinations.Result(event.request_id, event.payload, condition, attempts, outcome)
    destinations.send(event.function, result, settings.get("DestinationConfig", {}))


def _attempt(event: Event) -> Outcome:
    try:
        return pool.run(event.function, event.payload, event.request_id, event.invoked_arn, wait=True)
    except ServiceException as error:
        _log.warning("%s could not run: %s", event.function.function_name, error)
        return Outcome(json.dumps({"errorType": error.code, "errorMessage": error.message}), failed=True)
    except Exception as error:  # noqa: BLE001 -- nobody waits for this thread; the log is where its failure can be seen
        _log.exception("%s could not run", event.function.function_name)
        return Outcome(json.dumps({"errorType": type(error).__name__}), failed=True)
