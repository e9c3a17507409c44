"""What a pipeline's structure must be, in AWS's words where they are known.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from localaws.codepipeline.action_types import ACTION_TYPES, DEPLOYMENT_MODES, ActionType
from localaws.codepipeline.errors import (
    InvalidActionDeclarationException,
    InvalidStageDeclarationException,
    InvalidStructureException,
)
from localaws.codepipeline.models import Declaration
from localaws.codepipeline.variables import references

_MAXIMUM_STAGES, _MAXIMUM_ACTIONS, _MAXIMUM_ACTIONS_OF_STAGE = 50, 500, 50
_UNSUPPORTED_OF_PIPELINE = ("triggers",)
_UNSUPPORTED_OF_STAGE = ("blockers", "onSuccess", "beforeEntry")
_RESULTS = ("RETRY", "ROLLBACK")  # which CloudFormation's schema allows of a failure; others need conditions
_UNSUPPORTED_OF_ACTION = ("commands", "outputVariables", "environmentVariables")
UNVERIFIED_NEEDS_V2 = "onFailure of stage {} needs a pipeline of type V2"
UNVERIFIED_SOURCE_STAGE = "The source stage {} cannot be rolled back"
UNVERIFIED_PARALLEL_STAGE = "The stage {} of a pipeline in PARALLEL mode cannot be rolled back"
UNVERIFIED_PRIMARY_SOURCE = "PrimarySource '{}' of action '{}' is none of its input artifacts"


def completed(pipeline: Declaration) -> Declaration:
    """Return a definition with all that AWS adds to it."""
    needs_v2 = (
        bool(pipeline.get("variables"))
        or pipeline.get("executionMode", "SUPERSEDED") != "SUPERSEDED"
        or any("onFailure" in stage for stage in pipeline["stages"])
    )
    stages = [stage | {"actions": [_completed_action(a) for a in stage["actions"]]} for stage in pipeline["stages"]]
    defaults = {"executionMode": "SUPERSEDED", "pipelineType": "V2" if needs_v2 else "V1"}
    return defaults | pipeline | {"stages": stages}


def _completed_action(action: Declaration) -> Declaration:
    return {"runOrder": 1, "configuration": {}, "outputArtifacts": [], "inputArtifacts": []} | action


def check_structure(pipeline: Declaration, region: str) -> None:
    """Raise AWS's exception for the first rule that a completed definition breaks."""
    _check_supported("pipelines", pipeline, _UNSUPPORTED_OF_PIPELINE)
    _check_pipeline(pipeline, region)
    for number, stage in enumerate(pipeline["stages"]):
        _check_supported(f"stage {stage['name']}", stage, _UNSUPPORTED_OF_STAGE)
        _check_stage(stage, first=number == 0)
        _check_failure(pipeline, stage, first=number == 0)
        for action in stage["actions"]:
            _check_action(action, region)
    _check_artifacts(pipeline)
    _check_namespaces(pipeline)


def ordered_actions(pipeline: Declaration) -> Iterable[tuple[Declaration, Declaration]]:
    """Return each stage with each of its actions, in the order in which they run."""
    for stage in pipeline["stages"]:
        for action in sorted(stage["actions"], key=lambda action: int(action["runOrder"])):
            yield stage, action


def _check_supported(what: str, declaration: Declaration, unsupported: Iterable[str]) -> None:
    found = [name for name in unsupported if declaration.get(name)]
    if found:
        raise InvalidStructureException(f"Local AWS does not support {', '.join(found)} of {what}.")


def _check_pipeline(pipeline: Declaration, region: str) -> None:
    stages = pipeline["stages"]
    if len(stages) < 2:
        raise InvalidStructureException(
            f"Pipeline has only {len(stages)} stage(s). There should be a minimum of 2 stages in a pipeline"
        )
    actions = sum(len(stage["actions"]) for stage in stages)
    if len(stages) > _MAXIMUM_STAGES or actions > _MAXIMUM_ACTIONS:
        raise InvalidStructureException(
            f"Pipeline has {len(stages)} stages and {actions} actions. A pipeline has at most {_MAXIMUM_STAGES} stages"
            f" and {_MAXIMUM_ACTIONS} actions"
        )
    if pipeline["pipelineType"] == "V1" and (pipeline["executionMode"] != "SUPERSEDED" or pipeline.get("variables")):
        raise InvalidStructureException(
            "Variables and the execution modes QUEUED and PARALLEL need a pipeline of type V2"
        )
    if ("artifactStore" in pipeline) == ("artifactStores" in pipeline):
        raise InvalidStructureException("You must include either artifactStore or artifactStores in your pipeline")
    if set(pipeline.get("artifactStores", {region: None})) != {region}:
        raise InvalidStructureException("Local AWS does not support artifact stores of other regions.")
    for name in _repeated(stage["name"] for stage in stages):
        raise InvalidStageDeclarationException(
            f"Stage names must be unique within the pipeline. {name} has been used more than once."
        )


def _check_stage(stage: Declaration, *, first: bool) -> None:
    actions = stage["actions"]
    if not 1 <= len(actions) <= _MAXIMUM_ACTIONS_OF_STAGE:
        raise InvalidStageDeclarationException(
            f"Stage {stage['name']} has {len(actions)} actions. A stage has 1 to {_MAXIMUM_ACTIONS_OF_STAGE} actions"
        )
    for name in _repeated(action["name"] for action in actions):
        raise InvalidActionDeclarationException(
            f"Action names must be unique within the stage {stage['name']}. {name} has been used more than once."
        )
    sources = [action for action in actions if action["actionTypeId"]["category"] == "Source"]
    if first and len(sources) < len(actions):
        raise InvalidStructureException("Pipeline should start with a stage that only contains source actions")
    if sources and not first:
        raise InvalidStructureException(
            f"Only the first stage may contain source actions, but {stage['name']} contains {sources[0]['name']}"
        )


def _check_failure(pipeline: Declaration, stage: Declaration, *, first: bool) -> None:
    """Raise InvalidStageDeclarationException for what a stage cannot do when it fails.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html: "You cannot roll back a source
    stage." https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html: nor in PARALLEL mode.
    """
    on_failure = stage.get("onFailure")
    if not on_failure:
        return
    _check_supported(f"onFailure of stage {stage['name']}", on_failure, ("conditions",))
    result = on_failure.get("result")
    if result not in _RESULTS:
        raise InvalidStageDeclarationException(
            f"Local AWS does not support the result {result} of onFailure of stage {stage['name']}: RETRY and ROLLBACK"
            " are what it does."
        )
    if pipeline["pipelineType"] == "V1":
        raise InvalidStageDeclarationException(UNVERIFIED_NEEDS_V2.format(stage["name"]))
    if result == "ROLLBACK" and first:
        raise InvalidStageDeclarationException(UNVERIFIED_SOURCE_STAGE.format(stage["name"]))
    if result == "ROLLBACK" and pipeline["executionMode"] == "PARALLEL":
        raise InvalidStageDeclarationException(UNVERIFIED_PARALLEL_STAGE.format(stage["name"]))


def _check_action(action: Declaration, region: str) -> None:
    name, type_id = action["name"], action["actionTypeId"]
    kind = ACTION_TYPES.get((type_id["category"], type_id["owner"], type_id["provider"], type_id["version"]))
    if kind is None:
        place = region.upper().replace("-", "_")
        local = ", ".join(sorted({provider for _, _, provider, _ in ACTION_TYPES}))
        raise InvalidActionDeclarationException(
            f"ActionType (Category: '{type_id['category']}', Provider: '{type_id['provider']}', Owner:"
            f" '{type_id['owner']}', Version: '{type_id['version']}') in action '{name}' is not available in region"
            f" '{place}'. Local AWS runs actions of {local}"
        )
    _check_supported(f"action {name}", action, _UNSUPPORTED_OF_ACTION)
    _check_supported(f"action {name}", action["configuration"], kind.unsupported)
    for artifact in action["outputArtifacts"]:
        _check_supported(f"output artifact {artifact['name']}", artifact, ("files",))
    if action.get("region", region) != region:
        raise InvalidActionDeclarationException(f"Local AWS does not support actions in other regions, as {name} is.")
    if "timeoutInMinutes" in action and type_id["category"] != "Approval":
        # botocore ActionDeclaration: "This attribute is available only to the manual approval ActionType."
        raise InvalidActionDeclarationException(f"timeoutInMinutes is not available to the action {name}")
    if type_id["provider"] == "CloudFormation":
        _check_deployment(action)
    _check_configuration(name, kind, action["configuration"])
    output_format = action["configuration"].get("OutputArtifactFormat", "CODE_ZIP")
    if output_format != "CODE_ZIP":
        raise InvalidActionDeclarationException(
            f"Local AWS does not support the OutputArtifactFormat {output_format} of {name}: CODE_ZIP, the default, is"
            " what it does."
        )
    if type_id["provider"] == "CodeBuild":
        _check_primary_source(action)
    _check_count(name, "input", len(action["inputArtifacts"]), kind.inputs)
    _check_count(name, "output", len(action["outputArtifacts"]), kind.outputs)


def _check_deployment(action: Declaration) -> None:
    mode = action["configuration"].get("ActionMode", DEPLOYMENT_MODES[0])
    if mode not in DEPLOYMENT_MODES:
        raise InvalidActionDeclarationException(
            f"Local AWS does not support the ActionMode {mode} of {action['name']}: {', '.join(DEPLOYMENT_MODES)} are"
            " what it does."
        )
    if mode != "DELETE_ONLY" and "TemplatePath" not in action["configuration"]:
        raise InvalidActionDeclarationException(
            f"Action configuration for action '{action['name']}' is missing required configuration 'TemplatePath'"
        )


def _check_primary_source(action: Declaration) -> None:
    """Raise InvalidActionDeclarationException unless it is clear which input has the buildspec.

    That it is refused here, and not when the action runs, is not proven on AWS.
    """
    given, inputs = action["configuration"].get("PrimarySource"), [entry["name"] for entry in action["inputArtifacts"]]
    if given is None and len(inputs) > 1:
        raise InvalidActionDeclarationException(
            f"Action configuration for action '{action['name']}' is missing required configuration 'PrimarySource'"
        )
    if given is not None and given not in inputs:
        raise InvalidActionDeclarationException(UNVERIFIED_PRIMARY_SOURCE.format(given, action["name"]))


def _check_configuration(name: str, kind: ActionType, configuration: dict[str, str]) -> None:
    for key in sorted(kind.required - set(configuration)):
        raise InvalidActionDeclarationException(
            f"Action configuration for action '{name}' is missing required configuration '{key}'"
        )
    for key in sorted(set(configuration) - kind.required - kind.optional):
        raise InvalidActionDeclarationException(
            f"Action configuration for action '{name}' contains unknown configuration '{key}'"
        )


def _check_count(name: str, direction: str, count: int, allowed: range) -> None:
    declares = f"Action {name} declares {count} {direction} artifacts which is"
    if count < allowed.start:
        raise InvalidActionDeclarationException(f"{declares} less than the minimum count ({allowed.start})")
    if count >= allowed.stop:
        raise InvalidActionDeclarationException(f"{declares} more than the maximum count ({allowed.stop - 1})")


def _check_artifacts(pipeline: Declaration) -> None:
    made: dict[str, tuple[str, int]] = {}  # the stage and run order of each output
    for stage, action in ordered_actions(pipeline):
        for artifact in (entry["name"] for entry in action["inputArtifacts"]):
            if made.get(artifact, (stage["name"], action["runOrder"])) == (stage["name"], action["runOrder"]):
                raise InvalidActionDeclarationException(
                    f"Input Artifact Bundle {artifact} in action {action['name']} is not declared as Output Artifact"
                    " Bundle in any of the preceding actions"
                )
        for artifact in (entry["name"] for entry in action["outputArtifacts"]):
            if artifact in made:
                raise InvalidActionDeclarationException(
                    "Output Artifact Bundle name must be unique within the pipeline."
                    f" {artifact} has been used more than once."
                )
            made[artifact] = (stage["name"], action["runOrder"])


def _check_namespaces(pipeline: Declaration) -> None:
    known = {"codepipeline": (-1, 0), "variables": (-1, 0)}  # where each namespace is filled: stage and run order
    artifacts = {entry["name"] for _, action in ordered_actions(pipeline) for entry in action["outputArtifacts"]}
    positions = {stage["name"]: number for number, stage in enumerate(pipeline["stages"])}
    for stage, action in ordered_actions(pipeline):
        here = (positions[stage["name"]], action["runOrder"])
        _check_references(stage["name"], action, {name for name, at in known.items() if at < here})
        namespace = action.get("namespace")
        if namespace in known or namespace in artifacts:
            raise InvalidActionDeclarationException(
                f"Namespaces must be unique within the pipeline and differ from artifact names. {namespace} has been"
                " used more than once."
            )
        if namespace:
            known[namespace] = here


def _check_references(stage: str, action: Declaration, known: set[str]) -> None:
    for key, text in action["configuration"].items():
        for namespace, variable in references(text):
            if namespace not in known:
                raise InvalidActionDeclarationException(
                    "Valid format for a pipeline execution variable reference is a namespace and a key separated by a"
                    " period (.). The following pipeline execution variables are referencing a namespace that does not"
                    f" exist. StageName=[{stage}], ActionName=[{action['name']}], ActionConfigurationKey=[{key}],"
                    f" VariableReferenceText=[{namespace}.{variable}]"
                )


def _repeated(names: Iterable[Any]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
