"""Reads the files of a channel as the image does: by XGBoost's own text parsers, which forgive almost anything.

A header becomes a training row, text cells and ragged rows are accepted: check your data before you train on it.
Source: sagemaker_xgboost_container/data_utils.py.
"""

import csv
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from localaws.xgboost_container.channels import CSV
from localaws.xgboost_container.errors import UserError

_MAX_FOLDER_DEPTH = 3
_log = logging.getLogger(__name__)


def load(folders: Sequence[Path], data_format: str, staging: Path, *, csv_weights: bool = False) -> Any:
    """Return the data of channels, by their folders, as one xgboost.DMatrix, or None when there is none.

    ``staging`` is an empty folder for links to the files, since XGBoost reads one folder and not its sub-folders.
    """
    if sum(_size(folder) for folder in folders) == 0:
        return None
    files = [file for folder in folders for file in _data_files(folder)]
    staging.mkdir(parents=True)
    for number, file in enumerate(files):
        (staging / f"{number:06d}").symlink_to(file)
    if data_format == CSV:
        delimiters = [_delimiter(_first_line(file)) for file in files]
        weights = "&weight_column=1" if csv_weights else ""
        options = f"format=csv&label_column=0&delimiter={delimiters[0]}{weights}"
    else:
        for file in files:
            _check_libsvm(file)
        options = "format=libsvm"
    import xgboost  # late: a bad hyperparameter is refused without it

    try:
        return xgboost.DMatrix(f"{staging}?{options}")
    except xgboost.core.XGBoostError as error:
        raise UserError(f"Failed to load {data_format} data with exception:\n{error}") from error


def warn_of_copies(train: Path, validation: Path) -> None:
    """Warn of validation data that has the name and the size of training data."""
    trained = {(path.name, path.stat().st_size): path for path in train.rglob("*") if path.is_file()}
    for path in validation.rglob("*"):
        twin = trained.get((path.name, path.stat().st_size)) if path.is_file() else None
        if twin:
            _log.warning("Suspected identical files found: %s and %s have the same name and size.", twin, path)


def _size(channel: Path) -> int:
    total = 0
    for path in channel.rglob("*"):
        if path.is_file():
            if path.name.startswith("."):
                raise UserError("Hidden file found in the data path! Remove that before training.")
            total += path.stat().st_size
    return total


def _data_files(folder: Path, depth: int = 1) -> list[Path]:
    if depth > _MAX_FOLDER_DEPTH:
        _log.warning("The depth of folder %s exceeds the limit %s. Its files are not loaded.", folder, depth - 1)
        return []
    files: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            files += _data_files(path, depth + 1)
        elif not path.name.startswith("_"):
            files.append(path)
    return files


def _first_line(file: Path) -> str:
    with file.open(errors="ignore") as lines:
        return lines.readline()


def _delimiter(line: str) -> str:
    try:
        delimiter = csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise UserError(f"Could not determine delimiter on line {line[:50]}:\n{error}") from error
    _log.info("Determined delimiter of CSV input is '%s'", delimiter)
    return delimiter


def _check_libsvm(file: Path) -> None:
    with file.open(errors="ignore") as lines:
        for line in lines:
            label, *features = line.rstrip("\n").split(" ")
            if not _is_label(label) or not all(feature.count(":") == 1 for feature in features):
                raise UserError(
                    f"First line '{line[:50]}...' of file '{file.name}' is not 'LIBSVM' format. "
                    "Please ensure the file is in 'LIBSVM' format."
                )
            if len(features) > 1:
                return


def _is_label(text: str) -> bool:
    try:
        return len([float(part) for part in text.split(":")]) <= 2
    except ValueError:
        return False
