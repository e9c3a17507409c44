"""The pipeline: its stages, what its actions hand on, what starts it, and what must be there before it is."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

Template = dict[str, Any]

FUNCTION_STAGES = ["Train", "DeployDev", "DeployTest"]
DATA_BUCKET = {"Fn::Sub": "mlops-builtinalgo-data-${SuffixID}"}
EXECUTION = {"execution-id": "#{codepipeline.PipelineExecutionId}"}


@pytest.fixture(scope="session")
def properties(pipeline: Template) -> dict[str, Any]:
    found: dict[str, Any] = pipeline["Resources"]["Pipeline"]["Properties"]
    return found


@pytest.fixture(scope="session")
def actions(properties: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every action by its stage and name."""
    return {(stage["Name"], action["Name"]): action for stage in properties["Stages"] for action in stage["Actions"]}


def test_pipeline_is_v2_and_executions_wait_for_their_turn(properties: dict[str, Any]) -> None:
    assert (properties["PipelineType"], properties["ExecutionMode"]) == ("V2", "QUEUED")


def test_stages_and_actions_in_order(properties: dict[str, Any]) -> None:
    stages = [
        (stage["Name"], [(action.get("RunOrder", 1), action["Name"]) for action in stage["Actions"]])
        for stage in properties["Stages"]
    ]

    assert stages == [
        ("Source", [(1, "TrainingData")]),
        ("Train", [(1, "StartTraining"), (2, "GetTrainingStatus")]),
        ("DeployDev", [(1, "DeployToDev"), (2, "GetDeployStatus"), (3, "SmokeTest")]),
        ("DeployTest", [(1, "DeployToTest"), (2, "GetDeployStatus"), (3, "FullTest")]),
    ]


def test_source_is_the_training_data_and_is_not_polled(actions: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert actions["Source", "TrainingData"] == {
        "Name": "TrainingData",
        "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": "1"},
        "Configuration": {
            "S3Bucket": DATA_BUCKET,
            "S3ObjectKey": "train/train.csv",
            "PollForSourceChanges": "false",
        },
        "OutputArtifacts": [{"Name": "TrainingData"}],
    }


def test_every_other_action_invokes_a_function(actions: dict[tuple[str, str], dict[str, Any]]) -> None:
    types = [action["ActionTypeId"] for (stage, _), action in actions.items() if stage in FUNCTION_STAGES]

    assert types == [{"Category": "Invoke", "Owner": "AWS", "Provider": "Lambda", "Version": "1"}] * 8


@pytest.mark.parametrize(
    ("stage", "action", "function"),
    [
        ("Train", "StartTraining", "TrainModelFunction"),
        ("Train", "GetTrainingStatus", "GetStatusFunction"),
        ("DeployDev", "DeployToDev", "DeployModelFunction"),
        ("DeployDev", "GetDeployStatus", "GetStatusFunction"),
        ("DeployDev", "SmokeTest", "EvaluateModelFunction"),
        ("DeployTest", "DeployToTest", "DeployModelFunction"),
        ("DeployTest", "GetDeployStatus", "GetStatusFunction"),
        ("DeployTest", "FullTest", "EvaluateModelFunction"),
    ],
)
def test_function(actions: dict[tuple[str, str], dict[str, Any]], stage: str, action: str, function: str) -> None:
    assert actions[stage, action]["Configuration"]["FunctionName"] == {"Ref": function}


@pytest.mark.parametrize(
    ("stage", "action", "reads", "writes"),
    [
        ("Train", "StartTraining", "TrainingData", "StartedTraining"),
        ("Train", "GetTrainingStatus", "StartedTraining", "Training"),
        ("DeployDev", "DeployToDev", "Training", "DevDeployment"),
        ("DeployDev", "GetDeployStatus", "DevDeployment", None),
        ("DeployDev", "SmokeTest", "DevDeployment", "SmokeTestEvaluation"),
        ("DeployTest", "DeployToTest", "Training", "TestDeployment"),
        ("DeployTest", "GetDeployStatus", "TestDeployment", None),
        ("DeployTest", "FullTest", "TestDeployment", "FullTestEvaluation"),
    ],
)
def test_artifacts(
    actions: dict[tuple[str, str], dict[str, Any]], stage: str, action: str, reads: str, writes: str | None
) -> None:
    declared = actions[stage, action]

    assert declared["InputArtifacts"] == [{"Name": reads}]
    assert declared.get("OutputArtifacts", []) == ([{"Name": writes}] if writes else [])


@pytest.mark.parametrize(
    ("stage", "action", "parameter"),
    [
        ("Train", "StartTraining", "TrainUserParameters"),
        ("DeployDev", "SmokeTest", "SmokeTestUserParameters"),
        ("DeployTest", "FullTest", "FullTestUserParameters"),
    ],
)
def test_parameter_reaches_the_function_unchanged(
    actions: dict[tuple[str, str], dict[str, Any]], stage: str, action: str, parameter: str
) -> None:
    assert actions[stage, action]["Configuration"]["UserParameters"] == {"Ref": parameter}


@pytest.mark.parametrize(
    ("stage", "action", "parameters"),
    [
        ("Train", "GetTrainingStatus", {"wait-for": "training-job", **EXECUTION}),
        ("DeployDev", "DeployToDev", {"env": "Dev", **EXECUTION}),
        ("DeployDev", "GetDeployStatus", {"wait-for": "endpoint", **EXECUTION}),
        ("DeployTest", "DeployToTest", {"env": "Test", **EXECUTION}),
        ("DeployTest", "GetDeployStatus", {"wait-for": "endpoint", **EXECUTION}),
    ],
)
def test_template_tells_the_function(
    actions: dict[tuple[str, str], dict[str, Any]], stage: str, action: str, parameters: dict[str, str]
) -> None:
    assert json.loads(actions[stage, action]["Configuration"]["UserParameters"]) == parameters


def test_arrival_of_training_data_starts_the_pipeline(pipeline: Template) -> None:
    rule = pipeline["Resources"]["TrainingDataArrived"]["Properties"]

    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [DATA_BUCKET]}, "object": {"key": ["train/train.csv"]}},
    }
    assert [(target["Arn"], target["RoleArn"]) for target in rule["Targets"]] == [
        (
            {"Fn::Sub": "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Pipeline}"},
            {"Fn::GetAtt": ["TrainingDataArrivedRole", "Arn"]},
        )
    ]


def referred(value: Any) -> Iterator[str]:
    """The names that Ref, Fn::GetAtt and Fn::Sub mention anywhere in a value."""
    if isinstance(value, list):
        for item in value:
            yield from referred(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref":
                yield item
            elif key == "Fn::GetAtt":
                yield item[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{([A-Za-z0-9]+)[.}]", item if isinstance(item, str) else item[0])
                yield from referred(item)
            else:
                yield from referred(item)


def created_before(resources: Template, logical_id: str) -> set[str]:
    """What CloudFormation creates before a resource: all that it refers to or depends on, and all that those do."""
    found: set[str] = set()
    waiting = [logical_id]
    while waiting:
        resource = resources[waiting.pop()]
        named = {*referred(resource["Properties"]), *resource.get("DependsOn", [])}
        waiting.extend(named & set(resources) - found)
        found |= named & set(resources)
    return found


def test_first_execution_finds_everything_that_it_needs(pipeline: Template) -> None:
    """Creating a pipeline starts an execution: all but what starts further executions must be there by then."""
    resources = pipeline["Resources"]

    assert set(resources) - created_before(resources, "Pipeline") == {
        "Pipeline",
        "TrainingDataArrived",
        "TrainingDataArrivedRole",
    }
