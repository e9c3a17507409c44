"""Takes executions through their pipelines: a thread an execution, and one for each action."""

import json
import logging
import math
import threading
from collections import deque
from collections.abc import Collection, Iterable

from localaws import shutdown
from localaws.clock import clock, durations
from localaws.codepipeline.actions import RUNNERS
from localaws.codepipeline.artifacts import new_artifact
from localaws.codepipeline.models import (
    BY_ITSELF,
    MANUALLY,
    ActionExecution,
    ActionFailure,
    Declaration,
    Execution,
    Pipeline,
    Rollback,
    pipelines_backends,
)
from localaws.codepipeline.state_changes import (
    begin_action,
    begin_execution,
    change_execution,
    change_stage,
    end_action,
    resume_execution,
)
from localaws.codepipeline.variables import UnresolvedVariableError, resolve

_log = logging.getLogger(__name__)
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html: an action's configuration with its variables.
_LARGEST_CONFIGURATION = 100 * 1024
UNVERIFIED_CONFIGURATION_TOO_LARGE = "The resolved configuration of {} is larger than 100 KB."
UNVERIFIED_TIMED_OUT = "The action {} has timed out."  # a source that does not end
UNVERIFIED_DEFAULT_RETRY_MODE = "FAILED_ACTIONS"  # what onFailure RETRY means that says no mode


def start(pipeline: Pipeline, execution: Execution) -> None:
    """Let an execution run. Whoever calls holds ``pipeline.changed``."""
    begin_execution(pipeline, execution)
    _line_up(pipeline, execution, execution.route[0]["name"])
    _go_on(pipeline, execution, execution.route)


def roll_back(pipeline: Pipeline, rollback: Rollback, trigger: tuple[str, str]) -> Execution:
    """Run a stage with what an earlier execution brought into it. Whoever calls holds ``pipeline.changed``.

    It enters before executions that wait, and supersedes none; that is not proven on AWS.
    """
    target = rollback.target
    execution = Execution(target.definition, trigger, target.variables, target.source_revisions, rolls_back=rollback)
    execution.artifacts, execution.namespaces = dict(target.artifacts), dict(target.namespaces)
    begin_execution(pipeline, execution)
    pipeline.stage(rollback.stage).waiting.appendleft(execution)
    _admit(pipeline, rollback.stage)
    _go_on(pipeline, execution, execution.route)
    return execution


def stop(pipeline: Pipeline, execution: Execution, *, abandon: bool) -> None:
    """Stop an execution: once its running actions have ended, or at once. Whoever calls holds ``pipeline.changed``."""
    change_execution(pipeline, execution, "Stopping")
    for stage, status in execution.stages.items():
        if status == "InProgress":
            change_stage(pipeline, execution, stage, "Stopping")
    if abandon:
        for action in execution.actions:
            if action.in_progress:
                end_action(pipeline, execution, action, "Abandoned")
    _end_early_if_idle(pipeline, execution)
    admit_all(pipeline)


def update(pipeline: Pipeline, definition: Declaration) -> None:
    """Make this the next version, with which no execution under way goes on. Whoever calls holds ``pipeline.changed``.

    botocore PipelineExecution's status: "Cancelled: The pipeline's definition was updated before the pipeline
    execution could be completed." https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-edit.html, as
    quoted in https://github.com/aws/aws-cdk/issues/9080: running actions end in good order before that.
    """
    pipeline.update(definition)
    for execution in pipeline.executions.values():
        if execution.in_progress:
            _end_early_if_idle(pipeline, execution)
    admit_all(pipeline)


def retry(pipeline: Pipeline, execution: Execution, name: str, *, all_actions: bool) -> None:
    """Run a stage's failed actions, or all of them, again. Whoever calls holds ``pipeline.changed``."""
    latest = execution.latest_actions(name)
    done = _done(execution, name, all_actions=all_actions)
    goes_on = execution.in_progress
    resume_execution(pipeline, execution, name, MANUALLY)
    if goes_on:  # beside the failed actions, others still run
        for run in latest.values():
            if run.status == "Failed":
                _begin(pipeline, execution, name, run.declaration)
        return
    stage = pipeline.stage(name)
    if execution not in stage.inside:  # it is there still if its thread has not left yet
        stage.inside.append(execution)
    change_stage(pipeline, execution, name, "InProgress", resumed=True)
    stages = execution.route
    first = next(number for number, declared in enumerate(stages) if declared["name"] == name)
    _go_on(pipeline, execution, stages[first:], done)


def abandon_all(pipelines: Iterable[Pipeline]) -> None:
    """Stop and abandon whatever these pipelines are doing."""
    for pipeline in pipelines:
        with pipeline.changed:
            for execution in pipeline.executions.values():
                if execution.in_progress:
                    stop(pipeline, execution, abandon=True)


def admit_all(pipeline: Pipeline) -> None:
    """Let waiting executions into every stage that is free. Whoever calls holds ``pipeline.changed``."""
    for name in list(pipeline.stages):
        _admit(pipeline, name)


def _end_early_if_idle(pipeline: Pipeline, execution: Execution) -> None:
    if not any(action.in_progress for action in execution.actions):
        _end_early(pipeline, execution)


def _end_early(pipeline: Pipeline, execution: Execution) -> None:
    """End an execution that was told to stop, or whose pipeline was updated."""
    end = "Stopped" if execution.status == "Stopping" else "Cancelled"
    for stage, status in execution.stages.items():
        if status in ("InProgress", "Stopping"):
            change_stage(pipeline, execution, stage, end)
    change_execution(pipeline, execution, end)


def _go_on(
    pipeline: Pipeline, execution: Execution, stages: list[Declaration], done: Collection[str] = frozenset()
) -> None:
    name = f"pipeline-{pipeline.name}"
    execution.runner = threading.Thread(target=_run, args=(pipeline, execution, stages, done), daemon=True, name=name)
    execution.runner.start()


def _is_mine(execution: Execution) -> bool:
    """Return whether it is this thread that runs an execution, and not one that a retry has started since."""
    return execution.runner is threading.current_thread()


def _goes_on(pipeline: Pipeline, execution: Execution) -> bool:
    """Return whether more of an execution's actions may begin, so far as it has not failed."""
    return execution.status == "InProgress" and not pipeline.has_outgrown(execution)


def _run(pipeline: Pipeline, execution: Execution, stages: list[Declaration], done: Collection[str]) -> None:
    """Take an execution through these stages; ``done`` are the actions of the first one that need not run again."""
    try:
        for stage, following in zip(stages, [*stages[1:], None], strict=True):
            if not _enter(pipeline, execution, stage["name"]):
                return
            succeeded = _run_stage(pipeline, execution, stage, done) or _retry_by_itself(pipeline, execution, stage)
            done = frozenset()
            next_name = following["name"] if following else None
            if not _leave(pipeline, execution, stage["name"], next_name, succeeded=succeeded):
                return
    except Exception:  # noqa: BLE001 -- nobody waits for this thread; its execution must end all the same
        _log.exception("execution %s of %s cannot go on", execution.id, pipeline.name)
        with pipeline.changed:
            if not _is_mine(execution):
                return
            change_execution(pipeline, execution, "Failed")
            for state in pipeline.stages.values():
                state.inside = [other for other in state.inside if other is not execution]
            admit_all(pipeline)


def _line_up(pipeline: Pipeline, execution: Execution, name: str) -> None:
    """Have an execution enter a stage, or wait before it in place of those that it supersedes."""
    stage = pipeline.stage(name)
    if execution.mode == "SUPERSEDED":
        for older in stage.waiting:
            change_execution(pipeline, older, "Superseded")
    stage.waiting.append(execution)
    _admit(pipeline, name)


def _admit(pipeline: Pipeline, name: str) -> None:
    """Let the next execution into a stage, if it is free and the way into it is open."""
    stage = pipeline.stage(name)
    stage.waiting = deque(execution for execution in stage.waiting if execution.in_progress)
    while stage.waiting and not stage.disabled and (not stage.inside or stage.waiting[0].mode == "PARALLEL"):
        stage.latest = execution = stage.waiting.popleft()
        stage.inside.append(execution)
        change_stage(pipeline, execution, name, "InProgress")
    pipeline.changed.notify_all()


def _enter(pipeline: Pipeline, execution: Execution, name: str) -> bool:
    """Wait until an execution is let into a stage; return False if it ends before."""
    with pipeline.changed:
        stage = pipeline.stage(name)
        pipeline.changed.wait_for(
            lambda: not _is_mine(execution) or not execution.in_progress or execution in stage.inside
        )
        if not _is_mine(execution):
            return False
        if execution.in_progress:
            return True
        if execution in stage.inside:
            stage.inside.remove(execution)
        _admit(pipeline, name)
        return False


def _leave(pipeline: Pipeline, execution: Execution, name: str, following: str | None, *, succeeded: bool) -> bool:
    """Free a stage and, in the same moment, line up before the next one, or end; return whether it goes on."""
    with pipeline.changed:
        if not _is_mine(execution):
            return False
        pipeline.stage(name).inside.remove(execution)
        if execution.in_progress and not _goes_on(pipeline, execution):
            _end_early(pipeline, execution)
        elif execution.in_progress:
            change_stage(pipeline, execution, name, "Succeeded" if succeeded else "Failed")
            if succeeded and following:
                _line_up(pipeline, execution, following)
            else:
                change_execution(pipeline, execution, execution.stages[name])
                _roll_back_by_itself(pipeline, execution, name)
        _admit(pipeline, name)
        return execution.in_progress


def _run_stage(pipeline: Pipeline, execution: Execution, stage: Declaration, done: Collection[str]) -> bool:
    """Run a stage's actions, those of one run order side by side; return whether all of them succeeded."""
    actions = [action for action in stage["actions"] if action["name"] not in done]
    for order in sorted({action["runOrder"] for action in actions}):
        group = [action for action in actions if action["runOrder"] == order]
        with pipeline.changed:
            if not _is_mine(execution) or not _goes_on(pipeline, execution):
                return False
            for declaration in group:
                _begin(pipeline, execution, stage["name"], declaration)
            if not _wait_for(pipeline, execution, stage["name"], [action["name"] for action in group]):
                return False
    return True


def _retry_by_itself(pipeline: Pipeline, execution: Execution, stage: Declaration) -> bool:
    """Run a stage that failed once more, if it is declared so; return whether that succeeded.

    botocore RetryStageMetadata: "One attempt is allowed for automatic stage retry on failure." That the execution goes
    on meanwhile, and how EventBridge hears of it, is not proven on AWS.
    """
    name, on_failure = stage["name"], stage.get("onFailure", {})
    with pipeline.changed:
        if not _is_mine(execution) or not _goes_on(pipeline, execution) or on_failure.get("result") != "RETRY":
            return False
        if any(earlier.trigger == BY_ITSELF for earlier in execution.retries[name]):
            return False
        mode = on_failure.get("retryConfiguration", {}).get("retryMode", UNVERIFIED_DEFAULT_RETRY_MODE)
        done = _done(execution, name, all_actions=mode == "ALL_ACTIONS")
        change_stage(pipeline, execution, name, "Failed")
        resume_execution(pipeline, execution, name, BY_ITSELF)
        change_stage(pipeline, execution, name, "InProgress", resumed=True)
    return _run_stage(pipeline, execution, stage, done)


def _done(execution: Execution, stage: str, *, all_actions: bool) -> set[str]:
    """Return the actions of a stage that need not run again."""
    runs = execution.latest_actions(stage).values()
    return set() if all_actions else {run.name for run in runs if run.status == "Succeeded"}


def _roll_back_by_itself(pipeline: Pipeline, execution: Execution, name: str) -> None:
    """Roll a stage that failed back to the last execution that succeeded in it, if it is declared so and there is one.

    That a rollback which fails is not rolled back in its turn is not proven on AWS.
    """
    stage = next(stage for stage in execution.route if stage["name"] == name)
    if execution.status != "Failed" or execution.rolls_back or stage.get("onFailure", {}).get("result") != "ROLLBACK":
        return
    earlier = [other for other in pipeline.executions.values() if can_be_rolled_back_to(pipeline, other, name)]
    if earlier:
        detail = json.dumps({"FailedPipelineExecutionId": execution.id}, separators=(",", ":"))
        roll_back(pipeline, Rollback(name, earlier[-1]), ("AutomatedRollback", detail))


def can_be_rolled_back_to(pipeline: Pipeline, execution: Execution, stage: str) -> bool:
    """Return whether an execution is one that a stage can be rolled back to.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
    """
    succeeded = execution.rolls_back is None and execution.stages.get(stage) == "Succeeded"
    return succeeded and not pipeline.has_outgrown(execution)


def _wait_for(pipeline: Pipeline, execution: Execution, stage: str, names: list[str]) -> bool:
    """Wait until these actions have ended, also those that are retried in the meantime; return whether all succeeded.

    Whoever calls holds ``pipeline.changed``.
    """

    def latest() -> list[ActionExecution]:
        runs = execution.latest_actions(stage)
        return [runs[name] for name in names]

    first = latest()[0]
    fetching = first.declaration["actionTypeId"]["category"] == "Source"  # then all of the stage's actions are
    limit = durations.source_timeout if fetching else math.inf  # other actions have time limits of their own
    clock.wait_until(
        first.started.timestamp() + limit,
        pipeline.changed,
        lambda: not _is_mine(execution) or not any(run.in_progress for run in latest()),
    )
    if not _is_mine(execution):
        return False
    for run in latest():
        if run.in_progress:
            run.error = ("JobFailed", UNVERIFIED_TIMED_OUT.format(run.name))
            end_action(pipeline, execution, run, "Failed")
    return all(run.status == "Succeeded" for run in latest())


def _begin(pipeline: Pipeline, execution: Execution, stage: str, declaration: Declaration) -> None:
    """Start an action in a thread of its own. Whoever calls holds ``pipeline.changed``."""
    action = ActionExecution(
        stage,
        declaration,
        [execution.artifacts[entry["name"]] for entry in declaration["inputArtifacts"]],
        [new_artifact(pipeline, execution.definition, entry["name"]) for entry in declaration["outputArtifacts"]],
    )
    begin_action(pipeline, execution, action)
    threading.Thread(
        target=_run_action, args=(pipeline, execution, action), daemon=True, name=f"action-{action.name}"
    ).start()


def _run_action(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    error = None
    try:
        action.configuration = _resolved(pipeline, execution, action)
        RUNNERS[action.declaration["actionTypeId"]["provider"]](pipeline, execution, action)
    except UnresolvedVariableError as problem:
        error = ("ConfigurationError", str(problem))
    except ActionFailure as failure:
        error = (failure.code, str(failure))
    except Exception as problem:  # noqa: BLE001 -- the action must end, with what went wrong in local AWS
        _log.exception("action %s of %s", action.name, pipeline.name)
        error = ("SystemUnavailable", f"Local AWS failed: {type(problem).__name__}: {problem}")
    with pipeline.changed:
        if action.in_progress:
            action.error = error or action.error
            end_action(pipeline, execution, action, "Failed" if action.error else "Succeeded")


def _resolved(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> dict[str, str]:
    with pipeline.changed:
        own = {"codepipeline": {"PipelineExecutionId": execution.id}, "variables": execution.variables}
        namespaces = execution.namespaces | own
        resolved = {key: resolve(text, namespaces) for key, text in action.declaration["configuration"].items()}
    if sum(len(key.encode()) + len(text.encode()) for key, text in resolved.items()) > _LARGEST_CONFIGURATION:
        raise ActionFailure("ConfigurationError", UNVERIFIED_CONFIGURATION_TOO_LARGE.format(action.name))
    return resolved


def abandon_everything() -> None:
    """Stop and abandon whatever any pipeline is doing."""
    abandon_all(
        pipeline
        for regions in list(pipelines_backends.values())
        for backend in list(regions.values())
        for pipeline in list(backend.pipelines.values())
    )


shutdown.at_stop(abandon_everything)
