"""With what an execution starts, and when none may."""

from collections.abc import Sequence

from localaws.codepipeline import engine
from localaws.codepipeline.action_types import REVISION_TYPES
from localaws.codepipeline.errors import (
    ConcurrentPipelineExecutionsLimitExceededException,
    ValidationException,
)
from localaws.codepipeline.models import Declaration, Execution, Pipeline

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html: executions of a QUEUED pipeline.
_MAXIMUM_IN_PROGRESS = 50


def start(
    pipeline: Pipeline,
    trigger: tuple[str, str],
    given_variables: Sequence[dict[str, str]] = (),
    given_revisions: Sequence[dict[str, str]] = (),
) -> Execution:
    """Start an execution of a pipeline as it is now. Whoever calls holds ``pipeline.changed``."""
    values = variables(pipeline.definition, given_variables)
    revisions = _source_revisions(pipeline.definition, given_revisions)
    pipeline.must_exist()
    if sum(execution.in_progress for execution in pipeline.executions.values()) >= _MAXIMUM_IN_PROGRESS:
        raise ConcurrentPipelineExecutionsLimitExceededException(
            f"The pipeline '{pipeline.name}' has {_MAXIMUM_IN_PROGRESS} executions in progress, which is the limit."
        )
    execution = Execution(pipeline.definition, trigger, values, revisions)
    engine.start(pipeline, execution)
    return execution


def variables(definition: Declaration, given: Sequence[dict[str, str]]) -> dict[str, str]:
    """Return the value of each of a pipeline's variables: as given, or its default."""
    values = {entry["name"]: entry["value"] for entry in given}
    declared = {entry["name"]: entry.get("defaultValue") for entry in definition.get("variables") or []}
    for name in sorted(set(values) - set(declared)):
        raise ValidationException(f"The variable '{name}' is not declared in the pipeline '{definition['name']}'")
    resolved = declared | values
    return {name: value for name, value in resolved.items() if value is not None}


def _source_revisions(definition: Declaration, given: Sequence[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return the revisions that a caller wants, by source action and type: an object's key and its version, say."""
    chosen: dict[str, dict[str, str]] = {}
    sources = {action["name"]: action for action in definition["stages"][0]["actions"]}
    for entry in given:
        if entry["actionName"] not in sources:
            raise ValidationException(f"The pipeline has no source action named '{entry['actionName']}'")
        action, kind = sources[entry["actionName"]], entry["revisionType"]
        provider = action["actionTypeId"]["provider"]
        if kind not in REVISION_TYPES[provider]:
            raise ValidationException(
                f"The revision type {kind} is not supported by the action '{action['name']}' of the provider {provider}"
            )
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
        if kind == "S3_OBJECT_KEY" and action["configuration"].get("AllowOverrideForS3ObjectKey") != "true":
            raise ValidationException(
                f"The action '{action['name']}' does not allow to override S3ObjectKey: AllowOverrideForS3ObjectKey is"
                " not true"
            )
        chosen.setdefault(action["name"], {})[kind] = entry["revisionValue"]
    return chosen
