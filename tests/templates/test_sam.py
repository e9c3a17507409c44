"""The SAM template and the events describe what the pipeline stack has: neither goes its own way."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from continuation import Token

from .conftest import SOURCES

EVENTS = Path(__file__).parents[1] / "events"
# An event of tests/events, and the action that it could be of.
ACTIONS = {
    "train-model": ("Train", "StartTraining"),
    "get-status-training": ("Train", "GetTrainingStatus"),
    "get-status-continued": ("Train", "GetTrainingStatus"),
    "deploy-model": ("DeployDev", "DeployToDev"),
    "get-status-endpoint": ("DeployDev", "GetDeployStatus"),
    "evaluate-model": ("DeployDev", "SmokeTest"),
}
EXECUTION = "5f2b7c1e-0a4d-4c7b-9d8e-3f6a1b2c4d5e"
FUNCTIONS = ["TrainModelFunction", "GetStatusFunction", "DeployModelFunction", "EvaluateModelFunction"]


@pytest.fixture(scope="module")
def sam() -> dict[str, Any]:
    """The template of `sam local invoke`."""
    template: dict[str, Any] = json.loads(json.dumps(cfn_yaml.load(str(SOURCES / "template.yaml"))))
    return template


def properties_of(template: dict[str, Any], name: str) -> dict[str, Any]:
    """A function's properties, with those that are said for all of them."""
    return {**template.get("Globals", {}).get("Function", {}), **template["Resources"][name]["Properties"]}


def data_of(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())["CodePipeline.job"]["data"]


def test_sam_knows_the_same_functions(sam: dict[str, Any], pipeline: dict[str, Any]) -> None:
    functions = {name for name, one in pipeline["Resources"].items() if one["Type"] == "AWS::Lambda::Function"}
    assert set(sam["Resources"]) == functions == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("key", ["Description", "Runtime", "Handler", "Timeout", "MemorySize"])
def test_sam_says_of_a_function_what_the_stack_says(
    sam: dict[str, Any], pipeline: dict[str, Any], name: str, key: str
) -> None:
    assert properties_of(sam, name)[key] == properties_of(pipeline, name)[key]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sam_gives_a_function_its_variables_and_leaves_empty_what_the_stack_makes(
    sam: dict[str, Any], pipeline: dict[str, Any], name: str
) -> None:
    variables = properties_of(pipeline, name)["Environment"]["Variables"]
    known = {key: value if isinstance(value, str) else "" for key, value in variables.items()}
    assert properties_of(sam, name)["Environment"]["Variables"] == known


def test_every_action_up_to_the_smoke_test_has_an_event(pipeline: dict[str, Any]) -> None:
    assert {path.stem for path in EVENTS.iterdir()} == set(ACTIONS)
    stages = pipeline["Resources"]["Pipeline"]["Properties"]["Stages"][1:3]
    assert {(stage["Name"], action["Name"]) for stage in stages for action in stage["Actions"]} == set(ACTIONS.values())


@pytest.mark.parametrize("name", ACTIONS)
def test_an_event_has_what_its_action_hands_over(pipeline: dict[str, Any], name: str) -> None:
    stages = {stage["Name"]: stage["Actions"] for stage in pipeline["Resources"]["Pipeline"]["Properties"]["Stages"]}
    stage, action_name = ACTIONS[name]
    action = next(action for action in stages[stage] if action["Name"] == action_name)
    parameters = action["Configuration"]["UserParameters"]
    if "Fn::If" in parameters:
        parameters = parameters["Fn::If"][2]  # when TrainUserParameters are left empty
    elif isinstance(parameters, dict):
        parameters = pipeline["Parameters"][parameters["Ref"]]["Default"]
    function = pipeline["Resources"][action["Configuration"]["FunctionName"]["Ref"]]["Properties"]["FunctionName"]
    data = data_of(name)
    assert data["actionConfiguration"]["configuration"] == {
        "FunctionName": function["Fn::Sub"].replace("${SuffixID}", "${SUFFIX}"),
        "UserParameters": parameters.replace("#{codepipeline.PipelineExecutionId}", EXECUTION),
    }
    for given, declared in (("inputArtifacts", "InputArtifacts"), ("outputArtifacts", "OutputArtifacts")):
        assert [one["name"] for one in data[given]] == [one["Name"] for one in action.get(declared, [])]


def test_an_artifact_is_read_where_an_event_before_has_it_written() -> None:
    places = {(one["name"], json.dumps(one)) for name in ACTIONS for one in data_of(name)["outputArtifacts"]}
    read = {(one["name"], json.dumps(one)) for name in ACTIONS for one in data_of(name)["inputArtifacts"]}
    assert {name for name, _ in read - places} == {"TrainingData"}  # of which the function reads the version alone


def test_the_continuation_has_a_token_as_the_functions_write_it() -> None:
    text = data_of("get-status-continued")["continuationToken"].replace("${NOW}", "1795665600")
    token = Token.decode(text)
    assert token == Token(started=1795665600, first_job="${JOB_ID}")
    assert json.loads(text) == json.loads(token.encode())
