"""Trains a model as the built-in image does, on a folder in place of /opt/ml, and ends with its exit status."""

import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from localaws import lifeline
from localaws.xgboost_container import channels, checkpoints, data, hyperparameters, metrics
from localaws.xgboost_container.errors import AlgorithmError, UserError, failure_text
from localaws.xgboost_container.version import Version

MODEL_FILE = "xgboost-model"
# What the image reads itself and XGBoost does not know.
_NOT_FOR_XGBOOST = {"num_round", "csv_weights", "early_stopping_rounds", "save_model_on_termination", "silent"}
_NOT_FOR_XGBOOST |= {"_tuning_objective_metric", "use_dask_gpu_training", "eval_metric"}
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


def main(folder: Path, version: Version) -> int:
    """Train; on a failure write output/failure as the image does. Return the exit status."""
    set_up_log()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # a stopped job keeps what is in model/ by then
    try:
        train(folder, version)
    except Exception as error:  # noqa: BLE001 - whatever went wrong becomes the job's FailureReason
        failure = failure_text(error, folder)
        (folder / "output").mkdir(exist_ok=True)
        (folder / "output" / "failure").write_text(failure)
        _log.error("%s", failure)
        return 1
    return 0


def set_up_log() -> None:
    """Write lines as the image does to standard output, where the platform takes them from."""
    form = logging.Formatter("[%(asctime)s:%(levelname)s] %(message)s", "%Y-%m-%d:%H:%M:%S")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(form)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)


def train(folder: Path, version: Version) -> None:
    """Read input/, train, write model/; raise UserError or AlgorithmError in the image's words."""
    config = folder / "input" / "config"
    parameters = hyperparameters.validate(json.loads((config / "hyperparameters.json").read_text()), version)
    inputs = channels.validate(json.loads((config / "inputdataconfig.json").read_text()))
    data.warn_of_copies(folder / "input" / "data" / "train", folder / "input" / "data" / "validation")
    matrices = _load(folder, inputs, csv_weights=parameters.get("csv_weights") == 1)
    _log.info("Single node training.")
    _log.info("Train matrix has %d rows and %d columns", matrices["train"].num_row(), matrices["train"].num_col())
    if "validation" in matrices:
        _log.info("Validation matrix has %d rows", matrices["validation"].num_row())
    _say_what_trains(version)
    booster = _fit(parameters, matrices, folder / "model", checkpoints.folder_of(folder))
    save_model(booster, folder / "model")


def _load(folder: Path, inputs: dict[str, dict[str, Any]], *, csv_weights: bool) -> dict[str, Any]:
    data_format = channels.data_format(inputs["train"]["ContentType"])
    matrices = {}
    for name in inputs:
        path = folder / "input" / "data" / name
        matrix = data.load(path, data_format, folder / "staging" / name, csv_weights=csv_weights)
        if matrix is None:
            channel = "training" if name == "train" else name
            raise UserError(f"No data in {channel} channel path {path}")
        matrices[name] = matrix
    return matrices


def _say_what_trains(version: Version) -> None:
    import xgboost

    image = "xgboost:1 (XGBoost 0.72)" if version.is_first else f"sagemaker-xgboost:{version.name}"
    _log.info("Local AWS stands in for the image %s and trains with XGBoost %s.", image, xgboost.__version__)
    if version.pickles_models:
        _log.info("That image pickles its model; this one is saved as UBJSON.")


def _fit(parameters: dict[str, Any], matrices: dict[str, Any], model: Path, checkpoint_folder: Path | None) -> Any:
    import xgboost

    asked = hyperparameters.metrics_of(parameters) or []
    own = [name for name in asked if name in metrics.OF_THE_IMAGE]
    for_xgboost = {name: value for name, value in parameters.items() if name not in _NOT_FOR_XGBOOST}
    if others := [name for name in asked if name not in own]:
        for_xgboost["eval_metric"] = others
    if "updater" in for_xgboost:
        for_xgboost["updater"] = ",".join(for_xgboost["updater"])
    checkpoint, rounds = checkpoints.load(checkpoint_folder)
    callbacks = _callbacks(parameters, model, validated="validation" in matrices)
    if checkpoint_folder:
        callbacks.append(checkpoints.keep(checkpoint_folder, rounds))
    watched = [(matrix, name) for name, matrix in matrices.items()]
    try:
        return xgboost.train(
            for_xgboost,
            matrices["train"],
            parameters["num_round"] - rounds,
            evals=watched,
            xgb_model=checkpoint,
            verbose_eval=False,
            callbacks=callbacks,
            custom_metric=metrics.custom_metric(own, parameters.get("objective", "")) if own else None,
        )
    except (xgboost.core.XGBoostError, ValueError) as error:
        if any(text in str(error) for text in _USER_ERRORS):
            raise UserError(str(error)) from error
        raise AlgorithmError(f"XGB train call failed with exception:\n {error}") from error


def _callbacks(parameters: dict[str, Any], model: Path, *, validated: bool) -> list[Any]:
    """Return what happens after each round: its line in the log, the model saved, an early stop."""
    import xgboost

    callbacks = [xgboost.callback.EvaluationMonitor()]
    if parameters.get("save_model_on_termination") == "true":
        callbacks.append(_keep_latest(model))
    metric = hyperparameters.deciding_metric(parameters)
    if "early_stopping_rounds" in parameters and metric and validated:
        callbacks.append(
            xgboost.callback.EarlyStopping(
                rounds=parameters["early_stopping_rounds"],
                data_name="validation",
                metric_name=metric,
                maximize=metric in hyperparameters.MAXIMIZED_METRICS,
                save_best=True,
            )
        )
    return callbacks


def _keep_latest(model: Path) -> Any:
    """Return a callback that saves the model after each round, for a job that may be stopped."""
    import xgboost

    class KeepLatest(xgboost.callback.TrainingCallback):
        def after_iteration(self, model_so_far: Any, _epoch: int, _evals: Any) -> bool:
            save_model(model_so_far, model)
            return False

    return KeepLatest()


def save_model(booster: Any, folder: Path) -> None:
    """Write the model, whole or not at all."""
    folder.mkdir(exist_ok=True)
    unfinished = folder.parent / "unfinished-model"
    unfinished.write_bytes(booster.save_raw("ubj"))
    unfinished.replace(folder / MODEL_FILE)


if __name__ == "__main__":
    lifeline.end_with_parent()
    sys.exit(main(Path(sys.argv[1]), Version(sys.argv[2])))
