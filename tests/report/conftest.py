"""An execution to report: what AWS and the functions tell of one that succeeded."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import floor, sqrt
from statistics import fmean, pvariance
from typing import Any

import pytest

from follow import Action, Execution, Stage
from report import learning
from report.findings import Findings

from .browser import CHROMIUM, Browser

BEGAN = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
MADE = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
# Stage, action, when it began, how long it took, and what it said: the times of a release on AWS.
ACTIONS = (
    ("Source", "TrainingData", 0, 2.1, "Amazon S3 version id: 3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY"),
    ("Train", "StartTraining", 4, 3.4, "Training job winequality-me42-1: 1118 rows of train/train.csv"),
    ("Train", "GetTrainingStatus", 9, 214.0, "Training job winequality-me42-1 is Completed"),
    ("DeployDev", "DeployToDev", 225, 4.2, "Dev: endpoint winequality-me42-dev gets me42-dev-1 (serverless, create)"),
    ("DeployDev", "GetDeployStatus", 231, 172.5, "Endpoint winequality-me42-dev serves me42-dev-1"),
    ("DeployDev", "SmokeTest", 405, 6.3, "Dev: 240 rows"),
    ("DeployTest", "DeployToTest", 414, 4.0, "Test: endpoint winequality-me42-test gets me42-test-1"),
    ("DeployTest", "GetDeployStatus", 420, 180.9, "Endpoint winequality-me42-test serves me42-test-1"),
    ("DeployTest", "FullTest", 603, 5.8, "Test: 241 rows"),
)
LOG = [
    "[2026-11-26:09:31:02:INFO] Train matrix has 1118 rows and 11 columns",
    *(
        f"[{n}]#011train-rmse:{0.35 + 0.45 * 0.96**n:.5f}#011validation-rmse:{0.6 + 0.0007 * abs(n - 63):.5f}"
        for n in range(100)
    ),
]


def action(  # noqa: PLR0917 - a row of ACTIONS
    stage: str, name: str, after: float, seconds: float, said: str, status: str = "Succeeded"
) -> Action:
    return Action(stage, name, status, seconds, said, {}, f"{stage}/{name}", BEGAN + timedelta(seconds=after))


def execution_of(*actions: Action, status: str = "Succeeded") -> Execution:
    """An execution that reached these actions."""
    stages = {one.stage: [other for other in actions if other.stage == one.stage] for one in actions}
    return Execution(
        "mlops-builtinalgo-me42",
        "6f7ad3f0-61c2-4c0d-9b6f-5dd0d3a5a6de",
        status,
        "CloudWatchEvent",
        tuple(Stage(name, group[-1].status, tuple(group)) for name, group in stages.items()),
    )


def evaluation(environment: str, key: str, count: int, seed: int) -> dict[str, Any]:
    """evaluation.json as EvaluateModel writes it, of some rows of made-up grades."""
    chance = random.Random(seed)  # noqa: S311 - equal runs, equal rows
    rows = []
    for line in range(1, count + 1):
        label = float(chance.choices(range(3, 9), (1, 3, 40, 40, 14, 2))[0])
        rows.append((line, label, round(5.6 + 0.5 * (label - 5.6) + chance.gauss(0, 0.5), 4)))
    errors = [prediction - label for _, label, prediction in rows]
    spread = pvariance([label for _, label, _ in rows])
    mse = fmean(error * error for error in errors)
    counts: dict[str, dict[str, int]] = {}
    for (label, rounded), times in sorted(Counter((one, floor(other + 0.5)) for _, one, other in rows).items()):
        counts.setdefault(f"{label:g}", {})[str(rounded)] = times
    return {
        "version": 1,
        "rows": count,
        "rmse": sqrt(mse),
        "mae": fmean(map(abs, errors)),
        "r2": 1 - mse / spread,
        "within_one": fmean(abs(error) <= 1 for error in errors),
        "baseline_rmse": sqrt(spread),
        "baseline_mae": fmean(abs(5.6 - label) for _, label, _ in rows),
        "baseline_r2": 0.0,
        "baseline_within_one": fmean(abs(5.6 - label) <= 1 for _, label, _ in rows),
        "counts": counts,
        "sample": [list(row) for row in rows],
        "worst": sorted((list(row) for row in rows), key=lambda row: -abs(row[2] - row[1]))[:10],
        "max_rmse": None,
        "data": {"bucket": "mlops-builtinalgo-data-me42", "key": key, "version": "Kx9cJf0n2q1vWb7rT5yHs3dLmZpQeUgA"},
        "environment": environment,
        "endpoint": f"winequality-me42-{environment.lower()}",
    }


@pytest.fixture
def training() -> dict[str, Any]:
    """training.json as GetTrainingStatus writes it."""
    return {
        "version": 1,
        "run_id": "2472d44cd210",
        "model_name": "winequality",
        "training_job": "winequality-me42-2472d44cd210",
        "image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0",
        "hyperparameters": {
            "num_round": "100",
            "eta": "0.1",
            "max_depth": "5",
            "min_child_weight": "3",
            "subsample": "0.8",
            "objective": "reg:squarederror",
        },
        "data": {
            "bucket": "mlops-builtinalgo-data-me42",
            "train": {"key": "train/train.csv", "version": "3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY", "rows": 1118},
            "validation": {
                "key": "validation/validation.csv",
                "version": "Ns7yBq2mXc4vKf9dRt1gHw8jLp0zQeUa",
                "rows": 240,
            },
            "copy": "s3://mlops-builtinalgo-model-artifacts-me42/runs/2472d44cd210/",
        },
        "columns": 11,
        "label_mean": 5.6351,
        "model_data_url": "s3://mlops-builtinalgo-model-artifacts-me42/runs/2472d44cd210/output/model.tar.gz",
    }


@pytest.fixture
def findings(training: dict[str, Any]) -> Findings:
    """All that is known of an execution that succeeded."""
    return Findings(
        execution_of(*(action(*one) for one in ACTIONS)),
        "us-east-1",
        training=training,
        evaluations={
            "SmokeTest": evaluation("Dev", "validation/validation.csv", 240, 1),
            "FullTest": evaluation("Test", "test/test.csv", 241, 2),
        },
        curves=learning.curves(LOG),
    )


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, where the machine has it."""
    if not CHROMIUM:
        pytest.skip("chromium is not installed: sudo apt-get install chromium")
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()
