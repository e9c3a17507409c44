"""CodeBuild's API."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.sts.models import sts_backends

from localaws import constraints
from localaws.clock import durations
from localaws.codebuild import engine, rules
from localaws.codebuild.errors import InvalidInputException
from localaws.codebuild.models import (
    Build,
    CodeBuildBackend,
    Project,
    Settings,
    codebuild_backends,
    now,
)
from localaws.identity import assume_role

# By these headers CodePipeline says for which pipeline it starts a build, and which revision of the primary source
# its artifact holds; AWS keeps that inside.
PIPELINE = "x-localaws-pipeline"
REVISION = "x-localaws-source-revision"
_PAGE = 100  # botocore: the most ids in an answer


class ProjectsResponse(BaseResponse):
    """One method an operation."""

    def __init__(self) -> None:
        super().__init__(service_name="codebuild")
        self.automated_parameter_parsing = True

    @property
    def _backend(self) -> CodeBuildBackend:
        return codebuild_backends[self.current_account][self.region]  # type: ignore[no-any-return]

    def _checked(self) -> dict[str, Any]:
        """Return the request's parameters, once they keep within the limits of the service model."""
        parameters = {name: value for name, value in self.params.items() if value is not None}
        constraints.check("codebuild", self._get_action(), parameters)
        return parameters

    # Projects

    def create_project(self) -> ActionResult:
        """Create a project."""
        settings = self._acceptable(self._checked())
        return ActionResult({"project": self._backend.add(settings).describe()})

    def update_project(self) -> ActionResult:
        """Change what is given of a project, and keep the rest."""
        request = self._checked()
        project = self._backend.project(request["name"])
        project.update(self._acceptable(project.settings | request))
        return ActionResult({"project": project.describe()})

    def delete_project(self) -> EmptyResult:
        """Delete a project, if it exists; its builds stay."""
        self._backend.projects.pop(self._checked()["name"].rpartition("/")[2], None)
        return EmptyResult()

    def batch_get_projects(self) -> ActionResult:
        """Return those of the projects that exist, by name or ARN."""
        names, known = self._checked()["names"], self._backend.projects
        found = [known[name.rpartition("/")[2]].describe() for name in names if name.rpartition("/")[2] in known]
        missing = [name for name in names if name.rpartition("/")[2] not in known]
        return ActionResult({"projects": found} | ({"projectsNotFound": missing} if missing else {}))

    def list_projects(self) -> ActionResult:
        """Return the names of all projects."""
        request = self._checked()
        keys = {
            "NAME": lambda project: project.name,
            "CREATED_TIME": lambda project: project.created,
            "LAST_MODIFIED_TIME": lambda project: project.modified,
        }
        projects: list[Project] = sorted(self._backend.projects.values(), key=keys[request.get("sortBy", "NAME")])
        return _page("projects", [project.name for project in projects], request, default="ASCENDING")

    def _acceptable(self, given: Settings) -> Settings:
        settings = self._backend.completed(given)
        rules.check_project(settings, self.current_account)
        self._check_role(settings["serviceRole"], self._backend.arn("project", settings["name"]))
        return settings

    def _check_role(self, role: str, project_arn: str) -> None:
        try:
            assume_role(role, engine.PRINCIPAL, "CreateProject", self.region, project_arn)
        except ServiceException:
            raise InvalidInputException(engine.not_assumable(role)) from None

    # Builds

    def start_build(self) -> ActionResult:
        """Start a build, once for each idempotency token."""
        request = self._checked()
        project, token = self._backend.project(request["projectName"]), request.get("idempotencyToken")
        if token in self._backend.tokens:
            asked, build = self._backend.tokens[token]
            if now() - build.started < timedelta(seconds=durations.build_token_lifetime):
                if asked != request:
                    raise InvalidInputException("The idempotency token was used with other parameters.")
                return ActionResult({"build": build.describe()})
        pipeline = self.headers.get(PIPELINE)
        settings = self._backend.completed(rules.overridden(project.settings, request))
        rules.check_project(settings, self.current_account, by_pipeline=True)
        build = self._backend.new_build(project, settings, f"codepipeline/{pipeline}" if pipeline else self._caller())
        build.resolved_version = self.headers.get(REVISION)
        if token:
            self._backend.tokens[token] = (request, build)
        engine.Run(build, self.region).start()
        return ActionResult({"build": build.describe()})

    def stop_build(self) -> ActionResult:
        """Stop a build, if it runs."""
        build = self._backend.build(self._checked()["id"])
        build.stop()
        return ActionResult({"build": build.describe()})

    def batch_get_builds(self) -> ActionResult:
        """Return those of the builds that exist."""
        ids, found, missing = self._checked()["ids"], [], []
        for build_id in ids:
            build = self._backend.builds.get(build_id.rpartition("/")[2])
            if build:
                found.append(build.describe())
            else:
                missing.append(build_id)
        return ActionResult({"builds": found} | ({"buildsNotFound": missing} if missing else {}))

    def list_builds(self) -> ActionResult:
        """Return the ids of all builds, the newest first."""
        return _page("ids", _ids(self._backend.builds.values()), self._checked(), default="DESCENDING")

    def list_builds_for_project(self) -> ActionResult:
        """Return the ids of a project's builds, the newest first."""
        request = self._checked()
        builds = self._backend.project(request["projectName"]).builds
        return _page("ids", _ids(builds), request, default="DESCENDING")

    def _caller(self) -> str:
        """Return who calls, as builds name their initiators: a user, or a role with its session."""
        identity = sts_backends[self.current_account][self.partition].get_caller_identity(self.access_key, self.region)
        return str(identity[1]).partition("/")[2]


def _ids(builds: Any) -> list[str]:
    ordered: list[Build] = sorted(builds, key=lambda build: build.started)
    return [build.id for build in ordered]


def _page(name: str, items: list[str], request: Mapping[str, Any], *, default: str) -> ActionResult:
    """Return one page of items that ascend; a token is the number of items before its page."""
    token = request.get("nextToken", "0")
    if not token.isdecimal() or int(token) > len(items):
        raise InvalidInputException("Invalid next token")
    ordered = items if request.get("sortOrder", default) == "ASCENDING" else items[::-1]
    end = int(token) + _PAGE
    return ActionResult({name: ordered[int(token) : end]} | ({"nextToken": str(end)} if end < len(items) else {}))
