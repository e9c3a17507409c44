"""How good predictions are: sums that grow batch by batch in constant memory, and the metrics that follow from them.

All of it is a function of the rows and of the lines on which batches end, so that an action that goes on in another
invocation comes to the very same numbers. Sums are over whole lists, by functions that Python has in C: a call for
each row would take ten times as long.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import compress
from math import floor, isfinite, nan, sqrt
from operator import mul, sub
from statistics import stdev
from typing import Any

from chosen_rows import ChosenRows

# SageMaker's model quality monitor: "Standard deviation for metrics are provided only when at least 200 samples are
# available. Model Monitor computes standard deviation by randomly sampling 80% of the data five times".
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
_ROWS_FOR_DEVIATION = 200
_SAMPLES = 5
_SAMPLE_SHARE = 0.8
_CHOICES = 8191  # lines after which the samples' choices begin again: a prime, as no pattern in a file has it

_GRADES_LIMIT = 1000  # pairs of label and rounded prediction: beyond, the labels are not grades and nobody reads them


@dataclass
class Tally:
    """Sums over rows. `label_squares` is around the mean: exact also when labels are large and close."""

    rows: int = 0
    absolute: float = 0.0
    squared: float = 0.0
    label_mean: float = 0.0
    label_squares: float = 0.0
    close: int = 0

    def add(self, more: "Tally") -> None:
        """Count another tally's rows too (Chan, Golub, LeVeque: Updating formulae, 1979)."""
        if not more.rows:
            return
        before, self.rows = self.rows, self.rows + more.rows
        apart = more.label_mean - self.label_mean
        self.label_mean += apart * more.rows / self.rows
        self.label_squares += more.label_squares + apart * apart * before * more.rows / self.rows
        self.absolute += more.absolute
        self.squared += more.squared
        self.close += more.close

    def metrics(self) -> dict[str, float]:
        """MAE, MSE, RMSE and R2; R2 is left out where it is not defined: when all labels are equal."""
        mse = self.squared / self.rows
        r2 = {"r2": 1 - self.squared / self.label_squares} if self.label_squares else {}
        return {"mae": self.absolute / self.rows, "mse": mse, "rmse": sqrt(mse), **r2}

    @property
    def within_one(self) -> float:
        """The share of predictions that are at most one point off."""
        return self.close / self.rows


class _Labels:
    """A batch's labels, seen from the first one, so that equal ones have no spread at all."""

    def __init__(self, labels: Sequence[float]) -> None:
        self.first = labels[0]
        self.differences = [label - self.first for label in labels]
        self.squares = list(map(mul, self.differences, self.differences))


class _Errors:
    """A batch's errors, row by row."""

    def __init__(self, errors: Iterable[float]) -> None:
        self.absolute = list(map(abs, errors))
        self.squared = list(map(mul, self.absolute, self.absolute))
        self.close = list(map((1.0).__ge__, self.absolute))


def _tally(labels: _Labels, errors: _Errors, chosen: bytes | None = None) -> Tally:
    """The sums over the rows whose byte in `chosen` is 1, or over all."""
    rows = len(errors.close) if chosen is None else chosen.count(1)
    if not rows:
        return Tally()
    difference, squares, absolute, squared, close = (
        sum(column if chosen is None else compress(column, chosen))
        for column in (labels.differences, labels.squares, errors.absolute, errors.squared, errors.close)
    )
    around_mean = squares - difference * difference / rows
    if around_mean <= squares * rows * sys.float_info.epsilon:  # what rounding leaves of labels that are all equal
        around_mean = 0.0
    return Tally(rows, absolute, squared, labels.first + difference / rows, around_mean, int(close))


@dataclass
class Score:
    """Everything that is told about an endpoint's predictions, in constant memory.

    ``baseline`` is the tally of a model that always answers the training mean. ``grades`` counts pairs of label and
    rounded prediction; None when there are too many.
    """

    training_mean: float
    whole: Tally = field(default_factory=Tally)
    baseline: Tally = field(default_factory=Tally)
    samples: list[Tally] = field(default_factory=lambda: [Tally() for _ in range(_SAMPLES)])
    grades: Counter[tuple[float, int]] | None = field(default_factory=Counter)
    rows: ChosenRows = field(default_factory=ChosenRows)

    def add(self, first_line: int, labels: Sequence[float], predictions: Sequence[float]) -> None:
        """Count the rows of a batch, which stand on consecutive lines."""
        spread, errors = _Labels(labels), _Errors(map(sub, predictions, labels))
        self.whole.add(_tally(spread, errors))
        for sample, choices in zip(self.samples, _choices(), strict=True):
            begin = first_line % _CHOICES
            end = begin + len(labels)
            sample.add(_tally(spread, errors, (choices * (end // _CHOICES + 1))[begin:end]))
        self.baseline.add(_tally(spread, _Errors([label - self.training_mean for label in labels])))
        self.rows.add(first_line, labels, predictions, errors.absolute)
        if self.grades is not None:
            self.grades.update(zip(labels, [floor(prediction + 0.5) for prediction in predictions], strict=True))
            if len(self.grades) > _GRADES_LIMIT:
                self.grades = None

    def regression_metrics(self) -> dict[str, dict[str, float | str]]:
        """The metrics as SageMaker's model quality monitor writes them: "NaN" is its word for an unknown deviation."""
        enough = self.whole.rows >= _ROWS_FOR_DEVIATION
        samples = [sample.metrics() for sample in self.samples] if enough else []
        return {
            name: {"value": value, "standard_deviation": _deviation([sample.get(name, nan) for sample in samples])}
            for name, value in self.whole.metrics().items()
        }

    def counts(self) -> dict[str, dict[str, int]] | None:
        """How often each label got each rounded prediction (half goes up); None when there are too many to tell."""
        if self.grades is None:
            return None
        table: dict[str, dict[str, int]] = {}
        for (label, rounded), count in sorted(self.grades.items()):
            table.setdefault(str(label).removesuffix(".0"), {})[str(rounded)] = count
        return table

    def document(self) -> dict[str, Any]:
        """What `of` makes the same score of; through JSON too, which keeps numbers to their last digit."""
        grades = None if self.grades is None else [[*pair, count] for pair, count in self.grades.items()]
        return asdict(replace(self, grades=None)) | {"grades": grades}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Score":
        """The score that a document tells."""
        grades = document["grades"]
        return cls(
            document["training_mean"],
            Tally(**document["whole"]),
            Tally(**document["baseline"]),
            [Tally(**sample) for sample in document["samples"]],
            None if grades is None else Counter({(label, rounded): count for label, rounded, count in grades}),
            ChosenRows(**document["rows"]),
        )


@cache
def _choices() -> list[bytes]:
    """For each sample, whether it takes a line: a byte of 1 or 0 for each place in the lines' cycle."""
    chances = [random.Random(number) for number in range(_SAMPLES)]  # noqa: S311 - equal runs, equal numbers
    return [bytes(chance.random() < _SAMPLE_SHARE for _ in range(_CHOICES)) for chance in chances]


def _deviation(values: list[float]) -> float | str:
    # Also a sample may happen to hold equal labels only, and so have no R2.
    return stdev(values) if values and all(map(isfinite, values)) else "NaN"
