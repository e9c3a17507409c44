"""Reads a CSV of numbers, label first and without a header, row by row in constant memory, and refuses all else.

The built-in algorithm takes a header, text, ragged rows and a byte order mark in silence and learns from them, so the
whole file is checked here. Lines may end in LF or CRLF.
"""

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import NamedTuple

from outcomes import ActionError

_LINE_LIMIT = 1_000_000  # bytes; a longer line is not a row of numbers, and would have to be held in memory
_SHOWN = 40  # characters of a wrong cell that are shown
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Row(NamedTuple):
    """A row that was checked: its line number, its label, and its features as they were written."""

    line: int
    label: float
    features: bytes


def rows(chunks: Iterable[bytes], file: str, columns: int | None = None, columns_of: str = "line 1") -> Iterator[Row]:
    """Yield every row; ActionError with file, line and column at the first that is wrong.

    `columns` counts the label too and comes from `columns_of`; without it line 1 decides. That the file is empty is
    only known, and raised, at its end.
    """
    line = 0
    for line, text in enumerate(_lines(chunks, file), 1):
        values = _numbers(text, file, line)
        columns = columns or max(len(values), 2)
        if len(values) != columns:
            raise wrong_file(file, line, None, f"{len(values)} columns, expected {columns} as in {columns_of}")
        yield Row(line, values[0], text.partition(b",")[2])
    if line == 0:
        raise wrong_file(file, 1, None, "the file is empty, expected rows of numbers with the label first")


def _lines(chunks: Iterable[bytes], file: str) -> Iterator[bytes]:
    count, rest = 0, b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for text in whole:
            count += 1
            yield text.removesuffix(b"\r")
        if len(rest) > _LINE_LIMIT:
            raise wrong_file(file, count + 1, None, f"a line of more than {_LINE_LIMIT} bytes, expected numbers")
    if rest:
        yield rest.removesuffix(b"\r")


def _numbers(text: bytes, file: str, line: int) -> list[float]:
    cells = text.split(b",")
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        pass
    else:
        if all(map(isfinite, values)) and b"_" not in text:  # Python reads 1_000, the algorithm does not
            return values
    raise _bad_cell(cells, file, line)


def _bad_cell(cells: list[bytes], file: str, line: int) -> ActionError:
    if line == 1 and cells[0].startswith(_BYTE_ORDER_MARKS):
        return wrong_file(file, line, 1, "the file begins with a byte order mark (BOM): save it as UTF-8 without BOM")
    if cells == [b""]:
        return wrong_file(file, line, None, "an empty row: remove it")
    bad = [number for number, cell in enumerate(cells, 1) if not _is_number(cell)]
    column, cell = bad[0], cells[bad[0] - 1]
    if not cell.strip():
        return wrong_file(file, line, column, "an empty cell, expected a number")
    shown = cell.decode("utf-8", "replace")[:_SHOWN]
    if len(cells) == 1 and any(separator in cell for separator in (b";", b"\t", b" ")):
        return wrong_file(file, line, column, f"{shown!r} has no commas, expected numbers separated by commas")
    if line == 1 and len(bad) == len(cells):
        return wrong_file(file, line, column, f"{shown!r} is not a number: the file begins with a header, remove it")
    return wrong_file(file, line, column, f"{shown!r} is not a number")


def _is_number(cell: bytes) -> bool:
    try:
        return isfinite(float(cell)) and b"_" not in cell
    except ValueError:
        return False


def wrong_file(file: str, line: int, column: int | None, why: str) -> ActionError:
    """The error that names a place in a file, and why (without a full stop)."""
    place = f"{file}, line {line}" + (f", column {column}" if column else "")
    return ActionError(f"{place}: {why}. Mend the file, upload it and release the pipeline again.")
