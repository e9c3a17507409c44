"""A stage can be rolled back to an execution that succeeded in it, by a person or by itself."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

UNABLE = (
    "UnableToRollbackStageException",
    "Unable to roll back the stage. The cause might be if the pipeline version has changed since the target pipeline"
    " execution was deployed, the stage is currently running, or an incorrect target pipeline execution ID was"
    " provided.",
)
OUTDATED = (
    "PipelineExecutionOutdatedException",
    "The specified pipeline execution is outdated and cannot be used as a target pipeline execution for rollback.",
)


def deployment(pipelines: Any, on_failure: dict[str, Any] | None = None, mode: str = "QUEUED") -> str:
    """A pipeline that makes an artifact, deploys it (as one of its variables says) and goes on; its name."""
    made = [{"name": "Made"}]
    deploy = {"name": "Stage2", "actions": [pipelines.action("Deploy", "#{variables.To}", inputArtifacts=made)]}
    stages = [
        {"name": "Source", "actions": [pipelines.source_action()]},
        {"name": "Stage1", "actions": [pipelines.action("Make", outputArtifacts=made)]},
        deploy | ({"onFailure": on_failure} if on_failure else {}),
        {"name": "Stage3", "actions": [pipelines.action("Tell")]},
    ]
    variables = [{"name": "To", "defaultValue": "here"}]
    return str(pipelines.create(stages=stages, variables=variables, executionMode=mode))


def deployed(job: dict[str, Any]) -> str:
    """The key of the artifact that a job deploys."""
    return str(job["data"]["inputArtifacts"][0]["location"]["s3Location"]["objectKey"])


def succeeded(pipelines: Any, name: str) -> tuple[str, str]:
    """Let the newest execution succeed; return its id and the key of the artifact that it deployed."""
    pipelines.succeed()
    job = pipelines.job()
    pipelines.succeed(job)
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"
    return pipelines.execution(name)["pipelineExecutionId"], deployed(job)


def roll_back(pipelines: Any, name: str, target: str, stage: str = "Stage2") -> str:
    """Roll a stage back; return the id of the execution that does it."""
    request = {"pipelineName": name, "stageName": stage, "targetPipelineExecutionId": target}
    return str(pipelines.client.rollback_stage(**request)["pipelineExecutionId"])


def test_a_stage_runs_again_with_what_the_target_brought(pipelines: Any) -> None:
    name = deployment(pipelines)
    target, key = succeeded(pipelines, name)
    newest = pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=b"newer")["VersionId"]
    pipelines.start(name, variables=[{"name": "To", "value": "there"}])
    succeeded(pipelines, name)
    execution = roll_back(pipelines, name, target)
    job = pipelines.job()
    assert job["data"]["actionConfiguration"]["configuration"]["UserParameters"] == "here"
    assert deployed(job) == key
    shown = pipelines.stages(name)["Stage2"]["latestExecution"]
    assert shown == {"pipelineExecutionId": execution, "status": "InProgress", "type": "ROLLBACK"}
    pipelines.succeed(job)
    ended = pipelines.ended(name, execution)
    assert (ended["status"], ended["executionType"]) == ("Succeeded", "ROLLBACK")
    assert ended["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": target}
    assert ended["trigger"]["triggerType"] == "ManualRollback"
    assert ended["trigger"]["triggerDetail"].endswith(":user/local")
    assert [revision["revisionId"] for revision in ended["artifactRevisions"]] == [pipelines.version] != [newest]
    assert list(pipelines.statuses(name, execution)) == ["Deploy"]


def test_a_failed_rollback_can_be_retried_and_ends_with_its_stage(pipelines: Any) -> None:
    name = deployment(pipelines, {"result": "ROLLBACK"})
    target, _ = succeeded(pipelines, name)
    execution = roll_back(pipelines, name, target)
    pipelines.fail()
    assert pipelines.ended(name, execution)["status"] == "Failed"
    again = {"pipelineName": name, "stageName": "Stage2", "retryMode": "FAILED_ACTIONS"}
    pipelines.client.retry_stage_execution(pipelineExecutionId=execution, **again)
    pipelines.succeed()
    assert pipelines.ended(name, execution)["status"] == "Succeeded"
    listed = pipelines.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    assert [each["executionType"] for each in listed] == ["ROLLBACK", "STANDARD"]


def test_a_stage_that_fails_rolls_itself_back_to_the_last_success(pipelines: Any) -> None:
    name = deployment(pipelines, {"result": "ROLLBACK"})
    succeeded(pipelines, name)
    pipelines.start(name)
    target, key = succeeded(pipelines, name)
    failing = pipelines.start(name)
    pipelines.succeed()
    pipelines.fail()
    assert pipelines.ended(name, failing)["status"] == "Failed"
    job = pipelines.job()
    assert deployed(job) == key
    pipelines.succeed(job)
    rollback = pipelines.ended(name)
    assert (rollback["status"], rollback["executionType"]) == ("Succeeded", "ROLLBACK")
    assert rollback["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": target}
    assert rollback["trigger"]["triggerType"] == "AutomatedRollback"
    assert json.loads(rollback["trigger"]["triggerDetail"]) == {"FailedPipelineExecutionId": failing}


def test_without_a_success_there_is_nothing_to_roll_back_to(pipelines: Any) -> None:
    name = deployment(pipelines, {"result": "ROLLBACK"})
    pipelines.succeed()
    pipelines.fail()
    assert pipelines.ended(name)["status"] == "Failed"
    assert len(pipelines.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]) == 1


def test_an_execution_that_waits_comes_after_the_rollback(pipelines: Any) -> None:
    name = deployment(pipelines, {"result": "ROLLBACK"})
    _, key = succeeded(pipelines, name)
    pipelines.start(name)
    pipelines.succeed()
    failing = pipelines.job()
    waiting = pipelines.start(name)
    pipelines.succeed()
    pipelines.wait_for(lambda: pipelines.stages(name)["Stage2"].get("inboundExecution"))
    pipelines.fail(failing)
    job = pipelines.job()
    assert deployed(job) == key
    pipelines.succeed(job)
    for _ in range(2):
        pipelines.succeed()
    assert pipelines.ended(name, waiting)["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("why", "error"),
    [
        ("source stage", UNABLE),
        ("running", UNABLE),
        ("never succeeded there", UNABLE),
        ("a rollback itself", UNABLE),
        ("parallel", UNABLE),
        ("edited", OUTDATED),
    ],
)
def test_a_rollback_is_refused(pipelines: Any, why: str, error: tuple[str, str]) -> None:
    name = deployment(pipelines, mode="PARALLEL" if why == "parallel" else "QUEUED")
    target, _ = succeeded(pipelines, name)
    if why == "running":
        pipelines.start(name)
        pipelines.succeed()
        pipelines.job()
    if why == "never succeeded there":
        target = pipelines.start(name)
        pipelines.fail()
        pipelines.ended(name)
    if why == "a rollback itself":
        target = roll_back(pipelines, name, target)
        pipelines.succeed()
        pipelines.ended(name, target)
    if why == "edited":
        pipelines.client.update_pipeline(pipeline=pipelines.client.get_pipeline(name=name)["pipeline"])
    with pytest.raises(ClientError) as refused:
        roll_back(pipelines, name, target, "Source" if why == "source stage" else "Stage2")
    assert (refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]) == error
