"""Our policies are minimal, and needed: what local AWS remembers of its decisions shows both."""

import random
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from localaws import clock
from localaws.codepipeline import functions
from localaws.faults.models import Fault
from localaws.faults.state import faults
from localaws.gate import ledger

from . import small_repositories
from .conftest import ROOT, Workshop
from .large_set import release_in_two_invocations
from .policy_actions import AllowedAction, allowed_actions, without

TEMPLATE = ROOT / "templates" / "builtin-algo-pipeline.yaml"
ACTIONS = allowed_actions(TEMPLATE)
SEED = 20261122

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def key(local_aws: Any) -> str:
    """The ARN of a KMS key of one's own."""
    kms = local_aws.administrator.client("kms", "us-east-1")
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(scope="module")
def encrypted(workshop_of: Callable[[str], Workshop], key: str) -> Workshop:
    """A workshop with a key of its own whose first execution has succeeded."""
    workshop = workshop_of("minimal")
    workshop.made("deploy", "release", SSEKMSKeyId=key)
    return workshop


@pytest.fixture(scope="module")
def role_names(encrypted: Workshop) -> dict[str, str]:
    """The roles' logical ids, by ARN."""
    return _roles(encrypted)


def _roles(workshop: Workshop) -> dict[str, str]:
    """The roles' logical ids, by ARN, with the source that the workshop has now."""
    stack = f"mlops-pipeline-builtinalgo-{workshop.suffix}"
    resources = workshop.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    iam = workshop.client("iam")
    return {
        iam.get_role(RoleName=each["PhysicalResourceId"])["Role"]["Arn"]: each["LogicalResourceId"]
        for each in resources
        if each["ResourceType"] == "AWS::IAM::Role"
    }


def _used(role_names: dict[str, str]) -> set[tuple[str, str, str]]:
    """What was allowed so far, as role, statement and action."""
    found = set()
    for use in ledger.uses():
        arn, _, _ = use.policy.rpartition("/")
        if arn in role_names:
            found.add((role_names[arn], use.statement, use.action))
    return found


@pytest.fixture(scope="module")
def needed_in_a_release(encrypted: Workshop, role_names: dict[str, str]) -> set[tuple[str, str, str]]:
    """What an execution needs whose endpoints exist."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "_uses", OrderedDict())
        encrypted.made("release", NEW="1")
        return _used(role_names)


@pytest.fixture(scope="module")
def needed(
    encrypted: Workshop, key: str, needed_in_a_release: set[tuple[str, str, str]], role_names: dict[str, str]
) -> set[tuple[str, str, str]]:
    """What executions of every kind need: the first, later ones, those that fail, and what is delivered twice."""
    encrypted.made("release", NEW="1")  # the third removes what the first made
    _deliver_every_job_twice(encrypted)
    _stop_training_at_its_deadline(encrypted)
    _leave_a_training_to_nobody(encrypted)
    _lose_every_answer(encrypted)
    _refuse_a_configuration(encrypted)
    _replace_a_failed_endpoint(encrypted)
    _miss_test_data(encrypted, key)
    release_in_two_invocations(encrypted)
    _fail_to_copy_large_data(encrypted)
    _bring_new_data(encrypted)
    _miss_validation_data(encrypted)
    return needed_in_a_release | _used(role_names) | _needed_with_a_source(encrypted, key)


def _deliver_every_job_twice(workshop: Workshop) -> None:
    deliver = functions._invoke

    def twice(*job: Any) -> None:
        deliver(*job)
        deliver(*job)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functions, "_invoke", twice)
        workshop.made("release", NEW="1")


def _fail_with(workshop: Workshop, function: str, variable: str, value: str) -> None:
    """Release once with another value of a function's environment variable."""
    client, name = workshop.client("lambda"), f"MLOps-BIA-{function}-{workshop.suffix}"
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables | {variable: value}})
    workshop.refused("release", NEW="1")
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    workshop.updated(name)


def _stop_training_at_its_deadline(workshop: Workshop) -> None:
    _fail_with(workshop, "GetStatus", "TRAINING_TIMEOUT_MINUTES", "0")


def _leave_a_training_to_nobody(workshop: Workshop) -> None:
    faults.replace([Fault("hangs", "training-job:*")])
    workshop.client("codepipeline").start_pipeline_execution(name=workshop.pipeline)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock.durations, "training_stop_grace", 0.5)
        workshop.stop_during("GetTrainingStatus")
        faults.clear()
        workshop.made("release", NEW="1")


def _lose_every_answer(workshop: Workshop) -> None:
    faults.replace([Fault("answer lost", "sagemaker:CreateTrainingJob")])
    workshop.refused("release", NEW="1")
    faults.clear()


def _refuse_a_configuration(workshop: Workshop) -> None:
    _fail_with(workshop, "DeployModel", "SERVERLESS_MEMORY_MB", "1000")


def _replace_a_failed_endpoint(workshop: Workshop) -> None:
    sagemaker, name = workshop.client("sagemaker"), f"winequality-{workshop.suffix}-dev"
    bucket, broken = f"mlops-builtinalgo-model-artifacts-{workshop.suffix}", f"{workshop.suffix}-dev-broken"
    workshop.client("s3").put_object(Bucket=bucket, Key="runs/broken/model.tar.gz", Body=b"no model")
    serving = sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    config = sagemaker.describe_endpoint_config(EndpointConfigName=serving)
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    container = {"Image": model["PrimaryContainer"]["Image"], "ModelDataUrl": f"s3://{bucket}/runs/broken/model.tar.gz"}
    sagemaker.create_model(ModelName=broken, PrimaryContainer=container, ExecutionRoleArn=model["ExecutionRoleArn"])
    variant = config["ProductionVariants"][0] | {"ModelName": broken}
    sagemaker.create_endpoint_config(EndpointConfigName=broken, ProductionVariants=[variant])
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=broken)
    with pytest.raises(WaiterError):
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    workshop.made("release", NEW="1")


def _miss_test_data(workshop: Workshop, key: str) -> None:
    absent = '{"env": "Test", "s3key": "test/absent.csv"}'
    workshop.made("pipeline", SSEKMSKeyId=key, FullTestUserParameters=absent)
    workshop.refused("release", NEW="1")
    workshop.made("pipeline", SSEKMSKeyId=key, FullTestUserParameters='{"env": "Test", "s3key": "test/test.csv"}')


def _fail_to_copy_large_data(workshop: Workshop) -> None:
    data = {"Bucket": f"mlops-builtinalgo-data-{workshop.suffix}", "Key": "train/train.csv"}
    rows = (ROOT / "Data/train.csv").read_bytes()
    faults.replace([Fault("answer lost", "s3:UploadPartCopy")])
    workshop.client("s3").put_object(
        **data, Body=rows * (6 * 1024**2 // len(rows))
    )  # S3 copies in parts, from 5 MiB on
    workshop.refused("release", NEW="1")
    faults.clear()


def _bring_new_data(workshop: Workshop) -> None:
    data = {"Bucket": f"mlops-builtinalgo-data-{workshop.suffix}", "Key": "train/train.csv"}
    known = {each["pipelineExecutionId"] for each in workshop.executions()}
    workshop.client("s3").put_object(**data, Body=(ROOT / "Data/train.csv").read_bytes())
    deadline = time.monotonic() + 30
    while {each["pipelineExecutionId"] for each in workshop.executions()} == known and time.monotonic() < deadline:
        time.sleep(0.1)


def _miss_validation_data(workshop: Workshop) -> None:
    bucket = f"mlops-builtinalgo-data-{workshop.suffix}"
    workshop.client("s3").delete_object(Bucket=bucket, Key="validation/validation.csv")
    workshop.refused("release", NEW="1")
    workshop.made("data")


def _needed_with_a_source(workshop: Workshop, key: str) -> set[tuple[str, str, str]]:
    """What an execution needs that begins with a push and builds."""
    workshop.made("data")
    small_repositories.seed(workshop)
    workshop.made("pipeline", SSEKMSKeyId=key, SOURCE="CodeCommit")
    workshop.made("release", NEW="1")
    used = _used(_roles(workshop))
    workshop.made("pipeline", SSEKMSKeyId=key, SOURCE="None")
    return used


def test_no_action_is_allowed_in_vain(needed: set[tuple[str, str, str]]) -> None:
    vain = [each for each in ACTIONS if not each.cited and (each.role, each.statement, each.action) not in needed]
    assert not vain, "\n".join(map(str, vain))


def test_every_role_is_trusted_in_a_release(role_names: dict[str, str], needed: set[tuple[str, str, str]]) -> None:
    trusted = {use.policy for use in ledger.uses() if use.action == "sts:AssumeRole"}
    assert {name for arn, name in role_names.items() if arn not in trusted} == set()


# What an execution does without: its logs and metrics. Data that arrives starts one: `make release` does that itself.
_MISSED_BY_NO_RELEASE = ("logs:", "cloudwatch:", "codepipeline:StartPipelineExecution")


def _chosen(needed: set[tuple[str, str, str]]) -> list[AllowedAction]:
    able = [
        each
        for each in ACTIONS
        if (each.role, each.statement, each.action) in needed and not each.action.startswith(_MISSED_BY_NO_RELEASE)
    ]
    return random.Random(SEED).sample(able, 5)  # noqa: S311 - a choice that must be the same each time


def test_without_a_needed_action_the_run_fails_and_names_it(
    encrypted: Workshop, key: str, needed_in_a_release: set[tuple[str, str, str]]
) -> None:
    stack = f"mlops-pipeline-builtinalgo-{encrypted.suffix}"
    told = {}
    for action in _chosen(needed_in_a_release):
        _update(encrypted, stack, without(TEMPLATE, action))
        told[str(action)] = encrypted.make("release", NEW="1").stderr
    _update(encrypted, stack, TEMPLATE.read_text())
    encrypted.made("release", NEW="1")
    assert {
        each for each, line in told.items() if f"not authorized to perform: {each.split()[1]} on resource: " not in line
    } == set()


def _update(workshop: Workshop, stack: str, template: str) -> None:
    cloudformation = workshop.client("cloudformation")
    kept = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
    cloudformation.update_stack(
        StackName=stack,
        **workshop.in_s3(template),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": each["ParameterKey"], "UsePreviousValue": True} for each in kept],
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
