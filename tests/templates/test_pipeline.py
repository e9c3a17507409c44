"""Each source's pipeline: its stages, what its actions hand on, what starts it, and what must be there before it is."""

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from .choices import decided
from .conftest import of_every_source

Template = dict[str, Any]

FUNCTION_STAGES = ["Train", "DeployDev", "DeployTest"]
DATA_BUCKET = {"Fn::Sub": "mlops-builtinalgo-data-${SuffixID}"}
REPOSITORIES = {
    "TrainingConfig": "mlops-builtinalgo-training-config-${SuffixID}",
    "PipelineLambdaCode": "mlops-builtinalgo-pipeline-lambda-code-${SuffixID}",
    "InferenceLambdaCode": "mlops-builtinalgo-inference-lambda-code-${SuffixID}",
}
SERVICES = botocore.session.Session()
EXECUTION = {"execution-id": "#{codepipeline.PipelineExecutionId}"}


@pytest.fixture
def properties(pipeline: Template) -> dict[str, Any]:
    found: dict[str, Any] = pipeline["Resources"]["Pipeline"]["Properties"]
    return found


@pytest.fixture
def actions(properties: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every action by its stage and name."""
    return {(stage["Name"], action["Name"]): action for stage in properties["Stages"] for action in stage["Actions"]}


@of_every_source
def test_pipeline_is_v2_and_executions_wait_for_their_turn(properties: dict[str, Any]) -> None:
    assert (properties["PipelineType"], properties["ExecutionMode"]) == ("V2", "QUEUED")


@pytest.mark.parametrize(
    ("source", "pushed", "build"),
    [
        ("None", [], []),
        ("CodeCommit", [(1, name) for name in REPOSITORIES], [("Build", [(1, "BuildFunctions")])]),
        ("GitHub", [(1, name) for name in REPOSITORIES], [("Build", [(1, "BuildFunctions")])]),
    ],
)
def test_stages_and_actions_in_order(properties: dict[str, Any], pushed: list[Any], build: list[Any]) -> None:
    stages = [
        (stage["Name"], [(action.get("RunOrder", 1), action["Name"]) for action in stage["Actions"]])
        for stage in properties["Stages"]
    ]

    assert stages == [
        ("Source", [(1, "TrainingData"), *pushed]),
        *build,
        ("Train", [(1, "StartTraining"), (2, "GetTrainingStatus")]),
        ("DeployDev", [(1, "DeployToDev"), (2, "GetDeployStatus"), (3, "SmokeTest")]),
        ("DeployTest", [(1, "DeployToTest"), (2, "GetDeployStatus"), (3, "FullTest")]),
    ]


@of_every_source
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


# Without OutputArtifactFormat an artifact is a zip of the files (CODE_ZIP), which StartTraining and CodeBuild read.
CODE_COMMIT = {
    name: {"RepositoryName": {"Fn::Sub": repository}, "BranchName": "main", "PollForSourceChanges": "false"}
    for name, repository in REPOSITORIES.items()
}
# A connection tells of a push by itself: there is nothing to poll.
GITHUB = {
    name: {
        "ConnectionArn": {"Ref": "GitHubConnectionArn"},
        "FullRepositoryId": {"Ref": f"GitHub{name}"},
        "BranchName": "main",
    }
    for name in REPOSITORIES
}


@pytest.mark.parametrize("name", REPOSITORIES)
@pytest.mark.parametrize(
    ("source", "provider", "configuration"),
    [("CodeCommit", "CodeCommit", CODE_COMMIT), ("GitHub", "CodeStarSourceConnection", GITHUB)],
    ids=["CodeCommit", "GitHub"],
)
def test_a_repository_is_a_source_and_is_not_polled(
    actions: dict[tuple[str, str], dict[str, Any]], name: str, provider: str, configuration: dict[str, Any]
) -> None:
    assert actions["Source", name] == {
        "Name": name,
        "Namespace": f"{name}Variables",
        "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": provider, "Version": "1"},
        "Configuration": configuration[name],
        "OutputArtifacts": [{"Name": name}],
    }


@of_every_source
def test_every_other_action_invokes_a_function(actions: dict[tuple[str, str], dict[str, Any]]) -> None:
    types = [action["ActionTypeId"] for (stage, _), action in actions.items() if stage in FUNCTION_STAGES]

    assert types == [{"Category": "Invoke", "Owner": "AWS", "Provider": "Lambda", "Version": "1"}] * 8


@of_every_source
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


@of_every_source
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
    actions: dict[tuple[str, str], dict[str, Any]],
    source: str,
    stage: str,
    action: str,
    reads: str,
    *,
    writes: str | None,
) -> None:
    declared = actions[stage, action]
    configured = [{"Name": "TrainingConfig"}] if action == "StartTraining" and source != "None" else []

    assert declared["InputArtifacts"] == [{"Name": reads}, *configured]
    assert declared.get("OutputArtifacts", []) == ([{"Name": writes}] if writes else [])


@of_every_source
def test_training_is_asked_for_as_a_person_says_and_else_by_default(
    actions: dict[tuple[str, str], dict[str, Any]], shipped: Template, source: str
) -> None:
    by_default = shipped["Mappings"]["TrainByDefault"][source]["UserParameters"]

    assert actions["Train", "StartTraining"]["Configuration"]["UserParameters"] == {
        "Fn::If": ["HasTrainUserParameters", {"Ref": "TrainUserParameters"}, by_default]
    }
    assert decided(shipped, {"Condition": "HasTrainUserParameters"}, {"TrainUserParameters": ""}) is False


@of_every_source
@pytest.mark.parametrize(
    ("stage", "action", "parameter"),
    [
        ("DeployDev", "SmokeTest", "SmokeTestUserParameters"),
        ("DeployTest", "FullTest", "FullTestUserParameters"),
    ],
)
def test_parameter_reaches_the_function_unchanged(
    actions: dict[tuple[str, str], dict[str, Any]], stage: str, action: str, parameter: str
) -> None:
    assert actions[stage, action]["Configuration"]["UserParameters"] == {"Ref": parameter}


@of_every_source
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


@of_every_source
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


@pytest.mark.parametrize(("name", "repository"), REPOSITORIES.items())
@pytest.mark.parametrize("source", ["CodeCommit"])
def test_a_push_to_main_starts_the_pipeline(pipeline: Template, name: str, repository: str) -> None:
    rule = pipeline["Resources"][f"{name}Pushed"]["Properties"]
    repositories = "arn:${AWS::Partition}:codecommit:${AWS::Region}:${AWS::AccountId}:"

    assert rule["EventPattern"] == {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [{"Fn::Sub": f"{repositories}{repository}"}],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": ["main"],
        },
    }
    assert [(target["Arn"], target["RoleArn"]) for target in rule["Targets"]] == [
        (
            {"Fn::Sub": "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Pipeline}"},
            {"Fn::GetAtt": ["TrainingDataArrivedRole", "Arn"]},
        )
    ]


@pytest.mark.parametrize("name", REPOSITORIES)
@pytest.mark.parametrize("source", ["CodeCommit"])
def test_the_execution_is_of_the_commit_that_was_pushed(pipeline: Template, name: str) -> None:
    (target,) = pipeline["Resources"][f"{name}Pushed"]["Properties"]["Targets"]
    transformer, commit = target["InputTransformer"], "0123456789abcdef0123456789abcdef01234567"
    request = json.loads(transformer["InputTemplate"].replace("<commit>", commit))

    assert transformer["InputPathsMap"] == {"commit": "$.detail.commitId"}
    assert request == {"sourceRevisions": [{"actionName": name, "revisionType": "COMMIT_ID", "revisionValue": commit}]}
    shape = SERVICES.get_service_model("codepipeline").operation_model("StartPipelineExecution").input_shape
    assert not ParamValidator().validate({"name": "x", **request}, shape).has_errors()


@pytest.mark.parametrize("source", ["None", "GitHub"])
def test_nobody_else_waits_for_events_of_code_commit(pipeline: Template) -> None:
    rules = [name for name, one in pipeline["Resources"].items() if one["Type"] == "AWS::Events::Rule"]

    assert rules == ["TrainingDataArrived"]


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


@pytest.mark.parametrize(
    ("source", "rules"), [("None", []), ("CodeCommit", [f"{name}Pushed" for name in REPOSITORIES]), ("GitHub", [])]
)
def test_first_execution_finds_everything_that_it_needs(pipeline: Template, rules: list[str]) -> None:
    """Creating a pipeline starts an execution: all but what starts further executions must be there by then."""
    resources = pipeline["Resources"]

    assert set(resources) - created_before(resources, "Pipeline") == {
        "Pipeline",
        "TrainingDataArrived",
        "TrainingDataArrivedRole",
        *rules,
    }
