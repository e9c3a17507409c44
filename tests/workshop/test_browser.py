"""Somebody with nothing but a browser gets through the workshop: two links, three uploads, Release change.

What the console would do is done here with boto3, from what stands in the links and in the outputs of the stacks.
"""

import base64
import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

import package

from .conftest import ROOT, Workshop

pytestmark = pytest.mark.slow

FUNCTIONS = ("TrainModel", "GetStatus", "DeployModel", "EvaluateModel")
WAIT = {"Delay": 1, "MaxAttempts": 60}
Links = list[dict[str, Any]]


@pytest.fixture
def links(workshop: Workshop) -> Links:
    """What both links, published in a bucket of the workshop's own, have CloudFormation do."""
    bucket = f"templates-{workshop.suffix}"
    workshop.client("s3").create_bucket(Bucket=bucket)
    printed = workshop.made("launch-links", TEMPLATE_BUCKET=bucket)
    return [request(link) for link in re.findall(r"https://\S+#/stacks/create/review\?\S+", printed)]


def request(link: str) -> dict[str, Any]:
    """The request that the console sends for a link's form, with no box ticked."""
    form = dict(parse_qsl(urlsplit(link).fragment.partition("?")[2], strict_parsing=True))
    return {
        "StackName": form["stackName"],
        "TemplateURL": form["templateURL"],
        "Parameters": [
            {"ParameterKey": name.removeprefix("param_"), "ParameterValue": value}
            for name, value in form.items()
            if name.startswith("param_")
        ],
    }


def created(cloudformation: Any, request: dict[str, Any], *boxes: str) -> dict[str, str]:
    """Create a stack, expect it to succeed, and return its outputs."""
    cloudformation.create_stack(**request, Capabilities=boxes)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=request["StackName"], WaiterConfig=WAIT)
    (stack,) = cloudformation.describe_stacks(StackName=request["StackName"])["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def upload(s3: Any, bucket: str, folder: str) -> None:
    """Make a folder and upload a file into it, as the console does both."""
    s3.put_object(Bucket=bucket, Key=f"{folder}/", Body=b"")
    s3.put_object(Bucket=bucket, Key=f"{folder}/{folder}.csv", Body=(ROOT / f"Data/{folder}.csv").read_bytes())


def code_place(request: dict[str, Any]) -> tuple[str, str]:
    """The bucket and the prefix that a request for the pipeline's stack names."""
    given = {one["ParameterKey"]: one["ParameterValue"] for one in request["Parameters"]}
    return given["CodeBucket"], given["CodePrefix"]


def code_in(s3: Any, bucket: str, prefix: str) -> dict[str, str]:
    """The digests of the zips that are there now, as Lambda tells them."""
    bodies = {
        name: s3.get_object(Bucket=bucket, Key=f"{prefix}MLOps-BIA-{name}.py.zip")["Body"].read() for name in FUNCTIONS
    }
    return {name: base64.b64encode(hashlib.sha256(body).digest()).decode() for name, body in bodies.items()}


def code_of_functions(workshop: Workshop) -> dict[str, str]:
    """The digests of what the functions run."""
    functions = workshop.client("lambda")
    names = {name: f"MLOps-BIA-{name}-{workshop.suffix}" for name in FUNCTIONS}
    return {
        name: functions.get_function_configuration(FunctionName=function)["CodeSha256"]
        for name, function in names.items()
    }


def until(state: Callable[[], str], *ends: str) -> str:
    """Look until it is one of the ends."""
    deadline = time.monotonic() + 90
    while (now := state()) not in ends:
        assert time.monotonic() < deadline, f"still {now}"
        time.sleep(0.1)
    return now


def test_two_links_and_three_uploads_lead_to_a_tested_model(workshop: Workshop, links: Links) -> None:
    cloudformation, s3, codepipeline = map(workshop.client, ("cloudformation", "s3", "codepipeline"))
    prep = created(cloudformation, links[0])
    pipeline = created(cloudformation, links[1], "CAPABILITY_IAM")["PipelineName"]

    def status(execution: str) -> str:
        found = codepipeline.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution)
        return str(found["pipelineExecution"]["status"])

    (first,) = workshop.executions()
    assert until(lambda: status(first["pipelineExecutionId"]), "Failed", "Succeeded") == "Failed"

    for folder in ("validation", "test", "train"):
        upload(s3, prep["DataBucketName"], folder)
    released = codepipeline.start_pipeline_execution(name=pipeline)["pipelineExecutionId"]

    assert until(lambda: status(released), "Failed", "Succeeded", "Superseded") == "Succeeded"
    # Its own execution for train.csv, and none for the key of a folder.
    assert sorted(one["trigger"]["triggerType"] for one in workshop.executions()) == [
        "CloudWatchEvent",
        "CreatePipeline",
        "StartPipelineExecution",
    ]
    assert code_of_functions(workshop) == code_in(s3, *code_place(links[1]))
    assert workshop.artifact("FullTest")["rows"] == len((ROOT / "Data/test.csv").read_text().splitlines())


def test_make_takes_up_what_a_browser_began(workshop: Workshop, links: Links) -> None:
    cloudformation = workshop.client("cloudformation")
    created(cloudformation, links[0])
    created(cloudformation, links[1], "CAPABILITY_IAM")

    workshop.client("s3").put_object(Bucket=f"mlops-builtinalgo-data-{workshop.suffix}", Key="train/", Body=b"")
    workshop.made("upload", "pipeline")
    (stack,) = cloudformation.describe_stacks(StackName=links[1]["StackName"])["Stacks"]
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    assert (given["CodeBucket"], given["CodePrefix"], bool(given["GetStatusCodeVersion"])) == ("", "", True)
    assert f"Nothing of {workshop.suffix} is left" in workshop.made("teardown")


@pytest.fixture
def somebody(workshop: Workshop) -> Iterator[Callable[..., Any]]:
    """A function that makes CloudFormation's client of a person who may do everything but read S3, and that."""
    iam, name = workshop.client("iam"), f"somebody-{workshop.suffix}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]

    def who_may_read(*objects: str) -> Any:
        statements = [{"Effect": "Allow", "NotAction": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "*"}]
        statements += [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": one} for one in objects]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=name, PolicyName="somebody", PolicyDocument=policy)
        return boto3.client(
            "cloudformation",
            region_name="us-east-1",
            endpoint_url=workshop.aws.administrator.environment("us-east-1")["AWS_ENDPOINT_URL"],
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )

    yield who_may_read
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])


def test_whoever_follows_the_links_needs_to_read_what_they_lead_to(links: Links, somebody: Callable[..., Any]) -> None:
    bucket, prefix = code_place(links[1])
    cloudformation = somebody(f"arn:aws:s3:::{bucket}/{prefix}*")
    created(cloudformation, links[0])
    created(cloudformation, links[1], "CAPABILITY_IAM")


def test_whoever_may_not_read_the_template_is_told_at_once(links: Links, somebody: Callable[..., Any]) -> None:
    with pytest.raises(ClientError, match=r"\(ValidationError\).*: S3 error: "):
        created(somebody(), links[0])


def test_the_box_that_was_not_ticked_is_named(workshop: Workshop, links: Links) -> None:
    cloudformation = workshop.client("cloudformation")
    created(cloudformation, links[0])  # has no box

    with pytest.raises(ClientError) as refused:
        created(cloudformation, links[1])
    assert refused.value.response["Error"] == {
        "Type": "Sender",
        "Code": "InsufficientCapabilitiesException",
        "Message": "Requires capabilities : [CAPABILITY_IAM]",
    }


def test_in_another_region_lambda_names_that_of_the_zips(workshop: Workshop, links: Links) -> None:
    cloudformation = workshop.aws.administrator.client("cloudformation", "eu-west-1")
    name = links[1]["StackName"]

    with pytest.raises(WaiterError):
        created(cloudformation, links[1], "CAPABILITY_IAM")
    until(lambda: str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]), "ROLLBACK_COMPLETE")
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = next(event for event in reversed(events) if event["ResourceStatus"] == "CREATE_FAILED")
    assert failed["ResourceType"] == "AWS::Lambda::Function"
    assert (
        "Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this "
        "region: us-east-1. Please use this region to retry the request"
    ) in failed["ResourceStatusReason"]


def test_a_prefix_without_its_bucket_is_refused_at_once(workshop: Workshop, links: Links) -> None:
    forgotten = [one for one in links[1]["Parameters"] if one["ParameterKey"] != "CodeBucket"]

    with pytest.raises(ClientError, match=r"CodePrefix is given without CodeBucket\. Give both "):
        created(workshop.client("cloudformation"), links[1] | {"Parameters": forgotten}, "CAPABILITY_IAM")


@pytest.fixture
def by_hand(workshop: Workshop, tmp_path: Path) -> Workshop:
    """Both stacks, with the zips uploaded by hand, under their fixed names, between the one and the other."""
    cloudformation, s3 = workshop.client("cloudformation"), workshop.client("s3")
    suffix = [{"ParameterKey": "SuffixID", "ParameterValue": workshop.suffix}]
    prep = {"StackName": f"prep-{workshop.suffix}", "TemplateBody": template("prep"), "Parameters": suffix}
    bucket = created(cloudformation, prep)["LambdaCodeBucketName"]
    for path in package.build(tmp_path):
        s3.put_object(Bucket=bucket, Key=path.name, Body=b"of an earlier try")
        s3.put_object(Bucket=bucket, Key=path.name, Body=path.read_bytes())
    pipeline = {"StackName": workshop.suffix, "Parameters": suffix} | workshop.in_s3(template("pipeline"))
    created(cloudformation, pipeline, "CAPABILITY_IAM")
    return workshop


def template(name: str) -> str:
    return (ROOT / f"templates/builtin-algo-{name}.yaml").read_text()


def update(workshop: Workshop, **given: str) -> None:
    """Update the pipeline's stack in the console: these parameters change, the others keep their values."""
    cloudformation = workshop.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=workshop.suffix)["Stacks"]
    kept = [one["ParameterKey"] for one in stack["Parameters"] if one["ParameterKey"] not in given]
    cloudformation.update_stack(
        StackName=workshop.suffix,
        UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
        + [{"ParameterKey": name, "UsePreviousValue": True} for name in kept],
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName=workshop.suffix, WaiterConfig=WAIT)


def test_zips_uploaded_by_hand_are_taken_when_the_stack_is_made_and_then_by_their_version(by_hand: Workshop) -> None:
    bucket, s3 = f"mlops-builtinalgo-lambda-code-{by_hand.suffix}", by_hand.client("s3")
    made = code_of_functions(by_hand)
    assert made == code_in(s3, bucket, "")

    key = "MLOps-BIA-DeployModel.py.zip"
    body = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    with zipfile.ZipFile(body, "a") as archive:
        archive.writestr("new.py", "")
    version = s3.put_object(Bucket=bucket, Key=key, Body=body.getvalue())["VersionId"]

    with pytest.raises(ClientError, match="No updates are to be performed"):
        update(by_hand)
    update(by_hand, HostingInstanceType="ml.m5.large")  # changes that very function, but not its code
    assert code_of_functions(by_hand) == made

    update(by_hand, DeployModelCodeVersion=version)
    assert code_of_functions(by_hand) == code_in(s3, bucket, "") != made


def test_a_newer_prefix_brings_newer_code(by_hand: Workshop) -> None:
    bucket, s3 = f"mlops-builtinalgo-lambda-code-{by_hand.suffix}", by_hand.client("s3")
    for name in FUNCTIONS:
        key = f"MLOps-BIA-{name}.py.zip"
        body = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        with zipfile.ZipFile(body, "a") as archive:
            archive.writestr("new.py", "")
        s3.put_object(Bucket=bucket, Key=f"newer/{key}", Body=body.getvalue())

    update(by_hand, CodeBucket=bucket, CodePrefix="newer/")
    assert code_of_functions(by_hand) == code_in(s3, bucket, "newer/") != code_in(s3, bucket, "")
