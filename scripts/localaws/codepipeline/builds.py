"""CodeBuild actions: a project builds what the input artifacts hold, and its role stores the output artifacts.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from localaws.clock import durations
from localaws.codebuild.responses import PIPELINE, REVISION
from localaws.codepipeline.artifacts import artifact_store
from localaws.codepipeline.models import ActionExecution, ActionFailure, Artifact, Execution, Pipeline
from localaws.codepipeline.roles import action_credentials
from localaws.codepipeline.sdk_words import sdk_words

UNVERIFIED_NOT_JSON = "EnvironmentVariables is not valid JSON: {}"
UNVERIFIED_NO_VARIABLES = "EnvironmentVariables is not an array of objects with name and value"


def build(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Start a build and follow it to its end, which its own time limit sets."""
    build_id = _start(pipeline, execution, action)
    with pipeline.changed:
        action.external_id = build_id
        console = f"https://console.aws.amazon.com/codebuild/home?region={pipeline.region}"
        action.external_url = f"{console}#/builds/{build_id}/view/new"
    while True:
        state = _state(pipeline, execution, action, build_id)
        if state["buildStatus"] != "IN_PROGRESS":
            break
        with pipeline.changed:  # abandoned, the build goes on by itself
            if pipeline.changed.wait_for(lambda: not action.in_progress, durations.build_look_interval):
                return
    exported = state.get("exportedEnvironmentVariables", [])
    action.variables = {variable["name"]: variable["value"] for variable in exported}
    if state["buildStatus"] != "SUCCEEDED":
        action.summary = _failure(state)
        raise ActionFailure("JobFailed", action.summary)


def _start(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> str:
    client = action_credentials(pipeline, execution, action).client("codebuild", pipeline.region)
    primary = _primary(action)
    headers = {PIPELINE: pipeline.name} | ({REVISION: primary.revision} if primary.revision else {})
    client.meta.events.register(
        "before-call.codebuild.StartBuild", lambda params, **_: params["headers"].update(headers)
    )
    try:
        return str(client.start_build(**_request(pipeline, execution, action, primary))["build"]["id"])
    except ClientError as error:
        raise ActionFailure("JobFailed", f"Error calling startBuild: {sdk_words(error, 'AWSCodeBuild')}") from None


def _primary(action: ActionExecution) -> Artifact:
    name = action.configuration.get("PrimarySource", action.inputs[0].name)
    return next(artifact for artifact in action.inputs if artifact.name == name)


def _request(pipeline: Pipeline, execution: Execution, action: ActionExecution, primary: Artifact) -> dict[str, Any]:
    """Return StartBuild's parameters as localaws.codebuild takes them of a pipeline."""
    others = [artifact for artifact in action.inputs if artifact is not primary]
    store = artifact_store(execution.definition, pipeline.region)
    request: dict[str, Any] = {
        "projectName": action.configuration["ProjectName"],
        "sourceTypeOverride": "CODEPIPELINE",
        "sourceVersion": _arn(pipeline, primary),
        "secondarySourcesOverride": [{"type": "CODEPIPELINE", "sourceIdentifier": one.name} for one in others],
        "secondarySourcesVersionOverride": [
            {"sourceIdentifier": one.name, "sourceVersion": _arn(pipeline, one)} for one in others
        ],
        "environmentVariablesOverride": _variables(action),
    }
    if "encryptionKey" in store:
        request["encryptionKeyOverride"] = store["encryptionKey"]["id"]
    places = [{"type": "CODEPIPELINE", "location": _arn(pipeline, one)} for one in action.outputs]
    if len(places) == 1:
        return request | {"artifactsOverride": places[0]}
    named = zip(action.outputs, places, strict=True)
    return request | {
        "artifactsOverride": {"type": "CODEPIPELINE"},
        "secondaryArtifactsOverride": [place | {"artifactIdentifier": one.name} for one, place in named],
    }


def _arn(pipeline: Pipeline, artifact: Artifact) -> str:
    return f"arn:{pipeline.arn.split(':')[1]}:s3:::{artifact.bucket}/{artifact.key}"


def _variables(action: ActionExecution) -> list[dict[str, str]]:
    given = action.configuration.get("EnvironmentVariables", "[]")
    try:
        found = json.loads(given)
    except ValueError as error:
        raise ActionFailure("ConfigurationError", UNVERIFIED_NOT_JSON.format(error)) from None
    if not isinstance(found, list) or not all(
        isinstance(one, dict) and {"name", "value"} <= one.keys() for one in found
    ):
        raise ActionFailure("ConfigurationError", UNVERIFIED_NO_VARIABLES)
    return [{"name": one["name"], "value": one["value"], "type": one.get("type", "PLAINTEXT")} for one in found]


def _state(pipeline: Pipeline, execution: Execution, action: ActionExecution, build_id: str) -> dict[str, Any]:
    client = action_credentials(pipeline, execution, action).client("codebuild", pipeline.region)
    try:
        return dict(client.batch_get_builds(ids=[build_id])["builds"][0])
    except ClientError as error:
        found = error.response["Error"]
        raise ActionFailure("PermissionError", f"Error calling batchGetBuilds: {found['Message']}") from None


def _failure(state: dict[str, Any]) -> str:
    """Return the state, and the first phase that failed with what went wrong there."""
    message = f"Build terminated with state: {state['buildStatus']}"
    for phase in state.get("phases", []):
        for context in phase.get("contexts", []):
            if context.get("message"):
                return (
                    f"{message}. Phase: {phase['phaseType']}, Code: {context.get('statusCode', '')}, Message:"
                    f" {context['message']}"
                )
    return message
