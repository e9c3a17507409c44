"""The pipeline's role, as which CodePipeline does everything."""

import json
from typing import Any

from moto.core.exceptions import ServiceException

from localaws.codepipeline.artifacts import artifact_store
from localaws.codepipeline.models import ActionFailure, Declaration, Execution, Pipeline
from localaws.identity import assume_role
from localaws.wire import Credentials

_SERVICE = "codepipeline.amazonaws.com"


def pipeline_credentials(pipeline: Pipeline, definition: Declaration, session: str, policy: str = "") -> Credentials:
    """Return temporary credentials of the role that a definition names, narrowed by a session policy if given."""
    try:
        return assume_role(definition["roleArn"], _SERVICE, session, pipeline.region, pipeline.arn, policy=policy)
    except ServiceException as error:
        raise ActionFailure("PermissionError", error.message) from None


def execution_credentials(pipeline: Pipeline, execution: Execution) -> Credentials:
    """Return credentials of the pipeline's role for an execution."""
    return pipeline_credentials(pipeline, execution.definition, execution.id)


def artifact_credentials(pipeline: Pipeline, execution: Execution) -> Credentials:
    """Return credentials of the pipeline's role that reach its artifact store alone."""
    policy = json.dumps(_artifact_policy(pipeline, execution))
    return pipeline_credentials(pipeline, execution.definition, execution.id, policy)


def _artifact_policy(pipeline: Pipeline, execution: Execution) -> dict[str, Any]:
    """Return a session policy: the objects of the artifact store, and the key that encrypts them.

    Which actions AWS's own has is not proven on AWS.
    """
    partition = pipeline.arn.split(":")[1]
    store = artifact_store(execution.definition, pipeline.region)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:AbortMultipartUpload"],
                "Resource": f"arn:{partition}:s3:::{store['location']}/*",
            },
            {
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                "Resource": _key_arn(store, f"arn:{partition}:kms:{pipeline.region}:{pipeline.account_id}:key"),
            },
        ],
    }


def _key_arn(store: dict[str, Any], keys: str) -> str:
    """Return the ARN of the store's key, as far as one is known that a policy can name: an alias is none."""
    key = str(store.get("encryptionKey", {}).get("id", ""))
    if not key or "alias/" in key:
        return f"{keys}/*"
    return key if key.startswith("arn:") else f"{keys}/{key}"
