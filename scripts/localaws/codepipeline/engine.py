"""Takes executions through their pipelines: a thread an execution, and one for each action that runs beside another."""

import logging
import threading
from collections import deque
from collections.abc import Iterable

from localaws import shutdown
from localaws.codepipeline.actions import RUNNERS, ActionFailure, new_artifact
from localaws.codepipeline.models import (
    ActionExecution,
    Declaration,
    Execution,
    Pipeline,
    now,
    pipelines_backends,
)
from localaws.codepipeline.variables import UnresolvedVariableError, resolve

_log = logging.getLogger(__name__)


def start(pipeline: Pipeline, execution: Execution) -> None:
    """Let an execution run. Whoever calls holds ``pipeline.changed``."""
    pipeline.executions[execution.id] = execution
    _line_up(pipeline, execution, execution.definition["stages"][0]["name"])
    name = f"pipeline-{pipeline.name}"
    threading.Thread(target=_run, args=(pipeline, execution), daemon=True, name=name).start()


def stop(pipeline: Pipeline, execution: Execution, *, abandon: bool) -> None:
    """Stop an execution: once its running actions have ended, or at once. Whoever calls holds ``pipeline.changed``."""
    waits = not any(action.in_progress for action in execution.actions)
    execution.status, execution.updated = "Stopping", now()
    if abandon:
        for action in execution.actions:
            if action.in_progress:
                _finish(execution, action, "Abandoned")
    if abandon or waits:
        _stop_now(execution)
    for name in list(pipeline.stages):
        _admit(pipeline, name)


def abandon_all(pipelines: Iterable[Pipeline]) -> None:
    """Stop and abandon whatever these pipelines are doing."""
    for pipeline in pipelines:
        with pipeline.changed:
            for execution in pipeline.executions.values():
                if execution.in_progress:
                    stop(pipeline, execution, abandon=True)


def _stop_now(execution: Execution) -> None:
    for stage, status in execution.stages.items():
        if status == "InProgress":
            execution.stages[stage] = "Stopped"
    execution.end("Stopped")


def _run(pipeline: Pipeline, execution: Execution) -> None:
    try:
        stages = execution.definition["stages"]
        for stage, following in zip(stages, [*stages[1:], None], strict=True):
            if not _enter(pipeline, execution, stage["name"]):
                return
            succeeded = _run_stage(pipeline, execution, stage)
            _leave(pipeline, execution, stage["name"], following["name"] if following else None, succeeded=succeeded)
    except Exception:  # noqa: BLE001 -- nobody waits for this thread; its execution must end all the same
        _log.exception("execution %s of %s cannot go on", execution.id, pipeline.name)
        with pipeline.changed:
            execution.end("Failed")
            for name, stage in pipeline.stages.items():
                if stage.occupant is execution:
                    stage.occupant = None
                _admit(pipeline, name)


def _line_up(pipeline: Pipeline, execution: Execution, name: str) -> None:
    """Have an execution enter a stage, or wait before it in place of those that it supersedes."""
    stage = pipeline.stage(name)
    if execution.definition["executionMode"] == "SUPERSEDED":
        for older in stage.waiting:
            older.end("Superseded")
    stage.waiting.append(execution)
    _admit(pipeline, name)


def _admit(pipeline: Pipeline, name: str) -> None:
    """Let the next execution into a stage, if it is free."""
    stage = pipeline.stage(name)
    stage.waiting = deque(execution for execution in stage.waiting if execution.in_progress)
    if stage.occupant is None and stage.waiting:
        stage.occupant = stage.latest = execution = stage.waiting.popleft()
        execution.stages[name], execution.updated = "InProgress", now()
    pipeline.changed.notify_all()


def _enter(pipeline: Pipeline, execution: Execution, name: str) -> bool:
    """Wait until an execution is let into a stage; return False if it ends before."""
    with pipeline.changed:
        stage = pipeline.stage(name)
        pipeline.changed.wait_for(lambda: not execution.in_progress or stage.occupant is execution)
        if execution.in_progress:
            return True
        if stage.occupant is execution:
            stage.occupant = None
        _admit(pipeline, name)
        return False


def _leave(pipeline: Pipeline, execution: Execution, name: str, following: str | None, *, succeeded: bool) -> None:
    """Free a stage and, in the same moment, go on to the next one or end."""
    with pipeline.changed:
        pipeline.stage(name).occupant = None
        _admit(pipeline, name)
        if execution.status == "Stopping":
            _stop_now(execution)
        elif execution.in_progress:
            execution.stages[name], execution.updated = "Succeeded" if succeeded else "Failed", now()
            if succeeded and following:
                _line_up(pipeline, execution, following)
            else:
                execution.end(execution.stages[name])
        pipeline.changed.notify_all()


def _run_stage(pipeline: Pipeline, execution: Execution, stage: Declaration) -> bool:
    """Run a stage's actions, those of one run order side by side; return whether all of them succeeded."""
    for order in sorted({action["runOrder"] for action in stage["actions"]}):
        group = [action for action in stage["actions"] if action["runOrder"] == order]
        with pipeline.changed:
            if execution.status != "InProgress":
                return False
            running = [_begin(pipeline, execution, stage["name"], declaration) for declaration in group]
        _run_side_by_side(pipeline, execution, running)
        if any(action.status != "Succeeded" for action in running):
            return False
    return True


def _begin(pipeline: Pipeline, execution: Execution, stage: str, declaration: Declaration) -> ActionExecution:
    action = ActionExecution(
        stage,
        declaration,
        [execution.artifacts[entry["name"]] for entry in declaration["inputArtifacts"]],
        [new_artifact(pipeline, execution.definition, entry["name"]) for entry in declaration["outputArtifacts"]],
    )
    execution.actions.append(action)
    pipeline.stage(stage).latest_actions[action.name] = action
    pipeline.changed.notify_all()
    return action


def _run_side_by_side(pipeline: Pipeline, execution: Execution, actions: list[ActionExecution]) -> None:
    threads = [
        threading.Thread(
            target=_run_action, args=(pipeline, execution, action), daemon=True, name=f"action-{action.name}"
        )
        for action in actions
    ]
    for thread in threads:
        thread.start()
    with pipeline.changed:
        pipeline.changed.wait_for(lambda: not any(action.in_progress for action in actions))


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
            _finish(execution, action, "Failed" if action.error else "Succeeded")
            pipeline.changed.notify_all()


def _resolved(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> dict[str, str]:
    with pipeline.changed:
        own = {"codepipeline": {"PipelineExecutionId": execution.id}, "variables": execution.variables}
        namespaces = execution.namespaces | own
        return {key: resolve(text, namespaces) for key, text in action.declaration["configuration"].items()}


def _finish(execution: Execution, action: ActionExecution, status: str) -> None:
    """Give an action its last status, and its execution what it made."""
    action.status, action.updated = status, now()
    if action.job and action.job.status == "InProgress":
        action.job.status = "Failed"  # nobody waits for it any more: a late result is refused
    if status == "Succeeded":
        execution.artifacts |= {artifact.name: artifact for artifact in action.outputs}
        if namespace := action.declaration.get("namespace"):
            execution.namespaces[namespace] = action.variables


shutdown.at_stop(
    lambda: abandon_all(
        pipeline
        for regions in list(pipelines_backends.values())
        for backend in list(regions.values())
        for pipeline in list(backend.pipelines.values())
    )
)
