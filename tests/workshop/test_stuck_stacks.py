"""A stack that AWS will not update is explained, left alone, and mended by the very commands that are printed."""

import re
import shlex
import subprocess
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from function_names import zip_name
from resource_names import PIPELINE_TEMPLATE, PREP_TEMPLATE, Names
from upload import TEMPLATES

from .conftest import ROOT, Workshop

pytestmark = pytest.mark.slow

AWS_CLI = ROOT / ".venv-awscli/bin/aws"  # `make test-all` builds it
BEGUN = {"DisableValidation": True}  # which would see that the bucket's name is taken
LEFT = BEGUN | {"DisableRollback": True}


def typed(workshop: Workshop, told: str) -> list[str]:
    """Type the commands in a message, in their order; return the first words of each."""
    commands = re.findall(r"(?:make|aws cloudformation) [a-z-]+ (?:SUFFIX|--stack-name)[= ][\w-]+", told)
    for command in commands:
        _, target, *_ = shlex.split(command)
        if command.startswith("make"):
            workshop.made(target)
        else:
            run_aws(workshop, command)
    return [" ".join(command.split()[:3]) for command in commands]


def run_aws(workshop: Workshop, command: str) -> None:
    settings = workshop.aws.administrator.environment("us-east-1")
    done = subprocess.run(
        [AWS_CLI, *shlex.split(command)[1:]],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"} | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def with_another_bucket(template: str, name: str, depends_on: str) -> str:
    """The text of a shipped template with a bucket whose name is taken, which fails when the rest is done."""
    bucket = (
        f"\n  Taken:\n    Type: AWS::S3::Bucket\n    DependsOn: {depends_on}\n    Properties: {{BucketName: {name}}}\n"
    )
    return (TEMPLATES / template).read_text(encoding="utf-8").replace("\nOutputs:\n", f"{bucket}\nOutputs:\n")


def status(workshop: Workshop, stack: str) -> str:
    return str(workshop.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])


def ended(workshop: Workshop, stack: str, waiter: str) -> None:
    """Wait for the end that a waiter of boto3 takes for a failure."""
    with pytest.raises(WaiterError, match="terminal failure state"):
        workshop.client("cloudformation").get_waiter(waiter).wait(StackName=stack, WaiterConfig={"Delay": 0.1})


@pytest.fixture
def prep_stack(workshop: Workshop) -> str:
    """The name of the prep stack, which is there."""
    workshop.made("prep")
    pages = workshop.client("cloudformation").get_paginator("describe_stacks").paginate()
    names = [one["StackName"] for page in pages for one in page["Stacks"] if is_prep(workshop, one)]
    assert len(names) == 1
    return str(names[0])


def is_prep(workshop: Workshop, stack: dict[str, Any]) -> bool:
    outputs = {output["OutputValue"] for output in stack.get("Outputs", [])}
    return Names(workshop.suffix).data_bucket in outputs


def test_a_deletion_over_full_buckets_is_not_gone_on_with(workshop: Workshop, prep_stack: str) -> None:
    bucket, s3 = Names(workshop.suffix).data_bucket, workshop.client("s3")
    workshop.made("data")
    workshop.client("cloudformation").delete_stack(StackName=prep_stack)
    ended(workshop, prep_stack, "stack_delete_complete")

    told = workshop.refused("prep")

    assert told.startswith(f"{prep_stack} is DELETE_FAILED: it was to be deleted, and a part of it could not be. ")
    assert re.search(r"\. TrainingDataBucket: .*The bucket you tried to delete is not empty", told), told
    assert s3.head_object(Bucket=bucket, Key="train/train.csv")
    make = [f"make teardown SUFFIX={workshop.suffix}", f"make deploy SUFFIX={workshop.suffix}"]
    assert typed(workshop, told) == make
    assert s3.head_object(Bucket=bucket, Key="train/train.csv")  # deploy has put it there again
    assert status(workshop, Names(workshop.suffix).pipeline_stack) == "CREATE_COMPLETE"


def test_a_creation_that_was_rolled_back_is_begun_again(workshop: Workshop) -> None:
    workshop.made("prep", "upload")
    names, s3 = Names(workshop.suffix), workshop.client("s3")
    s3.create_bucket(Bucket=names.model_bucket)
    assert workshop.refused("pipeline") == (
        f"{names.model_bucket} is left in this account from an earlier stack: make teardown SUFFIX={workshop.suffix}"
    )
    assert status(workshop, names.pipeline_stack) == "ROLLBACK_COMPLETE"
    s3.delete_bucket(Bucket=names.model_bucket)

    told = workshop.made("pipeline").splitlines()

    begun = f"{names.pipeline_stack} is ROLLBACK_COMPLETE: it was not created, and nothing of it is left. ModelBucket: "
    at = next(number for number, line in enumerate(told) if line.startswith(begun))
    assert told[at].endswith(". It is deleted, and begun again.")
    assert told[at + 1] == f"Deleting {names.pipeline_stack}"
    assert f"Creating {names.pipeline_stack}" in told
    assert status(workshop, names.pipeline_stack) == "CREATE_COMPLETE"


def test_an_update_that_was_left_failed_is_taken_back(workshop: Workshop, prep_stack: str, deployed: Workshop) -> None:
    workshop.made("data")
    body = with_another_bucket(PREP_TEMPLATE, Names(deployed.suffix).data_bucket, "LambdaCodeBucket")
    keep = [{"ParameterKey": "SuffixID", "UsePreviousValue": True}]
    workshop.client("cloudformation").update_stack(StackName=prep_stack, TemplateBody=body, Parameters=keep, **LEFT)
    ended(workshop, prep_stack, "stack_update_complete")

    told = workshop.refused("prep")

    assert told.startswith(f"{prep_stack} is UPDATE_FAILED: its update stopped half-way and was told not to roll back.")
    assert " Taken: " in told
    assert typed(workshop, told) == ["aws cloudformation rollback-stack"]
    assert f"{prep_stack} is up to date" in workshop.made("prep")
    assert workshop.client("s3").head_object(Bucket=Names(workshop.suffix).data_bucket, Key="train/train.csv")


def test_a_creation_that_was_left_failed_is_taken_back(workshop: Workshop, deployed: Workshop) -> None:
    name, cloudformation = Names(workshop.suffix).second_prep_stack, workshop.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=with_another_bucket(PREP_TEMPLATE, Names(deployed.suffix).data_bucket, "LambdaCodeBucket"),
        Parameters=[{"ParameterKey": "SuffixID", "ParameterValue": workshop.suffix}],
        **LEFT,
    )
    ended(workshop, name, "stack_create_complete")

    told = workshop.refused("prep")

    assert told.startswith(f"{name} is CREATE_FAILED: its creation stopped half-way and was told not to roll back.")
    assert " Taken: " in told
    assert typed(workshop, told) == ["aws cloudformation rollback-stack"]
    workshop.made("prep")
    assert status(workshop, name) == "CREATE_COMPLETE"


def test_a_way_back_that_failed_is_gone_on_with(workshop: Workshop, deployed: Workshop) -> None:
    """The version of the zip to go back to is gone: all that helps is to leave the function out."""
    workshop.made("prep", "upload", "pipeline")
    names, s3, cloudformation = Names(workshop.suffix), workshop.client("s3"), workshop.client("cloudformation")
    key = zip_name("TrainModel")
    old = s3.head_object(Bucket=names.code_bucket, Key=key)["VersionId"]
    body = s3.get_object(Bucket=names.code_bucket, Key=key)["Body"].read()
    new = s3.put_object(Bucket=names.code_bucket, Key=key, Body=body)["VersionId"]
    s3.delete_object(Bucket=names.code_bucket, Key=key, VersionId=old)
    stack = cloudformation.describe_stacks(StackName=names.pipeline_stack)["Stacks"][0]
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]} | {"TrainModelCodeVersion": new}
    cloudformation.update_stack(
        StackName=names.pipeline_stack,
        **workshop.in_s3(
            with_another_bucket(PIPELINE_TEMPLATE, Names(deployed.suffix).data_bucket, "TrainModelInvokeConfig")
        ),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        Capabilities=["CAPABILITY_IAM"],
        **BEGUN,
    )
    ended(workshop, names.pipeline_stack, "stack_update_complete")

    told = workshop.refused("pipeline")

    assert told.startswith(f"{names.pipeline_stack} is UPDATE_ROLLBACK_FAILED: its update failed, and so did the way ")
    assert " TrainModelFunction: " in told
    (skipping,) = re.findall(r"--resources-to-skip \w+", told)
    (command,) = re.findall(r"aws cloudformation continue-update-rollback --stack-name [\w-]+", told)
    run_aws(workshop, f"{command} {skipping}")
    workshop.made("pipeline")
    assert status(workshop, names.pipeline_stack) == "UPDATE_COMPLETE"
