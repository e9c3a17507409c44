"""A stage that failed or was stopped can be retried, as long as it is as the execution left it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.codepipeline import control
from localaws.codepipeline.errors import PipelineNotFoundException
from localaws.codepipeline.models import pipelines_backends

NOT_RETRYABLE = (
    "StageNotRetryableException",
    "Unable to retry. The pipeline structure or stage state might have changed while actions awaited retry, or the"
    " stage contains no failed actions.",
)
NOT_LATEST = (
    "NotLatestPipelineExecutionException",
    "The stage has failed in a later run of the pipeline and the pipelineExecutionId associated with the request is out"
    " of date.",
)


def retry(pipelines: Any, name: str, mode: str = "FAILED_ACTIONS", **changes: str) -> str:
    """Retry Stage1 of the newest execution, or another; return its id."""
    request = {"pipelineName": name, "stageName": "Stage1", "retryMode": mode} | changes
    request.setdefault("pipelineExecutionId", pipelines.execution(name)["pipelineExecutionId"])
    return str(pipelines.client.retry_stage_execution(**request)["pipelineExecutionId"])


def refusal(pipelines: Any, name: str, mode: str = "FAILED_ACTIONS", **changes: str) -> tuple[str, str]:
    """Return the code and message with which a retry is refused."""
    with pytest.raises(ClientError) as refused:
        retry(pipelines, name, mode, **changes)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def parameters_of(job: dict[str, Any]) -> str:
    """Return the UserParameters of a job."""
    return str(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])


def answer(pipelines: Any, job: dict[str, Any]) -> None:
    """Let a job of Bad fail and another succeed."""
    (pipelines.fail if parameters_of(job) == "Bad" else pipelines.succeed)(job)


@pytest.fixture
def failed(pipelines: Any) -> str:
    """The name of a pipeline in whose first execution Good succeeded and Bad, beside it, failed."""
    name = pipelines.create(
        [pipelines.action("Good", "Good"), pipelines.action("Bad", "Bad"), pipelines.action("Later", "L", runOrder=2)],
        [pipelines.action("Next", "Next")],
    )
    for _ in range(2):
        answer(pipelines, pipelines.job())
    pipelines.ended(name)
    return str(name)


def test_failed_actions_run_again_and_the_execution_goes_on(pipelines: Any, failed: str) -> None:
    execution_id = pipelines.execution(failed)["pipelineExecutionId"]
    assert retry(pipelines, failed) == execution_id
    for expected in ("Bad", "L", "Next"):
        job = pipelines.job()
        assert parameters_of(job) == expected
        pipelines.succeed(job)
    assert pipelines.ended(failed, execution_id)["status"] == "Succeeded"
    assert set(pipelines.statuses(failed).values()) == {"Succeeded"}
    runs = pipelines.client.list_action_executions(pipelineName=failed)["actionExecutionDetails"]
    assert sorted(run["status"] for run in runs if run["actionName"] == "Bad") == ["Failed", "Succeeded"]
    retried = pipelines.stages(failed)["Stage1"]["retryStageMetadata"]
    assert retried == {"manualStageRetryAttempt": 1, "latestRetryTrigger": "ManualStageRetry"}


def test_all_actions_run_again(pipelines: Any, failed: str) -> None:
    retry(pipelines, failed, "ALL_ACTIONS")
    both = [pipelines.job(), pipelines.job()]
    assert sorted(parameters_of(job) for job in both) == ["Bad", "Good"]
    assert pipelines.execution(failed)["status"] == "InProgress"
    for job in both:
        pipelines.succeed(job)
    for _ in range(2):
        pipelines.succeed()
    assert pipelines.ended(failed)["status"] == "Succeeded"


def test_sources_that_are_fetched_again_are_shown_once(pipelines: Any) -> None:
    other = pipelines.source_action(name="FetchOther", outputArtifacts=[{"name": "Other"}])
    other["configuration"]["S3ObjectKey"] = "other.csv"
    stages = [
        {"name": "Source", "actions": [pipelines.source_action(), other]},
        {"name": "Run", "actions": [pipelines.action("Run")]},
    ]
    name = pipelines.create(stages=stages)
    assert pipelines.ended(name)["status"] == "Failed"
    newest = pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=b"newer")["VersionId"]
    added = pipelines.s3.put_object(Bucket=pipelines.source, Key="other.csv", Body=b"there")["VersionId"]
    retry(pipelines, name, "ALL_ACTIONS", stageName="Source")
    pipelines.succeed()
    revisions = pipelines.ended(name)["artifactRevisions"]
    assert [(revision["name"], revision["revisionId"]) for revision in revisions] == [
        ("SourceOutput", newest),
        ("Other", added),
    ]


def test_the_latest_runs_can_be_asked_for(pipelines: Any, failed: str) -> None:
    retry(pipelines, failed)
    pipelines.fail()
    pipelines.ended(failed)
    of = {"pipelineExecutionId": pipelines.execution(failed)["pipelineExecutionId"]}
    counts = {}
    for times in ("All", "Latest"):
        wanted = {"latestInPipelineExecution": of | {"startTimeRange": times}}
        runs = pipelines.client.list_action_executions(pipelineName=failed, filter=wanted)["actionExecutionDetails"]
        counts[times] = sorted(run["actionName"] for run in runs)
    assert counts == {"All": ["Bad", "Bad", "Fetch", "Good"], "Latest": ["Bad", "Fetch", "Good"]}


def test_a_retry_that_fails_can_be_retried(pipelines: Any, failed: str) -> None:
    retry(pipelines, failed)
    pipelines.fail()
    assert pipelines.ended(failed)["status"] == "Failed"
    retry(pipelines, failed)
    for _ in ("Bad", "Later", "Next"):
        pipelines.succeed()
    assert pipelines.ended(failed)["status"] == "Succeeded"
    assert pipelines.stages(failed)["Stage1"]["retryStageMetadata"]["manualStageRetryAttempt"] == 2


def test_a_failed_action_is_retried_while_another_still_runs(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Slow", "Slow"), pipelines.action("Bad", "Bad")])
    jobs = {parameters_of(job): job for job in (pipelines.job(), pipelines.job())}
    pipelines.fail(jobs["Bad"])
    pipelines.settled(name, "Bad")
    assert refusal(pipelines, name, "ALL_ACTIONS") == NOT_RETRYABLE
    retry(pipelines, name)
    pipelines.succeed(jobs["Slow"])
    again = pipelines.job()
    assert parameters_of(again) == "Bad"
    assert pipelines.execution(name)["status"] == "InProgress"
    pipelines.succeed(again)
    assert pipelines.ended(name)["status"] == "Succeeded"


@pytest.mark.parametrize("abandon", [False, True])
def test_a_stopped_stage_can_be_retried(pipelines: Any, *, abandon: bool) -> None:
    name = pipelines.create([pipelines.action("Run", "Run"), pipelines.action("Later", "Later", runOrder=2)])
    job, execution_id = pipelines.job(), pipelines.execution(name)["pipelineExecutionId"]
    pipelines.client.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution_id, abandon=abandon)
    if not abandon:
        pipelines.succeed(job)
    assert pipelines.ended(name)["status"] == "Stopped"
    retry(pipelines, name)
    seen = []
    for _ in range(2 if abandon else 1):
        seen.append(parameters_of(job := pipelines.job()))
        pipelines.succeed(job)
    assert seen == (["Run", "Later"] if abandon else ["Later"])
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_abandoning_and_retrying_in_one_moment_leaves_one_run(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")], [pipelines.action("Next")])
    execution_id = pipelines.execution(name)["pipelineExecutionId"]
    pipeline = pipelines_backends["123456789012"]["us-east-1"].get(name)
    for _ in range(3):
        pipelines.job()
        with pipeline.changed:  # so that what took the execution so far cannot notice in between
            control.stop(pipeline, pipeline.execution(execution_id), "", abandon=True)
            control.retry(pipeline, execution_id, "Stage1", "FAILED_ACTIONS")
    pipelines.succeed()
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"
    runs = pipelines.client.list_action_executions(pipelineName=name)["actionExecutionDetails"]
    assert sorted(run["actionName"] for run in runs) == ["Fetch", "Next", "Run", "Run", "Run", "Run"]
    later = pipelines.start(name)  # the stages are free
    pipelines.succeed()
    pipelines.succeed()
    assert pipelines.ended(name, later)["status"] == "Succeeded"


def test_nothing_begins_anew_in_a_pipeline_that_was_deleted_meanwhile(pipelines: Any, failed: str) -> None:
    execution_id = pipelines.execution(failed)["pipelineExecutionId"]
    pipeline = pipelines_backends["123456789012"]["us-east-1"].get(failed)
    pipelines.client.delete_pipeline(name=failed)
    with pipeline.changed, pytest.raises(PipelineNotFoundException, match="was deleted"):
        control.retry(pipeline, execution_id, "Stage1", "FAILED_ACTIONS")
    with pipeline.changed, pytest.raises(PipelineNotFoundException, match="was deleted"):
        control.roll_back(pipeline, "Stage1", execution_id, "somebody")


def test_a_stage_in_which_nothing_failed_is_not_retryable(pipelines: Any, failed: str) -> None:
    assert refusal(pipelines, failed, stageName="Source") == NOT_RETRYABLE
    assert refusal(pipelines, failed, stageName="Stage2") == NOT_LATEST  # no execution has come so far


@pytest.mark.parametrize("stage", [1, 2])
def test_after_an_update_no_stage_is_retryable(pipelines: Any, failed: str, stage: int) -> None:
    definition = pipelines.client.get_pipeline(name=failed)["pipeline"]
    definition["stages"][stage]["actions"][0]["configuration"]["UserParameters"] = "Better"
    pipelines.client.update_pipeline(pipeline=definition)
    assert refusal(pipelines, failed) == NOT_RETRYABLE


def test_a_stage_that_another_execution_has_entered_is_out_of_date(pipelines: Any, failed: str) -> None:
    first = pipelines.execution(failed)["pipelineExecutionId"]
    pipelines.start(failed)
    both = [pipelines.job(), pipelines.job()]
    assert refusal(pipelines, failed, pipelineExecutionId=first) == NOT_LATEST
    for job in both:
        pipelines.succeed(job)


def test_an_unknown_stage_is_not_found(pipelines: Any, failed: str) -> None:
    assert refusal(pipelines, failed, stageName="Nowhere")[0] == "StageNotFoundException"


@pytest.mark.parametrize(("mode", "again"), [("FAILED_ACTIONS", ["Bad"]), ("ALL_ACTIONS", ["Bad", "Good"])])
def test_a_stage_retries_itself_once(pipelines: Any, mode: str, again: list[str]) -> None:
    stage = {
        "name": "Stage1",
        "actions": [pipelines.action("Good", "Good"), pipelines.action("Bad", "Bad")],
        "onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": mode}},
    }
    name = pipelines.create(stages=[{"name": "Source", "actions": [pipelines.source_action()]}, stage])
    for _ in range(2):
        answer(pipelines, pipelines.job())
    jobs = [pipelines.job() for _ in again]
    assert sorted(parameters_of(job) for job in jobs) == again
    assert pipelines.execution(name)["status"] == "InProgress"
    retried = {"autoStageRetryAttempt": 1, "latestRetryTrigger": "AutomatedStageRetry"}
    assert pipelines.stages(name)["Stage1"]["retryStageMetadata"] == retried
    for job in jobs:
        answer(pipelines, job)
    assert pipelines.ended(name)["status"] == "Failed"
    retry(pipelines, name)
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"
    manually = {"manualStageRetryAttempt": 1, "latestRetryTrigger": "ManualStageRetry"}
    assert pipelines.stages(name)["Stage1"]["retryStageMetadata"] == retried | manually


def test_an_execution_goes_on_when_its_own_retry_succeeds(pipelines: Any) -> None:
    stages = [
        {"name": "Source", "actions": [pipelines.source_action()]},
        {"name": "Stage1", "actions": [pipelines.action("Run", "Run")], "onFailure": {"result": "RETRY"}},
        {"name": "Stage2", "actions": [pipelines.action("Next", "Next")]},
    ]
    name = pipelines.create(stages=stages)
    pipelines.fail()
    for expected in ("Run", "Next"):
        job = pipelines.job()
        assert parameters_of(job) == expected
        pipelines.succeed(job)
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_a_stage_that_is_being_stopped_does_not_retry_itself(pipelines: Any) -> None:
    stage = {"name": "Stage1", "actions": [pipelines.action("Run")], "onFailure": {"result": "RETRY"}}
    name = pipelines.create(stages=[{"name": "Source", "actions": [pipelines.source_action()]}, stage])
    job, execution = pipelines.job(), pipelines.execution(name)["pipelineExecutionId"]
    pipelines.client.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
    pipelines.fail(job)
    assert pipelines.ended(name)["status"] == "Stopped"
