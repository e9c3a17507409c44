"""Fits models: one to all of the training data, or by cross-validation one to each fold of all data."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localaws.xgboost_container import checkpoints, hyperparameters, metrics
from localaws.xgboost_container.errors import AlgorithmError, UserError

MODEL_FILE = "xgboost-model"
PREDICTIONS = "output/data/predictions.csv"
# What the image reads itself and XGBoost does not know.
_NOT_FOR_XGBOOST = {"num_round", "csv_weights", "early_stopping_rounds", "save_model_on_termination", "silent"}
_NOT_FOR_XGBOOST |= {"_tuning_objective_metric", "use_dask_gpu_training", "eval_metric", "_kfold", "_num_cv_round"}
# XGBoost's complaints that are the data's or the parameters' fault (the image's xgb_constants.CUSTOMER_ERRORS).
_USER_ERRORS = (
    "label must be in [0,1] for logistic regression",
    "label must be in [0, num_class)",
    "feature_names mismatch",
    "Check failed: preds.size() == info.labels_.size()",
    "Check failed: !auc_error AUC: the dataset only contains pos or neg samples",
    "Check failed: base_score > 0.0f && base_score < 1.0f base_score must be in (0,1) for logistic loss",
    "Check failed: label_correct PoissonRegression: label must be nonnegative",
    "Check failed: label_correct TweedieRegression: label must be nonnegative",
    "Parameter reg_lambda should be greater equal to 0",
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Boosting:
    """What is asked of XGBoost: hyperparameters, the channels to measure by, and the job's folder.

    Of several hosts that train together the master alone saves anything.
    """

    parameters: dict[str, Any]
    channels: dict[str, Any]
    folder: Path
    is_master: bool = True

    def fit(self) -> None:
        """Fit a model to the training data and save it."""
        with _told_as_the_image_tells_it():
            booster = self._booster(self.channels["train"])
        if self.is_master:
            save_model(booster, self.folder / "model")

    def cross_validate(self, matrix: Any) -> None:
        """Fit a model to each fold of training and validation data together, and save what they are and say.

        All of them are measured by the channels as they are, held out or not, and so is an early stop.
        """
        from localaws.xgboost_container.cross_validation import Predictions, Results, metrics_line, splits

        folds, rounds = self.parameters["_kfold"], self.parameters.get("_num_cv_round", 1)
        _log.info("Run %s-round of %s-fold cross validation with %s rows", rounds, folds, matrix.num_row())
        boosters: list[Any] = []
        with _told_as_the_image_tells_it():
            labels, num_round, results = matrix.get_label(), self.parameters["num_round"], list[Results]()
            # Without an objective the image fails here, unless there is a num_class.
            objective: Any = self.parameters.get("objective")
            of_classes = bool(self.parameters.get("num_class") or objective.startswith("binary:"))
            predictions = Predictions(labels, rounds, of_classes=of_classes)
            for shown, held_out in splits(len(labels), folds, rounds, labels if of_classes else None):
                number, fold = divmod(len(boosters), folds)
                _log.info("Train cross validation fold %s", fold + 1)
                results.append({})
                boosters.append(self._booster(matrix.slice(shown), len(boosters), results[-1]))
                predictions.note(held_out, number, boosters[-1].predict(matrix.slice(held_out)))
                if fold + 1 == folds:
                    _log.info("The metrics of round %s cross validation", number + 1)
                    print(metrics_line(num_round, results[-folds:]), flush=True)
            _log.info("Storing predictions on validation set(s) in /opt/ml/%s", PREDICTIONS)
            predictions.write(self.folder / PREDICTIONS)
            if rounds > 1:
                _log.info("The overall metrics of %s-round cross validation", rounds)
                print(metrics_line(num_round, results), flush=True)
        for number, booster in enumerate(boosters):
            save_model(booster, self.folder / "model", number)

    def _booster(self, matrix: Any, number: int | None = None, results: Any = None) -> Any:
        import xgboost

        asked = hyperparameters.metrics_of(self.parameters) or []
        own = [name for name in asked if name in metrics.OF_THE_IMAGE]
        for_xgboost = {name: value for name, value in self.parameters.items() if name not in _NOT_FOR_XGBOOST}
        if others := [name for name in asked if name not in own]:
            for_xgboost["eval_metric"] = others
        if "updater" in for_xgboost:
            for_xgboost["updater"] = ",".join(for_xgboost["updater"])
        checkpoint_folder = checkpoints.folder_of(self.folder, number)
        checkpoint, rounds = checkpoints.load(checkpoint_folder)
        callbacks = self._callbacks(number)
        if checkpoint_folder and self.is_master:
            callbacks.append(checkpoints.keep(checkpoint_folder, rounds))
        return xgboost.train(
            for_xgboost,
            matrix,
            self.parameters["num_round"] - rounds,
            evals=[(channel, name) for name, channel in self.channels.items()],
            evals_result=results,
            xgb_model=checkpoint,
            verbose_eval=False,
            callbacks=callbacks,
            custom_metric=metrics.custom_metric(own, self.parameters.get("objective", "")) if own else None,
        )

    def _callbacks(self, number: int | None) -> list[Any]:
        """Return what happens after each round: its line in the log, the model saved, an early stop."""
        import xgboost

        callbacks = [xgboost.callback.EvaluationMonitor()]
        if self.parameters.get("save_model_on_termination") == "true" and self.is_master:
            callbacks.append(_keep_latest(self.folder / "model", number))
        metric = hyperparameters.deciding_metric(self.parameters)
        if "early_stopping_rounds" in self.parameters and metric and "validation" in self.channels:
            callbacks.append(
                xgboost.callback.EarlyStopping(
                    rounds=self.parameters["early_stopping_rounds"],
                    data_name="validation",
                    metric_name=metric,
                    maximize=metric in hyperparameters.MAXIMIZED_METRICS,
                    save_best=True,
                )
            )
        return callbacks


@contextlib.contextmanager
def _told_as_the_image_tells_it() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if any(text in str(error) for text in _USER_ERRORS):
            raise UserError(str(error)) from error
        raise AlgorithmError(f"XGB train call failed with exception:\n {error}") from error


def _keep_latest(folder: Path, number: int | None) -> Any:
    """Return a callback that saves the model after each round, for a job that may be stopped."""
    import xgboost

    class KeepLatest(xgboost.callback.TrainingCallback):
        def after_iteration(self, model_so_far: Any, _epoch: int, _evals: Any) -> bool:
            save_model(model_so_far, folder, number)
            return False

    return KeepLatest()


def save_model(booster: Any, folder: Path, number: int | None = None) -> None:
    """Write the model, or that of a fold by its number, whole or not at all."""
    folder.mkdir(exist_ok=True)
    unfinished = folder.parent / "unfinished-model"
    unfinished.write_bytes(booster.save_raw("ubj"))
    unfinished.replace(folder / (MODEL_FILE if number is None else f"{MODEL_FILE}-{number}"))
