"""Every function runs once an action, on the code that was uploaded, with a log that does not grow for ever."""

from typing import Any

import pytest

from scoring import IN_FLIGHT

from .choices import broken_rules, chosen, decided
from .conftest import CHOICES, CONNECTION, with_a_source

Template = dict[str, Any]

NAMES = ["TrainModel", "GetStatus", "DeployModel", "EvaluateModel"]
HANDLERS = {
    "TrainModel": "train_model.lambda_handler",
    "GetStatus": "get_status.lambda_handler",
    "DeployModel": "deploy_model.lambda_handler",
    "EvaluateModel": "evaluate_model.lambda_handler",
}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each function's name in turn."""
    each: str = request.param
    return each


@pytest.fixture
def resources(pipeline: Template) -> Template:
    found: Template = pipeline["Resources"]
    return found


@pytest.fixture
def function(resources: Template, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = resources[f"{name}Function"]["Properties"]
    return properties


def test_no_function_is_forgotten(resources: Template) -> None:
    functions = {logical_id for logical_id, r in resources.items() if r["Type"] == "AWS::Lambda::Function"}

    assert functions == {f"{name}Function" for name in NAMES}


def test_name(function: dict[str, Any], name: str) -> None:
    assert function["FunctionName"] == {"Fn::Sub": f"MLOps-BIA-{name}-${{SuffixID}}"}


def test_handler(function: dict[str, Any], name: str) -> None:
    assert function["Handler"] == HANDLERS[name]


def test_runtime(function: dict[str, Any]) -> None:
    assert function["Runtime"] == "python3.13"


def test_role_is_its_own(function: dict[str, Any], name: str) -> None:
    assert function["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}


def uploaded(name: str) -> dict[str, Any]:
    """Where a function's zip lies, of whatever version."""
    ours = {"Fn::Sub": "mlops-builtinalgo-lambda-code-${SuffixID}"}
    return {
        "S3Bucket": {"Fn::If": ["HasCodeBucket", {"Ref": "CodeBucket"}, ours]},
        "S3Key": {"Fn::Sub": f"${{CodePrefix}}MLOps-BIA-{name}.py.zip"},
    }


def test_code_is_the_uploaded_zip(function: dict[str, Any], name: str) -> None:
    assert function["Code"] == uploaded(name) | {
        "S3ObjectVersion": {
            "Fn::If": [f"Has{name}CodeVersion", {"Ref": f"{name}CodeVersion"}, {"Ref": "AWS::NoValue"}]
        },
    }


def test_no_code_version_means_an_empty_parameter(shipped: Template, name: str) -> None:
    has_version = {"Condition": f"Has{name}CodeVersion"}

    assert decided(shipped, has_version, {"Source": "None", f"{name}CodeVersion": "7"}) is True
    assert decided(shipped, has_version, {"Source": "None", f"{name}CodeVersion": ""}) is False


def test_no_bucket_of_code_means_an_empty_parameter(pipeline: Template) -> None:
    assert pipeline["Conditions"]["HasCodeBucket"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "CodeBucket"}, ""]}]}


def defaults(shipped: Template) -> dict[str, str]:
    """What is chosen by who gives a suffix alone."""
    return {name: str(parameter.get("Default", "sde")) for name, parameter in shipped["Parameters"].items()}


GITHUB = {
    "GitHubConnectionArn": CONNECTION,
    "GitHubTrainingConfig": "me/config",
    "GitHubPipelineLambdaCode": "me/pipeline",
    "GitHubInferenceLambdaCode": "me/inference",
}


@pytest.mark.parametrize("source", ["CodeCommit", "GitHub"])
@pytest.mark.parametrize("given", ["CodeBucket", "CodePrefix", "TrainModelCodeVersion", "EvaluateModelCodeVersion"])
def test_with_a_source_no_update_puts_other_code_into_a_function(shipped: Template, source: str, given: str) -> None:
    """CloudFormation touches a function's code only where its text changes, and Build has put code there since."""
    before = defaults(shipped) | GITHUB | {"Source": source}
    after = before | {given: "another/"}
    functions = [
        {name: chosen(shipped, choice)["Resources"][f"{name}Function"] for name in NAMES} for choice in (before, after)
    ]

    assert broken_rules(shipped, before) == []
    assert broken_rules(shipped, after) or functions[0] == functions[1]


@pytest.mark.parametrize(
    ("given", "broken"),
    [
        ({}, []),
        ({"CodeBucket": "templates"}, []),
        ({"CodeBucket": "templates", "CodePrefix": "zips/"}, []),
        ({"CodePrefix": "zips/"}, ["PrefixIsOfSomeBucket"]),
        ({"Source": "CodeCommit"}, []),
        ({"Source": "CodeCommit", "CodeBucket": "templates"}, ["SourcesBringTheCode"]),
        ({"Source": "GitHub", **GITHUB}, []),
        ({"Source": "GitHub", **GITHUB, "CodeBucket": "templates"}, ["SourcesBringTheCode"]),
        ({"Source": "GitHub"}, ["GitHubIsReached"]),
        *[({"Source": "GitHub", **GITHUB, missing: ""}, ["GitHubIsReached"]) for missing in GITHUB],
        ({"Source": "CodeCommit", "GitHubConnectionArn": CONNECTION}, []),
    ],
)
def test_what_does_not_go_together_is_refused(shipped: Template, given: dict[str, str], broken: list[str]) -> None:
    assert broken_rules(shipped, defaults(shipped) | given) == broken


@with_a_source
def test_with_a_source_a_new_stack_begins_with_the_newest_zip(function: dict[str, Any], name: str) -> None:
    assert function["Code"] == uploaded(name)


@with_a_source
def test_a_function_is_the_same_but_for_its_code(shipped: Template, function: dict[str, Any], name: str) -> None:
    without = chosen(shipped, CHOICES["None"])["Resources"][f"{name}Function"]["Properties"]

    assert {key for key in function | without if function.get(key) != without.get(key)} == {"Code"}


def test_function_has_time_to_answer(function: dict[str, Any]) -> None:
    # With 30 seconds left a function stops and answers by itself; Lambda allows no more than 900.
    assert 60 <= function["Timeout"] <= 900


def test_memory(function: dict[str, Any]) -> None:
    assert 128 <= function["MemorySize"] <= 10240


def test_log_group_is_there_before_the_function_and_forgets(resources: Template, name: str) -> None:
    logs = resources[f"{name}Logs"]

    assert logs["Type"] == "AWS::Logs::LogGroup"
    assert logs["Properties"]["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/MLOps-BIA-{name}-${{SuffixID}}"}
    assert logs["Properties"]["RetentionInDays"] == 30


def test_lambda_does_not_invoke_again_by_itself(resources: Template, name: str) -> None:
    config = resources[f"{name}InvokeConfig"]

    assert config["Type"] == "AWS::Lambda::EventInvokeConfig"
    assert config["Properties"]["FunctionName"] == {"Ref": f"{name}Function"}
    assert config["Properties"]["Qualifier"] == "$LATEST"
    assert config["Properties"]["MaximumRetryAttempts"] == 0


def test_lambda_does_not_invoke_when_nobody_waits_any_more(resources: Template, name: str) -> None:
    # CodePipeline gives an action without an answer up after 20 minutes.
    assert resources[f"{name}InvokeConfig"]["Properties"]["MaximumEventAgeInSeconds"] < 20 * 60


def test_an_endpoint_takes_all_requests_that_an_evaluation_has_under_way(resources: Template) -> None:
    settings = resources["DeployModelFunction"]["Properties"]["Environment"]["Variables"]

    assert int(settings["SERVERLESS_MAX_CONCURRENCY"]) >= IN_FLIGHT
