"""CodeBuild's projects."""

from typing import Any

from localaws.cloudformation.parameters import text
from localaws.cloudformation.providers.base import Provider, Work, tags_of

_NAME_LIMIT = 255
# What an update that takes a property away goes back to: UpdateProject keeps what it is not given.
_DEFAULTS: dict[str, Any] = {
    "description": "",
    "secondarySources": [],
    "secondaryArtifacts": [],
    "secondarySourceVersions": [],
    "sourceVersion": "",
    "timeoutInMinutes": 60,
    "queuedTimeoutInMinutes": 480,
    "logsConfig": {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "DISABLED"}},
    "cache": {"type": "NO_CACHE"},
}


class Project(Provider):
    """AWS::CodeBuild::Project. CodeBuild itself refuses what it does not do of a project's parts, by name."""

    type = "AWS::CodeBuild::Project"
    effective = (
        "Artifacts",
        "Cache",
        "Description",
        "EncryptionKey",
        "Environment",
        "LogsConfig",
        "Name",
        "QueuedTimeoutInMinutes",
        "SecondaryArtifacts",
        "SecondarySourceVersions",
        "SecondarySources",
        "ServiceRole",
        "Source",
        "SourceVersion",
        "Tags",
        "TimeoutInMinutes",
    )
    attribute_names = ("Arn", "Id")
    name_property = "Name"

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        name = properties.get("Name") or work.generated_name(_NAME_LIMIT)
        work.client("codebuild").create_project(**_settings(work, name, properties))
        work.identified(name)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        gone = {"encryptionKey": work.arn("kms", "alias/aws/s3")} if "EncryptionKey" in old else {}
        work.client("codebuild").update_project(**(_DEFAULTS | gone | _settings(work, physical_id, new)))

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("codebuild").delete_project(name=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        arn = work.arn("codebuild", f"project/{physical_id}")
        return {"Arn": arn, "Id": arn}


def _settings(work: Work, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return the API's parameters: the same names in camelCase, but for buildspec, which is one word there.

    A template may name the service role, of which the API wants the ARN.
    """
    settings = _camel({key: value for key, value in properties.items() if key != "Tags"})
    settings["tags"] = [{"key": key, "value": value} for key, value in tags_of(properties).items()]
    if not settings["serviceRole"].startswith("arn:"):
        settings["serviceRole"] = f"arn:{work.partition}:iam::{work.account_id}:role/{settings['serviceRole']}"
    return {**settings, "name": name}


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_camel_name(key): text(item) if key == "BuildSpec" else _camel(item) for key, item in value.items()}


def _camel_name(name: str) -> str:
    return "buildspec" if name == "BuildSpec" else name[:1].lower() + name[1:]
