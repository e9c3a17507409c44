"""How good predictions are: sums that grow by one row at a time, and the metrics that follow from them."""

import random
from collections import Counter
from dataclasses import dataclass, field
from math import floor, isfinite, nan, sqrt
from statistics import stdev

# SageMaker's model quality monitor: "Standard deviation for metrics are provided only when at least 200 samples are
# available. Model Monitor computes standard deviation by randomly sampling 80% of the data five times".
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
_ROWS_FOR_DEVIATION = 200
_SAMPLES = 5
_SAMPLE_SHARE = 0.8

_COUNTS_LIMIT = 1000  # pairs of label and rounded prediction: beyond, the labels are not grades and nobody reads them


@dataclass
class Tally:
    """Sums over rows."""

    rows: int = 0
    absolute: float = 0.0
    squared: float = 0.0
    label_mean: float = 0.0
    label_squares: float = 0.0  # around the mean, by Welford's method: exact also when labels are large and close
    close: int = 0

    def add(self, label: float, prediction: float) -> None:
        """Count one row."""
        error = prediction - label
        self.rows += 1
        self.absolute += abs(error)
        self.squared += error * error
        self.close += abs(error) <= 1
        from_mean = label - self.label_mean
        self.label_mean += from_mean / self.rows
        self.label_squares += from_mean * (label - self.label_mean)

    def metrics(self) -> dict[str, float]:
        """MAE, MSE, RMSE and R2; R2 is left out where it is not defined: when all labels are equal."""
        mse = self.squared / self.rows
        r2 = {"r2": 1 - self.squared / self.label_squares} if self.label_squares else {}
        return {"mae": self.absolute / self.rows, "mse": mse, "rmse": sqrt(mse), **r2}

    @property
    def within_one(self) -> float:
        """The share of predictions that are at most one point off."""
        return self.close / self.rows


@dataclass
class Score:
    """Everything that is told about an endpoint's predictions, in constant memory.

    ``baseline`` is the tally of a model that always answers the training mean.
    """

    training_mean: float
    whole: Tally = field(default_factory=Tally)
    baseline: Tally = field(default_factory=Tally)
    _samples: list[Tally] = field(default_factory=lambda: [Tally() for _ in range(_SAMPLES)])
    _random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - equal runs, equal numbers
    _counts: Counter[tuple[float, int]] = field(default_factory=Counter)

    def add(self, label: float, prediction: float) -> None:
        """Count one row."""
        self.whole.add(label, prediction)
        for sample in self._samples:
            if self._random.random() < _SAMPLE_SHARE:
                sample.add(label, prediction)
        self.baseline.add(label, self.training_mean)
        if len(self._counts) <= _COUNTS_LIMIT:
            self._counts[label, floor(prediction + 0.5)] += 1

    def regression_metrics(self) -> dict[str, dict[str, float | str]]:
        """The metrics as SageMaker's model quality monitor writes them: "NaN" is its word for an unknown deviation."""
        enough = self.whole.rows >= _ROWS_FOR_DEVIATION
        samples = [sample.metrics() for sample in self._samples] if enough else []
        return {
            name: {"value": value, "standard_deviation": _deviation([sample.get(name, nan) for sample in samples])}
            for name, value in self.whole.metrics().items()
        }

    def counts(self) -> dict[str, dict[str, int]] | None:
        """How often each label got each rounded prediction (half goes up); None when there are too many to tell."""
        if len(self._counts) > _COUNTS_LIMIT:
            return None
        table: dict[str, dict[str, int]] = {}
        for (label, rounded), count in sorted(self._counts.items()):
            table.setdefault(f"{label:g}", {})[str(rounded)] = count
        return table


def _deviation(values: list[float]) -> float | str:
    # Also a sample may happen to hold equal labels only, and so have no R2.
    return stdev(values) if values and all(map(isfinite, values)) else "NaN"
