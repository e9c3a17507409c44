"""Trains a model as the built-in image does, on a folder in place of /opt/ml, and ends with its exit status."""

import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from localaws import lifeline
from localaws.xgboost_container import channels, data, hyperparameters
from localaws.xgboost_container.boosting import Boosting
from localaws.xgboost_container.errors import UserError, failure_text
from localaws.xgboost_container.version import Version

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
    matrices, together = _load(folder, inputs, parameters)
    _log.info("Single node training.")
    _log.info("Train matrix has %d rows and %d columns", matrices["train"].num_row(), matrices["train"].num_col())
    if "validation" in matrices:
        _log.info("Validation matrix has %d rows", matrices["validation"].num_row())
    _say_what_trains(version)
    boosting = Boosting(parameters, matrices, folder)
    if "_kfold" in parameters:
        boosting.cross_validate(together)
    else:
        boosting.fit()


def _load(folder: Path, inputs: dict[str, dict[str, Any]], parameters: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the data of each channel, and for cross-validation those of all."""
    data_format = channels.data_format(inputs["train"]["ContentType"])

    def load(*names: str) -> Any:
        paths = [folder / "input" / "data" / name for name in names]
        staging = folder / "staging" / "-".join(names)
        return data.load(paths, data_format, staging, csv_weights=parameters.get("csv_weights") == 1)

    matrices = {name: load(name) for name in inputs}
    for name, matrix in matrices.items():
        if matrix is None:
            channel = "training" if name == "train" else name
            raise UserError(f"No data in {channel} channel path {folder / 'input' / 'data' / name}")
    if "_kfold" not in parameters or "validation" not in matrices:
        return matrices, matrices["train"]
    _log.info("Read both train and validation data into one DMatrix")
    return matrices, load("train", "validation")


def _say_what_trains(version: Version) -> None:
    import xgboost

    image = "xgboost:1 (XGBoost 0.72)" if version.is_first else f"sagemaker-xgboost:{version.name}"
    _log.info("Local AWS stands in for the image %s and trains with XGBoost %s.", image, xgboost.__version__)
    if version.pickles_models:
        _log.info("That image pickles its model; this one is saved as UBJSON.")


if __name__ == "__main__":
    lifeline.end_with_parent()
    sys.exit(main(Path(sys.argv[1]), Version(sys.argv[2])))
