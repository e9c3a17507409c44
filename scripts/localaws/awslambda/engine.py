"""Invokes functions: finds or starts a worker for each invocation in flight, and retries asynchronous ones."""

import json
import logging
import threading
import time
from collections import Counter
from uuid import uuid4

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.core.exceptions import ServiceException

from localaws import shutdown
from localaws.awslambda.errors import TooManyRequestsException
from localaws.awslambda.workers import Outcome, Worker
from localaws.clock import durations

_log = logging.getLogger(__name__)
# What a new AWS account has (the quota's default of 1,000 comes later):
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
CONCURRENT_EXECUTIONS = 10
_MAXIMUM_IDLE = 8  # processes kept for a next invocation, of all functions together
_MAXIMUM_AGE = 6 * 60 * 60  # of an asynchronous event (botocore MaximumEventAgeInSeconds)


class Pool:
    """All workers of this local AWS."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._idle: list[Worker] = []  # the one used last comes last
        self._running: Counter[str] = Counter()
        self._spare: Worker | None = None
        self.lifetime = 0  # counts how often the pool was closed, so that what waits in it knows that it must end

    def prepare(self) -> None:
        """Have a spare worker start, so that the next cold start finds Python and boto3 loaded."""
        with self._changed:
            if self._spare is None or not self._spare.usable:
                self._spare = Worker()

    def run(self, function: LambdaFunction, payload: str, request_id: str, *, wait: bool) -> Outcome:
        """Run one invocation on a worker of its own.

        Without concurrency left, wait for it or raise TooManyRequestsException.
        """
        self._enter(function, wait=wait)
        try:
            worker = self._worker(function)
            outcome = worker.run(payload, request_id)
            self._keep(worker)
            return outcome
        finally:
            with self._changed:
                self._running[function.function_arn] -= 1
                self._changed.notify_all()

    def forget(self, function: LambdaFunction) -> None:
        """End the idle workers of a function that is gone."""
        with self._changed:
            ended = [worker for worker in self._idle if worker.function is function]
            self._idle = [worker for worker in self._idle if worker.function is not function]
        for worker in ended:
            worker.end()

    def pause(self, seconds: float, lifetime: int) -> bool:
        """Wait; return False as soon as the pool is not in this lifetime any more."""
        with self._changed:
            return not self._changed.wait_for(lambda: self.lifetime != lifetime, timeout=seconds)

    def close(self) -> None:
        """Forget all workers (the server kills their processes) and wake whatever waits."""
        with self._changed:
            self._idle, self._spare = [], None
            self.lifetime += 1
            self._changed.notify_all()

    def _enter(self, function: LambdaFunction, *, wait: bool) -> None:
        arn = function.function_arn
        with self._changed:
            lifetime = self.lifetime
            while not self._has_room(function):
                if not wait:
                    raise TooManyRequestsException
                self._changed.wait()
                if self.lifetime != lifetime:
                    raise TooManyRequestsException
            self._running[arn] += 1

    def _has_room(self, function: LambdaFunction) -> bool:
        reserved = function.reserved_concurrency
        room = reserved is None or self._running[function.function_arn] < int(reserved)
        return room and self._running.total() < CONCURRENT_EXECUTIONS

    def _worker(self, function: LambdaFunction) -> Worker:
        key = _key(function)
        with self._changed:
            mine = [worker for worker in self._idle if worker.function is function]
            usable = [worker for worker in mine if worker.key == key and worker.usable]
            ended = [worker for worker in mine if worker not in usable]
            self._idle = [worker for worker in self._idle if worker not in (*ended, *usable[-1:])]
        for worker in ended:
            worker.end()
        return usable[-1] if usable else self._cold_start(function, key)

    def _cold_start(self, function: LambdaFunction, key: str) -> Worker:
        with self._changed:
            spare, self._spare = self._spare, None
        worker = spare if spare and spare.usable else Worker()
        try:
            worker.take(function, key)
        except ServiceException:
            worker.end()
            raise
        self.prepare()
        return worker

    def _keep(self, worker: Worker) -> None:
        if not worker.usable or not _exists(worker.function):
            worker.end()
            return
        with self._changed:
            self._idle.append(worker)
            surplus, self._idle = self._idle[:-_MAXIMUM_IDLE], self._idle[-_MAXIMUM_IDLE:]
        for each in surplus:
            each.end()


pool = Pool()
shutdown.at_stop(pool.close)


def invoke(function: LambdaFunction, payload: str, request_id: str) -> Outcome:
    """Invoke a function and wait for what it answers (InvocationType RequestResponse)."""
    return pool.run(function, payload, request_id, wait=False)


def invoke_later(function: LambdaFunction, payload: str, request_id: str | None = None) -> None:
    """Invoke a function asynchronously (InvocationType Event), with Lambda's retries."""
    threading.Thread(
        target=_deliver,
        args=(function, payload, request_id or str(uuid4()), pool.lifetime),
        daemon=True,
        name=f"lambda-event-{function.function_name}",
    ).start()


def invoke_for_service(function: LambdaFunction, body: str, _request: object, _response: object) -> str:
    """Stand in for ``LambdaFunction.invoke``, by which moto's other services reach a function: asynchronously."""
    invoke_later(function, body)
    return ""


def _deliver(function: LambdaFunction, payload: str, request_id: str, lifetime: int) -> None:
    configuration = function.event_invoke_config[0].config if function.event_invoke_config else {}
    expires = time.monotonic() + configuration.get("MaximumEventAgeInSeconds", _MAXIMUM_AGE)
    delays = durations.async_retry_delays[: configuration.get("MaximumRetryAttempts", 2)]
    for delay in (*delays, None):
        succeeded = _attempt(function, payload, request_id)
        if succeeded or delay is None or time.monotonic() + delay > expires:
            return
        if not pool.pause(delay, lifetime) or not _exists(function):
            return


def _attempt(function: LambdaFunction, payload: str, request_id: str) -> bool:
    """Return whether the invocation succeeded; otherwise Lambda would try it again."""
    try:
        return not pool.run(function, payload, request_id, wait=True).failed
    except ServiceException as error:
        _log.warning("%s could not run: %s", function.function_name, error)
    except Exception:  # noqa: BLE001 -- nobody waits for this thread; the log is where its failure can be seen
        _log.exception("%s could not run", function.function_name)
    return False


def _exists(function: LambdaFunction) -> bool:
    try:
        found = lambda_backends[function.account_id][function.region].get_function(function.function_arn)
    except UnknownFunctionException:
        return False
    return found is function


def _key(function: LambdaFunction) -> str:
    """Return what a worker's process depends on: when it changes, a new process is needed."""
    return json.dumps([function.code_digest, function.get_configuration()], sort_keys=True, default=str)
