"""Where a file is cut for several instances, and into which parts S3 copies a piece of it."""

import random
from itertools import pairwise

import pytest

import clients
import run_copy
from run_copy import LineEnds, Piece, ranges

MIB = 1024**2


def read(text: bytes, chunk: int) -> LineEnds:
    """What is known of a file's line ends that is read in chunks of so many bytes."""
    ends = LineEnds()
    for begin in range(0, len(text), chunk):
        ends.read(text[begin : begin + chunk])
    return ends


@pytest.mark.parametrize("last_end", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize("chunk", [1, 7, 1000])
@pytest.mark.parametrize(("rows", "count"), [(1, 1), (2, 1), (2, 2), (7, 7), (20, 20), (23, 7), (100, 3)])
def test_parts_are_whole_lines_as_many_in_each(rows: int, count: int, chunk: int, last_end: bytes) -> None:
    lengths = random.Random(rows)  # noqa: S311 - lines of all lengths, the same each time
    lines = [b"5," + b"1" * lengths.choice([1, 2, 900]) + b"\n" for _ in range(rows - 1)] + [b"6,1" + last_end]
    text = b"".join(lines)
    parts = [text[begin:end] for begin, end in read(text, chunk).parts(rows, count)]
    assert b"".join(parts) == text
    counts = [len(part.splitlines()) for part in parts]
    assert sum(counts) == rows
    assert max(counts) - min(counts) <= 1


def test_of_very_many_lines_some_are_remembered_and_the_parts_are_still_alike() -> None:
    rows, count, row = 1_000_000, 20, b"5,1\n"
    ends = read(row * rows, 1024 * 1024)
    assert len(ends._ends) < run_copy._MOST_ENDS
    parts = ends.parts(rows, count)
    assert {end % len(row) for _, end in parts} == {0}
    wanted = [rows * number // count for number in range(1, count + 1)]
    late = [at - end // len(row) for at, (_, end) in zip(wanted, parts, strict=True)]
    assert min(late) >= 0
    assert max(late) < ends._every <= 2 * rows / run_copy._MOST_ENDS


@pytest.mark.parametrize(
    ("begin", "end", "sizes"),
    [
        (0, 6 * MIB, [6 * MIB]),
        (3, 128 * MIB + 3, [128 * MIB]),
        (3, 128 * MIB + 4, [128 * MIB, 1]),
        (0, 1024**4, [128 * MIB] * 8192),  # S3 takes 10,000 parts
    ],
)
def test_a_piece_takes_parts_that_s3_copies_one_by_one(begin: int, end: int, sizes: list[int]) -> None:
    found = ranges(Piece({}, end, begin, end, {}))
    assert (found[0][0], found[-1][1]) == (begin, end)
    assert [last - first for first, last in found] == sizes
    assert all(before[1] == after[0] for before, after in pairwise(found))


def test_a_part_is_copied_while_the_client_waits() -> None:
    slow = 11_000_000  # bytes a second: see run_copy
    assert run_copy.PART / slow < clients._PATIENCE.read_timeout
