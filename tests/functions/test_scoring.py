"""Batches go out in bounded number, in parallel, and a failure ends it."""

import threading
from collections.abc import Iterator

from clients import Clients
from csv_rows import Batch
from functions.documents import ENDPOINT
from functions.fake_aws import Aws
from pipeline_answer import Progress
from scoring import IN_FLIGHT, scored


def batch(number: int, rows: int = 1) -> Batch:
    """A batch of rows on the lines from a number on, whose first feature is the line's number."""
    lines = range(number, number + rows)
    return Batch(number, [5.0] * rows, b"\n".join(b"%d,1" % line for line in lines), 6 * rows)


class Source:
    """Batches without end, counted as they are taken."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[Batch]:
        while True:
            self.taken += 1
            yield batch(self.taken)


def test_no_more_batches_are_taken_than_are_in_flight(aws: Aws, clients: Clients) -> None:
    source = Source()

    scores = scored(clients.sagemaker_runtime, ENDPOINT, source, Progress())
    for number in range(1, 20):
        answered, predictions = next(scores)
        assert (answered.first_line, predictions) == (number, [float(number)])
        assert source.taken <= number + IN_FLIGHT + 1
    scores.close()  # type: ignore[attr-defined]


def test_requests_are_under_way_together(aws: Aws, clients: Clients) -> None:
    together = threading.Barrier(2, timeout=10)  # broken, and an error, if only one arrives

    def meet(rows: list[list[float]]) -> bytes:
        together.wait()
        return b"1\n"

    aws.runtime.model = meet

    assert len(list(scored(clients.sagemaker_runtime, ENDPOINT, [batch(1), batch(2)], Progress()))) == 2


def test_batches_come_back_in_order_each_with_its_scores(aws: Aws, clients: Clients) -> None:
    sent = [batch(1, 3), batch(4, 1), batch(5, 2)]

    answered = list(scored(clients.sagemaker_runtime, ENDPOINT, sent, Progress()))

    assert answered == [(sent[0], [1.0, 2.0, 3.0]), (sent[1], [4.0]), (sent[2], [5.0, 6.0])]
