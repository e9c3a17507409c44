"""A CloudFormation action deploys what its input artifacts hold, as the role that it passes."""

import io
import json
import threading
import uuid
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from localaws.clock import clock
from localaws.codepipeline import deployments
from localaws.codepipeline.roles import action_credentials
from localaws.identity import SESSION

SETTING = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Colour"}}}
TEMPLATE = {
    "Parameters": {name: {"Type": "String", "Default": "-"} for name in ("Colour", "Key", "Size")},
    "Resources": {"Setting": SETTING},
    "Outputs": {name: {"Value": {"Ref": name}} for name in ("Setting", "Colour", "Key", "Size")},
}
BROKEN = TEMPLATE | {"Resources": {"Setting": SETTING | {"Properties": {"Type": "String", "Value": ""}}}}


class Deployment:
    """A pipeline whose one action deploys a stack from the source's files."""

    def __init__(self, client: Any, pipelines: Any, role: str) -> None:
        self.cloudformation, self._pipelines, self.role = client("cloudformation"), pipelines, role
        self.stack = f"deployed-{uuid.uuid4().hex[:8]}"
        self.name = ""

    def run(self, files: dict[str, Any], mode: str = "CREATE_UPDATE", **configuration: str) -> dict[str, Any]:
        """Deploy these files; return the action as it ended."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for path, document in files.items():
                archive.writestr(path, document if isinstance(document, str | bytes) else json.dumps(document))
        return self.run_source(content.getvalue(), mode, **configuration)

    def run_source(self, source: bytes, mode: str = "CREATE_UPDATE", **configuration: str) -> dict[str, Any]:
        """Deploy what this source holds; return the action as it ended."""
        self.begin(source, mode, configuration)
        self._pipelines.ended(self.name)
        return dict(self._pipelines.actions(self.name)["Deploy"])

    def begin(self, source: bytes, mode: str, configuration: Mapping[str, str], **action_settings: str) -> None:
        """Begin to deploy what this source holds."""
        self._pipelines.s3.put_object(Bucket=self._pipelines.source, Key="data.csv", Body=source)
        settings = {"ActionMode": mode, "StackName": self.stack, "RoleArn": self.role}
        settings |= {"TemplatePath": "SourceOutput::template.json", **configuration}
        action = {
            "name": "Deploy",
            "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "CloudFormation", "version": "1"},
            "configuration": settings,
            "inputArtifacts": [{"name": "SourceOutput"}],
            "outputArtifacts": [{"name": "Deployed"}],
        }
        self.name = self._pipelines.create([action | action_settings])

    def problem(self, files: dict[str, Any], **configuration: str) -> tuple[str, str]:
        """Deploy what cannot be deployed; return the code and the message of the error."""
        details = self.run(files, "CREATE_UPDATE", **configuration)["output"]["executionResult"]["errorDetails"]
        return details["code"], details["message"]

    @property
    def status(self) -> str:
        """The stack's status, or why there is none."""
        try:
            return str(self.cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]["StackStatus"])
        except ClientError as error:
            return str(error.response["Error"]["Message"])


@pytest.fixture
def deployment(client: Any, pipelines: Any, create_role: Callable[[str], str]) -> Deployment:
    """A deployment of a stack that is not there yet."""
    return Deployment(client, pipelines, create_role("cloudformation"))


def test_a_stack_is_created_and_its_outputs_are_handed_on(deployment: Deployment, pipelines: Any) -> None:
    configuration = {"Parameters": {"Colour": "red", "Size": "1"}, "Tags": {"Team": "wood"}}
    overrides = {
        "Size": {"Fn::GetParam": ["SourceOutput", "sizes.json", "large"]},
        "Key": {"Fn::GetArtifactAtt": ["SourceOutput", "ObjectKey"]},
    }
    files = {"template.json": TEMPLATE, "red.json": configuration, "sizes.json": {"large": "9"}}
    action = deployment.run(
        files,
        TemplateConfiguration="SourceOutput::red.json",
        ParameterOverrides=json.dumps(overrides),
        OutputFileName="outputs.json",
    )
    assert action["status"] == "Succeeded"
    [stack] = deployment.cloudformation.describe_stacks(StackName=deployment.stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    given = action["input"]["inputArtifacts"][0]["s3location"]
    assert outputs | {"Colour": "red", "Size": "9", "Key": given["key"]} == outputs
    assert (stack["StackStatus"], stack["Tags"]) == ("CREATE_COMPLETE", [{"Key": "Team", "Value": "wood"}])
    assert action["output"]["outputVariables"] == outputs
    assert action["output"]["executionResult"]["externalExecutionId"] == stack["StackId"]
    place = action["output"]["outputArtifacts"][0]["s3location"]
    made = pipelines.s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    assert json.loads(zipfile.ZipFile(io.BytesIO(made)).read("outputs.json")) == outputs


@pytest.mark.parametrize("mode", ["CREATE_UPDATE", "REPLACE_ON_FAILURE"])
def test_a_stack_is_updated_or_left_as_it_is(deployment: Deployment, mode: str) -> None:
    files: dict[str, Any] = {"template.json": TEMPLATE}
    statuses = []
    for overrides in ({}, {"Colour": "blue"}, {"Colour": "blue"}):
        assert deployment.run(files, mode, ParameterOverrides=json.dumps(overrides))["status"] == "Succeeded"
        statuses.append(deployment.status)
    assert statuses == ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE"]


def test_a_stack_that_fails_fails_the_action_with_the_first_resource(deployment: Deployment) -> None:
    code, message = deployment.problem({"template.json": BROKEN})
    assert code == "JobFailed"
    assert message.startswith(f"Stack {deployment.stack} is in state ROLLBACK_COMPLETE. Setting: ")


def test_a_failed_stack_is_replaced_only_if_that_is_asked_for(deployment: Deployment) -> None:
    deployment.run({"template.json": BROKEN})
    code, message = deployment.problem({"template.json": TEMPLATE})
    assert code == "JobFailed"
    assert "is in ROLLBACK_COMPLETE state and can not be updated. (Service: AmazonCloudFormation;" in message
    assert deployment.run({"template.json": TEMPLATE}, "REPLACE_ON_FAILURE")["status"] == "Succeeded"
    assert deployment.status == "CREATE_COMPLETE"


def test_a_stack_is_deleted_if_it_is_there(deployment: Deployment) -> None:
    deployment.run({"template.json": TEMPLATE})
    for _ in range(2):
        assert deployment.run({}, "DELETE_ONLY")["status"] == "Succeeded"
        assert deployment.status == f"Stack with id {deployment.stack} does not exist"


GOOD = {"template.json": TEMPLATE}
PROBLEMS: dict[str, tuple[dict[str, Any], dict[str, str], tuple[str, str]]] = {
    "a file that is not there": (
        {},
        {},
        ("JobFailed", "File [template.json] does not exist in artifact [SourceOutput]"),
    ),
    "no artifact of this action": (
        GOOD,
        {"TemplatePath": "Other::template.json"},
        ("ConfigurationError", "Other is none of the action's input artifacts"),
    ),
    "a template that is no text": (
        {"template.json": b"\xff"},
        {},
        ("JobFailed", "File [template.json] in artifact [SourceOutput] is not text in UTF-8"),
    ),
    "a configuration that is a list": (
        GOOD | {"c.json": "[]"},
        {"TemplateConfiguration": "SourceOutput::c.json"},
        ("ConfigurationError", "SourceOutput::c.json is not a JSON object"),
    ),
    "a stack policy": (
        GOOD | {"c.json": {"StackPolicy": {}}},
        {"TemplateConfiguration": "SourceOutput::c.json"},
        ("ConfigurationError", "Local AWS does not support StackPolicy of TemplateConfiguration."),
    ),
    "overrides that are no JSON": (
        GOOD,
        {"ParameterOverrides": "{"},
        (
            "ConfigurationError",
            "ParameterOverrides is not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2"
            " (char 1)",
        ),
    ),
    "an attribute that no artifact has": (
        GOOD,
        {"ParameterOverrides": '{"Colour": {"Fn::GetArtifactAtt": ["SourceOutput", "Colour"]}}'},
        ("ConfigurationError", "Fn::GetArtifactAtt knows no attribute Colour"),
    ),
    "a key that is not there": (
        GOOD | {"c.json": {}},
        {"ParameterOverrides": '{"Colour": {"Fn::GetParam": ["SourceOutput", "c.json", "k"]}}'},
        ("ConfigurationError", "Fn::GetParam: c.json of SourceOutput has no key k"),
    ),
    "another function": (
        GOOD,
        {"ParameterOverrides": '{"Colour": {"Ref": "X"}}'},
        ("ConfigurationError", "ParameterOverrides has no such function: {'Ref': 'X'}"),
    ),
}


@pytest.mark.parametrize(("files", "configuration", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_cannot_be_deployed_fails_the_action(
    deployment: Deployment, files: dict[str, Any], configuration: dict[str, str], problem: tuple[str, str]
) -> None:
    assert deployment.problem(files, **configuration) == problem
    assert deployment.status == f"Stack with id {deployment.stack} does not exist"


def test_a_source_that_is_no_zip_fails_the_action(deployment: Deployment) -> None:
    action = deployment.run_source(b"1,2\n")
    details = action["output"]["executionResult"]["errorDetails"]
    assert details == {"code": "JobFailed", "message": "The artifact SourceOutput is not a zip file"}


@pytest.mark.parametrize("denied", ["cloudformation:CreateStack", "iam:PassRole"])
def test_the_pipeline_s_role_needs_to_be_allowed(
    client: Any, deployment: Deployment, pipelines: Any, denied: str
) -> None:
    statement = {"Effect": "Deny", "Action": denied, "Resource": "*"}
    client("iam").put_role_policy(
        RoleName=pipelines.role.rpartition("/")[2],
        PolicyName="denied",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    _, message = deployment.problem({"template.json": TEMPLATE})
    assert f"is not authorized to perform: {denied} on resource: " in message
    assert "Error Code: AccessDenied" in message


def test_the_stack_is_made_as_the_role_that_is_passed(client: Any, deployment: Deployment) -> None:
    role = deployment.role.rpartition("/")[2]
    client("iam").delete_role_policy(RoleName=role, PolicyName="all")
    _, message = deployment.problem({"template.json": TEMPLATE})
    assert f"assumed-role/{role}/" in message
    assert "is not authorized to perform: ssm:PutParameter" in message


@pytest.mark.parametrize("in_use", [False, True])
def test_a_stack_may_take_longer_than_a_session_of_the_action_s_role(
    client: Any,
    deployment: Deployment,
    pipelines: Any,
    action_role: Callable[..., str],
    listener: Any,
    *,
    monkeypatch: pytest.MonkeyPatch,
    in_use: bool,
) -> None:
    topic = client("sns").create_topic(Name=deployment.stack)["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    client("sns").confirm_subscription(TopicArn=topic, Token=listener.token())
    template = {"Resources": {"Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": topic}}}}
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("template.json", json.dumps(template))

    deployment.begin(source.getvalue(), "CREATE_UPDATE", {}, roleArn=action_role())
    asked = json.loads(json.loads(listener.got(2)[1][1])["Message"])
    if in_use:
        expired = threading.Event()

        def expiring(*of: Any) -> Any:
            given = action_credentials(*of)
            if not expired.is_set():
                clock.move(SESSION + 1)
                expired.set()
            return given

        monkeypatch.setattr(deployments, "action_credentials", expiring)
        assert expired.wait(20)
    else:
        clock.move(SESSION + 1)
    requests.put(asked["ResponseURL"], json.dumps({"Status": "SUCCESS", "PhysicalResourceId": "it"}), timeout=10)

    pipelines.ended(deployment.name)
    action = pipelines.actions(deployment.name)["Deploy"]
    assert (action["status"], deployment.status) == ("Succeeded", "CREATE_COMPLETE")
