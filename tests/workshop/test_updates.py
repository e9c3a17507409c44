"""An update is shown and happens in place: data, endpoints and everything else of the stacks stay what they were."""

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import deploy
from account import WorkshopError
from function_names import FUNCTIONS, zip_name
from resource_names import PIPELINE_TEMPLATE, PREP_TEMPLATE, Names
from upload import TEMPLATES

from .conftest import Workshop

pytestmark = pytest.mark.slow

WINE = "7.4,0.7,0.0,1.9,0.076,11.0,34.0,0.9978,3.51,0.56,9.4"


def stack_of(workshop: Workshop) -> str:
    return Names(workshop.suffix).pipeline_stack


def made(workshop: Workshop) -> dict[str, str]:
    """The resources of the pipeline stack by their logical ids, each with its physical one."""
    pages = (
        workshop.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_of(workshop))
    )
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"] for page in pages for one in page["StackResourceSummaries"]
    }


def kept(workshop: Workshop) -> dict[str, Any]:
    """What no update may touch: every version of the data and the models, and what both endpoints are and answer."""
    names, s3, sagemaker = Names(workshop.suffix), workshop.client("s3"), workshop.client("sagemaker")
    found: dict[str, Any] = {
        bucket: s3.list_object_versions(Bucket=bucket)["Versions"] for bucket in (names.data_bucket, names.model_bucket)
    }
    for environment in ("dev", "test"):
        name = f"winequality-{workshop.suffix}-{environment}"
        endpoint = sagemaker.describe_endpoint(EndpointName=name)
        asked = workshop.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=name, ContentType="text/csv", Body=WINE
        )
        facts = ("EndpointArn", "CreationTime", "LastModifiedTime", "EndpointConfigName", "EndpointStatus")
        found[name] = [*(endpoint[fact] for fact in facts), asked["Body"].read()]
    return found


def change_sets(workshop: Workshop) -> list[tuple[str, str]]:
    listed = workshop.client("cloudformation").list_change_sets(StackName=stack_of(workshop))["Summaries"]
    return [(one["Status"], one["ExecutionStatus"]) for one in listed]


def test_a_parameter_changes_in_place(deployed: Workshop) -> None:
    resources, before = made(deployed), kept(deployed)
    told = deployed.made("pipeline", TRAIN='{"hp-num-round": "31"}').splitlines()
    at = told.index(f"Changes of {stack_of(deployed)}:")
    assert told[at + 1 : at + 3] == [
        "  Modify  Pipeline  AWS::CodePipeline::Pipeline  changed in place: Stages",
        f"Updating {stack_of(deployed)}",
    ]
    assert (made(deployed), kept(deployed)) == (resources, before)
    declared = str(deployed.client("codepipeline").get_pipeline(name=deployed.pipeline)["pipeline"]["stages"])
    assert '"hp-num-round": "31"' in declared


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_zip_changes_in_place(deployed: Workshop, function: str) -> None:
    resources, before = made(deployed), kept(deployed)
    s3, bucket, key = deployed.client("s3"), Names(deployed.suffix).code_bucket, zip_name(function)
    body = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    with zipfile.ZipFile(body, "a") as archive:
        archive.writestr("CHANGED", "by a test")
    version = s3.put_object(Bucket=bucket, Key=key, Body=body.getvalue())["VersionId"]

    told = deployed.made("pipeline")

    assert f"  Modify  {function}Function  AWS::Lambda::Function  changed in place: Code\nUpdating" in told
    assert (made(deployed), kept(deployed)) == (resources, before)
    stack = deployed.client("cloudformation").describe_stacks(StackName=stack_of(deployed))["Stacks"][0]
    assert {"ParameterKey": f"{function}CodeVersion", "ParameterValue": version} in stack["Parameters"]
    code = deployed.client("lambda").get_function(FunctionName=Names(deployed.suffix).function(function))
    assert code["Configuration"]["CodeSize"] == len(body.getvalue())


ALARM = """
  FailuresOfTraining:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref TrainModelFunction}]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
"""
OUTPUT = """
  ArnOfTheModels:
    Value: !GetAtt ModelBucket.Arn
"""


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped templates, which deploy takes instead of them: for a test to change."""
    for name in (PREP_TEMPLATE, PIPELINE_TEMPLATE):
        (tmp_path / name).write_text((TEMPLATES / name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(deploy, "TEMPLATES", tmp_path)
    return tmp_path


def test_a_template_version_changes_in_place(deployed: Workshop, next_version: Path) -> None:
    deployed.made("pipeline")
    resources, before, said = made(deployed), kept(deployed), list[str]()
    path = next_version / PIPELINE_TEMPLATE
    path.write_text(path.read_text().replace("\nOutputs:\n", f"{ALARM}\nOutputs:{OUTPUT}"))

    after = deploy.pipeline(SimpleNamespace(client=deployed.client), deployed.suffix, say=said.append)

    assert said[:3] == [
        f"Changes of {stack_of(deployed)}:",
        "  Add  FailuresOfTraining  AWS::CloudWatch::Alarm  new",
        f"Updating {stack_of(deployed)}",
    ]
    now = made(deployed)
    assert now.pop("FailuresOfTraining")
    assert (now, kept(deployed)) == (resources, before)
    assert after.outputs["ArnOfTheModels"] == f"arn:aws:s3:::{Names(deployed.suffix).model_bucket}"
    deployed.made("pipeline")  # which takes both away again
    assert (made(deployed), kept(deployed)) == (resources, before)


def test_an_output_alone_is_an_update_too(deployed: Workshop, next_version: Path) -> None:
    deployed.made("pipeline")
    said = list[str]()
    path = next_version / PIPELINE_TEMPLATE
    path.write_text(path.read_text().replace("\nOutputs:\n", f"\nOutputs:{OUTPUT}"))
    after = deploy.pipeline(SimpleNamespace(client=deployed.client), deployed.suffix, say=said.append)
    assert said[1] == "  no resource changes, only outputs or what describes the stack"
    assert "ArnOfTheModels" in after.outputs


def test_without_a_change_nothing_is_left_behind(deployed: Workshop) -> None:
    deployed.made("pipeline")
    before = change_sets(deployed)
    assert f"{stack_of(deployed)} is up to date\n" in deployed.made("pipeline")
    assert change_sets(deployed) == before


def test_a_bucket_is_not_replaced_by_the_way(deployed: Workshop, next_version: Path) -> None:
    """Its name is its identity: another one is another bucket, and the old one would go with all models."""
    deployed.made("pipeline")
    resources, before, sets, said = made(deployed), kept(deployed), change_sets(deployed), list[str]()
    path = next_version / PIPELINE_TEMPLATE
    path.write_text(path.read_text().replace("BucketName: !Sub mlops-builtinalgo-model-", "BucketName: !Sub models-"))
    with pytest.raises(WorkshopError) as refusal:
        deploy.pipeline(SimpleNamespace(client=deployed.client), deployed.suffix, say=said.append)
    bucket = Names(deployed.suffix).model_bucket
    assert str(refusal.value) == (
        f"This update of {stack_of(deployed)} would delete ModelBucket ({bucket}), with all that is in there, and was "
        "not begun. If that is meant: the same command with CONFIRM=123456789012"
    )
    assert "replaced, the old one deleted: BucketName" in "\n".join(said)
    assert f"Updating {stack_of(deployed)}" not in said
    assert (made(deployed), kept(deployed), change_sets(deployed)) == (resources, before, sets)


def test_repositories_are_deleted_by_who_means_it(workshop: Workshop) -> None:
    workshop.made("prep")
    told = workshop.refused("prep", CreateRepositories="false", CONFIRM="999999999999")
    assert "would delete InferenceLambdaCodeRepository (" in told
    codecommit = workshop.client("codecommit")

    def repositories() -> set[str]:
        return {one["repositoryName"] for one in codecommit.list_repositories()["repositories"]}

    ours = set(Names(workshop.suffix).repositories)
    assert ours <= repositories()
    confirm = told.rpartition("CONFIRM=")[2]
    workshop.made("prep", CreateRepositories="false", CONFIRM=confirm)
    assert not ours & repositories()
