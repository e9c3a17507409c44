"""Everything happens as the pipeline's role: what it may not do fails the action, whose error names what is missing."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

ACCOUNT = "us-east-1:123456789012"


@pytest.fixture
def deny(client: Any, pipelines: Any) -> Callable[[str], None]:
    """A function that forbids the pipelines' role one action."""

    def put(action: str) -> None:
        denied = {"Effect": "Deny", "Action": action, "Resource": "*"}
        client("iam").put_role_policy(
            RoleName=pipelines.role.rpartition("/")[2],
            PolicyName="denied",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
        )

    return put


# By the action that is denied: the pipeline's action that fails, and the resource that its error names.
DENIED = {
    "s3:GetObject": ("Fetch", "arn:aws:s3:::{source}/data.csv"),
    "s3:GetBucketVersioning": ("Fetch", "arn:aws:s3:::{source}"),
    "s3:PutObject": ("Fetch", "arn:aws:s3:::{store}/"),
    "lambda:InvokeFunction": ("Run", f"arn:aws:lambda:{ACCOUNT}:function:{{function}}"),
    "sns:Publish": ("Approve", f"arn:aws:sns:{ACCOUNT}:approvals"),
    "codebuild:StartBuild": ("Make", f"arn:aws:codebuild:{ACCOUNT}:project/builds"),
}


@pytest.mark.parametrize(("denied", "failing"), [(name, action) for name, (action, _) in DENIED.items()])
def test_what_the_role_may_not_do_fails_the_action(
    pipelines: Any, deny: Callable[[str], None], denied: str, failing: str
) -> None:
    deny(denied)
    kind = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    actions = {
        "Run": pipelines.action("Run"),
        "Approve": pipelines.approval(configuration={"NotificationArn": f"arn:aws:sns:{ACCOUNT}:approvals"}),
        "Make": {
            "name": "Make",
            "actionTypeId": kind,
            "configuration": {"ProjectName": "builds"},
            "inputArtifacts": [{"name": "SourceOutput"}],
        },
    }
    name = pipelines.create([actions.get(failing, actions["Run"])])
    assert pipelines.ended(name)["status"] == "Failed"
    code, message = pipelines.error(name, failing)
    assert code == ("JobFailed" if failing == "Make" else "PermissionError")
    places = {"source": pipelines.source, "store": pipelines.store, "function": pipelines.function}
    resource = DENIED[denied][1].format(**places)
    # SNS writes its actions SNS:Publish.
    assert f"is not authorized to perform: {denied} on resource: ".lower() in message.lower()
    assert resource in message
    assert "with an explicit deny" in message


def test_a_denied_source_is_said_in_awss_words(pipelines: Any, deny: Callable[[str], None]) -> None:
    deny("s3:GetObject")
    name = pipelines.create([pipelines.action("Run")])
    pipelines.ended(name)
    assert pipelines.error(name, "Fetch")[1].startswith(
        "The service role or action role doesn\u2019t have the permissions required to access the Amazon S3 bucket"
        f" named {pipelines.source}. Update the IAM role permissions, and then try again. Error: Amazon S3:Access"
    )


def test_the_artifact_credentials_reach_the_artifact_store_alone(client: Any, pipelines: Any) -> None:
    pipelines.create([pipelines.action("Run", inputArtifacts=[{"name": "SourceOutput"}])])
    job = pipelines.job()
    given = job["data"]["artifactCredentials"]
    s3 = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=client("s3").meta.endpoint_url,
        aws_access_key_id=given["accessKeyId"],
        aws_secret_access_key=given["secretAccessKey"],
        aws_session_token=given["sessionToken"],
    )
    place = job["data"]["inputArtifacts"][0]["location"]["s3Location"]
    assert s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read() == b"1,2\n"
    s3.put_object(Bucket=pipelines.store, Key="any/key", Body=b"made", ServerSideEncryption="aws:kms")
    for operation, request in {
        "GetObject": {"Bucket": pipelines.source, "Key": "data.csv"},
        "PutObject": {"Bucket": pipelines.source, "Key": "data.csv", "Body": b""},
        "DeleteObject": {"Bucket": pipelines.store, "Key": "any/key"},
    }.items():
        with pytest.raises(ClientError) as refused:
            getattr(s3, xform_name(operation))(**request)
        error = refused.value.response["Error"]
        assert error["Code"] == "AccessDenied"
        assert error["Message"].endswith(f"because no session policy allows the s3:{operation} action")
    pipelines.succeed(job)
