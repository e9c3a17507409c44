"""EventBridge learns of every change of a status, of executions, their stages and their actions."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# A function that keeps every event, in a file each.
_LISTENER = """
    import json, os, uuid

    def handler(event, context):
        path = os.path.join({folder!r}, uuid.uuid4().hex)
        with open(path + ".part", "w") as part:
            json.dump(event, part)
        os.rename(path + ".part", path + ".json")
"""
STATES = {
    "CodePipeline Pipeline Execution State Change": (),
    "CodePipeline Stage Execution State Change": ("stage",),
    "CodePipeline Action Execution State Change": ("stage", "action"),
}


class Listener:
    """Hears what EventBridge is told of a pipeline."""

    def __init__(self, pipelines: Any, folder: Path, listen: Callable[[str], None]) -> None:
        self._pipelines, self._folder, self.listen = pipelines, folder, listen

    def events(self) -> list[dict[str, Any]]:
        """All events so far, in no order."""
        return [json.loads(path.read_text()) for path in self._folder.glob("*.json")]

    def changes(self, *, number: int) -> list[tuple[str, ...]]:
        """What changed to which state, sorted, once there are so many events."""
        self._pipelines.wait_for(lambda: len(self.events()) >= number)
        found = []
        for event in self.events():
            detail = event["detail"]
            found.append((*(detail[name] for name in STATES[event["detail-type"]]), detail["state"]))
        return sorted(found)


@pytest.fixture
def listener(client: Any, pipelines: Any, create_function: Callable[[str], str], tmp_path: Path) -> Listener:
    """A function that hears of one pipeline."""
    folder = tmp_path / "events"
    folder.mkdir()
    function = create_function(_LISTENER.format(folder=str(folder)))
    arn = client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]

    def listen(name: str) -> None:
        rule = f"changes-{uuid.uuid4().hex[:8]}"
        pattern = json.dumps({"source": ["aws.codepipeline"], "detail": {"pipeline": [name]}})
        rule_arn = client("events").put_rule(Name=rule, EventPattern=pattern)["RuleArn"]
        client("lambda").add_permission(
            FunctionName=function,
            StatementId=rule,
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule_arn,
        )
        client("events").put_targets(Rule=rule, Targets=[{"Id": "function", "Arn": arn}])

    return Listener(pipelines, folder, listen)


def test_every_change_is_told(pipelines: Any, listener: Listener) -> None:
    definition = pipelines.definition([pipelines.action("Run")])
    listener.listen(definition["name"])
    pipelines.create(**definition)
    pipelines.succeed()
    pipelines.ended(definition["name"])
    assert listener.changes(number=10) == [
        ("STARTED",),
        ("SUCCEEDED",),
        ("Source", "Fetch", "STARTED"),
        ("Source", "Fetch", "SUCCEEDED"),
        ("Source", "STARTED"),
        ("Source", "SUCCEEDED"),
        ("Stage1", "Run", "STARTED"),
        ("Stage1", "Run", "SUCCEEDED"),
        ("Stage1", "STARTED"),
        ("Stage1", "SUCCEEDED"),
    ]


def test_the_events_are_awss(pipelines: Any, listener: Listener) -> None:
    definition = pipelines.definition([pipelines.action("Run", inputArtifacts=[{"name": "SourceOutput"}])])
    name = definition["name"]
    listener.listen(name)
    pipelines.create(**definition)
    pipelines.fail(message="no good")
    execution_id = pipelines.ended(name)["pipelineExecutionId"]
    listener.changes(number=10)
    events = {(e["detail-type"], e["detail"].get("action"), e["detail"]["state"]): e for e in listener.events()}
    failed = events["CodePipeline Action Execution State Change", "Run", "FAILED"]
    arn = f"arn:aws:codepipeline:us-east-1:123456789012:{name}"
    assert (failed["source"], failed["resources"], failed["region"]) == ("aws.codepipeline", [arn], "us-east-1")
    assert failed["detail"].pop("start-time").endswith("Z")
    run = pipelines.actions(name)["Run"]
    assert failed["detail"] == {
        "pipeline": name,
        "execution-id": execution_id,
        "version": 1.0,
        "pipeline-execution-attempt": 1.0,
        "stage": "Stage1",
        "action": "Run",
        "action-execution-id": run["actionExecutionId"],
        "state": "FAILED",
        "region": "us-east-1",
        "type": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
        "execution-result": {"external-execution-summary": "no good", "error-code": "JobFailed"},
    }
    fetched = events["CodePipeline Action Execution State Change", "Fetch", "SUCCEEDED"]["detail"]
    assert fetched["output-artifacts"] == pipelines.actions(name)["Fetch"]["output"]["outputArtifacts"]
    begun = events["CodePipeline Action Execution State Change", "Run", "STARTED"]["detail"]
    assert begun["input-artifacts"] == run["input"]["inputArtifacts"]
    started = events["CodePipeline Pipeline Execution State Change", None, "STARTED"]["detail"]
    assert started["execution-trigger"] == {
        "trigger-type": "CreatePipeline",
        "trigger-detail": "arn:aws:iam::123456789012:user/local",
    }


def test_a_retry_is_told_as_resumed_and_stopping_as_stopped(pipelines: Any, listener: Listener) -> None:
    name = pipelines.create([pipelines.action("Run")])
    pipelines.fail()
    execution_id = pipelines.ended(name)["pipelineExecutionId"]
    listener.listen(name)
    of = {"pipelineName": name, "pipelineExecutionId": execution_id}
    pipelines.client.retry_stage_execution(stageName="Stage1", retryMode="FAILED_ACTIONS", **of)
    pipelines.job()
    pipelines.client.stop_pipeline_execution(abandon=True, reason="enough", **of)
    assert listener.changes(number=8) == [
        ("RESUMED",),
        ("STOPPED",),
        ("STOPPING",),
        ("Stage1", "RESUMED"),
        ("Stage1", "Run", "ABANDONED"),
        ("Stage1", "Run", "STARTED"),
        ("Stage1", "STOPPED"),
        ("Stage1", "STOPPING"),
    ]
    told = [event["detail"] for event in listener.events()]
    assert {detail["pipeline-execution-attempt"] for detail in told} == {2.0}
    comments = {detail["state"]: detail.get("stop-execution-comments") for detail in told if "stage" not in detail}
    assert comments == {"RESUMED": None, "STOPPING": "enough", "STOPPED": None}
    of_stage = [
        detail["stage-last-retry-attempt-time"] for detail in told if "stage" in detail and "action" not in detail
    ]
    assert len(set(of_stage)) == 1
    assert of_stage[0].endswith("Z")


def test_an_update_is_told_as_canceled(pipelines: Any, listener: Listener) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    listener.listen(name)
    pipelines.client.update_pipeline(pipeline=pipelines.client.get_pipeline(name=name)["pipeline"])
    pipelines.succeed(job)
    assert listener.changes(number=3) == [("CANCELED",), ("Stage1", "CANCELED"), ("Stage1", "Run", "SUCCEEDED")]


def test_a_superseded_execution_is_told(pipelines: Any, listener: Listener) -> None:
    name = pipelines.create([pipelines.action("Run")], executionMode="SUPERSEDED")
    job, older = pipelines.job(), pipelines.start(name)
    pipelines.wait_for(lambda: pipelines.stages(name)["Stage1"].get("inboundExecution"))
    listener.listen(name)
    newer = pipelines.start(name)
    pipelines.ended(name, older)

    def superseded() -> list[str]:
        told = (event["detail"] for event in listener.events())
        return [detail["execution-id"] for detail in told if detail["state"] == "SUPERSEDED"]

    assert pipelines.wait_for(superseded) == [older]
    pipelines.succeed(job)
    pipelines.succeed()
    assert pipelines.ended(name, newer)["status"] == "Succeeded"
