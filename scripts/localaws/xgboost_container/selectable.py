"""Answers with selected content, when SAGEMAKER_INFERENCE_OUTPUT names it: labels, probabilities, raw scores.

Source: sagemaker_xgboost_container/algorithm_mode/serve_utils.py.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localaws.xgboost_container.errors import UserError

JSON = "application/json"
JSON_LINES = "application/jsonlines"
_RECORDIO = "application/x-recordio-protobuf"
_SCORED = ("reg:squarederror", "reg:logistic", "reg:gamma", "reg:absoluteerror", "reg:tweedie")
_LABELLED = ("predicted_label", "labels", "raw_score", "raw_scores")
_WITH_PROBABILITY = (*_LABELLED, "probability", "probabilities")
_KEYS: dict[str, Sequence[str]] = {
    **dict.fromkeys(_SCORED, ("predicted_score",)),
    **dict.fromkeys(("binary:logistic", "multi:softprob"), _WITH_PROBABILITY),
    **dict.fromkeys(("binary:logitraw", "binary:hinge", "multi:softmax"), _LABELLED),
}
_ORDER = ("predicted_label", "labels", "probability", "probabilities", "raw_score", "raw_scores", "predicted_score")


def select(scores: Any, keys: Sequence[str], objective: str, classes: int) -> list[dict[str, Any]]:
    """Return the selected content of each row; what the objective does not have is NaN."""
    if objective not in _KEYS:
        raise UserError(f"Objective `{objective}` unsupported for selectable inference predictions.")
    valid = [key for key in _ORDER if key in keys and key in _KEYS[objective]]
    missing = {key: math.nan for key in keys if key not in valid}
    return [{key: _CONTENT[key](score, objective, classes) for key in valid} | missing for score in scores.tolist()]


def _predicted_label(score: Any, objective: str, _classes: int) -> Any:
    if objective == "binary:logistic":
        return int(score > 0.5)
    if objective == "binary:logitraw":
        return int(score > 0)
    return score.index(max(score)) if isinstance(score, list) else score


def _labels(_score: Any, objective: str, classes: int) -> Any:
    return list(range(classes)) if objective.startswith("multi:") else [0, 1]


def _highest(score: Any, _objective: str, _classes: int) -> Any:
    return max(score) if isinstance(score, list) else score


def _all(score: Any, _objective: str, _classes: int) -> Any:
    # The image does this for multi:softmax too, whose score is a label.
    return score if isinstance(score, list) else [1.0 - score, score]


_CONTENT: Mapping[str, Callable[[Any, str, int], Any]] = {
    "predicted_label": _predicted_label,
    "labels": _labels,
    "probability": _highest,
    "probabilities": _all,
    "raw_score": _highest,
    "raw_scores": _all,
    "predicted_score": _highest,
}


def encode(predictions: Sequence[Mapping[str, Any]], keys: Sequence[str], accept: str, *, batch: bool) -> str:
    """Return the body of an answer; raise UserError for a type that is not written here."""
    if accept == JSON:
        return json.dumps({"predictions": predictions})
    if accept == JSON_LINES:
        return "".join(f"{json.dumps(prediction)}\n" for prediction in predictions)
    if accept == _RECORDIO:
        raise UserError(f"Local AWS does not write {_RECORDIO}.")
    lines = [",".join(_cell(prediction[key]) for key in keys) for prediction in predictions]
    return "\n".join(lines) + ("\n" if batch else "")


def _cell(value: Any) -> str:
    return f'"{value}"' if isinstance(value, list) else str(value)
