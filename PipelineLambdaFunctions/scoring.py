"""Sends batches of rows to an endpoint, several at a time, and gives each its scores, in order."""

import random
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from math import isfinite
from typing import Any

from botocore.exceptions import ClientError

from bodies import body_of
from csv_rows import Batch
from outcomes import ActionError
from pipeline_answer import Progress

# The template gives an endpoint a serverless concurrency of 2: a new account may have no more than 10 for all together.
IN_FLIGHT = 2

# botocore retries throttling and faults of the service; these two codes it does not know as passing.
_PASSING = ("ModelNotReadyException", "InternalDependencyException")
_ATTEMPTS = 10
BACKOFF_SECONDS = 0.5  # before the first retry at most; doubles up to the limit
_BACKOFF_LIMIT = 20.0


def scored(
    runtime: Any, endpoint: str, batches: Iterable[Batch], progress: Progress
) -> Iterator[tuple[Batch, list[float]]]:
    """Yield every batch with its scores. At most IN_FLIGHT of them, and the next one, are held."""
    pool = ThreadPoolExecutor(IN_FLIGHT)
    pending: deque[tuple[Batch, Future[list[float]]]] = deque()
    try:
        for batch in batches:
            if len(pending) == IN_FLIGHT:
                yield _next(pending, endpoint, progress)
            pending.append((batch, pool.submit(_invoke, runtime, endpoint, batch, progress)))
        while pending:
            yield _next(pending, endpoint, progress)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # a failure is answered at once


def _next(
    pending: deque[tuple[Batch, Future[list[float]]]], endpoint: str, progress: Progress
) -> tuple[Batch, list[float]]:
    batch, future = pending.popleft()
    progress(f"waiting for the scores of {batch}")
    scores = future.result()
    if len(scores) != len(batch.labels):
        raise ActionError(
            f"Endpoint {endpoint} answered {len(scores)} scores for {len(batch.labels)} rows ({batch}): is the model"
            " one that answers a single number a row?"
        )
    if not all(map(isfinite, scores)):
        line, score = next(pair for pair in enumerate(scores, batch.first_line) if not isfinite(pair[1]))
        raise ActionError(f"Endpoint {endpoint} answered {score} for line {line}, expected a finite number.")
    return batch, scores


def _invoke(runtime: Any, endpoint: str, batch: Batch, progress: Progress) -> list[float]:
    ask = partial(
        runtime.invoke_endpoint,
        EndpointName=endpoint,
        ContentType="text/csv",
        Accept="text/csv",
        Body=batch.features,
    )
    for attempt in range(_ATTEMPTS):
        try:
            return parse_scores(body_of(ask), endpoint)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _PASSING or attempt == _ATTEMPTS - 1:
                raise
        longest = min(_BACKOFF_LIMIT, BACKOFF_SECONDS * 2**attempt)
        progress.pause(random.uniform(0, longest))  # noqa: S311 - jitter, so that requests do not return together
    raise AssertionError("unreachable: the last attempt returns or raises")


def parse_scores(body: bytes, endpoint: str) -> list[float]:
    """Read both forms of the answer: a score a line, or (images up to 1.2-1) all in one line with commas."""
    text = body.strip()
    try:
        return list(map(float, text.replace(b"\n", b",").split(b","))) if text else []
    except ValueError as error:
        shown = text.decode("utf-8", "backslashreplace")[:100]
        raise ActionError(f"Endpoint {endpoint} answered {shown!r}, expected numbers ({error}).") from error
