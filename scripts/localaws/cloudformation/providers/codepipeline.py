"""Pipelines."""

from typing import Any

from localaws.cloudformation.parameters import text
from localaws.cloudformation.providers.base import Clients, Provider, Work, tags_of

_NAME_LIMIT = 100


class Pipeline(Provider):
    """AWS::CodePipeline::Pipeline. CodePipeline itself refuses what it does not do of a structure, by name."""

    type = "AWS::CodePipeline::Pipeline"
    effective = (
        "ArtifactStore",
        "ArtifactStores",
        "DisableInboundStageTransitions",
        "ExecutionMode",
        "Name",
        "PipelineType",
        "RestartExecutionOnUpdate",
        "RoleArn",
        "Stages",
        "Tags",
        "Variables",
    )
    attribute_names = ("Version",)
    name_property = "Name"

    def exists(self, client: Clients, name: str) -> bool:
        return bool(client("codepipeline").get_pipeline(name=name))

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        name = properties.get("Name") or work.generated_name(_NAME_LIMIT)
        work.client("codepipeline").create_pipeline(pipeline=_structure(name, properties), tags=_tags(properties))
        work.identified(name)
        _close_transitions(work.client("codepipeline"), name, {}, _closed(properties))

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        codepipeline = work.client("codepipeline")
        if _structure(physical_id, old) != _structure(physical_id, new):  # for an update cancels what is under way
            codepipeline.update_pipeline(pipeline=_structure(physical_id, new))
        remaining = {stage["Name"] for stage in new["Stages"]}
        closed = {stage: reason for stage, reason in _closed(old).items() if stage in remaining}
        _close_transitions(codepipeline, physical_id, closed, _closed(new))
        arn = work.arn("codepipeline", physical_id)
        if gone := tags_of(old).keys() - tags_of(new).keys():
            codepipeline.untag_resource(resourceArn=arn, tagKeys=sorted(gone))
        if tags_of(old) != tags_of(new) and _tags(new):
            codepipeline.tag_resource(resourceArn=arn, tags=_tags(new))
        if new.get("RestartExecutionOnUpdate"):
            codepipeline.start_pipeline_execution(name=physical_id)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("codepipeline").delete_pipeline(name=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        pipeline = work.client("codepipeline").get_pipeline(name=physical_id)["pipeline"]
        return {"Version": str(pipeline["version"])}


def _tags(properties: dict[str, Any]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags_of(properties).items()]


def _closed(properties: dict[str, Any]) -> dict[str, str]:
    """Return why each stage that is closed is closed."""
    return {stage["StageName"]: stage["Reason"] for stage in properties.get("DisableInboundStageTransitions", ())}


def _close_transitions(codepipeline: Any, name: str, old: dict[str, str], new: dict[str, str]) -> None:
    for stage in old.keys() - new.keys():
        codepipeline.enable_stage_transition(pipelineName=name, stageName=stage, transitionType="Inbound")
    for stage, reason in new.items() - old.items():
        codepipeline.disable_stage_transition(
            pipelineName=name, stageName=stage, transitionType="Inbound", reason=reason
        )


def _structure(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return the API's structure: the same names in camelCase, but for the artifact stores, which are a map there."""
    not_structure = ("Name", "RestartExecutionOnUpdate", "Tags", "ArtifactStores", "DisableInboundStageTransitions")
    structure = {key: value for key, value in properties.items() if key not in not_structure}
    if "ArtifactStores" in properties:
        structure["ArtifactStores"] = {
            store["Region"]: store["ArtifactStore"] for store in properties["ArtifactStores"]
        }
    return {"name": name, **_camel(structure)}


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key[:1].lower() + key[1:]: _configuration(item) if key == "Configuration" else _camel(item)
        for key, item in value.items()
    }


def _configuration(configuration: dict[str, Any]) -> dict[str, str]:
    """Return an action's configuration, whose keys are the action's own and whose values are text."""
    return {key: text(value) for key, value in configuration.items()}
