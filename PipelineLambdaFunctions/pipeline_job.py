"""The job that CodePipeline hands to a function, as a typed view that never shows its credentials.

Event: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html#action-reference-Lambda-event
`UserParameters`, `continuationToken` and `encryptionKey` are absent when there are none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from outcomes import ConfigurationError

Event = Mapping[str, Any]


def job_id(event: Event) -> str:
    """The id to answer to; ValueError when the event is not CodePipeline's."""
    try:
        return str(event["CodePipeline.job"]["id"])
    except (KeyError, TypeError):
        raise ValueError(
            "This function is an action of a pipeline and this event is not a CodePipeline job: release the pipeline."
        ) from None


def secrets(event: Event) -> tuple[str, ...]:
    """The credentials in an event, to be struck from every text that leaves the function."""
    try:
        credentials = event["CodePipeline.job"]["data"]["artifactCredentials"]
        return tuple(value for value in credentials.values() if value and isinstance(value, str))
    except (KeyError, TypeError, AttributeError):
        return ()


@dataclass(frozen=True)
class Artifact:
    """Where an artifact is or goes: never rebuild its key, CodePipeline truncates names."""

    name: str
    bucket: str
    key: str
    revision: str | None


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials for this job's artifacts alone."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)


@dataclass(frozen=True)
class Job:
    """One job of one action."""

    id: str
    user_parameters: str
    inputs: tuple[Artifact, ...]
    outputs: tuple[Artifact, ...]
    credentials: Credentials
    continuation_token: str | None
    encryption_key: str | None

    @classmethod
    def from_event(cls, event: Event) -> "Job":
        """Read CodePipeline's event."""
        data = event["CodePipeline.job"]["data"]
        credentials = data["artifactCredentials"]
        return cls(
            id=job_id(event),
            user_parameters=data["actionConfiguration"]["configuration"].get("UserParameters", ""),
            inputs=tuple(_artifact(artifact) for artifact in data["inputArtifacts"]),
            outputs=tuple(_artifact(artifact) for artifact in data["outputArtifacts"]),
            credentials=Credentials(
                credentials["accessKeyId"], credentials["secretAccessKey"], credentials["sessionToken"]
            ),
            continuation_token=data.get("continuationToken"),
            encryption_key=(data.get("encryptionKey") or {}).get("id"),
        )

    @property
    def input(self) -> Artifact:
        """The action's one input artifact."""
        return _only(self.inputs, "InputArtifacts")

    @property
    def output(self) -> Artifact:
        """The action's one output artifact."""
        return _only(self.outputs, "OutputArtifacts")


def _artifact(artifact: Mapping[str, Any]) -> Artifact:
    place = artifact["location"]["s3Location"]
    return Artifact(artifact["name"], place["bucketName"], place["objectKey"], artifact.get("revision"))


def _only(artifacts: tuple[Artifact, ...], field_name: str) -> Artifact:
    if len(artifacts) != 1:
        found = ", ".join(artifact.name for artifact in artifacts) or "none"
        raise ConfigurationError(
            f"This action needs exactly one artifact in {field_name}, it has: {found}. Mend the pipeline's definition."
        )
    return artifacts[0]
