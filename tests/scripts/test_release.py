"""A release follows what runs, or starts an execution; its result is the exit status."""

from dataclasses import replace
from typing import Any

import pytest

import account
import follow
import release
from account import Account
from follow import Action, Execution, Stage

FAILED = Action("Train", "StartTraining", "Failed", 0.4, "hp-eta=2: expected 0 to 1", {}, "a")
EXECUTION = Execution(
    "mlops-builtinalgo-me42", "e", "Succeeded", "CreatePipeline", (Stage("Train", "Failed", (FAILED,)),)
)


class CodePipeline:
    """A pipeline with these executions, the newest first."""

    def __init__(self, *statuses: str) -> None:
        self.executions = [
            {"pipelineExecutionId": f"e{number}", "status": status} for number, status in enumerate(statuses)
        ]

    def get_pipeline(self, name: str) -> dict[str, Any]:
        return {"pipeline": {"name": name, "stages": []}}

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"pipelineExecutionSummaries": [one]} for one in self.executions]

    def start_pipeline_execution(self, **_: str) -> dict[str, str]:
        return {"pipelineExecutionId": "started"}

    def client(self, _: str) -> "CodePipeline":
        """So that it is also the session."""
        return self


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The executions that were followed."""
    ids: list[str] = []

    def follow_at_once(_session: Any, _pipeline: str, execution_id: str, _seen: object) -> Execution:
        ids.append(execution_id)
        return EXECUTION

    monkeypatch.setattr(follow, "follow", follow_at_once)
    return ids


@pytest.mark.parametrize(
    ("statuses", "is_new", "expected"),
    [
        ([], False, "started"),
        (["Succeeded", "Failed"], False, "started"),
        (["Stopping", "Stopped"], False, "started"),
        (["InProgress"], False, "e0"),
        (["Succeeded", "InProgress"], False, "e1"),
        (["InProgress", "InProgress"], False, "e0"),
        (["InProgress"], True, "started"),
    ],
)
def test_which_execution_is_followed(followed: list[str], statuses: list[str], is_new: bool, expected: str) -> None:
    release.release(CodePipeline(*statuses), "me42", is_new=is_new)
    assert followed == [expected]


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        ("Succeeded", 0, ""),
        ("Failed", 1, "Execution e: Failed. Train/StartTraining: hp-eta=2: expected 0 to 1\n"),
        ("Stopped", 1, "Execution e: Stopped. Train/StartTraining: hp-eta=2: expected 0 to 1\n"),
    ],
)
def test_the_result_is_the_exit_status(
    status: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUFFIX", "me42")
    monkeypatch.setattr("sys.argv", ["release.py"])
    monkeypatch.setattr(account, "connect", lambda: Account(CodePipeline(), "123456789012", "us-east-1"))
    monkeypatch.setattr(follow, "follow", lambda *_: replace(EXECUTION, status=status))
    assert release.main() == code
    assert capsys.readouterr().err == said


def test_an_end_without_a_failed_action_is_told() -> None:
    with pytest.raises(account.WorkshopError, match=r"Superseded\. no action of it failed"):
        release.succeed(replace(EXECUTION, status="Superseded", stages=()))


@pytest.mark.parametrize(("new", "expected"), [("", "e0"), ("0", "e0"), ("1", "started")])
def test_new_starts_an_execution(new: str, expected: str, followed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUFFIX", "me42")
    monkeypatch.setenv("NEW", new)
    monkeypatch.setattr("sys.argv", ["release.py"])
    monkeypatch.setattr(account, "connect", lambda: Account(CodePipeline("InProgress"), "123456789012", "us-east-1"))
    assert release.main() == 0
    assert followed == [expected]


@pytest.mark.parametrize("statuses", [["InProgress"], ["Failed"], ["InProgress", "Failed"]])
def test_the_first_execution_is_that_of_the_creation(followed: list[str], statuses: list[str]) -> None:
    release.follow_first(CodePipeline(*statuses), "me42")
    assert followed == [f"e{len(statuses) - 1}"]


def test_a_message_of_many_lines_is_told_in_one() -> None:
    failed = replace(FAILED, message="Traceback:\n  line\nhp-eta=2")
    execution = replace(EXECUTION, status="Failed", stages=(Stage("Train", "Failed", (failed,)),))
    with pytest.raises(account.WorkshopError, match=r"Train/StartTraining: Traceback: line hp-eta=2$"):
        release.succeed(execution)
