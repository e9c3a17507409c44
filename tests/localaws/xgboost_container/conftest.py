"""A folder in place of /opt/ml, and a small model whose scores are known."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

CSV_CHANNEL = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
# The label is 1 where the first feature is 0, and 3 where it is 1.
ROWS = "1,0,5\n3,1,5\n" * 10
# One round from 2 with a step of 1 and no shrinkage: the scores are exactly 1 and 3.
EXACT: dict[str, str | None] = {
    "num_round": "1",
    "nthread": "1",
    "objective": "reg:squarederror",
    "base_score": "2",
    "eta": "1",
    "lambda": "0",
    "min_child_weight": "0",
}


@pytest.fixture
def lay(tmp_path: Path) -> Callable[..., Path]:
    """A function that lays out a training job's input and returns the folder.

    Its parameters change what the exact model is made of: hyperparameters (None takes one away), files, channels.
    """

    def lay_out(
        changes: Mapping[str, str | None] | None = None,
        files: Mapping[str, str | bytes] | None = None,
        channels: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Path:
        hyperparameters = {name: value for name, value in (EXACT | dict(changes or {})).items() if value is not None}
        files = {"train/0.csv": ROWS} if files is None else files
        names = {name.partition("/")[0] for name in files}
        given = dict.fromkeys(sorted(names), CSV_CHANNEL) if channels is None else channels
        for name, content in files.items():
            file = tmp_path / "input" / "data" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        for name in given:
            (tmp_path / "input" / "data" / name).mkdir(parents=True, exist_ok=True)
        config = tmp_path / "input" / "config"
        config.mkdir(parents=True)
        (config / "hyperparameters.json").write_text(json.dumps(hyperparameters))
        (config / "inputdataconfig.json").write_text(json.dumps({name: dict(given[name]) for name in given}))
        return tmp_path

    return lay_out
