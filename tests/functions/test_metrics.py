"""The metrics, against the textbook's formulas."""

import json
import random
from math import isclose, sqrt
from statistics import fmean, pvariance

import pytest

from metrics import Score

MEAN = 5.6


def score(pairs: list[tuple[float, float]], mean: float = MEAN, batch: int = 300) -> Score:
    total = Score(mean)
    for first in range(0, len(pairs), batch):
        labels, predictions = zip(*pairs[first : first + batch], strict=True)
        total.add(first + 1, labels, predictions)
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


@pytest.mark.parametrize("label", [5.0, 5.1, 1e9 / 3])
def test_equal_labels_have_no_r2_and_the_other_metrics(label: float) -> None:
    equal = score([(label, label + 0.5)] * 1000)

    assert equal.whole.metrics() == pytest.approx({"mae": 0.5, "mse": 0.25, "rmse": 0.5})
    assert set(equal.regression_metrics()) == {"mae", "mse", "rmse"}


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_the_bounds_of_batches_change_no_metric(pairs: list[tuple[float, float]], batch: int) -> None:
    found, expected = score(pairs, batch=batch), score(pairs)

    assert found.whole.metrics() == pytest.approx(expected.whole.metrics(), rel=1e-12)
    assert found.baseline.metrics() == pytest.approx(expected.baseline.metrics(), rel=1e-12, abs=1e-12)
    assert [sample.rows for sample in found.samples] == [sample.rows for sample in expected.samples]
    assert (found.counts(), found.rows) == (expected.counts(), expected.rows)


def test_a_score_goes_through_json_and_comes_back_the_same(pairs: list[tuple[float, float]]) -> None:
    half = Score.of(json.loads(json.dumps(score(pairs[:600]).document())))

    for first in (600, 900):
        labels, predictions = zip(*pairs[first : first + 300], strict=True)
        half.add(first + 1, labels, predictions)

    assert half == score(pairs)


def test_what_is_kept_does_not_grow_with_the_rows(pairs: list[tuple[float, float]]) -> None:
    thousand, ten_thousand = (len(json.dumps(score(pairs * times).document())) for times in (1, 10))

    assert ten_thousand < 1.1 * thousand


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


def test_labels_that_are_alike_in_six_digits_are_counted_apart() -> None:
    pairs = [(1234561.0, 7.0), (1234562.0, 7.0), (0.1234561, 7.0), (0.1234562, 7.0)]
    assert score(pairs).counts() == {
        "0.1234561": {"7": 1},
        "0.1234562": {"7": 1},
        "1234561": {"7": 1},
        "1234562": {"7": 1},
    }


def test_counts_add_up(pairs: list[tuple[float, float]]) -> None:
    counts = score(pairs).counts()

    assert counts
    assert sum(sum(row.values()) for row in counts.values()) == len(pairs)
    assert list(counts) == ["3", "4", "5", "6", "7", "8"]


def test_labels_that_are_no_grades_are_not_counted() -> None:
    found = score([(number / 7, 1.0) for number in range(5000)])

    assert found.counts() is None
    assert Score.of(found.document()).counts() is None


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


def test_samples_are_of_four_fifths_each_another(pairs: list[tuple[float, float]]) -> None:
    samples = score(pairs * 20).samples

    assert [sample.rows / (20 * len(pairs)) for sample in samples] == pytest.approx([0.8] * 5, abs=0.02)
    assert len({sample.absolute for sample in samples}) == 5


@pytest.mark.parametrize("label", [5.0, 5.1, 0.1, 1 / 3, 7.7, 1e6 / 7])
def test_a_sample_without_different_labels_leaves_r2s_deviation_open(label: float) -> None:
    metrics = score([(6.0, 5.9)] + [(label, label + 0.1)] * 299, batch=1000).regression_metrics()

    assert metrics["r2"]["standard_deviation"] == "NaN"
    assert metrics["mae"]["standard_deviation"] != "NaN"
