"""The state of pipelines, their executions, actions and jobs. No HTTP and no threads; whoever changes a pipeline's
state, or reads more than one thing of it, holds its ``changed``."""

import threading
import uuid
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from localaws.clock import clock
from localaws.codepipeline.errors import (
    JobNotFoundException,
    PipelineExecutionNotFoundException,
    PipelineNameInUseException,
    PipelineNotFoundException,
    ResourceNotFoundException,
)

Declaration = dict[str, Any]
MANUALLY, BY_ITSELF = "ManualStageRetry", "AutomatedStageRetry"  # botocore StageRetryTrigger


def now() -> datetime:
    """Return the present moment, as all times of this service are kept."""
    return datetime.fromtimestamp(clock.now(), UTC)


def new_id() -> str:
    """Return an id of the form that CodePipeline gives to executions, actions and jobs."""
    return str(uuid.uuid4())


class ActionFailure(Exception):  # noqa: N818 -- not an error of ours but an outcome
    """An action's failure, as the console shows it: a code and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Artifact:
    """Where an artifact of one execution is, and which source revision it holds (None when an action made it)."""

    name: str
    bucket: str
    key: str
    revision: str | None = None


@dataclass(frozen=True)
class Revision:
    """What a source action found."""

    action: str
    artifact: str
    id: str
    change_id: str
    summary: str
    created: datetime
    url: str


@dataclass
class ActionExecution:
    """One run of an action."""

    stage: str
    declaration: Declaration
    inputs: list[Artifact]
    outputs: list[Artifact]
    id: str = field(default_factory=new_id)
    status: str = "InProgress"
    started: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    configuration: dict[str, str] = field(default_factory=dict)  # with all variables resolved
    summary: str | None = None
    external_id: str | None = None
    external_url: str | None = None
    percent_complete: int | None = None
    updated_by: str | None = None
    error: tuple[str, str] | None = None  # code and message
    variables: dict[str, str] = field(default_factory=dict)
    revision: Revision | None = None
    job: "Job | None" = None  # the latest
    token: str | None = None  # by which a person answers an approval
    answer: str | None = None  # Approved or Rejected

    @property
    def name(self) -> str:
        """The action's name."""
        return str(self.declaration["name"])

    @property
    def in_progress(self) -> bool:
        """Whether it still runs."""
        return self.status == "InProgress"

    def fetched(self, revision: Revision, variables: dict[str, str]) -> None:
        """Record what a source action has put into its output artifact."""
        self.revision, self.variables = revision, variables
        self.outputs = [replace(self.outputs[0], revision=revision.id)]
        self.summary, self.external_id = revision.summary, revision.id


@dataclass(frozen=True)
class Retry:
    """That a stage was tried again, and by whom."""

    trigger: str
    at: datetime = field(default_factory=now)


@dataclass
class Execution:
    """One execution of a pipeline, bound to the definition that it started with."""

    definition: Declaration
    trigger: tuple[str, str]  # type and detail
    variables: dict[str, str]
    source_revisions: dict[str, dict[str, str]]  # what the caller chose, by source action and type of revision
    id: str = field(default_factory=new_id)
    status: str = "InProgress"
    started: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    stages: dict[str, str] = field(default_factory=dict)  # the status of each stage that it entered
    actions: list[ActionExecution] = field(default_factory=list)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    stop_reason: str | None = None
    retries: defaultdict[str, list[Retry]] = field(default_factory=lambda: defaultdict(list))  # each stage's
    rolls_back: "Rollback | None" = None
    runner: threading.Thread | None = None  # which takes it through its stages

    @property
    def in_progress(self) -> bool:
        """Whether it has yet to end."""
        return self.status in ("InProgress", "Stopping")

    @property
    def mode(self) -> str:
        """How it shares the pipeline with other executions."""
        return str(self.definition["executionMode"])

    @property
    def route(self) -> list[Declaration]:
        """The stages that it goes through."""
        stages: list[Declaration] = self.definition["stages"]
        return [stage for stage in stages if self.rolls_back is None or stage["name"] == self.rolls_back.stage]

    def latest_actions(self, stage: str) -> dict[str, ActionExecution]:
        """The last run of each action of a stage, by name."""
        return {action.name: action for action in self.actions if action.stage == stage}


@dataclass(frozen=True)
class Rollback:
    """Which stage an execution rolls back, and to which earlier execution.

    That it goes through no other stage is not proven on AWS.
    """

    stage: str
    target: Execution


@dataclass(frozen=True)
class Disabled:
    """Who closed the way into a stage, when and why."""

    by: str
    reason: str
    at: datetime = field(default_factory=now)


@dataclass
class Stage:
    """A stage of a pipeline as executions pass through it."""

    inside: list[Execution] = field(default_factory=list)  # at most one, but for executions in PARALLEL mode
    waiting: deque[Execution] = field(default_factory=deque)
    latest: Execution | None = None
    disabled: Disabled | None = None
    latest_actions: dict[str, ActionExecution] = field(default_factory=dict)


@dataclass
class Job:
    """What a Lambda function is asked to do for an action, once; a continuation is another job."""

    pipeline: "Pipeline"
    execution: Execution
    action: ActionExecution
    data: dict[str, Any]
    id: str = field(default_factory=new_id)
    status: str = "InProgress"
    continuation_token: str | None = None  # what the function answered


class Pipeline:
    """A pipeline, all of its versions and executions."""

    def __init__(
        self, account_id: str, region: str, partition: str, definition: Declaration, tags: dict[str, str]
    ) -> None:
        self.account_id, self.region = account_id, region
        self.versions = [definition | {"version": 1}]
        self.arn = f"arn:{partition}:codepipeline:{region}:{account_id}:{definition['name']}"
        self.tags = tags
        self.created = self.updated = now()
        self.executions: dict[str, Execution] = {}
        self.request_tokens: dict[str, str] = {}
        self.stages: dict[str, Stage] = {}
        self.jobs: dict[str, Job] = {}
        self.watched = False  # whether a thread polls its sources
        self.deleted = False
        self.changed = threading.Condition()

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.definition["name"])

    @property
    def definition(self) -> Declaration:
        """The current version."""
        return self.versions[-1]

    def update(self, definition: Declaration) -> None:
        """Make this the next version."""
        self.versions.append(definition | {"version": len(self.versions) + 1})
        self.updated = now()

    def stage(self, name: str) -> Stage:
        """Return a stage's state."""
        return self.stages.setdefault(name, Stage())

    def must_exist(self) -> None:
        """Raise PipelineNotFoundException if it was deleted while this request was on its way."""
        if self.deleted:
            raise PipelineNotFoundException(f"The pipeline '{self.name}' was deleted.")

    def has_outgrown(self, execution: Execution) -> bool:
        """Return whether it was updated since an execution started."""
        return bool(execution.definition["version"] != self.definition["version"])

    def execution(self, execution_id: str) -> Execution:
        """Return an execution or raise PipelineExecutionNotFoundException."""
        if execution_id not in self.executions:
            raise PipelineExecutionNotFoundException(
                f"The pipeline execution with id '{execution_id}' does not exist for the pipeline '{self.name}'."
            )
        return self.executions[execution_id]


class PipelinesBackend(BaseBackend):
    """The pipelines of one account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.pipelines: dict[str, Pipeline] = {}

    def add(self, definition: Declaration, tags: dict[str, str]) -> Pipeline:
        """Create a pipeline or raise PipelineNameInUseException."""
        name = definition["name"]
        pipeline = Pipeline(self.account_id, self.region_name, self.partition, definition, tags)
        if self.pipelines.setdefault(name, pipeline) is not pipeline:
            raise PipelineNameInUseException(
                f"A pipeline with the name '{name}' already exists in account '{self.account_id}'"
            )
        return pipeline

    def get(self, name: str) -> Pipeline:
        """Return a pipeline or raise PipelineNotFoundException."""
        if name not in self.pipelines:
            raise PipelineNotFoundException(f"Account '{self.account_id}' does not have a pipeline with name '{name}'")
        return self.pipelines[name]

    def by_arn(self, arn: str) -> Pipeline:
        """Return a pipeline or raise ResourceNotFoundException."""
        name = arn.rpartition(":")[2]
        if name not in self.pipelines:
            raise ResourceNotFoundException(
                f"The account with id '{self.account_id}' does not include a pipeline with the name '{name}'"
            )
        return self.pipelines[name]

    def job(self, job_id: str) -> Job:
        """Return a job of any pipeline or raise JobNotFoundException."""
        for pipeline in list(self.pipelines.values()):
            if job_id in pipeline.jobs:
                return pipeline.jobs[job_id]
        raise JobNotFoundException(f"Job with id '{job_id}' could not be found.")


pipelines_backends = BackendDict(PipelinesBackend, "codepipeline")
