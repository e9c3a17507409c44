"""Lambda invoke actions: a function is asked to do a job, and reports its result in its own time."""

import json
from typing import Any

from botocore.exceptions import ClientError

from localaws.clock import clock, durations
from localaws.codepipeline.artifacts import artifact_store
from localaws.codepipeline.models import ActionExecution, ActionFailure, Artifact, Execution, Job, Pipeline
from localaws.codepipeline.roles import action_credentials, artifact_credentials
from localaws.identity import SESSION

UNVERIFIED_TIMED_OUT = "The action with the AWS Lambda function {} has timed out."  # the action as a whole


def run_function(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Give a Lambda function jobs until one of them brings a result, a failure, or no answer in time."""
    token, all_due = None, action.started.timestamp() + durations.action_total_timeout
    while True:
        reply_due = clock.now() + durations.action_reply_timeout
        job = _new_job(pipeline, execution, action, token)
        _invoke(pipeline, execution, action, job)
        with pipeline.changed:
            answered = clock.wait_until(
                min(reply_due, all_due),
                pipeline.changed,
                lambda job=job: job.status != "InProgress" or not action.in_progress,  # type: ignore[misc]
            )
            if not answered:
                job.status = "TimedOut"
                raise _no_answer(action, late=reply_due < all_due)
            if not action.in_progress or job.continuation_token is None:
                return
            token = job.continuation_token
            pipeline.changed.wait_for(lambda: not action.in_progress, timeout=durations.continuation_interval)
            if not action.in_progress:
                return


def _no_answer(action: ActionExecution, *, late: bool) -> ActionFailure:
    name = action.configuration["FunctionName"]
    if not late:
        return ActionFailure("JobFailed", UNVERIFIED_TIMED_OUT.format(name))
    # https://github.com/amazon-archives/cloudformation-validation-pipeline/issues/3
    return ActionFailure(
        "JobFailed",
        f"The AWS Lambda function {name} failed to return a result. Check the function to verify that it has permission"
        " to call the PutJobSuccessResult action and that it made a call to PutJobSuccessResult.",
    )


def _new_job(pipeline: Pipeline, execution: Execution, action: ActionExecution, token: str | None) -> Job:
    credentials = artifact_credentials(pipeline, execution, action)
    data = {
        "actionConfiguration": {"configuration": action.configuration},
        "inputArtifacts": [_location(artifact) for artifact in action.inputs],
        "outputArtifacts": [_location(artifact) for artifact in action.outputs],
        "artifactCredentials": {
            "accessKeyId": credentials.access_key_id,
            "secretAccessKey": credentials.secret_access_key,
            "sessionToken": credentials.session_token,
            "expirationTime": int((clock.now() + SESSION) * 1000),
        },
    }
    if token is not None:
        data["continuationToken"] = token
    key = artifact_store(execution.definition, pipeline.region).get("encryptionKey")
    if key:
        data["encryptionKey"] = key
    job = Job(pipeline, execution, action, data)
    with pipeline.changed:
        pipeline.jobs[job.id] = action.job = job
    return job


def _location(artifact: Artifact) -> dict[str, Any]:
    place = {"bucketName": artifact.bucket, "objectKey": artifact.key}
    return {"name": artifact.name, "revision": artifact.revision, "location": {"type": "S3", "s3Location": place}}


def _invoke(pipeline: Pipeline, execution: Execution, action: ActionExecution, job: Job) -> None:
    name = action.configuration["FunctionName"]
    event = {"CodePipeline.job": {"id": job.id, "accountId": pipeline.account_id, "data": job.data}}
    client = action_credentials(pipeline, execution, action).client("lambda", pipeline.region)
    try:
        client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    except ClientError as error:
        found = error.response["Error"]
        code = "PermissionError" if found["Code"].startswith("AccessDenied") else "ConfigurationError"
        raise ActionFailure(code, f"Lambda function {name}: {found['Code']}: {found['Message']}") from None
