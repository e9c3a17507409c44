"""What CodeBuild remembers: projects and their builds. No HTTP, no threads."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from localaws.codebuild.errors import (
    InvalidInputException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
)

Settings = dict[str, Any]
"""What a build is made with, in the shape of botocore's Project: a project's, with what StartBuild overrides."""

_TIMEOUT, _QUEUED_TIMEOUT = 60, 480  # minutes; botocore CreateProject, and the quota of queued builds


def now() -> datetime:
    """Return the present moment, as all times of this service are kept."""
    return datetime.now(UTC)


@dataclass
class Phase:
    """A phase of a build: running as long as it has no status."""

    name: str
    status: str | None = None
    contexts: list[dict[str, str]] = field(default_factory=list)
    started: datetime = field(default_factory=now)
    ended: datetime | None = None

    def describe(self) -> dict[str, Any]:
        """Return what BatchGetBuilds says of the phase."""
        document: dict[str, Any] = {"phaseType": self.name, "startTime": self.started}
        if self.ended and self.status:
            seconds = int((self.ended - self.started).total_seconds())
            document |= {"phaseStatus": self.status, "endTime": self.ended, "durationInSeconds": seconds}
            document["contexts"] = self.contexts
        return document


class Build:
    """One build; the engine drives it through its phases with ``enter``, ``leave`` and ``complete``."""

    def __init__(self, project: "Project", settings: Settings, number: int, initiator: str) -> None:
        self.uuid = str(uuid.uuid4())
        self.project, self.settings, self.number, self.initiator = project, settings, number, initiator
        self.id = f"{project.name}:{self.uuid}"
        self.arn = project.arn.replace(f":project/{project.name}", f":build/{self.id}")
        self.status = "IN_PROGRESS"
        self.started = now()
        self.ended: datetime | None = None
        self.phases: list[Phase] = []
        self.resolved_version: str | None = None
        self.exported: dict[str, str] = {}
        self.artifacts: dict[str | None, dict[str, Any]] = {}  # by identifier; the primary one has none
        self.log: tuple[str, str] | None = None  # group and stream, once they are there
        self.stop: Callable[[], None] = lambda: None  # the engine's
        for name in ("SUBMITTED", "QUEUED"):
            self.enter(name)
            self.leave("SUCCEEDED")

    def enter(self, name: str) -> None:
        """Begin a phase."""
        self.phases.append(Phase(name))

    def leave(self, status: str, status_code: str = "", message: str = "") -> None:
        """End the phase that runs."""
        phase = self.phases[-1]
        if status_code:
            phase.contexts = [{"statusCode": status_code, "message": message}]
        phase.ended, phase.status = now(), status

    def complete(self, status: str) -> None:
        """End the build."""
        self.enter("COMPLETED")
        self.ended = self.phases[-1].started
        self.status = status  # last: who sees the status sees the rest

    def describe(self) -> dict[str, Any]:
        """Return what BatchGetBuilds says."""
        document = {name: value for name, value in self.settings.items() if name not in _OF_PROJECTS} | {
            "id": self.id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": self.started,
            "endTime": self.ended,
            "currentPhase": self.phases[-1].name,
            "buildStatus": self.status,
            "buildComplete": self.status != "IN_PROGRESS",
            "resolvedSourceVersion": self.resolved_version,
            "projectName": self.project.name,
            "phases": [phase.describe() for phase in list(self.phases)],
            "initiator": self.initiator,
            "logs": self._logs(),
            "artifacts": self.artifacts.get(None, {"location": ""}),
            "secondaryArtifacts": [described for name, described in self.artifacts.items() if name],
            "exportedEnvironmentVariables": [{"name": name, "value": text} for name, text in self.exported.items()],
        }
        return {name: value for name, value in document.items() if value is not None}

    def _logs(self) -> dict[str, Any]:
        config: dict[str, Any] = self.settings["logsConfig"]
        if self.log is None:
            return dict(config)
        group, stream = self.log
        partition, _, region, account_id = self.arn.split(":")[1:5]
        arn = f"arn:{partition}:logs:{region}:{account_id}:log-group:{group}:log-stream:{stream}"
        link = f"https://console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/"
        escaped = group.replace("/", "$252F"), stream.replace("/", "$252F")
        return config | {
            "groupName": group,
            "streamName": stream,
            "cloudWatchLogsArn": arn,
            "deepLink": f"{link}{escaped[0]}/log-events/{escaped[1]}",
        }


# What Settings has and a Build has not, or says in another form (botocore).
_OF_PROJECTS = ("logsConfig", "tags", "description", "artifacts", "secondaryArtifacts", "name", "badge")


class Project:
    """A build project."""

    def __init__(self, arn: str, settings: Settings) -> None:
        self.arn, self.name, self.settings = arn, str(settings["name"]), settings
        self.created = self.modified = now()
        self.builds: list[Build] = []

    def update(self, settings: Settings) -> None:
        """Change the settings; builds that run keep to theirs."""
        self.settings, self.modified = settings, now()

    def describe(self) -> dict[str, Any]:
        """Return what BatchGetProjects says."""
        times = {"arn": self.arn, "created": self.created, "lastModified": self.modified}
        return self.settings | times | {"badge": {"badgeEnabled": False}}


class CodeBuildBackend(BaseBackend):
    """The projects of one account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.projects: dict[str, Project] = {}
        self.builds: dict[str, Build] = {}  # those of deleted projects, too
        self.tokens: dict[str, tuple[dict[str, Any], Build]] = {}  # what was asked with each idempotency token

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a project or build."""
        return f"arn:{self.partition}:codebuild:{self.region_name}:{self.account_id}:{kind}/{name}"

    def completed(self, settings: Settings) -> Settings:
        """Return settings with AWS's defaults for what is not stated."""
        key = f"arn:{self.partition}:kms:{self.region_name}:{self.account_id}:alias/aws/s3"
        defaults: Settings = {
            "secondarySources": [],
            "secondarySourceVersions": [],
            "secondaryArtifacts": [],
            "cache": {"type": "NO_CACHE"},
            "timeoutInMinutes": _TIMEOUT,
            "queuedTimeoutInMinutes": _QUEUED_TIMEOUT,
            "encryptionKey": key,
            "tags": [],
        }
        logs = {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "DISABLED"}}
        settings = defaults | {name: value for name, value in settings.items() if value is not None}
        return settings | {"logsConfig": logs | settings.get("logsConfig", {})}

    def add(self, settings: Settings) -> Project:
        """Create a project or raise ResourceAlreadyExistsException."""
        project = Project(self.arn("project", settings["name"]), settings)
        if self.projects.setdefault(project.name, project) is not project:
            raise ResourceAlreadyExistsException(f"Project already exists: {project.arn}")
        return project

    def project(self, name_or_arn: str) -> Project:
        """Return a project or raise ResourceNotFoundException."""
        name = name_or_arn.rpartition("/")[2]
        if name not in self.projects:
            raise ResourceNotFoundException(f"Project cannot be found: {self.arn('project', name)}")
        return self.projects[name]

    def build(self, id_or_arn: str) -> Build:
        """Return a build, or raise InvalidInputException or ResourceNotFoundException."""
        build_id = id_or_arn.rpartition("/")[2]
        if ":" not in build_id:
            raise InvalidInputException("Invalid build ID provided")
        if build_id not in self.builds:
            raise ResourceNotFoundException(f"Build {build_id} does not exist")
        return self.builds[build_id]

    def new_build(self, project: Project, settings: Settings, initiator: str) -> Build:
        """Return a new build of a project."""
        build = Build(project, settings, len(project.builds) + 1, initiator)
        project.builds.append(build)
        self.builds[build.id] = build
        return build


codebuild_backends = BackendDict(CodeBuildBackend, "codebuild")
