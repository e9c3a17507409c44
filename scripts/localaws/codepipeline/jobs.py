"""The results that functions report for their jobs: the first one counts."""

from collections.abc import Mapping
from typing import Any

from localaws.codepipeline.errors import (
    InvalidJobStateException,
    OutputVariablesSizeExceededException,
    ValidationException,
)
from localaws.codepipeline.models import Job, Revision, now

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_LARGEST_VARIABLES = 122_880


def succeed(job: Job, result: Mapping[str, Any]) -> None:
    """Record PutJobSuccessResult: done, or to be continued when it brings a continuation token."""
    variables, token = result.get("outputVariables") or {}, result.get("continuationToken")
    if variables and token:
        raise ValidationException("Output variables may not be specified together with a continuation token.")
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > _LARGEST_VARIABLES:
        raise OutputVariablesSizeExceededException(
            f"The total size of all output variables must not exceed {_LARGEST_VARIABLES} bytes."
        )
    details = result.get("executionDetails", {})
    with job.pipeline.changed:
        _close(job, "Succeeded")
        action = job.action
        action.summary = details.get("summary", action.summary)
        action.external_id = details.get("externalExecutionId", action.external_id)
        action.percent_complete = details.get("percentComplete", action.percent_complete)
        action.variables = variables
        action.updated = now()
        if revision := result.get("currentRevision"):
            artifact = action.outputs[0].name if action.outputs else ""
            action.revision = Revision(
                action.name,
                artifact,
                revision["revision"],
                revision["changeIdentifier"],
                revision.get("revisionSummary", ""),
                revision.get("created", now()),
                "",
            )
        job.continuation_token = token
        job.pipeline.changed.notify_all()


def fail(job: Job, failure: Mapping[str, Any]) -> None:
    """Record PutJobFailureResult."""
    with job.pipeline.changed:
        _close(job, "Failed")
        job.action.error = (failure["type"], failure["message"])
        job.action.external_id = failure.get("externalExecutionId", job.action.external_id)
        job.pipeline.changed.notify_all()


def _close(job: Job, status: str) -> None:
    if job.status != "InProgress":
        raise InvalidJobStateException(
            f"Job with id '{job.id}' is in the state {job.status}; its result cannot be changed."
        )
    job.status = status
