"""The rows that people look at: spread over the file, the worst of all, and the same whatever the batches are."""

import random
from collections import Counter

import pytest

from chosen_rows import SAMPLE, WORST, ChosenRows

ROWS = 20_000
chance = random.Random(2)  # noqa: S311 - equal runs, equal tests
LABELS = [float(chance.choice((5, 6, 7))) for _ in range(ROWS)]
PREDICTIONS = [label + chance.gauss(0, 1) for label in LABELS]
ERRORS = [abs(prediction - label) for label, prediction in zip(LABELS, PREDICTIONS, strict=True)]


def chosen(batch: int, rows: int = ROWS) -> ChosenRows:
    found = ChosenRows()
    for first in range(0, rows, batch):
        part = slice(first, min(first + batch, rows))
        found.add(first + 1, LABELS[part], PREDICTIONS[part], ERRORS[part])
    return found


@pytest.fixture(scope="module")
def rows() -> ChosenRows:
    """Those of the whole file, in batches of 1,000."""
    return chosen(1000)


@pytest.mark.parametrize("batch", [1, 33, 499, 500, 501, ROWS])
def test_the_bounds_of_batches_change_nothing(rows: ChosenRows, batch: int) -> None:
    assert chosen(batch) == rows


def test_of_few_rows_all_are_taken() -> None:
    assert sorted(chosen(100, SAMPLE).sample) == [
        [line, label, prediction]
        for line, label, prediction in zip(range(1, SAMPLE + 1), LABELS, PREDICTIONS, strict=False)
    ]


@pytest.mark.parametrize("parts", [2, 7, 10])
def test_the_sample_comes_from_every_part_of_the_file(rows: ChosenRows, parts: int) -> None:
    taken = Counter(int((line - 1) * parts // ROWS) for line, _, _ in rows.sample)

    assert len(rows.sample) == SAMPLE
    assert min(taken[part] for part in range(parts)) > 0.8 * SAMPLE / parts


@pytest.mark.parametrize("period", [2, 3, 4, 5, 8, 10, 12, 16, 24])
def test_the_sample_follows_no_pattern_of_the_lines(rows: ChosenRows, period: int) -> None:
    taken = Counter(int(line) % period for line, _, _ in rows.sample)

    assert min(taken[rest] for rest in range(period)) > 0.6 * SAMPLE / period


def test_the_worst_are_those_with_the_largest_errors_first(rows: ChosenRows) -> None:
    assert [abs(prediction - label) for _, label, prediction in rows.worst] == sorted(ERRORS, reverse=True)[:WORST]
    assert all(row == [row[0], LABELS[int(row[0]) - 1], PREDICTIONS[int(row[0]) - 1]] for row in rows.worst)


def test_of_equal_errors_the_first_lines_are_the_worst() -> None:
    found = ChosenRows()
    for first in (1, 9):
        found.add(first, [5.0] * 8, [6.0] * 8, [1.0] * 8)

    assert [line for line, _, _ in found.worst] == list(range(1, WORST + 1))
