"""What a person asks of running executions, and when it is refused, in botocore's words for these errors.

Whoever calls holds the pipeline's ``changed``.
"""

from localaws.codepipeline import engine
from localaws.codepipeline.errors import (
    ActionNotFoundException,
    DuplicatedStopRequestException,
    InvalidApprovalTokenException,
    NotLatestPipelineExecutionException,
    PipelineExecutionNotStoppableException,
    PipelineExecutionOutdatedException,
    StageNotFoundException,
    StageNotRetryableException,
    UnableToRollbackStageException,
)
from localaws.codepipeline.models import ActionExecution, Declaration, Disabled, Execution, Pipeline, Rollback


def stop(pipeline: Pipeline, execution: Execution, reason: str, *, abandon: bool) -> None:
    """Stop an execution after its running actions, or abandon them."""
    if not execution.in_progress:
        raise PipelineExecutionNotStoppableException(
            "Unable to stop the pipeline execution. The execution might already be in a Stopped state, or it might no"
            f" longer be in progress. Pipeline execution '{execution.id}' is in the state {execution.status}."
        )
    if execution.status == "Stopping" and not abandon:
        raise DuplicatedStopRequestException(
            "The pipeline execution is already in a Stopping state. If you already chose to stop and wait, you cannot"
            " make that request again."
        )
    execution.stop_reason = reason
    engine.stop(pipeline, execution, abandon=abandon)


def retry(pipeline: Pipeline, execution_id: str, stage: str, mode: str) -> None:
    """Run a stage's failed actions, or all of them, again."""
    pipeline.must_exist()
    _stage(pipeline, stage)
    execution = pipeline.executions.get(execution_id)
    latest = pipeline.stage(stage).latest
    if execution is None or (execution is not latest and execution.mode != "PARALLEL"):
        raise NotLatestPipelineExecutionException(
            "The stage has failed in a later run of the pipeline and the pipelineExecutionId associated with the"
            " request is out of date."
        )
    if pipeline.has_outgrown(execution) or not _is_retryable(execution, stage, mode):
        raise StageNotRetryableException(
            "Unable to retry. The pipeline structure or stage state might have changed while actions awaited retry, or"
            " the stage contains no failed actions."
        )
    engine.retry(pipeline, execution, stage, all_actions=mode == "ALL_ACTIONS")


def _is_retryable(execution: Execution, stage: str, mode: str) -> bool:
    """Decide by what the execution left of a stage.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-retry.html: nor when all actions succeeded, "the
    overall pipeline structure changed", or "another retry attempt in the stage is already in progress".
    """
    status, runs = execution.stages.get(stage), execution.latest_actions(stage).values()
    if status in ("Failed", "Stopped"):
        return True
    failed_beside_others = status == "InProgress" and {"Failed", "InProgress"} <= {run.status for run in runs}
    return failed_beside_others and execution.status == "InProgress" and mode == "FAILED_ACTIONS"


def roll_back(pipeline: Pipeline, stage: str, target_id: str, caller_arn: str) -> Execution:
    """Roll a stage back to an execution that succeeded in it."""
    pipeline.must_exist()
    declared = _stage(pipeline, stage)
    target = pipeline.execution(target_id)
    if pipeline.has_outgrown(target):
        raise PipelineExecutionOutdatedException(
            "The specified pipeline execution is outdated and cannot be used as a target pipeline execution for"
            " rollback."
        )
    # https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html; that PARALLEL executions are not
    # rolled back: https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
    fixed = declared == pipeline.definition["stages"][0] or target.mode == "PARALLEL"
    if fixed or pipeline.stage(stage).inside or not engine.can_be_rolled_back_to(pipeline, target, stage):
        raise UnableToRollbackStageException(
            "Unable to roll back the stage. The cause might be if the pipeline version has changed since the target"
            " pipeline execution was deployed, the stage is currently running, or an incorrect target pipeline"
            " execution ID was provided."
        )
    return engine.roll_back(pipeline, Rollback(stage, target), ("ManualRollback", caller_arn))


def disable_transition(pipeline: Pipeline, stage: str, reason: str, caller_arn: str) -> None:
    """Close the way into a stage: executions wait before it."""
    _stage(pipeline, stage)
    pipeline.stage(stage).disabled = Disabled(caller_arn, reason)


def enable_transition(pipeline: Pipeline, stage: str) -> None:
    """Open the way into a stage, and let in who waits."""
    _stage(pipeline, stage)
    pipeline.stage(stage).disabled = None
    engine.admit_all(pipeline)


def approval(pipeline: Pipeline, stage: str, name: str, token: str) -> ActionExecution:
    """Return the run of an approval action that has this token, whatever became of the pipeline's definition since."""
    for execution in pipeline.executions.values():
        for run in execution.actions:
            if (run.stage, run.name, run.token) == (stage, name, token):
                return run
    if name not in {action["name"] for action in _stage(pipeline, stage)["actions"]}:
        raise ActionNotFoundException(f"The action '{name}' does not exist in the stage '{stage}'.")
    raise InvalidApprovalTokenException("The approval request already received a response or has expired.")


def _stage(pipeline: Pipeline, name: str) -> Declaration:
    for stage in pipeline.definition["stages"]:
        if stage["name"] == name:
            return dict(stage)
    raise StageNotFoundException(f"The stage '{name}' does not exist in the pipeline '{pipeline.name}'.")
