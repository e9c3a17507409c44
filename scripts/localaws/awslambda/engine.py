"""Invokes functions: finds or starts a worker for each invocation in flight."""

import json
import threading
from collections import Counter

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.core.exceptions import ServiceException

from localaws import shutdown
from localaws.awslambda import metrics
from localaws.awslambda.configuration import settled
from localaws.awslambda.errors import TooManyRequestsException
from localaws.awslambda.workers import Outcome, Worker

# An account may have 1,000 at once on AWS; each is a process, and this machine is one.
CONCURRENT_EXECUTIONS = 50
_MAXIMUM_IDLE = 8  # processes kept for a next invocation, of all functions together


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

    def run(
        self, function: LambdaFunction, payload: str, request_id: str, invoked_arn: str, *, wait: bool = False
    ) -> Outcome:
        """Run one invocation on a worker of its own.

        Without concurrency left, wait for it or raise TooManyRequestsException.
        """
        self._enter(function, wait=wait)
        try:
            worker = self._worker(function)
            outcome = worker.run(payload, request_id, invoked_arn)
            metrics.invoked(function, outcome)
            self._keep(worker)
            return outcome
        finally:
            with self._changed:
                self._running[_unqualified(function)] -= 1
                self._changed.notify_all()

    def look_again(self) -> None:
        """Have waiting invocations see whether the concurrency of their functions has changed."""
        with self._changed:
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
        with self._changed:
            lifetime = self.lifetime
            while reason := self._no_room(function):
                if not wait or reserved(function) == 0 or self.lifetime != lifetime:
                    metrics.throttled(function)
                    raise TooManyRequestsException(reason)
                self._changed.wait()
            self._running[_unqualified(function)] += 1

    def _no_room(self, function: LambdaFunction) -> str:
        """Return why a function may not run now, in the words of botocore's ThrottleReason, or nothing."""
        limit = reserved(function)
        if limit is not None and self._running[_unqualified(function)] >= limit:
            return "ReservedFunctionConcurrentInvocationLimitExceeded"
        return "ConcurrentInvocationLimitExceeded" if self._running.total() >= CONCURRENT_EXECUTIONS else ""

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
        if not worker.usable or not exists(worker.function):
            worker.end()
            return
        with self._changed:
            self._idle.append(worker)
            surplus, self._idle = self._idle[:-_MAXIMUM_IDLE], self._idle[-_MAXIMUM_IDLE:]
        for each in surplus:
            each.end()


pool = Pool()
shutdown.at_stop(pool.close)


def reserved(function: LambdaFunction) -> int | None:
    """Return how many invocations of all versions of a function may run at once, if that is limited."""
    latest = lambda_backends[function.account_id][function.region].get_function(function.function_name)
    return None if latest.reserved_concurrency is None else int(latest.reserved_concurrency)


def exists(function: LambdaFunction) -> bool:
    """Whether this very function has not been deleted."""
    try:
        found = lambda_backends[function.account_id][function.region].get_function(function.function_arn)
    except UnknownFunctionException:
        return False
    return found is function


def _unqualified(function: LambdaFunction) -> str:
    return ":".join(function.function_arn.split(":")[:7])


def _key(function: LambdaFunction) -> str:
    """Return what a worker's process depends on: when it changes, a new process is needed."""
    return json.dumps([function.code_digest, settled(function)], sort_keys=True, default=str)
