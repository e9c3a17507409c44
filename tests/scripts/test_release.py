"""A release follows what runs, or starts an execution; its result is the exit status."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

import account
import follow
import release
from account import Account
from follow import Action, Execution, Stage

FAILED = Action("Train", "StartTraining", "Failed", 0.4, "hp-eta=2: expected 0 to 1", {}, "a")
EXECUTION = Execution(
    "mlops-builtinalgo-me42", "e", "Succeeded", "CreatePipeline", (Stage("Train", "Failed", (FAILED,)),)
)


NOW = datetime.now(UTC)


class CodePipeline:
    """A pipeline with these executions, the newest first, and its data bucket.

    ``staged_after`` tells how many seconds after the executions train.csv was staged, which is now (None: never).
    ``commit`` is the newest of its one repository (None: it is empty); the executions have had "c0". ``looks`` is how
    often somebody looks at the executions until the event of the file or the commit has arrived (None: it never does).
    """

    def __init__(
        self, *statuses: str, staged_after: float | None = None, commit: str | None = None, looks: int | None = None
    ) -> None:
        self.staged_after, self.commit, self.looks = staged_after, commit, looks
        self.executions = [
            {
                "pipelineExecutionId": f"e{number}",
                "status": status,
                "startTime": NOW - timedelta(seconds=staged_after or 0),
                "sourceRevisions": [{"actionName": "Code", "revisionId": "c0"}],
            }
            for number, status in enumerate(statuses)
        ]

    def head_object(self, **_: str) -> dict[str, Any]:
        if self.staged_after is None:
            raise ClientError({"Error": {"Code": "404", "Message": ""}}, "HeadObject")
        return {"LastModified": NOW}

    def get_pipeline(self, name: str) -> dict[str, Any]:
        place = {"RepositoryName": "code", "BranchName": "main"}
        source = {"name": "Code", "actionTypeId": {"provider": "CodeCommit"}, "configuration": place}
        return {"pipeline": {"name": name, "stages": [{"name": "Source", "actions": [source]}]}}

    def get_branch(self, **_: str) -> dict[str, Any]:
        if self.commit is None:
            raise ClientError({"Error": {"Code": "BranchDoesNotExistException", "Message": ""}}, "GetBranch")
        return {"branch": {"commitId": self.commit}}

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        if self.looks == 0:
            revisions = [{"actionName": "Code", "revisionId": self.commit}]
            by_event = {"pipelineExecutionId": "by event", "status": "InProgress", "sourceRevisions": revisions}
            self.executions.insert(0, by_event | {"startTime": NOW})
        self.looks = None if self.looks is None else self.looks - 1
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
    ("codepipeline", "expected"),
    [
        (CodePipeline("Succeeded", staged_after=300, looks=4), "by event"),
        (CodePipeline(staged_after=0, looks=4), "by event"),
        (CodePipeline("Succeeded", staged_after=300), "started"),
        (CodePipeline("Succeeded", staged_after=0, looks=4), "started"),  # that one was started by it
    ],
)
def test_the_execution_of_a_new_train_csv_is_waited_for(
    codepipeline: CodePipeline,
    expected: str,
    followed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(release, "datetime", SimpleNamespace(now=lambda _: NOW))
    if codepipeline.looks is None:  # the event never comes
        monkeypatch.setattr(follow, "SECONDS_OF_AN_EVENT", 0.2)
    release.release(codepipeline, "me42")
    assert followed == [expected]
    waited = "Waiting for the execution that the new train.csv starts\n" in capsys.readouterr().out
    assert waited is (codepipeline.staged_after == 300 or expected == "by event")


@pytest.mark.parametrize(
    ("codepipeline", "expected", "waits"),
    [
        (CodePipeline("Succeeded", commit="c0"), "started", False),
        (CodePipeline("InProgress", commit="c0"), "e0", False),
        (CodePipeline("Succeeded", commit="c1", looks=3), "by event", True),
        (CodePipeline("InProgress", commit="c1", looks=3), "by event", True),  # not the one of the push before
        (CodePipeline("Succeeded", commit="c1"), "started", True),  # its event never comes
    ],
)
def test_the_execution_of_a_push_is_waited_for(  # noqa: PLR0917 (a row of the table)
    codepipeline: CodePipeline,
    expected: str,
    waits: bool,
    followed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if codepipeline.looks is None:
        monkeypatch.setattr(follow, "SECONDS_OF_AN_EVENT", 0.2)
    release.release(codepipeline, "me42")
    assert followed == [expected]
    assert ("Waiting for the execution that the push starts\n" in capsys.readouterr().out) is waits


def test_an_execution_that_has_only_begun_is_that_of_the_push(followed: list[str]) -> None:
    codepipeline = CodePipeline("InProgress", "Succeeded", commit="c1")
    del codepipeline.executions[0]["sourceRevisions"]
    release.release(codepipeline, "me42")
    assert followed == ["e0"]


@pytest.mark.parametrize(
    ("age", "found", "seconds"),
    [
        (10, [], 50),
        (10, [{"startTime": NOW - timedelta(seconds=11)}], 50),
        (10, [{"startTime": NOW - timedelta(seconds=10)}], 0),
        (10, [{"startTime": NOW - timedelta(seconds=5)}, {"startTime": NOW - timedelta(seconds=50)}], 0),
        (60, [], 0),
        (3600, [], 0),
        (-3600, [], 60),  # this machine's clock is an hour slow
    ],
)
def test_the_wait_ends_a_minute_after_the_data_was_staged(
    age: float, found: list[dict[str, Any]], seconds: float
) -> None:
    assert release.seconds_to_wait(NOW - timedelta(seconds=age), found, NOW) == seconds


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


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("Stopped", "no action of it failed"),
        ("Superseded", "a newer execution went on in its place"),
        ("Cancelled", "the pipeline was updated before it could be completed; make release NEW=1 starts another"),
    ],
)
def test_an_end_without_a_failed_action_is_told(status: str, why: str) -> None:
    with pytest.raises(account.WorkshopError) as ended:
        release.succeed(replace(EXECUTION, status=status, stages=()))
    assert str(ended.value) == f"Execution {EXECUTION.id}: {status}. {why}"


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
