"""Sends rows to an endpoint, many a request and several requests at a time, and gives each row its score, in order."""

import random
import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from botocore.exceptions import ClientError

from csv_rows import Row
from outcomes import ActionError
from pipeline_answer import Progress

# A serverless endpoint takes 4 MB a request: https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-invoke.html
# A quarter of it is answered well within the 60 s that a container has, and a file of some size goes out in parallel.
BODY_LIMIT = 1_000_000
# The template gives an endpoint a serverless concurrency of 2: a new account may have no more than 10 for all together.
IN_FLIGHT = 2

# botocore retries throttling and faults of the service; these two codes it does not know as passing.
_PASSING = ("ModelNotReadyException", "InternalDependencyException")
_ATTEMPTS = 10
BACKOFF_SECONDS = 0.5  # before the first retry at most; doubles up to the limit
_BACKOFF_LIMIT = 20.0


@dataclass
class Batch:
    """The rows of one request."""

    rows: list[Row] = field(default_factory=list)
    size: int = 0

    def body(self) -> bytes:
        """The features alone: with the label left in, the container answers 400."""
        return b"\n".join(row.features for row in self.rows)

    def __str__(self) -> str:
        return f"lines {self.rows[0].line} to {self.rows[-1].line}"


def scored(runtime: Any, endpoint: str, rows: Iterable[Row], progress: Progress) -> Iterator[tuple[Row, float]]:
    """Yield every row with its score. At most IN_FLIGHT batches are held."""
    pool = ThreadPoolExecutor(IN_FLIGHT)
    pending: deque[tuple[Batch, Future[list[float]]]] = deque()
    try:
        for batch in _batches(rows):
            if len(pending) == IN_FLIGHT:
                yield from _next(pending, endpoint, progress)
            pending.append((batch, pool.submit(_invoke, runtime, endpoint, batch, progress)))
        while pending:
            yield from _next(pending, endpoint, progress)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # a failure is answered at once


def _batches(rows: Iterable[Row]) -> Iterator[Batch]:
    batch = Batch()
    for row in rows:
        size = len(row.features) + 1
        if batch.rows and batch.size + size > BODY_LIMIT:
            yield batch
            batch = Batch()
        batch.rows.append(row)
        batch.size += size
    if batch.rows:
        yield batch


def _next(
    pending: deque[tuple[Batch, Future[list[float]]]], endpoint: str, progress: Progress
) -> Iterator[tuple[Row, float]]:
    batch, future = pending.popleft()
    progress(f"waiting for the scores of {batch}")
    scores = future.result()
    if len(scores) != len(batch.rows):
        raise ActionError(
            f"Endpoint {endpoint} answered {len(scores)} scores for {len(batch.rows)} rows ({batch}): is the model one"
            " that answers a single number a row?"
        )
    for row, score in zip(batch.rows, scores, strict=True):
        if not isfinite(score):
            raise ActionError(f"Endpoint {endpoint} answered {score} for line {row.line}, expected a finite number.")
        yield row, score


def _invoke(runtime: Any, endpoint: str, batch: Batch, progress: Progress) -> list[float]:
    for attempt in range(_ATTEMPTS):
        try:
            response = runtime.invoke_endpoint(
                EndpointName=endpoint, ContentType="text/csv", Accept="text/csv", Body=batch.body()
            )
            return parse_scores(response["Body"].read(), endpoint)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _PASSING or attempt == _ATTEMPTS - 1:
                raise
        longest = min(_BACKOFF_LIMIT, BACKOFF_SECONDS * 2**attempt)
        progress.pause(random.uniform(0, longest))  # noqa: S311 - jitter, so that requests do not return together
    raise AssertionError("unreachable: the last attempt returns or raises")


def parse_scores(body: bytes, endpoint: str) -> list[float]:
    """Read both forms of the answer: a score a line, or (images up to 1.2-1) all in one line with commas."""
    text = body.decode("utf-8", "backslashreplace").strip()
    try:
        return [float(score) for score in re.split(r"[,\n]", text)] if text else []
    except ValueError as error:
        raise ActionError(f"Endpoint {endpoint} answered {text[:100]!r}, expected numbers ({error}).") from error
