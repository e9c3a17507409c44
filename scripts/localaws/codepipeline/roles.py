"""The roles as which CodePipeline does everything: the pipeline's, or an action's own, which the pipeline's assumes."""

import json
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from localaws.codepipeline.artifacts import artifact_store
from localaws.codepipeline.errors import InvalidStructureException
from localaws.codepipeline.models import ActionExecution, ActionFailure, Declaration, Execution, Pipeline
from localaws.identity import SESSION, assume_role
from localaws.wire import Credentials

_SERVICE = "codepipeline.amazonaws.com"
# What the credentials of artifacts allow.
UNVERIFIED_ARTIFACT_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:AbortMultipartUpload")
UNVERIFIED_KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


def check_roles(definition: Declaration, region: str, arn: str) -> None:
    """Raise InvalidStructureException unless CodePipeline may assume a pipeline's role, and that one its actions'.

    The second text: https://github.com/aws/aws-cdk/issues/11353
    """
    role = definition["roleArn"]
    try:
        credentials = assume_role(role, _SERVICE, "CreatePipeline", region, arn)
    except ServiceException:
        raise InvalidStructureException(
            f"CodePipeline is not authorized to perform AssumeRole on role {role}"
        ) from None
    actions = (action for stage in definition["stages"] for action in stage["actions"])
    for action_role in sorted({action["roleArn"] for action in actions if action.get("roleArn")}):
        try:
            _assumed_by(credentials, action_role, "CreatePipeline", region)
        except ClientError:
            raise InvalidStructureException(
                f"{role} is not authorized to perform AssumeRole on role {action_role}"
            ) from None


def role_credentials(
    pipeline: Pipeline, definition: Declaration, action: Declaration, session: str, policy: str = ""
) -> Credentials:
    """Return temporary credentials of an action's role, narrowed by a session policy if given."""
    role = action.get("roleArn")
    try:
        narrowed = "" if role else policy
        # With a policy they are for others; the rest CodePipeline keeps.
        lasting = {"seconds": SESSION} if policy else {}
        own = assume_role(
            definition["roleArn"], _SERVICE, session, pipeline.region, pipeline.arn, policy=narrowed, **lasting
        )
        return _assumed_by(own, role, session, pipeline.region, policy) if role else own
    except ServiceException as error:
        raise ActionFailure("PermissionError", error.message) from None
    except ClientError as error:
        raise ActionFailure("PermissionError", error.response["Error"]["Message"]) from None


def action_credentials(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> Credentials:
    """Return credentials as which a run of an action does its work."""
    return role_credentials(pipeline, execution.definition, action.declaration, execution.id)


def artifact_credentials(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> Credentials:
    """Return credentials of an action's role that reach the artifact store alone.

    That it is the action's: https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
    """
    policy = json.dumps(_artifact_policy(pipeline, execution))
    return role_credentials(pipeline, execution.definition, action.declaration, execution.id, policy)


def _assumed_by(own: Credentials, role: str, session: str, region: str, policy: str = "") -> Credentials:
    narrowed = {"Policy": policy} if policy else {}
    client = own.client("sts", region)
    given = client.assume_role(RoleArn=role, RoleSessionName=session, **narrowed)["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def _artifact_policy(pipeline: Pipeline, execution: Execution) -> dict[str, Any]:
    """Return a session policy: the objects of the artifact store, and the key that encrypts them."""
    partition = pipeline.arn.split(":")[1]
    store = artifact_store(execution.definition, pipeline.region)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": UNVERIFIED_ARTIFACT_ACTIONS,
                "Resource": f"arn:{partition}:s3:::{store['location']}/*",
            },
            {
                "Effect": "Allow",
                "Action": UNVERIFIED_KEY_ACTIONS,
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
