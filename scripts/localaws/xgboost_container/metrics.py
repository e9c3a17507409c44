"""The metrics that the image computes itself, beside those of XGBoost: accuracy, f1, r2 and so on.

Source: sagemaker_xgboost_container/metrics/custom_metrics.py, which asks scikit-learn; written out here, since nothing
else would need it. When all metrics asked for are of these, XGBoost adds the objective's default one, as in the image.
"""

from collections.abc import Callable, Sequence
from typing import Any

_CLASSES = Callable[[Any, Any], float]
# The image hands these XGBoost's margins, as far as its public source goes; 3.x gives probabilities and counts instead.
UNVERIFIED_LIKELY = {"binary:logistic": 0.5, "reg:logistic": 0.5}


def custom_metric(names: Sequence[str], objective: str) -> Callable[[Any, Any], list[tuple[str, float]]]:
    """Return the function by which XGBoost computes these metrics after each round."""

    def compute(predictions: Any, matrix: Any) -> list[tuple[str, float]]:
        labels, found = matrix.get_label(), []
        for name in names:
            if name in _OF_VALUES:
                found.append((name, _OF_VALUES[name](labels, predictions)))
            else:
                found.append((name, _OF_CLASSES[name](labels, _classes(predictions, objective))))
        return found

    return compute


def _classes(predictions: Any, objective: str) -> Any:
    if predictions.ndim > 1:
        return predictions.argmax(axis=-1)
    if objective == "multi:softmax":
        return predictions
    return (predictions > UNVERIFIED_LIKELY.get(objective, 0)).astype(int)


def _mse(labels: Any, predictions: Any) -> float:
    return float(((labels - predictions) ** 2).mean())


def _r2(labels: Any, predictions: Any) -> float:
    spread = float(((labels - labels.mean()) ** 2).mean())
    return 1 - _mse(labels, predictions) / spread if spread else float(_mse(labels, predictions) == 0)


def _accuracy(labels: Any, predicted: Any) -> float:
    return float((labels == predicted).mean())


def _ratios(labels: Any, predicted: Any, kind: str) -> dict[float, float]:
    """Return precision, recall or f1 of each class; 0 where it is not defined, as in scikit-learn."""
    ratios = {}
    for name in sorted({*labels.tolist(), *predicted.tolist()}):
        right = int(((labels == name) & (predicted == name)).sum())
        told, true = int((predicted == name).sum()), int((labels == name).sum())
        whole = {"precision": told, "recall": true, "f1": (told + true) / 2}[kind]
        ratios[name] = right / whole if whole else 0.0
    return ratios


def _binary(kind: str) -> _CLASSES:
    def compute(labels: Any, predicted: Any) -> float:
        ratios = _ratios(labels, predicted, kind)
        if not ratios.keys() <= {0, 1}:
            raise ValueError(
                "Target is multiclass but average='binary'. Please choose another average setting, one of "
                "[None, 'micro', 'macro', 'weighted']."
            )
        return ratios.get(1, 0.0)

    return compute


def _macro(kind: str) -> _CLASSES:
    def compute(labels: Any, predicted: Any) -> float:
        ratios = _ratios(labels, predicted, kind)
        return sum(ratios.values()) / len(ratios)

    return compute


def _balanced_accuracy(labels: Any, predicted: Any) -> float:
    recalls = _ratios(labels, predicted, "recall")
    present = set(labels.tolist())
    return sum(recalls[name] for name in present) / len(present)


_OF_VALUES: dict[str, _CLASSES] = {
    "mae": lambda labels, predictions: float(abs(labels - predictions).mean()),
    "mse": _mse,
    "rmse": lambda labels, predictions: _mse(labels, predictions) ** 0.5,
    "r2": _r2,
}
_OF_CLASSES: dict[str, _CLASSES] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _macro("f1"),
    "f1_binary": _binary("f1"),
    "f1_macro": _macro("f1"),
    "precision": _binary("precision"),
    "precision_macro": _macro("precision"),
    "precision_micro": _accuracy,  # every row has one class: what is wrong is wrong once
    "recall": _binary("recall"),
    "recall_macro": _macro("recall"),
    "recall_micro": _accuracy,
}
OF_THE_IMAGE = {*_OF_VALUES, *_OF_CLASSES}
