"""What the API shows of pipelines: each function turns state into a document of botocore's output shapes."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from localaws.codepipeline.models import (
    BY_ITSELF,
    MANUALLY,
    ActionExecution,
    Artifact,
    Execution,
    Job,
    Pipeline,
    Revision,
    Stage,
)

Document = dict[str, Any]


def stated(document: Document) -> Document:
    """Return a document without what is not known."""
    return {name: value for name, value in document.items() if value not in (None, {}, "")}


def execution_details(pipeline: Pipeline, execution: Execution) -> Document:
    """Return an execution as GetPipelineExecution shows it."""
    return _execution(execution) | {
        "pipelineName": pipeline.name,
        "pipelineVersion": execution.definition["version"],
        "artifactRevisions": [
            {
                "name": revision.artifact,
                "revisionId": revision.id,
                "revisionChangeIdentifier": revision.change_id,
                "revisionSummary": revision.summary,
                "created": revision.created,
                "revisionUrl": revision.url,
            }
            for revision in _source_revisions(execution)
        ],
        "variables": [{"name": name, "resolvedValue": value} for name, value in execution.variables.items()],
    }


def execution_summary(execution: Execution) -> Document:
    """Return an execution as ListPipelineExecutions shows it."""
    return _execution(execution) | {
        "startTime": execution.started,
        "lastUpdateTime": execution.updated,
        "sourceRevisions": [
            {
                "actionName": revision.action,
                "revisionId": revision.id,
                "revisionSummary": revision.summary,
                "revisionUrl": revision.url,
            }
            for revision in _source_revisions(execution)
        ],
        **({"stopTrigger": {"reason": execution.stop_reason}} if execution.stop_reason is not None else {}),
    }


def _execution(execution: Execution) -> Document:
    (kind, detail), rollback = execution.trigger, execution.rolls_back
    return {
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "trigger": {"triggerType": kind, "triggerDetail": detail},
        "executionMode": execution.definition["executionMode"],
        "executionType": _type(execution),
        **({"rollbackMetadata": {"rollbackTargetPipelineExecutionId": rollback.target.id}} if rollback else {}),
    }


def _source_revisions(execution: Execution) -> Iterable[Revision]:
    """Return what each source action fetched, when it ran last; of a rollback, what its target fetched."""
    fetched = execution.rolls_back.target if execution.rolls_back else execution
    sources = [run for run in fetched.actions if run.declaration["actionTypeId"]["category"] == "Source"]
    return {run.name: run.revision for run in sources if run.revision}.values()


def action_details(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> Document:
    """Return a run of an action as ListActionExecutions shows it."""
    declaration = action.declaration
    given = {
        "actionTypeId": declaration["actionTypeId"],
        "configuration": declaration["configuration"],
        "resolvedConfiguration": action.configuration,
        "roleArn": declaration.get("roleArn"),
        "region": pipeline.region,
        "inputArtifacts": [_artifact_detail(artifact) for artifact in action.inputs],
        "namespace": declaration.get("namespace"),
    }
    made = {
        "outputArtifacts": [_artifact_detail(a) for a in action.outputs] if action.status == "Succeeded" else [],
        "executionResult": stated(
            {
                "externalExecutionId": action.external_id,
                "externalExecutionSummary": action.summary,
                "externalExecutionUrl": action.external_url,
                "errorDetails": _error(action),
            }
        ),
        "outputVariables": action.variables,
    }
    return {
        "pipelineExecutionId": execution.id,
        "actionExecutionId": action.id,
        "pipelineVersion": execution.definition["version"],
        "stageName": action.stage,
        "actionName": action.name,
        "startTime": action.started,
        "lastUpdateTime": action.updated,
        **({"updatedBy": action.updated_by} if action.updated_by else {}),
        "status": action.status,
        "input": stated(given),
        "output": stated(made),
    }


def _artifact_detail(artifact: Artifact) -> Document:
    return {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}


def _error(action: ActionExecution) -> Document | None:
    return {"code": action.error[0], "message": action.error[1]} if action.error else None


def pipeline_state(pipeline: Pipeline) -> Document:
    """Return a pipeline as GetPipelineState shows it."""
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": pipeline.definition["version"],
        "stageStates": [
            _stage_state(pipeline, stage, pipeline.stage(stage["name"])) for stage in pipeline.definition["stages"]
        ],
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def _stage_state(pipeline: Pipeline, declaration: Document, stage: Stage) -> Document:
    waiting = [
        {"pipelineExecutionId": execution.id, "status": "InProgress", "type": _type(execution)}
        for execution in stage.waiting
    ]
    latest = stage.latest and {
        "pipelineExecutionId": stage.latest.id,
        "status": stage.latest.stages[declaration["name"]],
        "type": _type(stage.latest),
    }
    return stated(
        {
            "stageName": declaration["name"],
            "inboundExecution": waiting[0] if waiting else None,
            "inboundExecutions": waiting,
            "inboundTransitionState": _transition_state(stage),
            "actionStates": [
                _action_state(pipeline, action, stage.latest_actions.get(action["name"]))
                for action in declaration["actions"]
            ],
            "latestExecution": latest,
            "retryStageMetadata": stage.latest and _retries(stage.latest, declaration["name"]),
        }
    )


def _transition_state(stage: Stage) -> Document:
    if stage.disabled is None:
        return {"enabled": True}
    return {
        "enabled": False,
        "lastChangedBy": stage.disabled.by,
        "lastChangedAt": stage.disabled.at,
        "disabledReason": stage.disabled.reason,
    }


def _retries(execution: Execution, stage: str) -> Document:
    triggers = [retry.trigger for retry in execution.retries[stage]]
    return stated(
        {
            "autoStageRetryAttempt": triggers.count(BY_ITSELF) or None,
            "manualStageRetryAttempt": triggers.count(MANUALLY) or None,
            "latestRetryTrigger": triggers[-1] if triggers else None,
        }
    )


def _type(execution: Execution) -> str:
    return "ROLLBACK" if execution.rolls_back else "STANDARD"


def _action_state(pipeline: Pipeline, declaration: Document, action: ActionExecution | None) -> Document:
    state = stated({"actionName": declaration["name"], "entityUrl": _entity_url(pipeline, declaration)})
    if action is None:
        return state
    if action.revision:
        state["revisionUrl"] = action.revision.url
        state["currentRevision"] = {
            "revisionId": action.revision.id,
            "revisionChangeId": action.revision.change_id,
            "created": action.revision.created,
        }
    state["latestExecution"] = stated(
        {
            "actionExecutionId": action.id,
            "status": action.status,
            "summary": action.summary,
            "lastStatusChange": action.updated,
            "token": action.token if action.in_progress else None,
            "lastUpdatedBy": action.updated_by,
            "externalExecutionId": action.external_id,
            "externalExecutionUrl": action.external_url,
            "percentComplete": action.percent_complete,
            "errorDetails": _error(action),
        }
    )
    return stated(state)


def _entity_url(pipeline: Pipeline, declaration: Document) -> str | None:
    """Return the console's page for what an action works with."""
    console, configuration = f"https://{pipeline.region}.console.aws.amazon.com", declaration["configuration"]
    provider = declaration["actionTypeId"]["provider"]
    if provider == "S3":
        return f"{console}/s3/buckets/{configuration['S3Bucket']}"
    if provider == "Lambda":
        return f"{console}/lambda/home?region={pipeline.region}#/functions/{quote(configuration['FunctionName'])}"
    if provider == "CodeCommit":
        place = f"{configuration['RepositoryName']}/browse/refs/heads/{configuration['BranchName']}"
        return f"{console}/codesuite/codecommit/repositories/{place}?region={pipeline.region}"
    if provider == "CodeBuild":
        return f"https://console.aws.amazon.com/codebuild/home?region={pipeline.region}#/projects/{configuration['ProjectName']}/view"
    return configuration.get("ExternalEntityLink")  # type: ignore[no-any-return]


def job_details(job: Job) -> Document:
    """Return a job as GetJobDetails shows it."""
    context = {
        "pipelineName": job.pipeline.name,
        "stage": {"name": job.action.stage},
        "action": {"name": job.action.name, "actionExecutionId": job.action.id},
        "pipelineArn": job.pipeline.arn,
        "pipelineExecutionId": job.execution.id,
    }
    data = job.data | {"actionTypeId": job.action.declaration["actionTypeId"], "pipelineContext": context}
    return {"id": job.id, "data": data, "accountId": job.pipeline.account_id}
