"""EvaluateModel on large test sets: rows a second through the real pipeline, and the memory of its process.

The pipeline's FullTest reads a generated set from S3, asks the Test endpoint for the scores and hands evaluation.json
on; its Timeout is short enough for the larger set to take several invocations. Beside it, the same endpoint is asked
for one row a request, from as many threads.
"""

import itertools
import os
import random
import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import own_aws

SUFFIX = "bench"
_SMALL = 10_000_000  # bytes
_FUNCTION = f"MLOps-BIA-EvaluateModel-{SUFFIX}"
_TIMEOUT = 90  # seconds, of which the last 30 are for the answer
_SEED = 20261126
_BLOCK = 5_000  # rows that are made once, and then repeated in another order each time
_SINGLE_ROWS = 400
_CALLERS = 2  # EvaluateModel has as many requests under way


@dataclass(frozen=True)
class Run:
    """One test set: its size in bytes and rows, how long FullTest took, in how many invocations.

    ``memory`` is what Lambda reports as the most that the function's process has had, in MB.
    """

    size: int
    rows: int
    seconds: float
    invocations: int
    memory: int

    @property
    def rate(self) -> float:
        """Rows a second, from the action's start to its end."""
        return self.rows / self.seconds


@dataclass(frozen=True)
class Evaluated:
    """What was measured; ``single`` is what one row a request comes to, in rows a second."""

    small: Run
    large: Run
    single: float

    @property
    def ratio(self) -> float:
        """How many times more rows a second many rows a request are."""
        return self.large.rate / self.single


def measure(log: Path, megabytes: int) -> Evaluated:
    """Start a local AWS, deploy the workshop, and have it score a small set and one of so many megabytes."""
    import account

    with own_aws.local_aws(log) as aws:
        os.environ.update(aws.variables)
        session = account.connect().session
        own_aws.Steps().build(session, SUFFIX)
        _release(session)
        session.client("lambda").update_function_configuration(FunctionName=_FUNCTION, Timeout=_TIMEOUT)
        return Evaluated(_run(session, _SMALL), _run(session, megabytes * 1_000_000), _one_row_a_request(session))


def _run(session: Any, size: int) -> Run:
    import account
    from resource_names import DATA_KEYS, Names

    began = time.time()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=own_aws.BUILD) as folder:
        file = Path(folder) / "test.csv"
        rows = generate(file, size)
        session.client("s3").upload_file(str(file), Names(SUFFIX).data_bucket, DATA_KEYS["test.csv"])
    test = _release(session).actions[-1]
    if test.variables["rows"] != str(rows):
        raise account.WorkshopError(f"FullTest has scored {test.variables['rows']} rows of {rows}")
    reports = _most_memory(session, began)
    return Run(size, rows, test.seconds, len(reports) - 1, max(reports))  # the first one is SmokeTest's


def _release(session: Any) -> Any:
    import release

    execution = release.release(session, SUFFIX)
    release.succeed(execution)
    return execution


def _most_memory(session: Any, began: float) -> list[int]:
    """Return what Lambda has reported of each invocation of EvaluateModel since then."""
    pages = session.client("logs").get_paginator("filter_log_events")
    wanted = {"logGroupName": f"/aws/lambda/{_FUNCTION}", "startTime": int(began * 1000), "filterPattern": "REPORT"}
    messages = (event["message"] for page in pages.paginate(**wanted) for event in page["events"])
    return [int(found[1]) for message in messages if (found := re.search(r"Max Memory Used: (\d+) MB", message))]


def generate(file: Path, size: int) -> int:
    """Write rows such as the wines' until the file has this size, and return how many: the same for equal sizes."""
    rows, lines = 0, _lines()
    with file.open("wb") as output:
        while output.tell() < size:
            output.write(next(lines))
            rows += 1
    return rows


def _lines() -> Iterator[bytes]:
    chance = random.Random(_SEED)  # noqa: S311 (equal sizes, equal files)
    wines = [line.split(",") for line in (own_aws.ROOT / "Data/train.csv").read_text(encoding="utf-8").splitlines()]
    columns = list(zip(*wines, strict=True))
    block = [",".join(map(chance.choice, columns)).encode() + b"\n" for _ in range(_BLOCK)]
    while True:
        chance.shuffle(block)
        yield from block


def _one_row_a_request(session: Any) -> float:
    runtime, endpoint = session.client("sagemaker-runtime"), f"winequality-{SUFFIX}-test"

    def ask(row: bytes) -> None:
        runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=row)["Body"].read()

    rows = [line.partition(b",")[2] for line in itertools.islice(_lines(), _SINGLE_ROWS)]
    with ThreadPoolExecutor(_CALLERS) as callers:
        began = time.perf_counter()
        list(callers.map(ask, rows))
        return len(rows) / (time.perf_counter() - began)
