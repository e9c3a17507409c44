"""Rows go out in bounded number, in parallel, and a failure ends it."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import scoring
from clients import Clients
from csv_rows import Row
from functions.documents import ENDPOINT
from functions.fake_aws import Aws
from pipeline_answer import Progress
from scoring import IN_FLIGHT, scored

TEMPLATE = Path(__file__).parents[2] / "templates/builtin-algo-pipeline.yaml"


@pytest.fixture
def small_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row a request."""
    monkeypatch.setattr(scoring, "BODY_LIMIT", 1)


class Source:
    """Rows without end, counted as they are taken."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[Row]:
        while True:
            self.taken += 1
            yield Row(self.taken, 5.0, b"%d,1" % self.taken)


@pytest.mark.usefixtures("small_bodies")
def test_no_more_rows_are_taken_than_are_in_flight(aws: Aws, clients: Clients) -> None:
    source = Source()

    scores = scored(clients.sagemaker_runtime, ENDPOINT, source, Progress())
    for number in range(1, 20):
        row, score = next(scores)
        assert (row.line, score) == (number, float(number))
        assert source.taken <= number + IN_FLIGHT + 1
    scores.close()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("small_bodies")
def test_requests_are_under_way_together(aws: Aws, clients: Clients) -> None:
    together = threading.Barrier(2, timeout=10)  # broken, and an error, if only one arrives

    def meet(rows: list[list[float]]) -> bytes:
        together.wait()
        return b"1\n"

    aws.runtime.model = meet
    rows = [Row(number, 5.0, b"1,1") for number in range(2)]

    assert len(list(scored(clients.sagemaker_runtime, ENDPOINT, rows, Progress()))) == 2


def test_no_more_requests_are_under_way_than_the_stacks_endpoints_take() -> None:
    concurrency = re.search(r"SERVERLESS_MAX_CONCURRENCY: '(\d+)'", TEMPLATE.read_text())

    assert concurrency
    assert int(concurrency[1]) >= IN_FLIGHT


def test_a_row_larger_than_a_request_goes_alone(aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "BODY_LIMIT", 10)
    rows = [Row(1, 5.0, b"1"), Row(2, 5.0, b"2," + b"0" * 50), Row(3, 5.0, b"3"), Row(4, 5.0, b"4")]

    scores = [score for _, score in scored(clients.sagemaker_runtime, ENDPOINT, rows, Progress())]

    assert scores == [1.0, 2.0, 3.0, 4.0]
    assert sorted(body.count(b"\n") + 1 for body in aws.runtime.bodies) == [1, 1, 2]
