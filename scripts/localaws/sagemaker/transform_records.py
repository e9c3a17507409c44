"""The data of a batch transform: how an object becomes requests, and which part of its rows is sent and kept.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html. A filter is a JSONPath of one row
of CSV, which is a JSON array: ``$``, or ``$[...]`` with indexes, slices or ``*``. Written out, since jsonpath-ng does
not read AWS's own example ``$[0,5:]``.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

_FILTER = re.compile(r"\$(?:\[(?P<parts>[^\[\]]+)\])?")
_PART = re.compile(r"(?P<all>\*)|(?P<index>-?\d+)|(?P<start>-?\d*):(?P<end>-?\d*)")


@dataclass(frozen=True)
class Selection:
    """The cells of a row that a filter selects."""

    parts: tuple[int | slice, ...]

    @classmethod
    def parse(cls, text: str) -> "Selection":
        """Read a filter; raise ValueError for one that does not select cells of a row."""
        match = _FILTER.fullmatch(text.strip())
        if not match:
            raise ValueError(text)
        return cls(tuple(_part(part.strip()) for part in (match["parts"] or "*").split(",")))

    def of(self, row: Sequence[str]) -> list[str]:
        """Return the selected cells; raise ValueError for an index that the row does not have."""
        cells: list[str] = []
        for part in self.parts:
            if isinstance(part, slice):
                cells += row[part]
            elif not -len(row) <= part < len(row):
                raise ValueError(f"Index {part} is not within the {len(row)} columns of a row.")
            else:
                cells.append(row[part])
        return cells


def _part(text: str) -> int | slice:
    match = _PART.fullmatch(text)
    if not match:
        raise ValueError(text)
    if match["index"]:
        return int(match["index"])
    if match["all"]:
        return slice(None)
    return slice(int(match["start"]) if match["start"] else None, int(match["end"]) if match["end"] else None)


EVERYTHING = Selection.parse("$")


def batches(file: IO[bytes], *, by_line: bool, single: bool, longest: int) -> Iterator[bytes]:
    """Yield an object's payloads: the whole, or its lines one by one, or as many of them as fit.

    Raises ValueError for a record, or an unsplit object, of more than ``longest`` bytes.
    """
    batch = b""
    for record in file if by_line else [file.read()]:
        if len(record) > longest:
            raise ValueError(f"Too much data for max payload size: {len(record)} bytes, with a maximum of {longest}.")
        if batch and (single or len(batch) + len(record) > longest):
            yield batch
            batch = b""
        batch += record
    if batch:
        yield batch


def select(data: bytes, selection: Selection) -> bytes:
    """Return the selected cells of rows of CSV."""
    return data if selection == EVERYTHING else _written(selection.of(row) for row in _rows(data))


def join(data: bytes, answer: bytes, selection: Selection) -> bytes:
    """Return rows of CSV, each followed by its row of the answer, of which cells are selected.

    Raises ValueError when there are not as many rows in both.
    """
    return _written(selection.of(row + more) for row, more in zip(_rows(data), _rows(answer), strict=True))


def _rows(data: bytes) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(data.decode(), newline="")) if row]


def _written(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
