"""Names agree wherever they meet: with the sources, with each other, and, at their longest, with AWS's limits."""

import ast
import importlib
import json
import re
from typing import Any

import botocore.session
import pytest

import names

from .conftest import of_every_source, of_source

Template = dict[str, Any]

FUNCTIONS = ["TrainModel", "GetStatus", "DeployModel", "EvaluateModel"]
LONGEST = {"model": "m" * 20, "suffix": "s" * 16, "env": "e" * 10, "job": "01234567-89ab-cdef-0123-456789abcdef"}
REPOSITORIES = {
    "mlops-builtinalgo-training-config-${SuffixID}",
    "mlops-builtinalgo-pipeline-lambda-code-${SuffixID}",
    "mlops-builtinalgo-inference-lambda-code-${SuffixID}",
}
SET_BY_LAMBDA = {"AWS_REGION"}
AWS = botocore.session.Session()


@pytest.fixture
def resources(prep: Template, pipeline: Template) -> Template:
    """The resources of both templates."""
    return {**prep["Resources"], **pipeline["Resources"]}


@pytest.fixture(params=FUNCTIONS)
def function(request: pytest.FixtureRequest, pipeline: Template) -> dict[str, Any]:
    """Each function's properties in turn."""
    properties: dict[str, Any] = pipeline["Resources"][f"{request.param}Function"]["Properties"]
    return properties


def variables_read(modules: list[ast.Module]) -> set[str]:
    """The environment variables that modules ask `settings` for."""
    return {
        node.args[0].value
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("variable", "number")
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


def test_handler_exists(function: dict[str, Any]) -> None:
    module, handler = function["Handler"].split(".")

    assert callable(getattr(importlib.import_module(module), handler))


def test_function_is_told_what_it_reads(function: dict[str, Any], sources: dict[str, list[ast.Module]]) -> None:
    read = variables_read(sources[function["Handler"].split(".")[0]])

    assert set(function["Environment"]["Variables"]) == read - SET_BY_LAMBDA


@of_every_source
def test_templates_mean_the_same_buckets_and_repositories(resources: Template) -> None:
    made = {r["Properties"]["BucketName"]["Fn::Sub"] for r in resources.values() if r["Type"] == "AWS::S3::Bucket"}

    assert set(re.findall(r"mlops-builtinalgo-[a-z-]+-\$\{SuffixID\}", json.dumps(resources))) == made | REPOSITORIES


def test_templates_take_the_same_suffix(prep: Template, pipeline: Template) -> None:
    first, second = prep["Parameters"]["SuffixID"], pipeline["Parameters"]["SuffixID"]

    assert (first["Type"], first["AllowedPattern"]) == (second["Type"], second["AllowedPattern"])


@pytest.mark.parametrize(
    ("source", "resource_type", "name", "count", "pattern"),
    [
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        ("None", "AWS::S3::Bucket", "BucketName", 4, r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
        # botocore: codecommit RepositoryName
        ("None", "AWS::CodeCommit::Repository", "RepositoryName", 3, r"[\w.-]{1,100}"),
        # botocore: "If you specify only the function name, it is limited to 64 characters in length."
        ("None", "AWS::Lambda::Function", "FunctionName", 4, r"[a-zA-Z0-9-_]{1,64}"),
        # botocore: logs LogGroupName
        ("None", "AWS::Logs::LogGroup", "LogGroupName", 4, r"[.\-_/#A-Za-z0-9]{1,512}"),
        ("CodeCommit", "AWS::Logs::LogGroup", "LogGroupName", 5, r"[.\-_/#A-Za-z0-9]{1,512}"),
        # botocore: codebuild ProjectName
        ("CodeCommit", "AWS::CodeBuild::Project", "Name", 1, r"[A-Za-z0-9][A-Za-z0-9\-_]{1,149}"),
        # botocore: codepipeline PipelineName
        ("None", "AWS::CodePipeline::Pipeline", "Name", 1, r"[A-Za-z0-9.@\-_]{1,100}"),
    ],
)
def test_longest_name_of_a_resource_fits(
    resources: Template, resource_type: str, name: str, count: int, pattern: str
) -> None:
    longest = [
        resource["Properties"][name]["Fn::Sub"].replace("${SuffixID}", LONGEST["suffix"])
        for resource in resources.values()
        if resource["Type"] == resource_type
    ]

    assert len(longest) == count
    assert [text for text in longest if not re.fullmatch(pattern, text)] == []


def longest_run() -> str:
    return names.run_id(LONGEST["job"])


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ("TrainingJobName", names.training_job(LONGEST["model"], LONGEST["suffix"], longest_run())),
        ("ModelName", names.training_job(LONGEST["model"], LONGEST["suffix"], longest_run())),
        ("EndpointName", names.endpoint(LONGEST["model"], LONGEST["suffix"], LONGEST["env"])),
        (
            "EndpointConfigName",
            names.endpoint_config(LONGEST["suffix"], LONGEST["env"], longest_run(), LONGEST["job"]),
        ),
    ],
)
def test_longest_name_at_sagemaker_fits(shape: str, name: str) -> None:
    limits = AWS.get_service_model("sagemaker").shape_for(shape).metadata

    assert len(name) <= limits["max"]
    assert re.fullmatch(limits["pattern"], name)


@of_every_source
@pytest.mark.parametrize(
    ("shape", "path"),
    [
        ("StageName", ["Stages", "Name"]),
        ("ActionName", ["Stages", "Actions", "Name"]),
        ("ArtifactName", ["Stages", "Actions", "OutputArtifacts", "Name"]),
    ],
)
def test_name_in_the_pipeline_fits(pipeline: Template, shape: str, path: list[str]) -> None:
    assert not_fitting(pipeline, shape, path) == []


def test_namespace_in_the_pipeline_fits() -> None:
    assert not_fitting(of_source("CodeCommit"), "ActionNamespace", ["Stages", "Actions", "Namespace"]) == []


def not_fitting(pipeline: Template, shape: str, path: list[str]) -> list[str]:
    """The names at a place of the pipeline that CodePipeline would not take; there must be names."""
    limits = AWS.get_service_model("codepipeline").shape_for(shape).metadata
    found: list[Any] = [pipeline["Resources"]["Pipeline"]["Properties"]]
    for key in path[:-1]:
        found = [item for value in found for item in value.get(key, [])]
    named = [value[path[-1]] for value in found if path[-1] in value]

    assert named
    return [name for name in named if not re.fullmatch(limits["pattern"], name) or len(name) > limits["max"]]


def image_accounts(pipeline: Template) -> dict[str, str]:
    return {region: entry["Account"] for region, entry in pipeline["Mappings"]["XGBoostImage"].items()}


@pytest.mark.parametrize(
    ("region", "account"),
    [
        # sagemaker-core 2.27.0, image_uri_config/xgboost.json, version 3.2-0
        ("us-east-1", "683313688378"),
        ("us-east-2", "257758044811"),
        ("us-west-2", "246618743249"),
        ("eu-west-1", "141502667606"),
        ("eu-central-1", "492215442770"),
        ("ap-northeast-1", "354813040037"),
        ("cn-north-1", "450853457545"),
        ("us-gov-west-1", "414596584902"),
    ],
)
def test_account_of_the_image(pipeline: Template, region: str, account: str) -> None:
    assert image_accounts(pipeline)[region] == account


def test_every_image_account_is_one_regions(pipeline: Template) -> None:
    accounts = image_accounts(pipeline).values()

    assert [account for account in accounts if not re.fullmatch(r"\d{12}", account)] == []
    assert len(set(accounts)) == len(accounts) == 33


def test_every_image_region_has_a_console(template: Template, pipeline: Template) -> None:
    partitions = {AWS.get_partition_for_region(region) for region in image_accounts(pipeline)}

    assert set(template["Mappings"]["Console"]) == partitions


def test_image_is_of_the_region_where_the_stack_is(pipeline: Template) -> None:
    variables = pipeline["Resources"]["TrainModelFunction"]["Properties"]["Environment"]["Variables"]

    assert variables["TRAINING_IMAGE"] == {
        "Fn::Sub": [
            "${Account}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/sagemaker-xgboost:3.2-0",
            {"Account": {"Fn::FindInMap": ["XGBoostImage", {"Ref": "AWS::Region"}, "Account"]}},
        ]
    }
