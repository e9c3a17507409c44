"""The metrics, against the textbook's formulas."""

import random
from math import isclose, sqrt
from statistics import fmean, pvariance

import pytest

from metrics import Score

MEAN = 5.6


def score(pairs: list[tuple[float, float]], mean: float = MEAN) -> Score:
    total = Score(mean)
    for label, prediction in pairs:
        total.add(label, prediction)
    return total


@pytest.fixture
def pairs() -> list[tuple[float, float]]:
    """Labels and predictions such as those of wines."""
    chance = random.Random(1)  # noqa: S311 - equal runs, equal numbers
    labels = [float(chance.choice((3, 4, 5, 5, 6, 6, 7, 8))) for _ in range(1000)]
    return [(label, label + chance.gauss(0.1, 0.7)) for label in labels]


def test_metrics_are_those_of_the_textbook(pairs: list[tuple[float, float]]) -> None:
    labels = [label for label, _ in pairs]
    errors = [prediction - label for label, prediction in pairs]
    mse = fmean(error**2 for error in errors)

    metrics = score(pairs).whole.metrics()

    assert isclose(metrics["mae"], fmean(map(abs, errors)))
    assert isclose(metrics["mse"], mse)
    assert isclose(metrics["rmse"], sqrt(mse))
    assert isclose(metrics["r2"], 1 - mse / pvariance(labels))


def test_r2_is_exact_for_large_labels_that_are_close() -> None:
    pairs = [(1e9 + label, 1e9 + label + error) for label, error in ((1, 0.5), (2, -0.5), (3, 0.5), (4, -0.5))]

    assert isclose(score(pairs).whole.metrics()["r2"], 1 - 1 / 5)


def test_equal_labels_have_no_r2_and_the_other_metrics() -> None:
    equal = score([(5.0, 5.5)] * 300)

    assert equal.whole.metrics() == {"mae": 0.5, "mse": 0.25, "rmse": 0.5}
    assert set(equal.regression_metrics()) == {"mae", "mse", "rmse"}


def test_the_baseline_always_answers_the_training_mean(pairs: list[tuple[float, float]]) -> None:
    labels = [label for label, _ in pairs]
    baseline = score(pairs).baseline

    assert isclose(baseline.metrics()["rmse"], sqrt(fmean((label - MEAN) ** 2 for label in labels)))
    assert baseline.within_one == sum(abs(label - MEAN) <= 1 for label in labels) / len(labels)


@pytest.mark.parametrize(("prediction", "within"), [(6.0, 1), (4.0, 1), (6.001, 0), (3.9, 0)])
def test_within_one_includes_a_whole_point(prediction: float, within: float) -> None:
    assert score([(5, prediction)]).whole.within_one == within


@pytest.mark.parametrize(("prediction", "rounded"), [(5.5, "6"), (6.5, "7"), (5.49, "5"), (-0.5, "0"), (-0.6, "-1")])
def test_half_a_point_is_rounded_up(prediction: float, rounded: str) -> None:
    assert score([(5, prediction)]).counts() == {"5": {rounded: 1}}


def test_counts_add_up(pairs: list[tuple[float, float]]) -> None:
    counts = score(pairs).counts()

    assert counts
    assert sum(sum(row.values()) for row in counts.values()) == len(pairs)
    assert list(counts) == ["3", "4", "5", "6", "7", "8"]


def test_labels_that_are_no_grades_are_not_counted() -> None:
    assert score([(number / 7, 1.0) for number in range(5000)]).counts() is None


@pytest.mark.parametrize(("rows", "known"), [(199, False), (200, True)])
def test_deviations_need_two_hundred_rows(pairs: list[tuple[float, float]], rows: int, known: bool) -> None:
    metrics = score(pairs[:rows]).regression_metrics()

    assert all((metric["standard_deviation"] != "NaN") is known for metric in metrics.values())


def test_deviations_are_those_of_five_samples_of_four_fifths(pairs: list[tuple[float, float]]) -> None:
    metrics = score(pairs).regression_metrics()

    # A mean over a random share p of n rows varies by about sigma * sqrt((1 - p) / (p * n)).
    absolute = [abs(prediction - label) for label, prediction in pairs]
    expected = sqrt(pvariance(absolute)) * sqrt(0.2 / (0.8 * len(pairs)))
    deviation = metrics["mae"]["standard_deviation"]
    assert isinstance(deviation, float)
    assert expected / 4 < deviation < expected * 4


def test_equal_rows_give_equal_deviations(pairs: list[tuple[float, float]]) -> None:
    assert score(pairs).regression_metrics() == score(pairs).regression_metrics()


def test_a_sample_without_different_labels_leaves_r2s_deviation_open() -> None:
    metrics = score([(5.0, 5.1)] * 299 + [(6.0, 5.9)]).regression_metrics()

    assert metrics["r2"]["standard_deviation"] == "NaN"
    assert metrics["mae"]["standard_deviation"] != "NaN"
