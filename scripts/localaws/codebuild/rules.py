"""What CodeBuild demands of a project's settings, and what local AWS does not have. Nothing here changes anything."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from localaws.codebuild.buildspec import is_inline
from localaws.codebuild.errors import InvalidInputException
from localaws.codebuild.models import Settings
from localaws.codecommit import archive

SOURCE_TYPES = ("CODECOMMIT", "CODEPIPELINE", "NO_SOURCE", "S3")
_ENVIRONMENT_TYPES = ("LINUX_CONTAINER", "ARM_CONTAINER")
# A name with an optional registry before and an optional tag or digest behind it (distribution/reference).
_IMAGE = re.compile(r"[\w.\-]+(:\d+)?(/[a-z0-9._\-]+)*(:[\w.\-]{1,128})?(@sha256:[0-9a-f]{64})?", re.ASCII)
# botocore ProjectSource: alphanumeric characters and underscores, less than 128 of them.
_IDENTIFIER = re.compile(r"\w{1,127}", re.ASCII)
# botocore codepipeline ArtifactName: what a pipeline's sources and artifacts are called.
_ARTIFACT = re.compile(r"[\w\-]{1,100}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
UNVERIFIED_NO_BUILDSPEC = "A buildspec is required for source type NO_SOURCE."

Check = Callable[[Any], bool]
# What may be said but changes nothing, as a condition on its value; all else that is not in _EFFECTIVE is refused.
_HARMLESS: dict[str, Check] = {
    # docs.aws.amazon.com/codebuild/latest/userguide/caching-local.html: a local cache is its build host's alone, and
    # here, as often on AWS, every build has a host of its own.
    "cache": lambda cache: cache["type"] in ("NO_CACHE", "LOCAL"),
    "badgeEnabled": lambda enabled: not enabled,
    "autoRetryLimit": lambda limit: limit == 0,
    "fileSystemLocations": lambda locations: not locations,
}
_EFFECTIVE = {
    "name", "description", "source", "secondarySources", "sourceVersion", "secondarySourceVersions", "artifacts",
    "secondaryArtifacts", "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes", "encryptionKey",
    "logsConfig", "tags",
}  # fmt: skip
_OF_SOURCE = {"type", "location", "buildspec", "sourceIdentifier", "gitCloneDepth"}
_HARMLESS_OF_SOURCE: dict[str, Check] = {
    "insecureSsl": lambda insecure: not insecure,
    "reportBuildStatus": lambda reports: not reports,
    "gitSubmodulesConfig": lambda config: not config["fetchSubmodules"],
}
_OF_ARTIFACTS = {
    "type", "location", "path", "namespaceType", "name", "packaging", "encryptionDisabled", "artifactIdentifier",
}  # fmt: skip
_HARMLESS_OF_ARTIFACTS: dict[str, Check] = {
    "overrideArtifactName": lambda overrides: not overrides,
    "bucketOwnerAccess": lambda access: access == "NONE",
}
_OF_ENVIRONMENT = {
    "type", "image", "computeType", "environmentVariables", "imagePullCredentialsType",
    "privilegedMode",  # lets a build start a Docker daemon, if there is one
}  # fmt: skip


def check_project(settings: Settings, account_id: str, *, by_pipeline: bool = False) -> None:
    """Raise InvalidInputException for settings that no build can be made with.

    Only a pipeline has secondary sources and artifacts of type CODEPIPELINE, and says where any of that type is.
    """
    _refuse_others("a project", settings, _EFFECTIVE, _HARMLESS)
    if not re.fullmatch(rf"arn:[a-z\-]+:iam::{account_id}:role/.+", settings["serviceRole"]):
        raise InvalidInputException("Invalid service role: Service role account ID does not match caller's account")
    _check_environment(settings["environment"])
    _check_sources(settings, by_pipeline=by_pipeline)
    _check_artifacts(settings, by_pipeline=by_pipeline)
    logs = settings["logsConfig"]
    if logs["s3Logs"]["status"] == "ENABLED":
        raise InvalidInputException("Local AWS does not support s3Logs of logsConfig.")


def _refuse_others(what: str, given: Mapping[str, Any], effective: set[str], harmless: Mapping[str, Check]) -> None:
    for name, value in given.items():
        if value is None or name in effective or (name in harmless and harmless[name](value)):
            continue
        raise InvalidInputException(f"Local AWS does not support {name} of {what}.")


def _check_environment(environment: dict[str, Any]) -> None:
    _refuse_others("an environment", environment, _OF_ENVIRONMENT, {})
    if environment["type"] not in _ENVIRONMENT_TYPES:
        raise InvalidInputException(f"Local AWS does not support the environment type {environment['type']}.")
    if not environment["computeType"].startswith("BUILD_GENERAL1_"):
        raise InvalidInputException(f"Local AWS does not support the compute type {environment['computeType']}.")
    if not _IMAGE.fullmatch(environment["image"]):
        raise InvalidInputException(f"Invalid image name: {environment['image']}")
    for variable in environment.get("environmentVariables", ()):
        if not _VARIABLE.fullmatch(variable["name"]) or variable["name"].startswith("CODEBUILD_"):
            raise InvalidInputException(f"Invalid environment variable name: {variable['name']}")
        if variable.get("type") == "SECRETS_MANAGER":
            raise InvalidInputException(
                f"Local AWS does not support the type SECRETS_MANAGER of the environment variable {variable['name']}."
            )


def _check_sources(settings: Settings, *, by_pipeline: bool) -> None:
    source, others = settings["source"], settings["secondarySources"]
    for each in [source, *others]:
        _refuse_others("a source", each, _OF_SOURCE, _HARMLESS_OF_SOURCE)
        if each["type"] not in SOURCE_TYPES:
            raise InvalidInputException(f"Local AWS does not support the source type {each['type']}.")
        if each["type"] in ("S3", "CODECOMMIT") and not each.get("location"):
            raise InvalidInputException("Project source location is required")
        if each["type"] == "CODECOMMIT" and not archive.place_of(each["location"], ""):
            raise InvalidInputException(f"Invalid CodeCommit clone URL: {each['location']}")
        if each["type"] == "S3" and "/" not in each["location"]:
            raise InvalidInputException(f"Invalid S3 source location: {each['location']}")
    if source["type"] == "NO_SOURCE" and not is_inline(source.get("buildspec", "")):
        raise InvalidInputException(UNVERIFIED_NO_BUILDSPEC)
    for each in others:
        if each["type"] == "NO_SOURCE" or (each["type"] == "CODEPIPELINE" and not by_pipeline):
            raise InvalidInputException(f"Invalid secondary source type: {each['type']}")
    _check_identifiers("source", [each.get("sourceIdentifier", "") for each in others], by_pipeline=by_pipeline)


def _check_artifacts(settings: Settings, *, by_pipeline: bool) -> None:
    artifacts, others = settings["artifacts"], settings["secondaryArtifacts"]
    for each in [artifacts, *others]:
        _refuse_others("artifacts", each, _OF_ARTIFACTS, _HARMLESS_OF_ARTIFACTS)
        if each["type"] == "S3" and not each.get("location"):
            raise InvalidInputException("Project artifacts location is required")
        if each["type"] != "S3" and each.get("encryptionDisabled"):  # botocore ProjectArtifacts
            raise InvalidInputException("Invalid artifacts: encryptionDisabled is valid only for type S3")
    if (settings["source"]["type"] == "CODEPIPELINE") != (artifacts["type"] == "CODEPIPELINE"):
        # https://github.com/cloudposse/terraform-aws-codebuild/issues/23
        raise InvalidInputException(
            "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE"
        )
    for each in others:
        if each["type"] == "NO_ARTIFACTS" or (each["type"] == "CODEPIPELINE" and not by_pipeline):
            raise InvalidInputException(f"Invalid secondary artifacts type: {each['type']}")
    _check_identifiers("artifact", [each.get("artifactIdentifier", "") for each in others], by_pipeline=by_pipeline)


def _check_identifiers(kind: str, identifiers: list[str], *, by_pipeline: bool) -> None:
    for identifier in identifiers:
        if not (_ARTIFACT if by_pipeline else _IDENTIFIER).fullmatch(identifier):
            raise InvalidInputException(f"Invalid {kind} identifier: {identifier!r}")
    if len(set(identifiers)) < len(identifiers):
        raise InvalidInputException(f"Duplicate {kind} identifiers: {', '.join(identifiers)}")


# StartBuild's parameters, and which setting each overrides.
_OVERRIDES = {
    "sourceVersion": "sourceVersion",
    "secondarySourcesOverride": "secondarySources",
    "secondarySourcesVersionOverride": "secondarySourceVersions",
    "artifactsOverride": "artifacts",
    "secondaryArtifactsOverride": "secondaryArtifacts",
    "serviceRoleOverride": "serviceRole",
    "timeoutInMinutesOverride": "timeoutInMinutes",
    "queuedTimeoutInMinutesOverride": "queuedTimeoutInMinutes",
    "encryptionKeyOverride": "encryptionKey",
    "cacheOverride": "cache",
    "autoRetryLimitOverride": "autoRetryLimit",
}
_OF_SOURCE_OVERRIDES = {
    "sourceTypeOverride": "type",
    "sourceLocationOverride": "location",
    "sourceAuthOverride": "auth",
    "buildspecOverride": "buildspec",
    "gitCloneDepthOverride": "gitCloneDepth",
    "gitSubmodulesConfigOverride": "gitSubmodulesConfig",
    "insecureSslOverride": "insecureSsl",
    "reportBuildStatusOverride": "reportBuildStatus",
    "buildStatusConfigOverride": "buildStatusConfig",
}
_OF_ENVIRONMENT_OVERRIDES = {
    "environmentTypeOverride": "type",
    "imageOverride": "image",
    "computeTypeOverride": "computeType",
    "certificateOverride": "certificate",
    "privilegedModeOverride": "privilegedMode",
    "registryCredentialOverride": "registryCredential",
    "imagePullCredentialsTypeOverride": "imagePullCredentialsType",
    "fleetOverride": "fleet",
    "hostKernelOverride": "hostKernel",
}
_NOT_OVERRIDING = {"projectName", "idempotencyToken", "environmentVariablesOverride", "logsConfigOverride"}


def overridden(settings: Settings, request: Mapping[str, Any]) -> Settings:
    """Return a project's settings with what a request to StartBuild puts in their place."""
    known = _NOT_OVERRIDING | _OVERRIDES.keys() | _OF_SOURCE_OVERRIDES.keys() | _OF_ENVIRONMENT_OVERRIDES.keys()
    _refuse_others("StartBuild", request, known, {"debugSessionEnabled": lambda enabled: not enabled})

    def given(names: dict[str, str]) -> dict[str, Any]:
        return {names[name]: value for name, value in request.items() if name in names and value is not None}

    source, environment = settings["source"], settings["environment"] | given(_OF_ENVIRONMENT_OVERRIDES)
    if request.get("sourceTypeOverride", source["type"]) != source["type"]:
        source = {name: source[name] for name in ("buildspec",) if name in source}  # the rest was of the other type
    variables = {each["name"]: each for each in environment.get("environmentVariables", ())}
    variables |= {each["name"]: each for each in request.get("environmentVariablesOverride") or ()}
    return (
        settings
        | given(_OVERRIDES)
        | {
            "source": source | given(_OF_SOURCE_OVERRIDES),
            "environment": environment | {"environmentVariables": list(variables.values())},
            "logsConfig": settings["logsConfig"] | (request.get("logsConfigOverride") or {}),
        }
    )
