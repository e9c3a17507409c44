"""An execution runs its stages in order and shows what each action did."""

from typing import Any


def test_a_new_pipeline_runs_at_once_and_succeeds(pipelines: Any, succeeding: str) -> None:
    name = pipelines.create([pipelines.lambda_action("Run", succeeding)])
    execution = pipelines.ended(name)
    assert execution["status"] == "Succeeded"
    assert execution["trigger"]["triggerType"] == "CreatePipeline"
    assert {n: a["status"] for n, a in pipelines.actions(name).items()} == {"Fetch": "Succeeded", "Run": "Succeeded"}
