"""Every change of a status, with the event by which EventBridge learns of it.

https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
Whoever calls holds the pipeline's ``changed``.
"""

from datetime import datetime
from typing import Any

from localaws.codepipeline.models import ActionExecution, Artifact, Execution, Pipeline, Retry, now
from localaws.events import bus

Detail = dict[str, Any]
_STATES = {"InProgress": "STARTED", "Cancelled": "CANCELED"}  # the others are the status in capitals


def begin_execution(pipeline: Pipeline, execution: Execution) -> None:
    """Add an execution to its pipeline."""
    pipeline.executions[execution.id] = execution
    kind, detail = execution.trigger
    trigger = {"trigger-type": kind, "trigger-detail": detail}
    _tell_of_execution(pipeline, execution, execution.status, {"execution-trigger": trigger})


def change_execution(pipeline: Pipeline, execution: Execution, status: str) -> None:
    """Give an execution that has not ended another status."""
    if execution.in_progress and execution.status != status:
        execution.status, execution.updated = status, now()
        comments = execution.stop_reason if status == "Stopping" else None
        _tell_of_execution(pipeline, execution, status, {"stop-execution-comments": comments} if comments else {})


def resume_execution(pipeline: Pipeline, execution: Execution, stage: str, trigger: str) -> None:
    """Let an execution that has ended, or whose stage goes on with a failed action, try that stage again."""
    execution.retries[stage].append(Retry(trigger))
    if not execution.in_progress:
        execution.status, execution.updated = "InProgress", now()
        _tell_of_execution(pipeline, execution, "Resumed")


def change_stage(pipeline: Pipeline, execution: Execution, stage: str, status: str, *, resumed: bool = False) -> None:
    """Give an execution's stage another status."""
    execution.stages[stage], execution.updated = status, now()
    retries = execution.retries[stage]
    retried = {"stage-last-retry-attempt-time": _moment(retries[-1].at)} if retries else {}
    detail = {"stage": stage, "state": "RESUMED" if resumed else _state(status)}
    _tell(pipeline, "Stage", _common(execution) | retried | detail)


def begin_action(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Add a run of an action to its execution."""
    execution.actions.append(action)
    pipeline.stage(action.stage).latest_actions[action.name] = action
    given = {"input-artifacts": [_place(artifact) for artifact in action.inputs]}
    _tell(pipeline, "Action", _of_action(pipeline, execution, action) | given)
    pipeline.changed.notify_all()


def end_action(pipeline: Pipeline, execution: Execution, action: ActionExecution, status: str) -> None:
    """Give an action its last status, and its execution what it made."""
    action.status, action.updated = status, now()
    if action.job and action.job.status == "InProgress":
        action.job.status = "Failed"  # nobody waits for it any more: a late result is refused
    if status == "Succeeded":
        execution.artifacts |= {artifact.name: artifact for artifact in action.outputs}
        if namespace := action.declaration.get("namespace"):
            execution.namespaces[namespace] = action.variables
    made = {"output-artifacts": [_place(artifact) for artifact in action.outputs]} if status == "Succeeded" else {}
    _tell(pipeline, "Action", _of_action(pipeline, execution, action) | made)
    pipeline.changed.notify_all()


def _tell_of_execution(pipeline: Pipeline, execution: Execution, status: str, more: Detail | None = None) -> None:
    _tell(pipeline, "Pipeline", _common(execution) | (more or {}) | {"state": _state(status)})


def _state(status: str) -> str:
    return _STATES.get(status, status.upper())


def _common(execution: Execution) -> Detail:
    return {
        "pipeline": execution.definition["name"],
        "execution-id": execution.id,
        "start-time": _moment(execution.started),
        "version": float(execution.definition["version"]),
        "pipeline-execution-attempt": float(1 + sum(len(retries) for retries in execution.retries.values())),
    }


def _of_action(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> Detail:
    result = {
        "external-execution-url": action.external_url,
        "external-execution-summary": action.error[1] if action.error else action.summary,
        "external-execution-id": action.external_id,
        "error-code": action.error[0] if action.error else None,
    }
    known = {name: value for name, value in result.items() if value}
    return _common(execution) | {
        "start-time": _moment(action.started),
        "stage": action.stage,
        "action": action.name,
        "action-execution-id": action.id,
        "state": _state(action.status),
        "region": pipeline.region,
        "type": action.declaration["actionTypeId"],
        **({"execution-result": known} if known else {}),
    }


def _place(artifact: Artifact) -> Detail:
    return {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}


def _moment(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _tell(pipeline: Pipeline, what: str, detail: Detail) -> None:
    kind = f"CodePipeline {what} Execution State Change"
    told = {"resources": [pipeline.arn], "detail": detail}
    bus.put(bus.event_of(pipeline.account_id, pipeline.region, "aws.codepipeline", kind, **told))
