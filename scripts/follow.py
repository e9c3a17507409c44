"""Follow one execution of a pipeline: a live table on a terminal, a line for each change in a pipe.

What is known of it at any moment is an Execution; ``watch`` yields one after the other, ``follow`` shows them.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

import account
from account import WorkshopError

# An execution with any other status is over, also with one that AWS may add (botocore: PipelineExecutionStatus).
RUNNING = {"InProgress", "Stopping"}
COLOURS = {"Succeeded": "green", "Failed": "red", "InProgress": "yellow"}
SECONDS_BETWEEN_LOOKS = 3.0
# The event of a new train.csv, or of a push, takes some seconds to reach CodePipeline. AWS promises no time.
SECONDS_OF_AN_EVENT = 60.0


@dataclass(frozen=True)
class Artifact:
    """Where in S3 an action put what it handed on."""

    bucket: str
    key: str


@dataclass(frozen=True)
class Action:
    """The latest try of an action in this execution."""

    stage: str
    name: str
    status: str
    seconds: float
    message: str
    variables: dict[str, str]
    id: str
    began: datetime | None = None
    artifacts: tuple[Artifact, ...] = ()
    external_id: str = ""
    """What the action started, such as a build."""


@dataclass(frozen=True)
class Stage:
    name: str
    status: str
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Execution:
    """How far an execution has come. Stages and actions that it has not reached are absent."""

    pipeline: str
    id: str
    status: str
    trigger: str
    stages: tuple[Stage, ...]

    @property
    def actions(self) -> tuple[Action, ...]:
        return tuple(action for stage in self.stages for action in stage.actions)

    @property
    def is_over(self) -> bool:
        return self.status not in RUNNING

    @property
    def failed(self) -> Action | None:
        return next((action for action in self.actions if action.status == "Failed"), None)

    def action(self, name: str) -> Action | None:
        return next((action for action in self.actions if action.name == name), None)


@dataclass(frozen=True)
class Definition:
    """The stages of a pipeline and the names of their actions, in the order in which they run."""

    pipeline: str
    stages: tuple[tuple[str, tuple[str, ...]], ...]


def follow(
    session: Any, pipeline: str, execution_id: str, seen: Callable[[Execution], None] | None = None
) -> Execution:
    """Show an execution until its end and return it. ``seen`` is told of every look at it."""
    codepipeline = session.client("codepipeline")
    definition = define(codepipeline, pipeline)
    console = Console(highlight=False)
    show = show_live if console.is_terminal and not console.is_dumb_terminal else show_lines
    looks = watch(codepipeline, definition, execution_id)
    return deque(show(console, definition, _told(looks, seen)), maxlen=1).pop()


def _told(looks: Iterator[Execution], seen: Callable[[Execution], None] | None) -> Iterator[Execution]:
    """Pass looks on, each after it was told: what a person has read is known, also when they interrupt then."""
    for execution in looks:
        if seen:
            seen(execution)
        yield execution


def watch(codepipeline: Any, definition: Definition, execution_id: str) -> Iterator[Execution]:
    """Yield what is known of an execution, again and again, the last time when it is over."""
    delays = account.delays(SECONDS_BETWEEN_LOOKS)
    before: Execution | None = None
    while True:
        execution = look(codepipeline, definition, execution_id)
        yield execution
        if execution.is_over:
            return
        if before and statuses(before) != statuses(execution):
            delays = account.delays(SECONDS_BETWEEN_LOOKS)  # what follows a change is often quick
        before = execution
        sleep(next(delays))


def look(codepipeline: Any, definition: Definition, execution_id: str) -> Execution:
    # The execution first: when it is over, the actions read after it are the final ones.
    found = codepipeline.get_pipeline_execution(pipelineName=definition.pipeline, pipelineExecutionId=execution_id)[
        "pipelineExecution"
    ]
    pages = codepipeline.get_paginator("list_action_executions").paginate(
        pipelineName=definition.pipeline, filter={"pipelineExecutionId": execution_id}
    )
    details = [detail for page in pages for detail in page["actionExecutionDetails"]]
    execution = assemble(definition, found, details, datetime.now(UTC))
    if execution.failed and not execution.failed.message:
        errors = messages(codepipeline.get_pipeline_state(name=definition.pipeline))
        details = [with_message(detail, errors) for detail in details]
        execution = assemble(definition, found, details, datetime.now(UTC))
    return execution


def executions(codepipeline: Any, pipeline: str) -> list[dict[str, Any]]:
    """All executions of a pipeline, the newest first."""
    pages = codepipeline.get_paginator("list_pipeline_executions").paginate(pipelineName=pipeline)
    return [summary for page in pages for summary in page["pipelineExecutionSummaries"]]


def define(codepipeline: Any, pipeline: str) -> Definition:
    try:
        declared = codepipeline.get_pipeline(name=pipeline)["pipeline"]
    except ClientError as error:
        if account.code(error) == "PipelineNotFoundException":
            suffix = pipeline.rpartition("-")[2]
            raise WorkshopError(f"There is no pipeline {pipeline} here: make deploy SUFFIX={suffix}") from None
        raise
    return Definition(
        pipeline,
        tuple(
            (
                stage["name"],
                tuple(action["name"] for action in sorted(stage["actions"], key=lambda one: one.get("runOrder", 1))),
            )
            for stage in declared["stages"]
        ),
    )


def assemble(definition: Definition, found: dict[str, Any], details: list[dict[str, Any]], now: datetime) -> Execution:
    """What AWS says of an execution and its actions, in the order of the pipeline. Pure."""
    tries = {(detail["stageName"], detail["actionName"]): detail for detail in sorted(details, key=start_time)}
    stages = []
    for stage, names in definition.stages:
        actions = tuple(to_action(tries[stage, name], now) for name in names if (stage, name) in tries)
        if actions:
            stages.append(Stage(stage, stage_status(actions, len(names)), actions))
    return Execution(
        pipeline=definition.pipeline,
        id=found["pipelineExecutionId"],
        status=found["status"],
        trigger=found.get("trigger", {}).get("triggerType", ""),
        stages=tuple(stages),
    )


def to_action(detail: dict[str, Any], now: datetime) -> Action:
    output = detail.get("output", {})
    result = output.get("executionResult", {})
    ended = now if detail["status"] == "InProgress" else detail.get("lastUpdateTime", now)
    message = result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary") or ""
    return Action(
        stage=detail["stageName"],
        name=detail["actionName"],
        status=detail["status"],
        seconds=round(max(0.0, (ended - start_time(detail)).total_seconds()), 1),
        message=message,
        variables=dict(output.get("outputVariables", {})),
        id=detail["actionExecutionId"],
        began=start_time(detail),
        artifacts=tuple(
            Artifact(one["s3location"]["bucket"], one["s3location"]["key"])
            for one in output.get("outputArtifacts", [])
            if "s3location" in one
        ),
        external_id=result.get("externalExecutionId", ""),
    )


def start_time(detail: dict[str, Any]) -> datetime:
    started: datetime = detail["startTime"]
    return started


def stage_status(actions: tuple[Action, ...], declared: int) -> str:
    """A stage's status by those of its actions: list_action_executions tells none."""
    words = {action.status for action in actions}
    for word in ("Failed", "InProgress", "Abandoned"):
        if word in words:
            return "Stopped" if word == "Abandoned" else word
    return "Succeeded" if len(actions) == declared else "InProgress"


def messages(state: dict[str, Any]) -> dict[str, str]:
    """The error of each action execution that get_pipeline_state knows: older ones tell it nowhere else."""
    latest = [
        action["latestExecution"]
        for stage in state["stageStates"]
        for action in stage.get("actionStates", [])
        if "latestExecution" in action
    ]
    return {
        one["actionExecutionId"]: one.get("errorDetails", {}).get("message") or one.get("summary", "")
        for one in latest
        if "actionExecutionId" in one
    }


def with_message(detail: dict[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    message = errors.get(detail["actionExecutionId"])
    if not message or detail["status"] != "Failed":
        return detail
    return {**detail, "output": {**detail.get("output", {}), "executionResult": {"errorDetails": {"message": message}}}}


def statuses(execution: Execution) -> tuple[tuple[str, str], ...]:
    return tuple((action.id, action.status) for action in execution.actions)


def show_lines(console: Console, definition: Definition, executions: Iterator[Execution]) -> Iterator[Execution]:
    """One line for each change of an action's status: for pipes, logs and terminals that cannot move the cursor."""
    began, at = monotonic(), 0.0
    told: dict[str, str] = {}
    for execution in executions:
        for action in execution.actions:
            before = told.get(action.id)
            if before == action.status:
                continue
            told[action.id] = action.status
            last, at = at, monotonic() - began
            took = "" if action.status == "InProgress" else f"  {action.seconds:.1f} s"
            lines = [f"{at:7.1f} s  {action.stage}/{action.name}  {action.status}{took}  {one_line(action.message)}"]
            if took and before is None:  # it began and ended between two looks
                lines.insert(0, f"{max(last, at - action.seconds):7.1f} s  {action.stage}/{action.name}  InProgress")
            for line in lines:
                # Not the console's print: it would wrap long messages at the width of a terminal that is not there.
                print(line.rstrip(), file=console.file, flush=True)
        yield execution


def show_live(console: Console, definition: Definition, executions: Iterator[Execution]) -> Iterator[Execution]:
    """A table of all actions, also those to come, redrawn as time passes."""
    view = LiveView(definition)
    with Live(get_renderable=lambda: view, console=console, refresh_per_second=5):
        for execution in executions:
            view.take(execution)
            yield execution


class LiveView:
    """The table of an execution at this moment: between two looks, only the running time grows."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.execution: Execution | None = None
        self.began = self.taken = monotonic()

    def take(self, execution: Execution) -> None:
        self.execution, self.taken = execution, monotonic()

    def __rich__(self) -> Table:
        elapsed = monotonic() - self.began
        table = Table(
            title=f"{self.definition.pipeline}  {elapsed:.0f} s", title_justify="left", box=None, pad_edge=False
        )
        for heading in ("Stage", "Action", "Status"):
            table.add_column(heading, no_wrap=True)
        table.add_column("Time", justify="right", no_wrap=True)
        table.add_column("")  # the one column that gives way when the terminal is narrow
        reached = {(action.stage, action.name): action for action in self.execution.actions} if self.execution else {}
        for stage, names in self.definition.stages:
            for index, name in enumerate(names):
                self.add_row(table, stage if index == 0 else "", name, reached.get((stage, name)))
        return table

    def add_row(self, table: Table, stage: str, name: str, action: Action | None) -> None:
        if action is None:
            table.add_row(stage, Text(name, "dim"), "", "", "")
            return
        seconds = action.seconds
        if action.status == "InProgress":
            seconds += monotonic() - self.taken
        status = Text(action.status, COLOURS.get(action.status, ""))
        # While the table is redrawn a row is a line; scores are the result, and told whole in the end.
        is_result = self.execution is not None and self.execution.is_over and "rmse" in action.variables
        message = Text(one_line(action.message), no_wrap=not is_result, overflow="fold" if is_result else "ellipsis")
        table.add_row(stage, name, status, f"{seconds:.1f} s", message)


def one_line(message: str) -> str:
    return " ".join(message.split())
