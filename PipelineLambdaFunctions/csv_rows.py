"""Reads a CSV of numbers, label first and without a header, batch by batch in constant memory, and refuses all else.

The built-in algorithm takes a header, text, ragged rows and a byte order mark in silence and learns from them, so the
whole file is checked here. Lines may end in LF or CRLF.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from math import inf

from outcomes import ActionError

LINE_LIMIT = 1_000_000  # bytes; a longer line is not a row of numbers, and would have to be held in memory
_LARGEST = 3.4028234663852886e38  # that 32 bits hold, as XGBoost has numbers: what is larger is infinite there
_SHOWN = 40  # characters of a wrong cell that are shown
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Batch:
    """Rows that were checked: the number of the first one's line, the labels, and the features as they were written.

    `size` is how many bytes of the file they take, ends of line included.
    """

    first_line: int
    labels: list[float]
    features: bytes
    size: int

    @property
    def last_line(self) -> int:
        """The number of the last row's line."""
        return self.first_line + len(self.labels) - 1

    def __str__(self) -> str:
        return f"lines {self.first_line} to {self.last_line}"


@dataclass
class Table:
    """What is known of a file: its name, and its columns with the label, which `columns_of` has.

    Without columns the file's first line decides.
    """

    name: str
    columns: int = 0
    columns_of: str = "line 1"


def batches(chunks: Iterable[bytes], table: Table, lines_before: int = 0) -> Iterator[Batch]:
    """Yield the rows that end in each chunk; ActionError with file, line and column at the first that is wrong.

    `lines_before` says how many lines precede the first chunk. That the file is empty is only known, and raised, at
    its end.
    """
    line, rest = lines_before + 1, b""
    for chunk in chunks:
        whole, newline, rest = _parted(rest, chunk)
        if whole or newline:
            yield (batch := _checked(whole + newline, table, line))
            line = batch.last_line + 1
        if len(rest) > LINE_LIMIT:
            raise wrong_file(table.name, line, None, f"a line of more than {LINE_LIMIT} bytes, expected numbers")
    if rest:
        yield _checked(rest, table, line)
    elif line == 1:
        raise wrong_file(table.name, 1, None, "the file is empty, expected rows of numbers with the label first")


def _parted(rest: bytes, chunk: bytes) -> tuple[bytes, bytes, bytes]:
    """The whole lines of what is there, the end of the last one, and the beginning of the next."""
    whole, newline, begun = chunk.rpartition(b"\n")
    return (rest + whole, newline, begun) if newline else (b"", b"", rest + begun)


def _checked(text: bytes, table: Table, first_line: int) -> Batch:
    lines = text.removesuffix(b"\n").split(b"\n")
    if b"\r" in text:
        lines = [line.removesuffix(b"\r") for line in lines]
    table.columns = table.columns or max(lines[0].count(b",") + 1, 2)
    if not _plain_rows(table.columns).fullmatch(b"\n".join(lines)):
        _check_one_by_one(lines, table, first_line)
    cells = [line.partition(b",") for line in lines]
    labels = [float(label) for label, _, _ in cells]
    return Batch(first_line, labels, b"\n".join([features for _, _, features in cells]), len(text))


@cache
def _plain_rows(columns: int) -> re.Pattern[bytes]:
    """Rows of numbers in the usual forms, none of which is too large: quick, and without saying where they end.

    Nothing but an exponent is tried twice: all repetitions keep what they have taken (Python 3.11).
    """
    number = rb"-?+[0-9]{1,18}+(?:\.[0-9]{0,200}+)?+(?:[eE](?:-[0-9]{1,2}+|\+?+[01]?[0-9]))?+"
    row = rb"(?:%s,){%d}+%s" % (number, columns - 1, number)
    return re.compile(rb"(?:%s\n)*+%s" % (row, row))


def _check_one_by_one(lines: list[bytes], table: Table, first_line: int) -> None:
    for line, text in enumerate(lines, first_line):
        cells = text.split(b",")
        if not all(map(_is_number, cells)):
            raise _bad_cell(cells, table.name, line)
        if len(cells) != table.columns:
            why = f"{len(cells)} columns, expected {table.columns} as in {table.columns_of}"
            raise wrong_file(table.name, line, None, why)


def _bad_cell(cells: list[bytes], file: str, line: int) -> ActionError:
    if line == 1 and cells[0].startswith(_BYTE_ORDER_MARKS):
        return wrong_file(file, line, 1, "the file begins with a byte order mark (BOM): save it as UTF-8 without BOM")
    if cells == [b""]:
        return wrong_file(file, line, None, "an empty row: remove it")
    bad = [number for number, cell in enumerate(cells, 1) if not _is_number(cell)]
    column, cell = bad[0], cells[bad[0] - 1]
    shown = repr(cell.decode("utf-8", "replace")[:_SHOWN])
    if not cell.strip():
        why = "an empty cell, expected a number"
    elif _is_number(cell, inf) and re.search(b"[0-9]", cell):
        why = f"{shown} is too large for XGBoost, whose numbers have 32 bits"
    elif len(cells) == 1 and any(separator in cell for separator in (b";", b"\t", b" ")):
        why = f"{shown} has no commas, expected numbers separated by commas"
    elif line == 1 and len(bad) == len(cells):
        why = f"{shown} is not a number: the file begins with a header, remove it"
    else:
        why = f"{shown} is not a number"
    return wrong_file(file, line, column, why)


def _is_number(cell: bytes, limit: float = _LARGEST) -> bool:
    try:
        return abs(float(cell)) <= limit and b"_" not in cell
    except ValueError:
        return False


def wrong_file(file: str, line: int, column: int | None, why: str) -> ActionError:
    """The error that names a place in a file, and why (without a full stop)."""
    place = f"{file}, line {line}" + (f", column {column}" if column else "")
    return ActionError(f"{place}: {why}. Mend the file, upload it and release the pipeline again.")
