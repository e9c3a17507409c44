"""The Build stage: what it is told, where it runs and writes, and that there is none without a source."""

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml

from build_functions import COMMITS

from .conftest import with_a_source

Template = dict[str, Any]

BUILDSPEC = Path(__file__).parents[2] / "scripts/repositories/pipeline-lambda-code/buildspec.yml"
BUILT = {"CodeBuildLogs", "CodeBuildRole", "BuildProject"}


@pytest.fixture
def stages(pipeline: Template) -> dict[str, list[dict[str, Any]]]:
    """The actions by their stage."""
    found = pipeline["Resources"]["Pipeline"]["Properties"]["Stages"]
    return {stage["Name"]: stage["Actions"] for stage in found}


@pytest.fixture
def action(stages: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The one action of the stage."""
    (one,) = stages["Build"]
    return one


@pytest.fixture
def project(pipeline: Template) -> dict[str, Any]:
    found: dict[str, Any] = pipeline["Resources"]["BuildProject"]["Properties"]
    return found


@pytest.mark.parametrize("source", ["None"])
def test_without_a_source_nothing_builds(pipeline: Template, stages: dict[str, Any]) -> None:
    assert BUILT.isdisjoint(pipeline["Resources"])
    assert "Build" not in stages


@with_a_source
def test_both_code_repositories_are_built_where_the_buildspec_is(action: dict[str, Any]) -> None:
    configuration = {key: value for key, value in action["Configuration"].items() if key != "EnvironmentVariables"}

    assert action["ActionTypeId"] == {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1"}
    assert configuration == {"ProjectName": {"Ref": "BuildProject"}, "PrimarySource": "PipelineLambdaCode"}
    assert action["InputArtifacts"] == [{"Name": "PipelineLambdaCode"}, {"Name": "InferenceLambdaCode"}]
    assert action["OutputArtifacts"] == [{"Name": "FunctionCode"}]


@with_a_source
def test_the_build_is_told_the_commits(action: dict[str, Any]) -> None:
    text = action["Configuration"]["EnvironmentVariables"]

    assert len(text) <= 1000  # botocore, codepipeline ActionConfigurationValue
    assert json.loads(text) == [
        {"name": "TRAINING_CONFIG_COMMIT", "value": "#{TrainingConfigVariables.CommitId}"},
        {"name": "PIPELINE_LAMBDA_COMMIT", "value": "#{PipelineLambdaCodeVariables.CommitId}"},
        {"name": "INFERENCE_LAMBDA_COMMIT", "value": "#{InferenceLambdaCodeVariables.CommitId}"},
    ]


@with_a_source
def test_the_build_is_told_all_that_it_asks_for(action: dict[str, Any], project: dict[str, Any]) -> None:
    by_the_action = {one["name"] for one in json.loads(action["Configuration"]["EnvironmentVariables"])}
    by_the_project = {one["Name"]: one["Value"] for one in project["Environment"]["EnvironmentVariables"]}

    assert by_the_action == set(COMMITS)
    assert by_the_project == {"SUFFIX_ID": {"Ref": "SuffixID"}}


@with_a_source
def test_a_variable_is_of_an_action_that_has_run(pipeline: Template, stages: dict[str, Any]) -> None:
    """A namespace is one action's, and no artifact has its name: aws.amazon.com/codepipeline, reference-variables."""
    actions = [action for found in stages.values() for action in found]
    namespaces = [action["Namespace"] for action in actions if "Namespace" in action]
    artifacts = {one["Name"] for action in actions for one in action.get("OutputArtifacts", [])}
    used = set(re.findall(r"#\{(\w+)\.", json.dumps(pipeline["Resources"]["Pipeline"])))

    assert len(set(namespaces)) == len(namespaces)
    assert artifacts.isdisjoint(namespaces)
    assert used - {"codepipeline"} <= {action["Namespace"] for action in stages["Source"] if "Namespace" in action}


@with_a_source
def test_the_project_takes_from_the_pipeline_and_gives_to_it(project: dict[str, Any]) -> None:
    """So that the buildspec is the repository's, and who pushes changes it."""
    assert (project["Source"], project["Artifacts"]) == ({"Type": "CODEPIPELINE"}, {"Type": "CODEPIPELINE"})


@with_a_source
def test_the_project_has_the_pipelines_name_and_its_own_role(pipeline: Template, project: dict[str, Any]) -> None:
    assert project["Name"] == pipeline["Resources"]["Pipeline"]["Properties"]["Name"]
    assert project["ServiceRole"] == {"Fn::GetAtt": ["CodeBuildRole", "Arn"]}


@with_a_source
def test_a_build_writes_into_a_log_that_is_there_before_it_and_forgets(
    pipeline: Template, project: dict[str, Any]
) -> None:
    logs = pipeline["Resources"]["CodeBuildLogs"]["Properties"]

    assert logs == {"LogGroupName": {"Fn::Sub": f"/aws/codebuild/{project['Name']['Fn::Sub']}"}, "RetentionInDays": 30}
    assert project["LogsConfig"] == {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": {"Ref": "CodeBuildLogs"}}}


@with_a_source
def test_a_key_encrypts_what_is_built(project: dict[str, Any]) -> None:
    assert project["EncryptionKey"] == {"Fn::If": ["HasKmsKey", {"Ref": "SSEKMSKeyId"}, {"Ref": "AWS::NoValue"}]}


@with_a_source
def test_a_build_runs_where_the_python_of_the_functions_is(pipeline: Template, project: dict[str, Any]) -> None:
    # amazonlinux-x86_64-standard:5.0 has Python 3.9 to 3.13:
    # https://docs.aws.amazon.com/codebuild/latest/userguide/available-runtimes.html
    assert project["Environment"]["Type"] == "LINUX_CONTAINER"
    assert project["Environment"]["Image"] == "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    wanted = yaml.safe_load(BUILDSPEC.read_text())["phases"]["install"]["runtime-versions"]["python"]
    runtimes = {
        one["Properties"]["Runtime"] for one in pipeline["Resources"].values() if one["Type"] == "AWS::Lambda::Function"
    }
    assert runtimes == {f"python{wanted}"}


@with_a_source
def test_a_build_that_hangs_is_ended(project: dict[str, Any]) -> None:
    limits = botocore.session.Session().get_service_model("codebuild").shape_for("BuildTimeOut").metadata

    assert limits["min"] <= project["TimeoutInMinutes"] <= 15
