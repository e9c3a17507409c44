"""One execution, from what AWS says of it to what a person sees."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

import follow
from account import WorkshopError
from follow import Action, Definition, Execution, Stage

DEFINITION = Definition("p", (("Source", ("Data",)), ("Train", ("Start", "Status"))))
BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def detail(
    action: str, status: str, at: float = 0, took: float = 1, identity: str = "", **output: Any
) -> dict[str, Any]:
    """One of list_action_executions' actionExecutionDetails."""
    return {
        "stageName": "Source" if action == "Data" else "Train",
        "actionName": action,
        "actionExecutionId": identity or action,
        "status": status,
        "startTime": BEGAN + timedelta(seconds=at),
        "lastUpdateTime": BEGAN + timedelta(seconds=at + took),
        "output": output,
    }


def assembled(*details: dict[str, Any], status: str = "InProgress", now: float = 10) -> Execution:
    found = {"pipelineExecutionId": "e", "status": status, "trigger": {"triggerType": "CreatePipeline"}}
    return follow.assemble(DEFINITION, found, list(details), BEGAN + timedelta(seconds=now))


class CodePipeline:
    """Tells a prepared story: one execution status with its action details a look."""

    def __init__(self, *looks: tuple[str, list[dict[str, Any]]], state: dict[str, Any] | None = None) -> None:
        self.looks = list(looks)
        self.state = state or {"stageStates": []}

    def get_pipeline(self, name: str) -> dict[str, Any]:
        if name != "p":
            raise ClientError({"Error": {"Code": "PipelineNotFoundException", "Message": name}}, "GetPipeline")
        stages = [
            {"name": "Source", "actions": [{"name": "Data"}]},
            {"name": "Train", "actions": [{"name": "Status", "runOrder": 2}, {"name": "Start", "runOrder": 1}]},
        ]
        return {"pipeline": {"stages": stages}}

    def get_pipeline_execution(self, **_: str) -> dict[str, Any]:
        status, self.details = self.looks.pop(0)
        return {"pipelineExecution": {"pipelineExecutionId": "e", "status": status}}

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        half = len(self.details) // 2
        yield {"actionExecutionDetails": self.details[half:]}
        yield {"actionExecutionDetails": self.details[:half]}

    def get_pipeline_state(self, **_: str) -> dict[str, Any]:
        return self.state

    def client(self, _: str) -> "CodePipeline":
        """So that it is also the session."""
        return self


def test_actions_come_in_the_order_of_the_pipeline() -> None:
    execution = assembled(
        detail("Status", "InProgress", 2), detail("Start", "Succeeded", 1), detail("Data", "Succeeded")
    )
    assert [(stage.name, [action.name for action in stage.actions]) for stage in execution.stages] == [
        ("Source", ["Data"]),
        ("Train", ["Start", "Status"]),
    ]


def test_what_is_not_reached_is_absent() -> None:
    execution = assembled(detail("Data", "InProgress"))
    assert [stage.name for stage in execution.stages] == ["Source"]
    assert execution.action("Start") is None


def test_of_several_tries_the_latest_counts() -> None:
    execution = assembled(
        detail("Start", "Succeeded", 5, identity="second"), detail("Start", "Failed", 1, identity="first")
    )
    assert [(action.id, action.status) for action in execution.actions] == [("second", "Succeeded")]
    assert execution.failed is None


@pytest.mark.parametrize(
    ("details", "status"),
    [
        ([detail("Start", "Succeeded")], "InProgress"),  # Status is still to come
        ([detail("Start", "Succeeded"), detail("Status", "Succeeded")], "Succeeded"),
        ([detail("Start", "Succeeded"), detail("Status", "Failed")], "Failed"),
        ([detail("Start", "Failed"), detail("Status", "InProgress")], "Failed"),
        ([detail("Start", "Succeeded"), detail("Status", "Abandoned")], "Stopped"),
    ],
)
def test_a_stage_has_the_status_of_its_actions(details: list[dict[str, Any]], status: str) -> None:
    assert assembled(*details).stages[0].status == status


@pytest.mark.parametrize(
    ("status", "is_over"),
    [
        ("InProgress", False),
        ("Stopping", False),
        ("Stopped", True),
        ("Succeeded", True),
        ("Failed", True),
        ("Superseded", True),
        ("Cancelled", True),
        ("AWordOfTomorrow", True),
    ],
)
def test_every_status_is_over_or_not(status: str, is_over: bool) -> None:
    assert assembled(status=status).is_over is is_over


@pytest.mark.parametrize(("status", "seconds"), [("Succeeded", 1.5), ("InProgress", 8.0)])
def test_an_action_takes_the_time_between_start_and_end_or_now(status: str, seconds: float) -> None:
    assert assembled(detail("Data", status, 2, 1.5), now=10).actions[0].seconds == seconds


def test_the_trigger_and_the_output_variables_are_kept() -> None:
    execution = assembled(detail("Data", "Succeeded", outputVariables={"rmse": "0.6"}))
    assert execution.trigger == "CreatePipeline"
    assert execution.actions[0].variables == {"rmse": "0.6"}


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"externalExecutionSummary": "0.6 of 0.8"}, "0.6 of 0.8"),
        ({"externalExecutionSummary": "x", "errorDetails": {"message": "hp-eta=2"}}, "hp-eta=2"),
        ({}, ""),
    ],
)
def test_the_message_is_the_error_or_the_summary(result: dict[str, Any], message: str) -> None:
    assert assembled(detail("Data", "Failed", executionResult=result)).actions[0].message == message


def test_a_message_that_only_the_pipeline_state_knows_is_found() -> None:
    failed = {"actionExecutionId": "Start", "status": "Failed", "errorDetails": {"message": "hp-eta=2"}}
    state = {"stageStates": [{"stageName": "Train", "actionStates": [{}, {"latestExecution": failed}]}]}
    codepipeline = CodePipeline(("Failed", [detail("Start", "Failed")]), state=state)
    execution = follow.look(codepipeline, DEFINITION, "e")
    assert execution.failed
    assert execution.failed.message == "hp-eta=2"


def test_a_message_of_another_execution_is_not_taken() -> None:
    other = {"actionExecutionId": "another", "status": "Failed", "errorDetails": {"message": "hp-eta=2"}}
    state = {"stageStates": [{"stageName": "Train", "actionStates": [{"latestExecution": other}]}]}
    execution = follow.look(CodePipeline(("Failed", [detail("Start", "Failed")]), state=state), DEFINITION, "e")
    assert execution.failed
    assert execution.failed.message == ""


def story() -> CodePipeline:
    done = detail("Data", "Succeeded", outputVariables={"VersionId": "v"}, executionResult={})
    error = {"errorDetails": {"message": "hp-eta=2: expected\n0 to 1" + " and so on" * 30}}
    return CodePipeline(
        ("InProgress", []),
        ("InProgress", [detail("Data", "InProgress")]),
        ("InProgress", [done]),
        ("Failed", [done, detail("Start", "Failed", executionResult=error)]),
    )


def test_in_a_pipe_each_change_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    follow.follow(story(), "p", "e")
    told = [line.partition(" s  ") for line in capsys.readouterr().out.splitlines()]
    times = [float(time) for time, _, _ in told]
    assert times == sorted(times)
    assert [line for _, _, line in told] == [
        "Source/Data  InProgress",
        "Source/Data  Succeeded  1.0 s",
        "Train/Start  InProgress",  # which no look has seen
        "Train/Start  Failed  1.0 s  hp-eta=2: expected 0 to 1" + " and so on" * 30,
    ]


def test_every_look_is_told_and_the_last_returned() -> None:
    seen: list[Execution] = []
    last = follow.follow(story(), "p", "e", seen.append)
    assert [execution.status for execution in seen] == ["InProgress", "InProgress", "InProgress", "Failed"]
    assert last == seen[-1]


def test_on_a_terminal_the_table_shows_all_actions() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    codepipeline = story()
    for _ in follow.show_live(console, DEFINITION, follow.watch(codepipeline, DEFINITION, "e")):
        pass
    # What stands there at the end: after the last time that the cursor went up.
    last = screen.getvalue().rpartition("\x1b[2K")[2]
    rows = [line.split() for line in last.splitlines()]
    assert rows[1] == ["Stage", "Action", "Status", "Time"]
    assert rows[2][:3] == ["Source", "Data", "Succeeded"]
    assert rows[3][:6] == ["Train", "Start", "Failed", "1.0", "s", "hp-eta=2:"]
    assert rows[3][-1].endswith("…")
    assert rows[4] == ["Status"]


@pytest.mark.parametrize(("status", "is_whole"), [("InProgress", False), ("Succeeded", True)])
def test_scores_are_told_whole_in_the_end_however_narrow_the_terminal(status: str, is_whole: bool) -> None:
    scores = "Dev: 240 rows, RMSE 0.669 (always the training mean: 0.794), MAE 0.522"
    test = Action("Train", "Status", "Succeeded", 1.0, scores, {"rmse": "0.669"}, "a")
    view = follow.LiveView(DEFINITION)
    view.take(Execution("p", "e", status, "", (Stage("Train", status, (test,)),)))
    console = Console(file=io.StringIO(), width=60)
    with console.capture() as screen:
        console.print(view)
    beside = " ".join(" ".join(line[40:] for line in screen.get().splitlines()).split())
    assert ("MAE 0.522" in beside, "…" in beside) == (is_whole, not is_whole)


def test_a_pipeline_that_is_not_there_names_make_deploy() -> None:
    with pytest.raises(WorkshopError, match="no pipeline mlops-builtinalgo-me42 here: make deploy SUFFIX=me42"):
        follow.define(CodePipeline(), "mlops-builtinalgo-me42")
