"""Reads requests, scores them, writes answers: the part of serving that knows no HTTP.

Source: sagemaker_xgboost_container/algorithm_mode/serve.py, serve_utils.py, encoder.py.
"""

import csv
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from localaws.xgboost_container import channels
from localaws.xgboost_container.settings import Settings
from localaws.xgboost_container.version import Version

JSON = "application/json"
CSV = "text/csv"
_ACCEPTED = [JSON, "application/jsonlines", "application/x-recordio-protobuf", CSV]
_VOTING_OBJECTIVES = ("multi:softmax", "binary:hinge")
_PICKLE = b"\x80"


class Model:
    """The booster of a model folder, or all of its boosters, whose answers are averaged (the image's ensemble mode).

    Raises an exception when a file in the folder is not a model, as any file beside the model is not.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._version = settings.version
        self._lock = threading.Lock()  # predictions of one booster in several threads are not safe for every booster
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        if not settings.ensemble:
            files = [path for path in files if path.name.startswith("xgboost-model")][:1]
        if not files:
            raise ValueError(f"There is no model file in {folder}.")
        self._boosters = [_load(path) for path in files]
        learner = json.loads(self._boosters[0].save_config())["learner"]
        self.objective: str = learner["objective"]["name"]
        self.classes = int(learner["learner_model_param"]["num_class"])

    def predict(self, matrix: Any, data_format: str) -> Any:
        """Return the scores of the rows, as an array."""
        if self._version.pickles_models:
            self._check_columns(matrix.num_col(), data_format)
        with self._lock:
            answers = [booster.predict(matrix, validate_features=False) for booster in self._boosters]
        if len(answers) > 1 and self.objective in _VOTING_OBJECTIVES:
            return np.array([np.bincount(votes).argmax() for votes in np.stack(answers).astype(int).T], dtype=float)
        return answers[0] if len(answers) == 1 else np.mean(answers, axis=0)

    def _check_columns(self, columns: int, data_format: str) -> None:
        trained = self._boosters[0].num_features()
        if data_format == channels.CSV and trained not in (columns, columns + 1):
            raise ValueError(
                f"Feature size of csv inference data {columns} is not consistent "
                f"with feature size of trained model {trained}"
            )
        if data_format == channels.LIBSVM and columns > trained + 1:
            raise ValueError(
                f"Feature size of libsvm inference data {columns} is larger than "
                f"feature size of trained model {trained}."
            )


def _load(path: Path) -> xgboost.Booster:
    content = path.read_bytes()
    if content.startswith(_PICKLE):
        raise ValueError(f"{path.name} is a pickle: loading it would run its author's code, which local AWS refuses.")
    if not content:
        raise ValueError(f"{path.name} is empty.")  # XGBoost would end the process
    booster = xgboost.Booster()
    booster.load_model(bytearray(content))
    booster.set_param({"nthread": 1})
    return booster


def parse(payload: bytes, content_type: str | None, version: Version) -> tuple[xgboost.DMatrix, str]:
    """Return a request's rows and their format; raise an exception whose text is the answer's body (status 415)."""
    data_format = channels.data_format(content_type or (CSV if version.is_first else None))
    try:
        text = payload.strip().decode("utf-8")
        return (_read_csv(text) if data_format == channels.CSV else _read_libsvm(text)), data_format
    except Exception as error:
        raise ValueError(
            f"Loading {data_format} data failed with Exception, please ensure data is in {data_format} format:\n"
            f" {type(error)}\n {error}"
        ) from error


def _read_csv(text: str) -> xgboost.DMatrix:
    lines = text.split("\n")
    sniffed = csv.Sniffer().sniff(lines[0][:512]).delimiter
    delimiter = "," if sniffed.isalnum() else sniffed
    matrix = _numbers(lines, delimiter)
    if matrix is None:  # the image's way, with its forgiveness and its errors
        rows = [[cell or "nan" for cell in line.split(delimiter)] for line in lines]
        matrix = np.array(rows).astype(float)
    return xgboost.DMatrix(matrix)


def _numbers(lines: list[str], delimiter: str) -> Any:
    """Return what the image's way returns, ten times sooner, when every row has the same number of plain numbers."""
    try:
        matrix = np.loadtxt(lines, delimiter=delimiter, comments=None, ndmin=2)
    except (ValueError, TypeError):  # a cell that is no number, rows of other lengths, a delimiter that cannot be one
        return None
    return matrix if len(matrix) == len(lines) else None  # it leaves out empty lines


def _read_libsvm(text: str) -> xgboost.DMatrix:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    cells = [
        (row, *item.split(":")[:2])
        for row, line in enumerate(text.split("\n"))
        for item in line.split(" ")
        if ":" in item
    ]
    rows, columns, values = zip(*cells, strict=True)
    return xgboost.DMatrix(csr_matrix((np.array(values).astype(float), (rows, np.array(columns).astype(int)))))


def accepted_type(accept: str | None, settings: Settings) -> str:
    """Return the content type of the answer; raise ValueError for one that does not exist."""
    if settings.version.is_first:
        return CSV  # it knew no other
    wanted = (accept or "").partition(";")[0].strip()
    if wanted in ("", "*/*"):
        return settings.default_accept
    if wanted.lower() not in _ACCEPTED:
        raise ValueError(f"Accept type {wanted} is not supported. Please use supported accept types: {_ACCEPTED}.")
    return wanted.lower()


def with_charset(kind: str) -> str:
    """Return a Content-Type as Flask writes it."""
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def encode(scores: Any, accept: str, settings: Settings) -> tuple[str, str]:
    """Return the body of an answer and its Content-Type; raise ValueError for a type not built."""
    if accept == CSV or settings.batch:
        separator = "," if settings.version.joins_answers_with_commas and not settings.batch else "\n"
        rows = scores.tolist()
        lines = [",".join(map(str, row)) for row in rows] if scores.ndim > 1 else list(map(str, rows))
        return separator.join(lines) + ("\n" if separator == "\n" else ""), with_charset(CSV)
    if accept == JSON:
        return json.dumps({"predictions": [{"score": score} for score in scores.tolist()]}), JSON
    raise ValueError(f"Accept type {accept} needs SAGEMAKER_INFERENCE_OUTPUT.")
