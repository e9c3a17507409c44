"""Artifacts: where they are kept, and how they are encrypted there."""

import secrets
import string
from typing import Any

from botocore.exceptions import ClientError

from localaws.codepipeline.models import ActionFailure, Artifact, Declaration, Pipeline

# https://docs.aws.amazon.com/lambda/latest/dg/services-codepipeline.html shows these two.
_ARTIFACT_PART, _RANDOM_PART = 10, 7
UNVERIFIED_PIPELINE_PART = 20  # that the pipeline's name is cut is told, but not where


def new_artifact(pipeline: Pipeline, definition: Declaration, name: str) -> Artifact:
    """Return a place for an artifact in the artifact store."""
    letters = string.ascii_letters + string.digits
    random = "".join(secrets.choice(letters) for _ in range(_RANDOM_PART))
    key = f"{pipeline.name[:UNVERIFIED_PIPELINE_PART]}/{name[:_ARTIFACT_PART]}/{random}"
    return Artifact(name, artifact_store(definition, pipeline.region)["location"], key)


def artifact_store(definition: Declaration, region: str) -> dict[str, Any]:
    """Return a definition's artifact store."""
    return definition.get("artifactStore") or definition["artifactStores"][region]  # type: ignore[no-any-return]


def store(client: Any, pipeline: Pipeline, definition: Declaration, place: Artifact, content: Any) -> None:
    """Put a file into the artifact store, encrypted with the store's key or with the account's key for Amazon S3."""
    key = artifact_store(definition, pipeline.region).get("encryptionKey")
    encryption = {"ServerSideEncryption": "aws:kms"} | ({"SSEKMSKeyId": key["id"]} if key else {})
    try:
        client.put_object(Bucket=place.bucket, Key=place.key, Body=content, **encryption)
    except ClientError as error:
        raise ActionFailure(*_problem(error, place.bucket)) from None


def _problem(error: ClientError, bucket: str) -> tuple[str, str]:
    found = error.response["Error"]
    if found["Code"] == "NoSuchBucket":
        return "ConfigurationError", (
            "The action failed because either the artifact or the Amazon S3 bucket could not be found. Name of artifact"
            f" bucket: {bucket}. Verify that this bucket exists. If it exists, check the life cycle policy, then try"
            " releasing a change."
        )
    return "PermissionError", f"Artifact bucket {bucket}: {found['Code']}: {found['Message']} ({error.operation_name})"
