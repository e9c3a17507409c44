"""The way into a stage can be closed and opened again; in PARALLEL mode stages are no bottleneck."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def disable(pipelines: Any, name: str, **changes: str) -> None:
    """Close the way into Stage2."""
    request = {"pipelineName": name, "stageName": "Stage2", "transitionType": "Inbound", "reason": "not yet"}
    pipelines.client.disable_stage_transition(**request | changes)


def enable(pipelines: Any, name: str) -> None:
    """Open the way into Stage2."""
    pipelines.client.enable_stage_transition(pipelineName=name, stageName="Stage2", transitionType="Inbound")


def inbound(pipelines: Any, name: str) -> str | None:
    """Return the id of the execution that waits before Stage2."""
    found = pipelines.stages(name)["Stage2"].get("inboundExecution", {}).get("pipelineExecutionId")
    return str(found) if found else None


def test_executions_wait_before_a_closed_stage(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("One")], [pipelines.action("Two")])
    disable(pipelines, name)
    pipelines.succeed()
    pipelines.wait_for(lambda: inbound(pipelines, name))
    shown = pipelines.stages(name)["Stage2"]["inboundTransitionState"]
    shown.pop("lastChangedAt")
    assert shown == {
        "enabled": False,
        "lastChangedBy": "arn:aws:iam::123456789012:user/local",
        "disabledReason": "not yet",
    }
    assert pipelines.execution(name)["status"] == "InProgress"
    enable(pipelines, name)
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"
    assert pipelines.stages(name)["Stage2"]["inboundTransitionState"] == {"enabled": True}


@pytest.mark.parametrize("mode", ["QUEUED", "SUPERSEDED"])
def test_who_enters_when_the_way_opens(pipelines: Any, mode: str) -> None:
    two = pipelines.action("Two", "#{codepipeline.PipelineExecutionId}")
    name = pipelines.create([pipelines.action("One")], [two], executionMode=mode)
    disable(pipelines, name)
    first = pipelines.execution(name)["pipelineExecutionId"]
    pipelines.succeed()
    pipelines.wait_for(lambda: inbound(pipelines, name) == first)
    second = pipelines.start(name)
    pipelines.succeed()
    if mode == "SUPERSEDED":
        assert pipelines.ended(name, first)["status"] == "Superseded"
    else:
        pipelines.wait_for(lambda: len(pipelines.stages(name)["Stage2"].get("inboundExecutions", [])) == 2)
    enable(pipelines, name)
    seen = []
    for _ in range(1 if mode == "SUPERSEDED" else 2):
        job = pipelines.job()
        seen.append(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        pipelines.succeed(job)
    assert seen == ([second] if mode == "SUPERSEDED" else [first, second])
    assert pipelines.ended(name, second)["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stageName": "Nowhere"}, "StageNotFoundException"),
        ({"transitionType": "Outbound"}, "ValidationException"),
        ({"reason": "a, b"}, "ValidationException"),
    ],
)
def test_a_transition_is_refused(pipelines: Any, changes: dict[str, str], code: str) -> None:
    name = pipelines.create([pipelines.action("One")], [pipelines.action("Two")])
    with pytest.raises(ClientError) as refused:
        disable(pipelines, name, **changes)
    assert refused.value.response["Error"]["Code"] == code
    assert pipelines.stages(name)["Stage2"]["inboundTransitionState"] == {"enabled": True}


def test_parallel_executions_share_a_stage(pipelines: Any) -> None:
    run = pipelines.action("Run", "#{codepipeline.PipelineExecutionId}")
    name = pipelines.create([run], executionMode="PARALLEL")
    ids = {pipelines.execution(name)["pipelineExecutionId"], pipelines.start(name), pipelines.start(name)}
    jobs = [pipelines.job() for _ in range(3)]  # all at once, though none has been answered
    assert {job["data"]["actionConfiguration"]["configuration"]["UserParameters"] for job in jobs} == ids
    pipelines.fail(jobs[0])
    for job in jobs[1:]:
        pipelines.succeed(job)
    assert sorted(pipelines.ended(name, each)["status"] for each in ids) == ["Failed", "Succeeded", "Succeeded"]


def test_a_parallel_execution_is_retried_though_a_later_one_came(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")], executionMode="PARALLEL")
    first = pipelines.execution(name)["pipelineExecutionId"]
    pipelines.fail()
    pipelines.ended(name, first)
    second = pipelines.start(name)
    job = pipelines.job()
    pipelines.client.retry_stage_execution(
        pipelineName=name, stageName="Stage1", pipelineExecutionId=first, retryMode="FAILED_ACTIONS"
    )
    pipelines.succeed()
    assert pipelines.ended(name, first)["status"] == "Succeeded"
    pipelines.succeed(job)
    assert pipelines.ended(name, second)["status"] == "Succeeded"
