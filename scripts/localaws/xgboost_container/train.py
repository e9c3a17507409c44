"""Trains a model as the built-in image does, on a folder in place of /opt/ml, and ends with its exit status."""

import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localaws import lifeline
from localaws.xgboost_container import channels, data, distributed, hyperparameters
from localaws.xgboost_container.boosting import Boosting
from localaws.xgboost_container.errors import UserError, failure_text
from localaws.xgboost_container.version import Version

_WITHOUT_DATA = (
    "Host %s does not have %s data. Will broadcast to cluster and this host %s will not be used in distributed "
    "training. Please divide the training data across instances properly. See https://docs.aws.amazon.com/sagemaker/latest/dg/"
    "xgboost.html#Instance-XGBoost-distributed-training-divide-data. "
)
_log = logging.getLogger(__name__)


def main(folder: Path, version: Version, network: int | None = None) -> int:
    """Train; on a failure write output/failure as the image does. Return the exit status."""
    set_up_log()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # a stopped job keeps what is in model/ by then
    try:
        train(folder, version, network)
    except Exception as error:  # noqa: BLE001 - whatever went wrong becomes the job's FailureReason
        failure = failure_text(error, folder)
        (folder / "output").mkdir(exist_ok=True)
        (folder / "output" / "failure").write_text(failure)
        _log.error("%s", failure)
        if network is not None:
            os._exit(1)  # a collective that nobody has ended crashes its process (XGBoost 3.2.0)
        return 1
    return 0


def set_up_log() -> None:
    """Write lines as the image does to standard output, where the platform takes them from."""
    form = logging.Formatter("[%(asctime)s:%(levelname)s] %(message)s", "%Y-%m-%d:%H:%M:%S")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(form)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)


def train(folder: Path, version: Version, network: int | None = None) -> None:
    """Read input/, train, write model/; raise UserError or AlgorithmError in the image's words.

    Several hosts have a ``network``, the descriptor of a pipe (see ``distributed``).
    """
    config = folder / "input" / "config"
    parameters = hyperparameters.validate(json.loads((config / "hyperparameters.json").read_text()), version)
    inputs = channels.validate(json.loads((config / "inputdataconfig.json").read_text()))
    data.warn_of_copies(folder / "input" / "data" / "train", folder / "input" / "data" / "validation")
    matrices, together = _load(folder, inputs, parameters)
    missing = [name for name, matrix in matrices.items() if matrix is None]

    def fit(is_master: bool) -> None:
        _log.info("Train matrix has %d rows and %d columns", matrices["train"].num_row(), matrices["train"].num_col())
        if "validation" in matrices:
            _log.info("Validation matrix has %d rows", matrices["validation"].num_row())
        _say_what_trains(version)
        boosting = Boosting(parameters, matrices, folder, is_master)
        if "_kfold" in parameters:
            boosting.cross_validate(together())
        else:
            boosting.fit()

    if network is None:
        for name in missing:
            channel = "training" if name == "train" else name
            raise UserError(f"No data in {channel} channel path {folder / 'input' / 'data' / name}")
        _log.info("Single node training.")
        fit(is_master=True)
        return
    resources = json.loads((config / "resourceconfig.json").read_text())
    place = distributed.Place(resources["current_host"], resources["hosts"], network)
    _log.info("Distributed node training with %d hosts: %s", len(place.hosts), place.hosts)
    for name in missing:
        _log.warning(_WITHOUT_DATA, place.host, "training" if name == "train" else name, place.host)
    distributed.run(place, fit, has_data=not missing)


def _load(
    folder: Path, inputs: dict[str, dict[str, Any]], parameters: dict[str, Any]
) -> tuple[dict[str, Any], Callable[[], Any]]:
    """Return the data of each channel, and for cross-validation how to get those of all."""
    data_format = channels.data_format(inputs["train"]["ContentType"])

    def load(*names: str) -> Any:
        paths = [folder / "input" / "data" / name for name in names]
        staging = folder / "staging" / "-".join(names)
        return data.load(paths, data_format, staging, csv_weights=parameters.get("csv_weights") == 1)

    matrices = {name: load(name) for name in inputs}

    def together() -> Any:
        if "validation" not in matrices:
            return matrices["train"]
        _log.info("Read both train and validation data into one DMatrix")
        return load("train", "validation")

    return matrices, together


def _say_what_trains(version: Version) -> None:
    import xgboost

    image = "xgboost:1 (XGBoost 0.72)" if version.is_first else f"sagemaker-xgboost:{version.name}"
    _log.info("Local AWS stands in for the image %s and trains with XGBoost %s.", image, xgboost.__version__)
    if version.pickles_models:
        _log.info("That image pickles its model; this one is saved as UBJSON.")


if __name__ == "__main__":
    lifeline.end_with_parent()
    sys.exit(main(Path(sys.argv[1]), Version(sys.argv[2]), *map(int, sys.argv[3:])))
