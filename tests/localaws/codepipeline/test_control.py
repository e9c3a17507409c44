"""Executions take turns in stages; they can be stopped, and their pipeline changed or deleted under them."""

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.codepipeline.engine import abandon_everything


def stop(pipelines: Any, name: str, execution_id: str, **options: Any) -> None:
    """Stop an execution."""
    pipelines.client.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution_id, **options)


def stop_refusal(pipelines: Any, name: str, execution_id: str, **options: Any) -> str:
    """Return the code with which stopping is refused."""
    with pytest.raises(ClientError) as refused:
        stop(pipelines, name, execution_id, **options)
    return str(refused.value.response["Error"]["Code"])


def test_queued_executions_enter_a_stage_one_by_one_in_order(pipelines: Any) -> None:
    run = pipelines.action("Run", "#{codepipeline.PipelineExecutionId}")
    name = pipelines.create([run])
    ids = [pipelines.execution(name)["pipelineExecutionId"], *(pipelines.start(name) for _ in range(4))]
    seen = []
    for number in range(5):
        job = pipelines.job()
        if number < 4:
            waiting = pipelines.wait_for(lambda: pipelines.stages(name)["Stage1"].get("inboundExecution"))
            assert waiting["pipelineExecutionId"] == ids[number + 1]
        seen.append(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        pipelines.succeed(job)
    assert seen == ids
    assert {pipelines.ended(name, each)["status"] for each in ids} == {"Succeeded"}


def test_an_execution_can_be_in_each_stage(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("One")], [pipelines.action("Two")])
    first = pipelines.execution(name)["pipelineExecutionId"]
    pipelines.succeed()
    in_two = pipelines.job()
    second = pipelines.start(name)
    in_one = pipelines.job()
    stages = pipelines.stages(name)
    assert stages["Stage1"]["latestExecution"]["pipelineExecutionId"] == second
    assert stages["Stage2"]["latestExecution"]["pipelineExecutionId"] == first
    pipelines.succeed(in_two)
    pipelines.succeed(in_one)
    pipelines.succeed()
    assert pipelines.ended(name, second)["status"] == "Succeeded"


def test_a_waiting_execution_is_superseded_by_a_newer_one(pipelines: Any) -> None:
    run = pipelines.action("Run", "#{codepipeline.PipelineExecutionId}")
    name = pipelines.create([run], executionMode="SUPERSEDED")
    first = pipelines.execution(name)["pipelineExecutionId"]
    job = pipelines.job()
    older = pipelines.start(name)
    pipelines.wait_for(lambda: pipelines.stages(name)["Stage1"].get("inboundExecution"))
    newer = pipelines.start(name)
    assert pipelines.ended(name, older)["status"] == "Superseded"
    pipelines.succeed(job)
    last = pipelines.job()
    assert last["data"]["actionConfiguration"]["configuration"]["UserParameters"] == newer
    pipelines.succeed(last)
    assert [pipelines.ended(name, each)["status"] for each in (first, newer)] == ["Succeeded"] * 2


def test_an_execution_that_found_its_stage_free_is_not_superseded(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")], executionMode="SUPERSEDED")
    pipelines.start(name)  # at once: the first execution is in its first stage all the same
    job = pipelines.job()
    pipelines.wait_for(lambda: pipelines.stages(name)["Stage1"].get("inboundExecution"))
    pipelines.succeed(job)
    pipelines.succeed()
    pipelines.ended(name)
    summaries = pipelines.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    assert [summary["status"] for summary in summaries] == ["Succeeded", "Succeeded"]


def test_a_failed_execution_frees_its_stage(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    second = pipelines.start(name)
    pipelines.fail()
    pipelines.succeed()
    assert pipelines.ended(name, second)["status"] == "Succeeded"


def test_stopping_waits_for_running_actions(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run"), pipelines.action("Later", runOrder=2)])
    job, execution_id = pipelines.job(), pipelines.execution(name)["pipelineExecutionId"]
    stop(pipelines, name, execution_id, reason="enough")
    assert pipelines.execution(name)["status"] == "Stopping"
    assert pipelines.stages(name)["Stage1"]["latestExecution"]["status"] == "Stopping"
    assert stop_refusal(pipelines, name, execution_id) == "DuplicatedStopRequestException"
    pipelines.succeed(job)
    assert pipelines.ended(name)["status"] == "Stopped"
    assert pipelines.statuses(name) == {"Fetch": "Succeeded", "Run": "Succeeded"}
    assert pipelines.stages(name)["Stage1"]["latestExecution"]["status"] == "Stopped"
    summary = pipelines.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
    assert summary["stopTrigger"] == {"reason": "enough"}
    assert stop_refusal(pipelines, name, execution_id) == "PipelineExecutionNotStoppableException"


def test_stopping_during_a_continuation_lets_it_go_on_to_its_end(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")], [pipelines.action("Next")])
    job, execution_id = pipelines.job(), pipelines.execution(name)["pipelineExecutionId"]
    pipelines.succeed(job, continuationToken="t")
    stop(pipelines, name, execution_id)
    pipelines.succeed(continuationToken="t")
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Stopped"
    assert pipelines.statuses(name) == {"Fetch": "Succeeded", "Run": "Succeeded"}


@pytest.mark.parametrize("continuing", [False, True])
@pytest.mark.parametrize("stopping", [False, True])
def test_abandoning_ends_at_once_and_refuses_late_results(pipelines: Any, *, continuing: bool, stopping: bool) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job, execution_id = pipelines.job(), pipelines.execution(name)["pipelineExecutionId"]
    if continuing:
        pipelines.succeed(job, continuationToken="t")
    if stopping:
        stop(pipelines, name, execution_id)
    stop(pipelines, name, execution_id, abandon=True)
    assert pipelines.execution(name)["status"] == "Stopped"
    assert pipelines.statuses(name)["Run"] == "Abandoned"
    with pytest.raises(ClientError) as refused:
        pipelines.succeed(job)
    assert refused.value.response["Error"]["Code"] == "InvalidJobStateException"
    second = pipelines.start(name)  # the stage is free again
    pipelines.wait_for(lambda: pipelines.statuses(name, second).get("Run"))
    assert pipelines.statuses(name, execution_id)["Run"] == "Abandoned"


def test_a_waiting_execution_can_be_stopped(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job, waiting = pipelines.job(), pipelines.start(name)
    pipelines.wait_for(lambda: pipelines.stages(name)["Stage1"].get("inboundExecution"))
    stop(pipelines, name, waiting)
    assert pipelines.execution(name, waiting)["status"] == "Stopped"
    assert "inboundExecution" not in pipelines.stages(name)["Stage1"]
    third = pipelines.start(name)
    pipelines.succeed(job)
    pipelines.succeed()
    assert pipelines.ended(name, third)["status"] == "Succeeded"


def test_deleting_a_running_pipeline_ends_it(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    definition = pipelines.client.get_pipeline(name=name)["pipeline"]
    pipelines.client.delete_pipeline(name=name)
    with pytest.raises(ClientError) as refused:
        pipelines.succeed(job)
    assert refused.value.response["Error"]["Code"] == "JobNotFoundException"
    pipelines.wait_for(lambda: f"pipeline-{name}" not in {thread.name for thread in threading.enumerate()})
    pipelines.client.create_pipeline(pipeline=definition)  # the name is free, and nothing is left of the old one
    assert len(pipelines.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]) == 1
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_an_update_cancels_an_execution_once_its_running_actions_have_ended(pipelines: Any) -> None:
    name = pipelines.create(
        [pipelines.action("Old"), pipelines.action("Later", runOrder=2)], [pipelines.action("Next")]
    )
    first = pipelines.execution(name)["pipelineExecutionId"]
    job = pipelines.job()
    changed = pipelines.definition([pipelines.action("New")], name=name)
    assert pipelines.client.update_pipeline(pipeline=changed)["pipeline"]["version"] == 2
    assert pipelines.execution(name, first)["status"] == "InProgress"
    pipelines.succeed(job)
    cancelled = pipelines.ended(name, first)
    assert (cancelled["status"], cancelled["pipelineVersion"]) == ("Cancelled", 1)
    assert pipelines.statuses(name, first) == {"Fetch": "Succeeded", "Old": "Succeeded"}
    assert pipelines.stages(name)["Stage1"]["latestExecution"]["status"] == "Cancelled"
    second = pipelines.start(name)
    pipelines.succeed()
    assert pipelines.ended(name, second)["pipelineVersion"] == 2
    assert set(pipelines.statuses(name, second)) == {"Fetch", "New"}
    versions = [pipelines.client.get_pipeline(name=name, version=v)["pipeline"]["stages"] for v in (1, 2)]
    assert [len(stages) for stages in versions] == [3, 2]


def test_an_update_cancels_what_ends_meanwhile_in_the_last_stage_and_does_not_retry_it(pipelines: Any) -> None:
    stage = {"name": "Stage1", "actions": [pipelines.action("Run")], "onFailure": {"result": "RETRY"}}
    name = pipelines.create(stages=[{"name": "Source", "actions": [pipelines.source_action()]}, stage])
    job = pipelines.job()
    pipelines.client.update_pipeline(pipeline=pipelines.client.get_pipeline(name=name)["pipeline"])
    pipelines.fail(job)
    assert pipelines.ended(name)["status"] == "Cancelled"
    assert pipelines.statuses(name)["Run"] == "Failed"


def test_an_update_cancels_an_execution_that_waits(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job, running = pipelines.job(), pipelines.execution(name)["pipelineExecutionId"]
    waiting = pipelines.start(name)
    pipelines.wait_for(lambda: pipelines.stages(name)["Stage1"].get("inboundExecution"))
    pipelines.client.update_pipeline(pipeline=pipelines.client.get_pipeline(name=name)["pipeline"])
    assert pipelines.execution(name, waiting)["status"] == "Cancelled"
    assert "inboundExecution" not in pipelines.stages(name)["Stage1"]
    pipelines.succeed(job)
    assert pipelines.ended(name, running)["status"] == "Cancelled"
    later = pipelines.start(name)  # the stages are free
    pipelines.succeed()
    assert pipelines.ended(name, later)["status"] == "Succeeded"


def test_an_execution_that_an_update_will_cancel_can_be_stopped(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job, execution_id = pipelines.job(), pipelines.execution(name)["pipelineExecutionId"]
    pipelines.client.update_pipeline(pipeline=pipelines.client.get_pipeline(name=name)["pipeline"])
    stop(pipelines, name, execution_id)
    pipelines.succeed(job)
    assert pipelines.ended(name)["status"] == "Stopped"


def test_stopping_local_aws_abandons_what_runs(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    pipelines.job()
    abandon_everything()
    assert pipelines.ended(name)["status"] == "Stopped"
    second = pipelines.start(name)  # what stops may be started again, as a test session does
    pipelines.succeed()
    assert pipelines.ended(name, second)["status"] == "Succeeded"


ACTION = {"pipelineName": "p", "stageName": "s", "actionName": "a"}
REVISION = {"revisionId": "1", "revisionChangeId": "1", "created": 0}


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("get_pipeline", {"name": "nobody"}, "PipelineNotFoundException"),
        ("get_pipeline_state", {"name": "nobody"}, "PipelineNotFoundException"),
        ("start_pipeline_execution", {"name": "nobody"}, "PipelineNotFoundException"),
        ("list_action_executions", {"pipelineName": "nobody"}, "PipelineNotFoundException"),
        ("start_pipeline_execution", {"name": "not a name"}, "ValidationException"),
        ("list_tags_for_resource", {"resourceArn": "arn:aws:codepipeline:r:1:nobody"}, "ValidationException"),
        ("put_action_revision", ACTION | {"actionRevision": REVISION}, "NotImplemented"),
    ],
)
def test_what_is_not_there_is_refused(client: Any, operation: str, parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client("codepipeline"), operation)(**parameters)
    assert refused.value.response["Error"]["Code"] == code


def test_an_unknown_execution_is_not_found(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    unknown = "00000000-0000-0000-0000-000000000000"
    assert stop_refusal(pipelines, name, unknown) == "PipelineExecutionNotFoundException"
    pipelines.succeed()


def test_tags_are_kept(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    arn = pipelines.client.get_pipeline(name=name)["metadata"]["pipelineArn"]
    pipelines.client.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "a"}, {"key": "x", "value": "y"}])
    pipelines.client.untag_resource(resourceArn=arn, tagKeys=["x"])
    assert pipelines.client.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "a"}]
    pipelines.succeed()
