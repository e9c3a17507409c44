"""`make invoke` says in one line what is wrong with what it was given, and keeps an answer from CodePipeline."""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ParamValidationError

import invoke
from account import WorkshopError

EVENT = "tests/events/train-model.json"
SAY = "Say, for instance: make invoke FUNCTION=train-model EVENT=tests/events/train-model.json"
PYTHON = sys.executable  # a file that is no text
FOUR = "train-model, get-status, deploy-model, evaluate-model"
VALUES = {"SUFFIX": "me42", "AWS_SESSION_TOKEN": 'a"b'}


@pytest.fixture(autouse=True)
def _given(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person must give; no AWS is there to be asked."""
    monkeypatch.setattr(sys, "argv", ["invoke.py"])
    for name, value in {"FUNCTION": "train-model", "EVENT": EVENT, "SUFFIX": "me42"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(Path(__file__).parents[2])


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("FUNCTION", "", f"FUNCTION is missing: expected one of {FOUR}"),
        ("FUNCTION", "TrainModle", f"FUNCTION=TrainModle: expected one of {FOUR}"),
        ("EVENT", "", "EVENT is missing: expected a file with an event of CodePipeline"),
        ("EVENT", "nowhere.json", "EVENT=nowhere.json: No such file or directory"),
        ("EVENT", "tests", "EVENT=tests: Is a directory"),
        ("EVENT", PYTHON, f"EVENT={PYTHON} is no text in UTF-8, expected an event of CodePipeline"),
    ],
)
def test_what_is_missing_or_wrong_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    assert invoke.main() == 1
    assert capsys.readouterr() == ("", f"{told}. {SAY}\n")


def test_a_missing_suffix_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUFFIX", "")
    assert invoke.main() == 1
    assert capsys.readouterr().err.startswith("SUFFIX is missing: ")


def test_values_are_filled_in_as_json() -> None:
    text = '{"bucket": "data-${SUFFIX}", "token": "${AWS_SESSION_TOKEN}"}'
    assert json.loads(invoke.filled(text, VALUES)) == {"bucket": "data-me42", "token": 'a"b'}


def test_what_nothing_is_known_for_is_told() -> None:
    with pytest.raises(WorkshopError) as refused:
        invoke.filled("${SUFFIXID}", VALUES)
    assert str(refused.value) == "EVENT: nothing is known for ${SUFFIXID}, expected one of SUFFIX, AWS_SESSION_TOKEN"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n  "a": }', "not JSON: Expecting value: line 2 column 8 (char 9)"),
        ("[]", "no event of CodePipeline: it has no CodePipeline.job with data"),
        ('{"CodePipeline.job": "x"}', "no event of CodePipeline: it has no CodePipeline.job with data"),
        ('{"CodePipeline.job": {"data": []}}', "no event of CodePipeline: it has no CodePipeline.job with data"),
    ],
)
def test_a_file_that_is_no_event_is_told(text: str, told: str) -> None:
    with pytest.raises(WorkshopError) as refused:
        invoke.parsed(text)
    assert str(refused.value) == f"EVENT is {told}. {SAY}"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = = 1", "train_model.py:1: SyntaxError: invalid syntax (train_model.py, line 1)"),
        ("\nimport nothing_here", "train_model.py:2: ModuleNotFoundError: No module named 'nothing_here'"),
    ],
)
def test_code_that_cannot_be_imported_is_told_with_its_line(code: str, told: str) -> None:
    with pytest.raises(WorkshopError) as refused, invoke.told_in_a_line("train-model"):
        exec(compile(code, "train_model.py", "exec"), {})  # noqa: S102 - a row above
    assert str(refused.value) == f"train-model gave no answer: {told}"


@pytest.fixture
def codepipeline() -> Any:
    """A client that would reach nobody."""
    return boto3.client("codepipeline", "us-east-1", endpoint_url="http://127.0.0.1:9")


def test_an_answer_is_kept_and_goes_nowhere(codepipeline: Any) -> None:
    answers = invoke.kept_answers(codepipeline)
    codepipeline.put_job_success_result(jobId="1", continuationToken="later")
    codepipeline.put_job_failure_result(jobId="2", failureDetails={"type": "JobFailed", "message": "no"})
    assert [(one.operation, one.members["jobId"], one.token, one.is_failure) for one in answers] == [
        ("PutJobSuccessResult", "1", "later", False),
        ("PutJobFailureResult", "2", None, True),
    ]


def test_an_answer_that_codepipeline_could_not_read_is_still_refused(codepipeline: Any) -> None:
    answers = invoke.kept_answers(codepipeline)
    with pytest.raises(ParamValidationError, match=r"Invalid type for parameter outputVariables\.rows"):
        codepipeline.put_job_success_result(jobId="1", outputVariables={"rows": 241})
    assert answers == []


def test_a_function_that_gives_no_answer_is_told_also_when_it_gave_one_before() -> None:
    before = invoke.Answer("PutJobSuccessResult", {"continuationToken": "later"})
    function = invoke.Function("get-status", lambda _event, _context: None, [before], 60)
    with pytest.raises(WorkshopError) as refused:
        function.answer({})
    assert str(refused.value) == "get-status ended without an answer: on AWS its action would wait for 20 minutes"


def test_a_function_knows_how_long_it_may_take() -> None:
    told: list[int] = []

    def handler(_event: Any, context: invoke.Context) -> None:
        told.append(context.get_remaining_time_in_millis())

    function = invoke.Function("get-status", handler, [], 60)
    with pytest.raises(WorkshopError):
        function.answer({})
    assert 0 < told[0] <= 60_000
