"""S3 source actions: an object of a versioned bucket.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
"""

import shutil
import tempfile
from typing import Any

from botocore.exceptions import ClientError

from localaws.codepipeline.artifacts import store
from localaws.codepipeline.models import ActionExecution, ActionFailure, Execution, Pipeline, Revision
from localaws.codepipeline.roles import action_credentials

UNVERIFIED_PROBLEM = "S3 object {} in bucket {}: {}: {}"  # what is no permission


def fetch(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Copy the newest version of an S3 object, or the one that was asked for, to the artifact store."""
    bucket = action.configuration["S3Bucket"]
    chosen = execution.source_revisions.get(action.name, {})
    key = chosen.get("S3_OBJECT_KEY", action.configuration["S3ObjectKey"])
    version = {"VersionId": chosen["S3_OBJECT_VERSION_ID"]} if "S3_OBJECT_VERSION_ID" in chosen else {}
    client = action_credentials(pipeline, execution, action).client("s3", pipeline.region)
    try:
        if client.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            raise ActionFailure(
                "ConfigurationError", f"The bucket {bucket} is not versioned. An S3 source needs versioning enabled."
            )
        found = client.get_object(Bucket=bucket, Key=key, **version)
    except ClientError as error:
        raise ActionFailure(*_problem(error, bucket, key)) from None
    revision = _revision(pipeline, action, key, found)
    place = action.outputs[0]
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as content:
        shutil.copyfileobj(found["Body"], content)
        content.seek(0)
        store(client, pipeline, execution.definition, place, content)
    action.fetched(revision, {"ETag": revision.change_id, "VersionId": revision.id})


def newest(client: Any, configuration: dict[str, str]) -> str | None:
    """Return the version that fetching would find now, or None when there is none that it could fetch."""
    try:
        found = client.head_object(Bucket=configuration["S3Bucket"], Key=configuration["S3ObjectKey"])
    except ClientError:
        return None
    return str(found["VersionId"]) if "VersionId" in found else None


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


def _problem(error: ClientError, bucket: str, key: str) -> tuple[str, str]:
    found, details = error.response["Error"], error.response["ResponseMetadata"]
    if found["Code"] in ("AccessDenied", "403"):
        return "PermissionError", (
            "The service role or action role doesn\u2019t have the permissions required to access the Amazon S3 bucket"
            f" named {bucket}. Update the IAM role permissions, and then try again. Error: Amazon S3:AccessDenied:"
            f"{found['Message']} (Service: Amazon S3; Status Code: {details['HTTPStatusCode']}; Error Code:"
            f" AccessDenied; Request ID: {details.get('RequestId', '')})"
        )
    return "ConfigurationError", UNVERIFIED_PROBLEM.format(key, bucket, found["Code"], found["Message"])
