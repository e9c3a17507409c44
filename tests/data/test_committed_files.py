"""The three files hold UCI's red wines, whole and fairly split. Nothing here uses the script that made them."""

import hashlib
import itertools
import re
from collections import Counter
from pathlib import Path

import pytest

Rows = dict[str, list[list[str]]]

README = (Path(__file__).resolve().parents[2] / "Data" / "README.md").read_text(encoding="utf-8")
SHARES = {"train.csv": 0.70, "validation.csv": 0.15, "test.csv": 0.15}
QUALITIES = {"3": 10, "4": 53, "5": 681, "6": 638, "7": 199, "8": 18}

# Smallest and largest of each column, as published analyses of UCI's file print them (R's summary, 4 digits).
RANGES = [
    ("quality", 3, 8),
    ("fixed acidity", 4.6, 15.9),
    ("volatile acidity", 0.12, 1.58),
    ("citric acid", 0, 1),
    ("residual sugar", 0.9, 15.5),
    ("chlorides", 0.012, 0.611),
    ("free sulfur dioxide", 1, 72),
    ("total sulfur dioxide", 6, 289),
    ("density", 0.9901, 1.0037),
    ("pH", 2.74, 4.01),
    ("sulphates", 0.33, 2),
    ("alcohol", 8.4, 14.9),
]


def test_every_quality_has_as_many_wines_as_at_uci(shuffled_rows: list[list[str]]) -> None:
    assert Counter(row[0] for row in shuffled_rows) == QUALITIES


@pytest.mark.parametrize(("column", "name", "smallest", "largest"), [(i, *row) for i, row in enumerate(RANGES)])
def test_columns_are_in_uci_order(
    shuffled_rows: list[list[str]], column: int, name: str, smallest: float, largest: float
) -> None:
    values = [float(row[column]) for row in shuffled_rows]
    assert (round(min(values), 4), round(max(values), 4)) == (smallest, largest), name


def test_240_rows_repeat_another(shuffled_rows: list[list[str]]) -> None:
    assert len(shuffled_rows) - len({tuple(row[1:]) for row in shuffled_rows}) == 240


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(SHARES, 2)))
def test_no_wine_is_in_two_files(rows: Rows, one: str, other: str) -> None:
    assert not {tuple(row[1:]) for row in rows[one]} & {tuple(row[1:]) for row in rows[other]}


@pytest.mark.parametrize("name", SHARES)
def test_size_is_its_share_of_the_wines(rows: Rows, name: str) -> None:
    assert len(rows[name]) / 1599 == pytest.approx(SHARES[name], abs=0.005)


@pytest.mark.parametrize(("name", "quality"), list(itertools.product(SHARES, QUALITIES)))
def test_each_quality_is_split_by_the_shares(rows: Rows, name: str, quality: str) -> None:
    """As exactly as whole groups of identical wines allow: a part misses its share by half a group at either end."""
    of_quality = [tuple(row) for part in rows.values() for row in part if row[0] == quality]
    largest_group = max(Counter(of_quality).values())
    fair = SHARES[name] * QUALITIES[quality]
    assert sum(row[0] == quality for row in rows[name]) == pytest.approx(fair, abs=largest_group)


@pytest.mark.parametrize("name", SHARES)
def test_file_is_plain_lines_of_twelve_numbers(committed_files: dict[str, bytes], name: str) -> None:
    assert re.fullmatch(rb"([3-8](,\d+(\.\d*[1-9])?){11}\n)+", committed_files[name])


@pytest.mark.parametrize("name", SHARES)
def test_rows_are_not_sorted_by_quality(rows: Rows, name: str) -> None:
    """The first half of a file is a fair sample too: all of the three common qualities are in it."""
    first_half = rows[name][: len(rows[name]) // 2]
    assert {"5", "6", "7"} <= {row[0] for row in first_half}


@pytest.mark.parametrize("name", SHARES)
def test_readme_has_the_checksum(committed_files: dict[str, bytes], name: str) -> None:
    assert f"\n{hashlib.sha256(committed_files[name]).hexdigest()}  {name}\n" in README


@pytest.mark.parametrize("name", SHARES)
def test_readme_has_the_counts(rows: Rows, name: str) -> None:
    counts = Counter(row[0] for row in rows[name])
    cells = [f"`{name}`", str(len(rows[name])), *(str(counts[quality]) for quality in QUALITIES)]
    assert f"\n| {' | '.join(cells)} |" in README


@pytest.mark.parametrize(("column", "name"), [(i, row[0]) for i, row in enumerate(RANGES, start=1)])
def test_readme_describes_the_column(column: int, name: str) -> None:
    assert f"\n| {column} | {name} |" in README


@pytest.mark.parametrize("text", ["CC BY 4.0", "doi.org/10.1016/j.dss.2009.05.016", "doi.org/10.24432/C56S3T"])
def test_readme_gives_licence_and_citation(text: str) -> None:
    assert text in README
