"""CloudFormation actions: a stack is created, updated, replaced or deleted by what the input artifacts hold.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
"""

import io
import itertools
import json
import zipfile
from typing import Any

from botocore.exceptions import ClientError

from localaws.clock import durations
from localaws.codepipeline.artifacts import store
from localaws.codepipeline.models import ActionExecution, ActionFailure, Artifact, Execution, Pipeline
from localaws.codepipeline.roles import action_credentials
from localaws.codepipeline.sdk_words import sdk_words

# The action reference names these as the states of a failed stack.
_FAILED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}
_RESOURCE_FAILED = {"CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"}
_WELL = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"}
UNVERIFIED_NOT_TEXT = "File [{path}] in artifact [{name}] is not text in UTF-8"
UNVERIFIED_STACK_FAILED = "Stack {stack} is in state {status}. {reason}"


def deploy(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Bring a stack into the state that the action's mode asks for, and give its outputs as variables."""
    credentials, settings = action_credentials(pipeline, execution, action), action.configuration
    client, mode = credentials.client("cloudformation", pipeline.region), settings["ActionMode"]

    def follow(stack_id: str) -> dict[str, Any] | None:
        return _follow(pipeline, execution, action, stack_id)

    try:
        stack = _stack(client, settings["StackName"])
        failed = stack is not None and stack["StackStatus"] in _FAILED
        if stack and (mode == "DELETE_ONLY" or (failed and mode == "REPLACE_ON_FAILURE")):
            client.delete_stack(StackName=stack["StackId"], RoleARN=settings["RoleArn"])
            if not follow(stack["StackId"]):
                return
            stack = None
        if mode == "DELETE_ONLY":
            return
        request = _request(action, credentials.client("s3", pipeline.region))
        if stack is None:
            stack = follow(client.create_stack(**request)["StackId"])
        elif _update(client, request):
            stack = follow(stack["StackId"])
        if stack:
            _hand_on(pipeline, execution, action, stack)
    except ClientError as error:
        # https://github.com/aws-quickstart/quickstart-trek10-serverless-enterprise-cicd/issues/23
        raise ActionFailure("JobFailed", sdk_words(error, "AmazonCloudFormation")) from None


def _stack(client: Any, name: str) -> dict[str, Any] | None:
    try:
        return dict(client.describe_stacks(StackName=name)["Stacks"][0])
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise


def _update(client: Any, request: dict[str, Any]) -> bool:
    """Update a stack; return whether there is anything to do."""
    try:
        client.update_stack(**request)
    except ClientError as error:
        if error.response["Error"]["Message"] == "No updates are to be performed.":
            return False
        raise
    return True


def _follow(pipeline: Pipeline, execution: Execution, action: ActionExecution, stack_id: str) -> dict[str, Any] | None:
    """Return a stack when nothing is under way with it any more, or None if the action is abandoned before."""
    with pipeline.changed:
        action.external_id = stack_id
        console = f"https://console.aws.amazon.com/cloudformation/home?region={pipeline.region}"
        action.external_url = f"{console}#/stack/detail?stackId={stack_id}"
    while True:
        # Anew each time: a stack may take longer than the session of an action's role, which lasts an hour.
        client = action_credentials(pipeline, execution, action).client("cloudformation", pipeline.region)
        try:
            stack = dict(client.describe_stacks(StackName=stack_id)["Stacks"][0])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExpiredToken":
                raise
            continue  # the clock was moved between the two calls
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        with pipeline.changed:  # abandoned, the deployment goes on by itself
            if pipeline.changed.wait_for(lambda: not action.in_progress, durations.stack_look_interval):
                return None
    if stack["StackStatus"] not in _WELL:
        reason = _first_failure(client, stack_id) or stack.get("StackStatusReason", "")
        failed = {"stack": stack["StackName"], "status": stack["StackStatus"], "reason": reason}
        raise ActionFailure("JobFailed", UNVERIFIED_STACK_FAILED.format(**failed))
    return stack


def _first_failure(client: Any, stack_id: str) -> str:
    """Return which resource failed first and why, if the role may know; AWS's words for it are not published."""
    try:
        events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    except ClientError:
        return ""
    latest = itertools.takewhile(lambda event: not _begins(event, stack_id), events)  # the newest event comes first
    failed = [event for event in latest if event["ResourceStatus"] in _RESOURCE_FAILED]
    return f"{failed[-1]['LogicalResourceId']}: {failed[-1].get('ResourceStatusReason', '')}" if failed else ""


def _begins(event: dict[str, Any], stack_id: str) -> bool:
    begun = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}
    return event["PhysicalResourceId"] == stack_id and event["ResourceStatus"] in begun


def _hand_on(pipeline: Pipeline, execution: Execution, action: ActionExecution, stack: dict[str, Any]) -> None:
    """Give a stack's outputs as the action's variables and, in a file, as its output artifact."""
    action.variables = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if action.outputs:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            if name := action.configuration.get("OutputFileName"):
                archive.writestr(name, json.dumps(action.variables))
        content.seek(0)
        s3 = action_credentials(pipeline, execution, action).client("s3", pipeline.region)
        store(s3, pipeline, execution.definition, action.outputs[0], content)


def _request(action: ActionExecution, s3: Any) -> dict[str, Any]:
    """Return the parameters of CreateStack and UpdateStack."""
    settings, files = action.configuration, _Files(action, s3)
    configuration = files.document(settings["TemplateConfiguration"]) if "TemplateConfiguration" in settings else {}
    if unknown := configuration.keys() - {"Parameters", "Tags"}:
        raise ActionFailure(
            "ConfigurationError", f"Local AWS does not support {', '.join(sorted(unknown))} of TemplateConfiguration."
        )
    overrides = _object("ParameterOverrides", settings.get("ParameterOverrides", "{}"))
    parameters = configuration.get("Parameters", {}) | {key: files.value(text) for key, text in overrides.items()}
    capabilities = [each.strip() for each in settings.get("Capabilities", "").split(",")]
    return {
        "StackName": settings["StackName"],
        "TemplateBody": files.text(settings["TemplatePath"]),
        "Parameters": [{"ParameterKey": key, "ParameterValue": str(text)} for key, text in parameters.items()],
        "Tags": [{"Key": key, "Value": str(text)} for key, text in configuration.get("Tags", {}).items()],
        "Capabilities": [each for each in capabilities if each],
        "RoleARN": settings["RoleArn"],
    }


def _object(what: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ActionFailure("ConfigurationError", f"{what} is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise ActionFailure("ConfigurationError", f"{what} is not a JSON object")
    return found


class _Files:
    """The files of an action's input artifacts, by ``Artifact::path``."""

    def __init__(self, action: ActionExecution, s3: Any) -> None:
        self._artifacts, self._s3 = {artifact.name: artifact for artifact in action.inputs}, s3

    def text(self, place: str) -> str:
        """Return the text of a file."""
        name, _, path = place.partition("::")
        artifact = self._artifact(name)
        try:
            content = self._s3.get_object(Bucket=artifact.bucket, Key=artifact.key)["Body"].read()
            return zipfile.ZipFile(io.BytesIO(content)).read(path).decode()
        except ClientError as error:
            found = error.response["Error"]
            raise ActionFailure("PermissionError", f"Artifact {name}: {found['Code']}: {found['Message']}") from None
        except zipfile.BadZipFile:
            raise ActionFailure("JobFailed", f"The artifact {name} is not a zip file") from None
        except UnicodeDecodeError:
            raise ActionFailure("JobFailed", UNVERIFIED_NOT_TEXT.format(path=path, name=name)) from None
        except KeyError:
            raise ActionFailure("JobFailed", f"File [{path}] does not exist in artifact [{name}]") from None

    def document(self, place: str) -> dict[str, Any]:
        """Return the JSON object that a file holds."""
        return _object(place, self.text(place))

    def value(self, override: Any) -> Any:
        """Return a parameter's value: as given, or what a parameter override function stands for.

        docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-parameter-override-functions.html
        """
        match override:
            case {"Fn::GetArtifactAtt": [name, attribute]}:
                artifact = self._artifact(name)
                url = f"https://s3.amazonaws.com/{artifact.bucket}/{artifact.key}"
                known = {"BucketName": artifact.bucket, "ObjectKey": artifact.key, "URL": url}
                if attribute not in known:
                    raise ActionFailure("ConfigurationError", f"Fn::GetArtifactAtt knows no attribute {attribute}")
                return known[attribute]
            case {"Fn::GetParam": [name, path, key]}:
                document = self.document(f"{name}::{path}")
                if key not in document:
                    raise ActionFailure("ConfigurationError", f"Fn::GetParam: {path} of {name} has no key {key}")
                return document[key]
            case dict() | list():
                raise ActionFailure("ConfigurationError", f"ParameterOverrides has no such function: {override}")
        return override

    def _artifact(self, name: str) -> Artifact:
        if name not in self._artifacts:
            raise ActionFailure("ConfigurationError", f"{name} is none of the action's input artifacts")
        return self._artifacts[name]
