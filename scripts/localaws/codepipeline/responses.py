"""CodePipeline's API."""

from typing import Any, TypeVar

from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.sts.models import sts_backends

from localaws import constraints
from localaws.codepipeline import approvals, control, engine, jobs, polling, views
from localaws.codepipeline.errors import (
    InvalidNextTokenException,
    PipelineVersionNotFoundException,
    TooManyTagsException,
    ValidationException,
)
from localaws.codepipeline.models import Declaration, Pipeline, PipelinesBackend, now, pipelines_backends
from localaws.codepipeline.roles import check_roles
from localaws.codepipeline.starting import start, variables
from localaws.codepipeline.structure import check_structure, completed

# By this header EventBridge says which rule starts an execution; AWS keeps that inside.
STARTED_BY_RULE = "x-localaws-started-by-rule"
_MAXIMUM_TAGS = 50

Entry = TypeVar("Entry")


class PipelinesResponse(BaseResponse):
    """One method an operation."""

    def __init__(self) -> None:
        super().__init__(service_name="codepipeline")
        self.automated_parameter_parsing = True

    @property
    def _backend(self) -> PipelinesBackend:
        return pipelines_backends[self.current_account][self.region]  # type: ignore[no-any-return]

    def _checked(self) -> dict[str, Any]:
        """Return the request's parameters, once they keep within the limits of the service model."""
        parameters = dict(self.params)
        constraints.check("codepipeline", self._get_action(), parameters)
        return parameters

    def _pipeline(self, parameter: str) -> Pipeline:
        return self._backend.get(self._checked()[parameter])

    # Pipelines

    def create_pipeline(self) -> ActionResult:
        """Create a pipeline and start its first execution."""
        request = self._checked()
        definition = self._acceptable(request["pipeline"])
        tags = _tags(request.get("tags") or [], {}, definition["name"])
        variables(definition, [])
        pipeline = self._backend.add(definition, tags)
        polling.watch(pipeline)
        with pipeline.changed:
            start(pipeline, ("CreatePipeline", self._caller_arn()))
        return ActionResult({"pipeline": pipeline.definition, "tags": _tag_list(pipeline)})

    def get_pipeline(self) -> ActionResult:
        """Return a pipeline's definition, the current one or an older version."""
        pipeline, version = self._pipeline("name"), self._get_param("version")
        if version and version > len(pipeline.versions):
            raise PipelineVersionNotFoundException(f"Pipeline '{pipeline.name}' has no version {version}")
        definition = pipeline.versions[version - 1] if version else pipeline.definition
        metadata = {"pipelineArn": pipeline.arn, "created": pipeline.created, "updated": pipeline.updated}
        return ActionResult({"pipeline": definition, "metadata": metadata})

    def update_pipeline(self) -> ActionResult:
        """Make a new version of a pipeline; executions under way do not go on."""
        definition = self._checked()["pipeline"]
        pipeline = self._backend.get(definition["name"])
        definition = self._acceptable(definition)
        with pipeline.changed:
            engine.update(pipeline, definition)
        polling.watch(pipeline)
        return ActionResult({"pipeline": pipeline.definition})

    def delete_pipeline(self) -> EmptyResult:
        """Delete a pipeline, if it exists, and abandon what it is doing."""
        pipeline = self._backend.pipelines.pop(self._checked()["name"], None)
        if pipeline:
            with pipeline.changed:
                pipeline.deleted = True
                engine.abandon_all([pipeline])
                pipeline.changed.notify_all()
        return EmptyResult()

    def list_pipelines(self) -> ActionResult:
        """Return the pipelines by name."""
        request = self._checked()
        pipelines = sorted(self._backend.pipelines.values(), key=lambda pipeline: pipeline.name)
        page, token = _page(pipelines, request, default=1000)
        summaries = [
            {
                "name": pipeline.name,
                "version": pipeline.definition["version"],
                "pipelineType": pipeline.definition["pipelineType"],
                "executionMode": pipeline.definition["executionMode"],
                "created": pipeline.created,
                "updated": pipeline.updated,
            }
            for pipeline in page
        ]
        return ActionResult(views.stated({"pipelines": summaries, "nextToken": token}))

    def get_pipeline_state(self) -> ActionResult:
        """Return what every stage and action is doing."""
        pipeline = self._pipeline("name")
        with pipeline.changed:
            return ActionResult(views.pipeline_state(pipeline))

    def _acceptable(self, given: Declaration) -> Declaration:
        definition = completed({name: value for name, value in given.items() if name != "version"})
        check_structure(definition, self.region)
        arn = f"arn:{self.partition}:codepipeline:{self.region}:{self.current_account}:{definition['name']}"
        check_roles(definition, self.region, arn)
        return definition

    def _caller_arn(self) -> str:
        identity = sts_backends[self.current_account][self.partition].get_caller_identity(self.access_key, self.region)
        return str(identity[1])

    # Executions

    def start_pipeline_execution(self) -> ActionResult:
        """Start an execution, once for each client request token."""
        request = self._checked()
        pipeline, token = self._backend.get(request["name"]), request.get("clientRequestToken")
        rule = self.headers.get(STARTED_BY_RULE)
        trigger = ("CloudWatchEvent", rule) if rule else ("StartPipelineExecution", self._caller_arn())
        with pipeline.changed:
            if token is None or token not in pipeline.request_tokens:
                given = request.get("variables") or [], request.get("sourceRevisions") or []
                execution = start(pipeline, trigger, *given)
                if token is None:
                    return ActionResult({"pipelineExecutionId": execution.id})
                pipeline.request_tokens[token] = execution.id
            return ActionResult({"pipelineExecutionId": pipeline.request_tokens[token]})

    def stop_pipeline_execution(self) -> ActionResult:
        """Stop an execution after its running actions, or abandon them."""
        request = self._checked()
        pipeline = self._backend.get(request["pipelineName"])
        execution = pipeline.execution(request["pipelineExecutionId"])
        with pipeline.changed:
            control.stop(pipeline, execution, request.get("reason", ""), abandon=bool(request.get("abandon")))
        return ActionResult({"pipelineExecutionId": execution.id})

    def retry_stage_execution(self) -> ActionResult:
        """Run a stage's failed actions, or all of its actions, again."""
        request = self._checked()
        pipeline, execution_id = self._backend.get(request["pipelineName"]), request["pipelineExecutionId"]
        with pipeline.changed:
            control.retry(pipeline, execution_id, request["stageName"], request["retryMode"])
        return ActionResult({"pipelineExecutionId": execution_id})

    def rollback_stage(self) -> ActionResult:
        """Run a stage again with what an earlier execution brought into it."""
        request = self._checked()
        pipeline, target = self._backend.get(request["pipelineName"]), request["targetPipelineExecutionId"]
        with pipeline.changed:
            execution = control.roll_back(pipeline, request["stageName"], target, self._caller_arn())
        return ActionResult({"pipelineExecutionId": execution.id})

    def disable_stage_transition(self) -> EmptyResult:
        """Close the way into a stage."""
        pipeline, request = self._pipeline("pipelineName"), self.params
        _check_transition(request)
        with pipeline.changed:
            control.disable_transition(pipeline, request["stageName"], request["reason"], self._caller_arn())
        return EmptyResult()

    def enable_stage_transition(self) -> EmptyResult:
        """Open the way into a stage again."""
        pipeline, request = self._pipeline("pipelineName"), self.params
        _check_transition(request)
        with pipeline.changed:
            control.enable_transition(pipeline, request["stageName"])
        return EmptyResult()

    def put_approval_result(self) -> ActionResult:
        """Approve or reject what a manual approval action waits for."""
        request = self._checked()
        pipeline = self._backend.get(request["pipelineName"])
        with pipeline.changed:
            action = control.approval(pipeline, request["stageName"], request["actionName"], request["token"])
            approvals.answer(action, request["result"], self._caller_arn())
            pipeline.changed.notify_all()
        return ActionResult({"approvedAt": now()})

    def get_pipeline_execution(self) -> ActionResult:
        """Return one execution."""
        pipeline = self._pipeline("pipelineName")
        execution = pipeline.execution(self.params["pipelineExecutionId"])
        with pipeline.changed:
            return ActionResult({"pipelineExecution": views.execution_details(pipeline, execution)})

    def list_pipeline_executions(self) -> ActionResult:
        """Return executions, the newest first."""
        pipeline, request = self._pipeline("pipelineName"), self.params
        stage = request.get("filter", {}).get("succeededInStage", {}).get("stageName")
        with pipeline.changed:
            found = [e for e in pipeline.executions.values() if not stage or e.stages.get(stage) == "Succeeded"]
            page, token = _page(found[::-1], request)
            summaries = [views.execution_summary(execution) for execution in page]
        return ActionResult(views.stated({"pipelineExecutionSummaries": summaries, "nextToken": token}))

    def list_action_executions(self) -> ActionResult:
        """Return runs of actions, the newest first, of all executions or of one."""
        pipeline, request = self._pipeline("pipelineName"), self.params
        wanted = request.get("filter", {})
        latest = wanted.get("latestInPipelineExecution", {})
        only = latest.get("pipelineExecutionId") or wanted.get("pipelineExecutionId")
        with pipeline.changed:
            executions = [pipeline.execution(only)] if only else list(pipeline.executions.values())
            runs = [(execution, action) for execution in executions for action in execution.actions]
            if latest.get("startTimeRange") == "Latest":  # of each action its last run
                runs = list({(action.stage, action.name): (execution, action) for execution, action in runs}.values())
            runs.sort(key=lambda run: run[1].started, reverse=True)
            page, token = _page(runs, request)
            details = [views.action_details(pipeline, execution, action) for execution, action in page]
        return ActionResult(views.stated({"actionExecutionDetails": details, "nextToken": token}))

    # Jobs

    def get_job_details(self) -> ActionResult:
        """Return a job with its pipeline, stage and action."""
        return ActionResult({"jobDetails": views.job_details(self._backend.job(self._checked()["jobId"]))})

    def put_job_success_result(self) -> EmptyResult:
        """Report that a job is done, or that it goes on."""
        request = self._checked()
        jobs.succeed(self._backend.job(request["jobId"]), request)
        return EmptyResult()

    def put_job_failure_result(self) -> EmptyResult:
        """Report that a job has failed."""
        request = self._checked()
        jobs.fail(self._backend.job(request["jobId"]), request["failureDetails"])
        return EmptyResult()

    # Tags

    def list_tags_for_resource(self) -> ActionResult:
        """Return a pipeline's tags."""
        return ActionResult({"tags": _tag_list(self._backend.by_arn(self._checked()["resourceArn"]))})

    def tag_resource(self) -> EmptyResult:
        """Add tags to a pipeline."""
        request = self._checked()
        pipeline = self._backend.by_arn(request["resourceArn"])
        pipeline.tags = _tags(request["tags"], pipeline.tags, pipeline.arn)
        return EmptyResult()

    def untag_resource(self) -> EmptyResult:
        """Remove tags from a pipeline."""
        request = self._checked()
        pipeline = self._backend.by_arn(request["resourceArn"])
        pipeline.tags = {key: value for key, value in pipeline.tags.items() if key not in request["tagKeys"]}
        return EmptyResult()


def _check_transition(request: dict[str, Any]) -> None:
    if request["transitionType"] != "Inbound":
        raise ValidationException("Local AWS supports the transition type Inbound alone, as the console does.")


def _tags(given: list[dict[str, str]], present: dict[str, str], resource: str) -> dict[str, str]:
    tags = present | {tag["key"]: tag["value"] for tag in given}
    if sum(not key.startswith("aws:") for key in tags) > _MAXIMUM_TAGS:
        raise TooManyTagsException(f"Tag limit exceeded for resource [{resource}].")
    return tags


def _tag_list(pipeline: Pipeline) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in sorted(pipeline.tags.items())]


def _page(entries: list[Entry], request: dict[str, Any], default: int = 100) -> tuple[list[Entry], str | None]:
    """Return one page and the token of the next; a token is the number of entries before its page."""
    token, size = request.get("nextToken") or "0", request.get("maxResults") or default
    if not token.isdecimal() or int(token) > len(entries):
        raise InvalidNextTokenException("The next token is not valid.")
    first, end = int(token), int(token) + size
    return entries[first:end], str(end) if end < len(entries) else None
