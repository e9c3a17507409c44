"""Cross-validation (``_kfold``, ``_num_cv_round``): a model a fold, and what each says of the rows it was not shown.

Source: sagemaker_xgboost_container/algorithm_mode/train.py, prediction_utils.py. The image leaves the splitting to
scikit-learn's RepeatedKFold and RepeatedStratifiedKFold, without a seed: no two of its jobs split alike. Their rules
are written out here, since nothing else would need that library.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Results = Mapping[str, Mapping[str, Sequence[float]]]  # xgboost.train's evals_result: channel, metric, rounds


def splits(rows: int, folds: int, rounds: int, classes: Any = None) -> Iterator[tuple[Any, Any]]:
    """Yield for each fold the rows to train on and those held out; of each class, every fold has its share."""
    if folds > rows:
        raise ValueError(
            f"Cannot have number of splits n_splits={folds} greater than the number of samples: n_samples={rows}."
        )
    random = np.random.default_rng()
    for _ in range(rounds):
        in_turn = np.arange(rows) % folds
        fold_of = random.permutation(in_turn) if classes is None else _stratified(in_turn, classes, folds, random)
        for fold in range(folds):
            yield np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)


def _stratified(in_turn: Any, classes: Any, folds: int, random: np.random.Generator) -> Any:
    """Deal the folds to the rows of one class after the other, then shuffle them within each."""
    if (classes != classes.astype(int)).any():
        raise ValueError("Supported target types are: ('binary', 'multiclass'). Got 'continuous' instead.")
    names, first, counts = np.unique(classes, return_index=True, return_counts=True)
    if folds > counts.max():
        raise ValueError(f"n_splits={folds} cannot be greater than the number of members in each class.")
    if folds > counts.min():
        text = f"The least populated class in y has only {counts.min()} members, which is less than n_splits={folds}."
        warnings.warn(text, UserWarning, stacklevel=2)
    fold_of, dealt = np.empty_like(in_turn), 0
    for name in names[first.argsort()]:
        members = np.flatnonzero(classes == name)
        fold_of[members] = random.permutation(in_turn[dealt : dealt + len(members)])
        dealt += len(members)
    return fold_of


class Predictions:
    """What the models say of the rows that were held out from them: each row once a round."""

    def __init__(self, labels: Any, rounds: int, *, of_classes: bool) -> None:
        self._labels = labels
        self._of_classes = of_classes
        self._scores = np.zeros((len(labels), rounds))
        self._classes = np.zeros((len(labels), rounds), dtype=int)

    def note(self, rows: Any, number: int, scores: Any) -> None:
        """Take the scores of a fold's rows, in a round by its number."""
        if not self._of_classes:
            self._scores[rows, number] = scores
        elif scores.ndim > 1:
            self._scores[rows, number], self._classes[rows, number] = scores.max(axis=-1), scores.argmax(axis=-1)
        else:
            self._scores[rows, number], self._classes[rows, number] = scores, scores > 0.5

    def write(self, file: Path) -> None:
        """Write a line a row: its label, its mean score, and for classes the one that most rounds said."""
        columns = [self._labels, self._scores.mean(axis=1)]
        if self._of_classes:
            columns.append([np.bincount(said).argmax() for said in self._classes])
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(file, np.stack(columns, axis=1), delimiter=",", fmt="%f")


def metrics_line(num_round: int, results: Sequence[Results]) -> str:
    """Return the line of the mean over folds of their last metrics; KeyError, as in the image, without validation."""
    metrics = [
        f"\t{channel}-{metric}:{np.mean([result[channel][metric][-1] for result in results]):.5f}"
        for metric in results[0]["train"]
        for channel in ("train", "validation")
    ]
    return f"[{num_round}]{''.join(metrics)}"
