"""A CSV that the algorithm would learn nonsense from is refused with file, line and column."""

import tracemalloc
from collections.abc import Iterator
from itertools import repeat

import pytest

from csv_rows import Batch, Table, batches
from outcomes import ActionError

FILE = "train/train.csv"


def read(text: bytes, chunk: int = 1000, columns: int = 0, lines_before: int = 0) -> list[Batch]:
    chunks = (text[start : start + chunk] for start in range(0, len(text), chunk))
    return list(batches(chunks, Table(FILE, columns, "the training data" if columns else "line 1"), lines_before))


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    "text",
    [b"5,1,2\n6,-3.5,1e3\n", b"5,1,2\n6,-3.5,1e3", b"5,1,2\r\n6,-3.5,1e3\r\n", b"5,1,2\r\n6,-3.5,1e3"],
    ids=["LF", "no end of line at the end", "CRLF", "CRLF, no end"],
)
def test_good_rows_come_as_they_are(text: bytes, chunk: int) -> None:
    found = read(text, chunk)

    assert [label for batch in found for label in batch.labels] == [5.0, 6.0]
    assert b"\n".join(batch.features for batch in found) == b"1,2\n-3.5,1e3"
    assert sum(batch.size for batch in found) == len(text)


def test_a_batch_holds_the_rows_that_end_in_a_chunk() -> None:
    assert read(b"5,1\n6,2\n7,3\n8,4", chunk=9) == [
        Batch(1, [5.0, 6.0], b"1\n2", 8),
        Batch(3, [7.0], b"3", 4),
        Batch(4, [8.0], b"4", 3),
    ]


def test_a_chunk_in_which_no_row_ends_makes_no_batch() -> None:
    assert [str(batch) for batch in read(b"5,100000\n6,2\n", chunk=3)] == ["lines 1 to 1", "lines 2 to 2"]


def test_lines_are_counted_on_from_those_before() -> None:
    assert [batch.first_line for batch in read(b"5,1\n6,2\n", chunk=4, lines_before=40)] == [41, 42]
    with pytest.raises(ActionError, match="line 42, column 2: 'x' is not a number"):
        read(b"5,1\n6,x\n", lines_before=40)


def test_nothing_after_lines_before_is_no_empty_file() -> None:
    assert read(b"", lines_before=40) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "line 1: the file is empty"),
        (b"quality,acidity\n5,1\n6,2\n", "line 1, column 1: 'quality' is not a number: the file begins with a header"),
        (b'"quality";"acidity"\n5;1\n', 'line 1, column 1: \'"quality";"acidity"\' has no commas'),
        (b"5;1\n6;2\n", "line 1, column 1: '5;1' has no commas, expected numbers separated by commas"),
        (b"5 1\n6 2\n", "line 1, column 1: '5 1' has no commas"),
        (b"5,1\n6,red\n", "line 2, column 2: 'red' is not a number"),
        (b"5,red\n6,1\n", "line 1, column 2: 'red' is not a number. Mend"),
        (b'5,1\n6,"2"\n', "line 2, column 2: '\"2\"' is not a number"),
        (b"5,1\n6,nan\n", "line 2, column 2: 'nan' is not a number"),
        (b"5,1\n6,inf\n", "line 2, column 2: 'inf' is not a number"),
        (b"5,1\n6,1e999\n", "line 2, column 2: '1e999' is too large for XGBoost"),
        (b"5,1\n6," + b"9" * 400 + b"\n", f"line 2, column 2: '{'9' * 40}' is too large for XGBoost"),
        (b"5,1\n6,1_000\n", "line 2, column 2: '1_000' is not a number"),
        (b"5,1\n6,3.5e38\n", "line 2, column 2: '3.5e38' is too large for XGBoost, whose numbers have 32 bits"),
        (b"5,1\n-1e308,1\n", "line 2, column 1: '-1e308' is too large for XGBoost"),
        (b"5,1\n6,1" + b"0" * 39 + b"\n", f"line 2, column 2: '1{'0' * 39}' is too large for XGBoost"),
        (b"5,1\n6,3e38\n7,3e38\n8,x\n", "line 4, column 2: 'x' is not a number"),
        (b"5,1\n6,2,3\n7\n", "line 2: 3 columns, expected 2 as in line 1"),
        (b"5,1\n6\n7,2,3\n", "line 2: 1 columns, expected 2 as in line 1"),
        (b"5,1\n6,\xc3\xa9\n", "line 2, column 2: 'é' is not a number"),
        (b"5,1\n6,\xff\xfe\n", "line 2, column 2: '\ufffd\ufffd' is not a number"),
        (b"5,1\n6,\n", "line 2, column 2: an empty cell, expected a number"),
        (b"5,1\n , \n", "line 2, column 1: an empty cell"),
        (b"5,1\n6,2,3\n", "line 2: 3 columns, expected 2 as in line 1"),
        (b"5,1\n6\n", "line 2: 1 columns, expected 2 as in line 1"),
        (b"5\n6\n", "line 1: 1 columns, expected 2 as in line 1"),
        (b"5,1\n\n6,2\n", "line 2: an empty row: remove it"),
        (b"5,1\n6,2\n\n", "line 3: an empty row: remove it"),
        (b"\n5,1\n", "line 1: an empty row"),
        (b"\xef\xbb\xbf5,1\n6,2\n", "line 1, column 1: the file begins with a byte order mark (BOM)"),
        (b"\xff\xfe5\x00,\x001\x00\n", "line 1, column 1: the file begins with a byte order mark (BOM)"),
        (b"5,1\r6,2\r", "line 1, column 2: '1\\r6' is not a number"),
        (b"\x1f\x8b\x08\x00", "line 1, column 1: '\\x1f\ufffd\\x08\\x00' is not a number"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(text: bytes, says: str) -> None:
    with pytest.raises(ActionError) as refused:
        read(text)

    message = str(refused.value)
    assert message.startswith(f"{FILE}, ")
    assert says in message
    assert message.endswith("Mend the file, upload it and release the pipeline again.")


def test_the_columns_can_be_those_of_another_file() -> None:
    with pytest.raises(ActionError, match="line 1: 2 columns, expected 3 as in the training data"):
        read(b"5,1\n6,2\n", columns=3)


def test_equal_labels_are_the_callers_business() -> None:
    assert [batch.labels for batch in read(b"5,1\n5.0,2\n")] == [[5.0, 5.0]]


def test_numbers_whose_sum_is_too_large_are_numbers() -> None:
    assert [batch.labels for batch in read(b"3e38,3e38\n3e38,2\n")] == [[3e38, 3e38]]


@pytest.mark.parametrize(
    "number", ["3.4028234e38", "9" * 18 + ".9e19", "1" + "0" * 38, "1e-300", "-2.500000000000000000E+01", "1e0010"]
)
def test_what_32_bits_hold_is_a_number_in_any_form(number: str) -> None:
    [batch] = read(f"{number},{number}\n".encode())
    assert batch.labels == [float(number)]


def test_batches_before_the_bad_one_pass_and_none_after() -> None:
    passing = batches([b"5,1\n", b"6,2\n", b"7,4\nx,3\n", b"8,5\n"], Table(FILE))

    assert [next(passing).first_line, next(passing).first_line] == [1, 2]
    with pytest.raises(ActionError, match="line 4, column 1: 'x'"):
        next(passing)
    with pytest.raises(StopIteration):
        next(passing)


def test_a_cell_is_shown_in_part() -> None:
    with pytest.raises(ActionError) as refused:
        read(b"5,1\n6," + b"x" * 500)

    assert f"'{'x' * 40}' is" in str(refused.value)


def test_a_line_of_a_megabyte_passes() -> None:
    text = b"5," + b"0" * 999_998

    assert [batch.features for batch in batches([text, b"\n"], Table(FILE))] == [text[2:]]


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        for chunk in repeat(b"1" * 100_000, 1000):
            taken += len(chunk)
            yield chunk

    with pytest.raises(ActionError, match="line 1: a line of more than 1000000 bytes"):
        list(batches(endless(), Table(FILE)))
    assert taken < 1_500_000


def test_memory_does_not_grow_with_the_file() -> None:
    chunk = b"5,1,2,3,4,5,6,7,8,9,10,11\n6,1,2,3,4,5,6,7,8,9,10,11\n" * 500
    tracemalloc.start()
    count = sum(len(batch.labels) for batch in batches(repeat(chunk, 40), Table(FILE)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 40_000
    assert peak < 40 * len(chunk)  # a cell of 2 bytes is a float and a text of 24 and 35 for a moment
