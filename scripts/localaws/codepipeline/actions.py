"""What actions do: fetch a source, or have a Lambda function do a job and wait for what it reports."""

import json
import secrets
import shutil
import string
import tempfile
import time
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from localaws.clock import durations
from localaws.codepipeline.models import ActionExecution, Artifact, Declaration, Execution, Job, Pipeline, Revision
from localaws.identity import assume_role
from localaws.wire import Credentials

# https://docs.aws.amazon.com/lambda/latest/dg/services-codepipeline.html shows 10 and 7; 20 is not proven on AWS.
_PIPELINE_PART, _ARTIFACT_PART, _RANDOM_PART = 20, 10, 7
_CREDENTIALS_LAST = 60 * 60


class ActionFailure(Exception):  # noqa: N818 -- not an error of ours but an outcome
    """An action's failure, as the console shows it: a code and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def new_artifact(pipeline: Pipeline, definition: Declaration, name: str) -> Artifact:
    """Return a place for an artifact in the artifact store."""
    letters = string.ascii_letters + string.digits
    random = "".join(secrets.choice(letters) for _ in range(_RANDOM_PART))
    key = f"{pipeline.name[:_PIPELINE_PART]}/{name[:_ARTIFACT_PART]}/{random}"
    return Artifact(name, artifact_store(definition, pipeline.region)["location"], key)


def artifact_store(definition: Declaration, region: str) -> dict[str, Any]:
    """Return a definition's artifact store."""
    return definition.get("artifactStore") or definition["artifactStores"][region]  # type: ignore[no-any-return]


def pipeline_credentials(pipeline: Pipeline, execution: Execution) -> Credentials:
    """Return temporary credentials of the pipeline's role."""
    try:
        return assume_role(
            execution.definition["roleArn"],
            "codepipeline.amazonaws.com",
            execution.id,
            pipeline.region,
            pipeline.arn,
        )
    except ServiceException as error:
        raise ActionFailure("PermissionError", error.message) from None


def fetch_source(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Copy the newest version of an S3 object, or the one that was asked for, to the artifact store."""
    bucket, key = action.configuration["S3Bucket"], action.configuration["S3ObjectKey"]
    client = pipeline_credentials(pipeline, execution).client("s3", pipeline.region)
    wanted = execution.source_revisions.get(action.name)
    try:
        if client.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            raise ActionFailure(
                "ConfigurationError", f"The bucket {bucket} is not versioned. An S3 source needs versioning enabled."
            )
        found = client.get_object(Bucket=bucket, Key=key, **({"VersionId": wanted} if wanted else {}))
    except ClientError as error:
        raise ActionFailure(*_source_problem(error, bucket, key)) from None
    action.revision = _revision(pipeline, action, key, found)
    place = action.outputs[0]
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as content:
        shutil.copyfileobj(found["Body"], content)
        content.seek(0)
        try:
            client.put_object(Bucket=place.bucket, Key=place.key, Body=content, **_encryption(pipeline, execution))
        except ClientError as error:
            raise ActionFailure(*_store_problem(error, place.bucket)) from None
    action.outputs = [Artifact(place.name, place.bucket, place.key, action.revision.id)]
    action.variables = {"ETag": action.revision.change_id, "VersionId": action.revision.id}
    action.summary, action.external_id = action.revision.summary, action.revision.id


def _revision(pipeline: Pipeline, action: ActionExecution, key: str, found: dict[str, Any]) -> Revision:
    version, region = found["VersionId"], pipeline.region
    return Revision(
        action.name,
        action.outputs[0].name,
        version,
        found["ETag"].strip('"'),
        f"Amazon S3 version id: {version}",
        found["LastModified"],
        f"https://{region}.console.aws.amazon.com/s3/object/{action.configuration['S3Bucket']}?prefix={key}&versionId={version}",
    )


def _source_problem(error: ClientError, bucket: str, key: str) -> tuple[str, str]:
    found = error.response["Error"]
    code = "PermissionError" if found["Code"] in ("AccessDenied", "403") else "ConfigurationError"
    return code, f"S3 object {key} in bucket {bucket}: {found['Code']}: {found['Message']} ({error.operation_name})"


def _store_problem(error: ClientError, bucket: str) -> tuple[str, str]:
    found = error.response["Error"]
    if found["Code"] == "NoSuchBucket":
        return "ConfigurationError", (
            "The action failed because either the artifact or the Amazon S3 bucket could not be found. Name of artifact"
            f" bucket: {bucket}. Verify that this bucket exists. If it exists, check the life cycle policy, then try"
            " releasing a change."
        )
    return "PermissionError", f"Artifact bucket {bucket}: {found['Code']}: {found['Message']} ({error.operation_name})"


def _encryption(pipeline: Pipeline, execution: Execution) -> dict[str, str]:
    """Return how an artifact is encrypted: with the store's key, or with the account's key for Amazon S3."""
    key = artifact_store(execution.definition, pipeline.region).get("encryptionKey")
    return {"ServerSideEncryption": "aws:kms"} | ({"SSEKMSKeyId": key["id"]} if key else {})


def run_function(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Give a Lambda function jobs until one of them brings a result, a failure, or no answer in time."""
    token, started = None, time.monotonic()
    while True:
        job = _new_job(pipeline, execution, action, token)
        _invoke(pipeline, execution, action, job)
        remaining = started + durations.action_total_timeout - time.monotonic()
        with pipeline.changed:
            answered = pipeline.changed.wait_for(
                lambda job=job: job.status != "InProgress" or not action.in_progress,  # type: ignore[misc]
                timeout=max(0.0, min(durations.action_reply_timeout, remaining)),
            )
            if not answered:
                job.status = "TimedOut"
                raise _no_answer(action, remaining)
            if not action.in_progress or job.continuation_token is None:
                return
            token = job.continuation_token
            pipeline.changed.wait_for(lambda: not action.in_progress, timeout=durations.continuation_interval)
            if not action.in_progress:
                return


def _no_answer(action: ActionExecution, remaining: float) -> ActionFailure:
    name = action.configuration["FunctionName"]
    if remaining <= durations.action_reply_timeout:  # not proven on AWS: the words for the time limit of a whole action
        return ActionFailure("JobFailed", f"The action with the AWS Lambda function {name} has timed out.")
    # https://github.com/amazon-archives/cloudformation-validation-pipeline/issues/3
    return ActionFailure(
        "JobFailed",
        f"The AWS Lambda function {name} failed to return a result. Check the function to verify that it has permission"
        " to call the PutJobSuccessResult action and that it made a call to PutJobSuccessResult.",
    )


def _new_job(pipeline: Pipeline, execution: Execution, action: ActionExecution, token: str | None) -> Job:
    credentials = pipeline_credentials(pipeline, execution)
    data = {
        "actionConfiguration": {"configuration": action.configuration},
        "inputArtifacts": [_location(artifact) for artifact in action.inputs],
        "outputArtifacts": [_location(artifact) for artifact in action.outputs],
        "artifactCredentials": {
            "accessKeyId": credentials.access_key_id,
            "secretAccessKey": credentials.secret_access_key,
            "sessionToken": credentials.session_token,
            "expirationTime": int((time.time() + _CREDENTIALS_LAST) * 1000),
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
    client = pipeline_credentials(pipeline, execution).client("lambda", pipeline.region)
    try:
        client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    except ClientError as error:
        found = error.response["Error"]
        code = "PermissionError" if found["Code"].startswith("AccessDenied") else "ConfigurationError"
        raise ActionFailure(code, f"Lambda function {name}: {found['Code']}: {found['Message']}") from None


RUNNERS = {"S3": fetch_source, "Lambda": run_function}
