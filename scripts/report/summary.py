"""What a finished execution has to tell in short: summary.json for programs, tables of scores for the terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from follow import Execution

# The output variables of a test action, and what a person calls them. `baseline_` before a name: the same number for a
# model that always answers the training mean.
SCORES = {"rmse": "RMSE", "mae": "MAE", "r2": "R2", "within_one": "Within one point"}


def of(execution: Execution) -> dict[str, Any]:
    """Return what summary.json says of an execution; what it has not reached is absent."""
    document: dict[str, Any] = {
        "pipeline": {
            "name": execution.pipeline,
            "execution_id": execution.id,
            "trigger": execution.trigger,
            "status": execution.status,
        },
        "stages": [
            {
                "name": stage.name,
                "status": stage.status,
                "actions": [
                    {"name": one.name, "status": one.status, "seconds": one.seconds, "message": one.message}
                    for one in stage.actions
                ],
            }
            for stage in execution.stages
        ],
    }
    for one in (action.variables for action in execution.actions):
        if "training_job" in one:
            document["training_job"] = one["training_job"]
        if {"environment", "endpoint"} <= one.keys():
            document.setdefault("endpoints", {})[one["environment"]] = one["endpoint"]
        if "rmse" in one:
            document.setdefault("evaluations", {})[one["environment"]] = _numbers(one)
    return document


def _numbers(variables: dict[str, str]) -> dict[str, float]:
    scores = {name: float(value) for name, value in variables.items() if name not in {"environment", "rows"}}
    return {"rows": int(variables["rows"]), **scores}


def show_scores(evaluations: dict[str, dict[str, float]]) -> None:
    """Print a table for each test: the model beside one that always answers the training mean."""
    console = Console(highlight=False)
    for (environment, scores), test in zip(evaluations.items(), ("Smoke test", "Full test"), strict=True):
        table = Table(
            title=f"\n{test} in {environment}: {scores['rows']} rows", title_justify="left", title_style="bold"
        )
        table.add_column("")
        for heading in ("Model", "Always the training mean"):
            table.add_column(heading, justify="right")
        for name, heading in SCORES.items():
            if name in scores:  # there is no R2 where all labels are equal
                table.add_row(heading, shown(name, scores[name]), shown(name, scores[f"baseline_{name}"]))
        console.print(table)


def shown(name: str, value: float) -> str:
    """Return a score as people read it."""
    return f"{value:.1%}" if name == "within_one" else f"{round(value, 3) + 0.0:.3f}"  # no minus before zero
