"""A few rows of a test set for people to look at: some of all, and the worst. Which ones depends on the rows alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from math import inf

SAMPLE = 500
WORST = 10

# Multiples of 2^32 divided by the golden ratio fall evenly between 0 and 2^32, whatever the step of the lines (Knuth,
# The Art of Computer Programming 3, 6.4): the lines whose multiple is low are spread over the file and its patterns.
_GOLDEN, _RANGE = 2654435769, 2**32

Row = list[float]  # line, label, prediction: as JSON has it


@dataclass
class ChosenRows:
    """Rows as [line, label, prediction], those of `worst` with the largest absolute errors first."""

    sample: list[Row] = field(default_factory=list)
    worst: list[Row] = field(default_factory=list)

    def add(
        self, first_line: int, labels: Sequence[float], predictions: Sequence[float], errors: Sequence[float]
    ) -> None:
        """Choose among the rows of a batch too, which stand on consecutive lines; `errors` are absolute."""

        def rows(places: Sequence[int]) -> list[Row]:
            return [[first_line + place, labels[place], predictions[place]] for place in places]

        highest = _lot(self.sample[-1]) if len(self.sample) == SAMPLE else inf
        lines = range(first_line, first_line + len(labels))
        drawn = [place for place, line in enumerate(lines) if line * _GOLDEN % _RANGE < highest]
        self.sample = nsmallest(SAMPLE, self.sample + rows(drawn), key=_lot)
        least = _error(self.worst[-1]) if len(self.worst) == WORST else -1.0
        bad = [place for place, error in enumerate(errors) if error > least]
        self.worst = nsmallest(WORST, self.worst + rows(bad), key=lambda row: (-_error(row), row[0]))


def _lot(row: Row) -> int:
    return int(row[0]) * _GOLDEN % _RANGE


def _error(row: Row) -> float:
    return abs(row[2] - row[1])
