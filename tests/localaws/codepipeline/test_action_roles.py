"""An action with a role of its own does everything as that role, which the pipeline's role assumes."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def deny(client: Any, pipelines: Any) -> Callable[[str], None]:
    """A function that forbids the pipelines' role one action."""

    def put(action: str) -> None:
        denied = {"Effect": "Deny", "Action": action, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
        name = pipelines.role.rpartition("/")[2]
        client("iam").put_role_policy(RoleName=name, PolicyName="denied", PolicyDocument=policy)

    return put


def test_an_action_s_own_role_does_its_work(
    client: Any, pipelines: Any, action_role: Callable[..., str], deny: Callable[[str], None]
) -> None:
    role = action_role()
    deny("lambda:InvokeFunction")
    name = pipelines.create([pipelines.action("Run", roleArn=role, outputArtifacts=[{"name": "Made"}])])
    job = pipelines.job()
    given = job["data"]["artifactCredentials"]
    sts = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=client("sts").meta.endpoint_url,
        aws_access_key_id=given["accessKeyId"],
        aws_secret_access_key=given["secretAccessKey"],
        aws_session_token=given["sessionToken"],
    )
    execution = pipelines.execution(name)["pipelineExecutionId"]
    session = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    assert sts.get_caller_identity()["Arn"] == f"{session}/{execution}"
    pipelines.succeed(job)
    assert pipelines.ended(name)["status"] == "Succeeded"
    assert pipelines.actions(name)["Run"]["input"]["roleArn"] == role


@pytest.mark.slow
def test_a_source_is_fetched_and_polled_as_its_role(
    pipelines: Any, action_role: Callable[..., str], deny: Callable[[str], None]
) -> None:
    deny("s3:*")
    configuration = {"S3Bucket": pipelines.source, "S3ObjectKey": "data.csv"}
    source = pipelines.source_action(roleArn=action_role(), configuration=configuration)
    stages = [{"name": "Source", "actions": [source]}, {"name": "Stage1", "actions": [pipelines.action("Run")]}]
    name = pipelines.create(stages=stages)
    pipelines.succeed()
    pipelines.ended(name)
    pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=b"3,4\n")
    pipelines.succeed()
    assert pipelines.execution(name)["trigger"]["triggerType"] == "PollForSourceChanges"


def test_what_the_action_s_role_may_not_do_fails_the_action(pipelines: Any, action_role: Callable[..., str]) -> None:
    role = action_role([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])
    name = pipelines.create([pipelines.action("Run", roleArn=role)])
    assert pipelines.ended(name)["status"] == "Failed"
    code, message = pipelines.error(name, "Run")
    session = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    assert (code, f"User: {session}/" in message, "lambda:InvokeFunction" in message) == ("PermissionError", True, True)


@pytest.mark.parametrize("why", ["its trust", "the policy", "another account"])
def test_a_role_that_the_pipeline_s_role_may_not_assume_is_refused(
    pipelines: Any, action_role: Callable[..., str], deny: Callable[[str], None], why: str
) -> None:
    role = action_role(principal={"Service": "codepipeline.amazonaws.com"} if why == "its trust" else None)
    if why == "the policy":
        deny("sts:AssumeRole")
    if why == "another account":
        role = role.replace("123456789012", "999999999999")
    with pytest.raises(ClientError) as refused:
        pipelines.create([pipelines.action("Run", roleArn=role)])
    assert refused.value.response["Error"] == {
        "Code": "InvalidStructureException",
        "Message": f"{pipelines.role} is not authorized to perform AssumeRole on role {role}",
    }


def test_trust_that_was_taken_back_fails_the_action(
    client: Any, pipelines: Any, action_role: Callable[..., str]
) -> None:
    role = action_role()
    name = pipelines.create([pipelines.approval()], [pipelines.action("Run", roleArn=role)])
    action = pipelines.wait_for(
        lambda: pipelines.stages(name)["Stage1"]["actionStates"][0].get("latestExecution", {}).get("token")
    )
    nobody = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [nobody]})
    client("iam").update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=document)
    yes = {"status": "Approved", "summary": ""}
    place = {"pipelineName": name, "stageName": "Stage1", "actionName": "Approve"}
    pipelines.client.put_approval_result(**place, token=action, result=yes)
    pipelines.ended(name)
    code, message = pipelines.error(name, "Run")
    assert (code, f"sts:AssumeRole on resource: {role}" in message) == ("PermissionError", True)
