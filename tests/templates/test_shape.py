"""What a person meets: sections in one order, parameters and outputs that explain themselves, links that work."""

import json
from pathlib import Path
from typing import Any

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
SECTIONS = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Resources",
    "Outputs",
]
Template = dict[str, Any]


def interface(template: Template) -> dict[str, Any]:
    shown: dict[str, Any] = template["Metadata"]["AWS::CloudFormation::Interface"]
    return shown


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        # TemplateBody, in bytes: botocore, cloudformation TemplateBody
        ("builtin-algo-prep.yaml", 51_200),
        # TemplateURL: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
        ("builtin-algo-pipeline.yaml", 1_000_000),
    ],
)
def test_template_fits_into_a_request_or_what_a_request_may_name(name: str, limit: int) -> None:
    assert (TEMPLATES / name).stat().st_size <= limit


def test_no_other_template_is_shipped() -> None:
    assert {path.name for path in TEMPLATES.iterdir()} == {"builtin-algo-prep.yaml", "builtin-algo-pipeline.yaml"}


def test_sections_keep_their_order(template: Template) -> None:
    assert list(template) == [section for section in SECTIONS if section in template]


def test_console_shows_every_parameter_once(template: Template) -> None:
    shown = [name for group in interface(template)["ParameterGroups"] for name in group["Parameters"]]

    assert sorted(shown) == sorted(template["Parameters"])


def test_console_labels_every_parameter(template: Template) -> None:
    assert sorted(interface(template)["ParameterLabels"]) == sorted(template["Parameters"])


def test_every_parameter_is_described(template: Template) -> None:
    assert [name for name, parameter in template["Parameters"].items() if not parameter.get("Description")] == []


def test_every_pattern_says_what_it_wants(template: Template) -> None:
    patterns = {name for name, parameter in template["Parameters"].items() if "AllowedPattern" in parameter}
    explained = {name for name, parameter in template["Parameters"].items() if "ConstraintDescription" in parameter}

    assert patterns == explained


def test_a_suffix_alone_suffices(template: Template) -> None:
    assert [name for name, parameter in template["Parameters"].items() if "Default" not in parameter] == ["SuffixID"]


def test_every_output_is_described(template: Template) -> None:
    assert [name for name, output in template["Outputs"].items() if not output.get("Description")] == []


@pytest.mark.parametrize(
    "forbidden",
    [
        "Fn::Join",  # Fn::Sub says it legibly
        "arn:aws:",  # China and GovCloud are other partitions
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",  # may arrive after the pipeline's first execution has started
        "RoleName",  # would need CAPABILITY_NAMED_IAM
    ],
)
def test_resources_do_without(template: Template, forbidden: str) -> None:
    assert forbidden not in json.dumps(template["Resources"])


@pytest.mark.parametrize(
    "output",
    [
        "DataBucketName",
        "DataBucketUrl",
        "LambdaCodeBucketName",
        "LambdaCodeBucketUrl",
        "CreateStackUrl",
        "TrainingConfigRepositoryCloneUrl",
        "PipelineLambdaCodeRepositoryCloneUrl",
        "InferenceLambdaCodeRepositoryCloneUrl",
    ],
)
def test_prep_tells_what_comes_next(prep: Template, output: str) -> None:
    assert output in prep["Outputs"]


@pytest.mark.parametrize(
    "output",
    [
        "PipelineName",
        "PipelineUrl",
        "TrainingJobsUrl",
        "EndpointsUrl",
        "TrainModelLogsUrl",
        "GetStatusLogsUrl",
        "DeployModelLogsUrl",
        "EvaluateModelLogsUrl",
        "ModelBucketName",
        "ModelBucketUrl",
        "ArtifactBucketName",
        "ArtifactBucketUrl",
    ],
)
def test_pipeline_tells_what_to_open_next(pipeline: Template, output: str) -> None:
    assert output in pipeline["Outputs"]


def test_links_lead_to_the_console_of_the_region(template: Template) -> None:
    links = [output["Value"]["Fn::Sub"][0] for output in template["Outputs"].values() if "Fn::Sub" in output["Value"]]

    assert [link for link in links if not link.startswith("https://${AWS::Region}.${Console}/")] == []
    assert [link for link in links if "?region=${AWS::Region}" not in link] == []
