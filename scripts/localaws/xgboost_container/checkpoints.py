"""Checkpoints as the image keeps them: on 3.x one, after the first round, under a name that it does not look for again.

Source: sagemaker_xgboost_container/callback.py, checkpointing.py. A job that finds ``xgboost-checkpoint.<round>`` (the
name that images before 1.3 gave) goes on from there; what this image leaves itself is not found.
"""

import json
import logging
import re
from pathlib import Path
from typing import Any

_NAME = "xgboost-checkpoint"
_TRIES = 5
_log = logging.getLogger(__name__)


def folder_of(job: Path, fold: int | None) -> Path | None:
    """Return where a job keeps checkpoints, or those of a fold, or None when it was not asked to."""
    config = job / "input" / "config" / "checkpointconfig.json"
    asked = config.exists() and json.loads(config.read_text()).get("LocalPath")
    if not asked:
        return None
    return job / "checkpoints" if fold is None else job / "checkpoints" / f"model-{fold}"


def load(folder: Path | None) -> tuple[Path | None, int]:
    """Return the latest checkpoint that can be read, and how many rounds it has seen."""
    import xgboost

    found = folder.iterdir() if folder and folder.exists() else ()
    files = [path for path in found if re.fullmatch(rf"{_NAME}\.[0-9]+", path.name)]
    for path in sorted(files, key=_round, reverse=True)[:_TRIES]:
        try:
            xgboost.Booster().load_model(path)
        except xgboost.core.XGBoostError:
            continue
        _log.info("Checkpoint loaded from %s", path)
        _log.info("Resuming from iteration %s", _round(path) + 1)
        return path, _round(path) + 1
    return None, 0


def keep(folder: Path, rounds: int) -> Any:
    """Return the callback that writes checkpoints of a job which begins after so many rounds."""
    import xgboost

    return xgboost.callback.TrainingCheckPoint(directory=folder, name=_NAME, interval=rounds)


def _round(path: Path) -> int:
    return int(path.suffix[1:])
