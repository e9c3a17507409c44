"""Every answer of every function says which code gave it, where a build has written that beside the modules."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import code_version
import deploy_model
import evaluate_model
import get_status
import train_model
from clients import Clients
from continuation import Token
from functions.documents import DEPLOYMENT, STARTED, TRAINING
from functions.fake_aws import Aws, Context, recorded, with_parameters
from functions.training_data import at_version, put_data
from outcomes import Done, Failed, Outcome, Waiting
from pipeline_answer import answer

VERSION = "1a2b3c4d and 5e6f7a8b"
ENDING = f" Code version: {VERSION}."


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that a build has laid out."""
    monkeypatch.setattr(code_version, "CODE_VERSION", VERSION)


def said(aws: Aws) -> str:
    """The text of the answer, whatever it is."""
    given = aws.codepipeline.answer
    return given.failure if given.operation == "PutJobFailureResult" else given.summary


@pytest.mark.parametrize(
    ("content", "version"),
    [
        (b"1a2b3c4d\n", "1a2b3c4d"),
        (b"1a2b3c4d and 5e6f7a8b\r\n\r\n", "1a2b3c4d and 5e6f7a8b"),
        (b"", ""),
        (b"x" * 9000, "x" * 200),
        (b"\xff\n", "\ufffd"),
        (None, ""),
    ],
    ids=["one", "two", "empty", "long", "bytes", "missing"],
)
def test_the_version_is_read_when_the_module_is_imported(tmp_path: Path, content: bytes | None, version: str) -> None:
    module = tmp_path / "code_version.py"
    module.write_bytes(Path(code_version.__file__).read_bytes())
    if content is not None:
        (tmp_path / "code-version.txt").write_bytes(content)
    spec = importlib.util.spec_from_file_location("code_version_as_built", module)
    assert spec
    assert spec.loader
    imported = importlib.util.module_from_spec(spec)

    spec.loader.exec_module(imported)

    found = imported.CODE_VERSION
    assert found == version


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("length", [10, 2027, 5000, 100_000])
@pytest.mark.parametrize(
    ("outcome", "limit"),
    [(Done, 2048), (lambda text: Waiting(Token(1.0, "a"), text), 2048), (Failed, 5000)],
    ids=["Done", "Waiting", "Failed"],
)
def test_the_version_outlives_what_is_cut(
    aws: Aws, clients: Clients, length: int, outcome: Callable[[str], Outcome], limit: int
) -> None:
    answer(recorded("start_training"), Context(), clients, lambda job, progress: outcome("x" * length))

    text = said(aws)
    fits = length + 1 + len(ENDING) <= limit
    assert text.endswith(("." if fits else "…") + ENDING)
    assert len(text) == (length + 1 + len(ENDING) if fits else limit)


@pytest.mark.usefixtures("built")
def test_a_sentence_is_not_ended_twice(aws: Aws, clients: Clients) -> None:
    answer(recorded("start_training"), Context(), clients, lambda job, progress: Failed("The file is empty."))

    assert said(aws) == f"The file is empty.{ENDING}"


def test_without_a_build_nothing_is_said(aws: Aws, clients: Clients) -> None:
    answer(recorded("start_training"), Context(), clients, lambda job, progress: Done("all well"))

    assert said(aws) == "all well"


def started(aws: Aws) -> Any:
    return at_version(recorded("start_training"), put_data(aws)[0])


def watched(aws: Aws) -> Any:
    aws.put_artifact(recorded("get_training_status"), STARTED, "training.json")
    aws.sagemaker.jobs[STARTED["training_job"]] = {"TrainingJobStatus": "InProgress"}
    return recorded("get_training_status")


def deployed(aws: Aws) -> Any:
    aws.put_artifact(recorded("deploy_to_dev"), TRAINING, "training.json")
    return recorded("deploy_to_dev")


def scored(aws: Aws) -> Any:
    aws.put_artifact(recorded("smoke_test"), DEPLOYMENT, "deployment.json")
    return recorded("smoke_test")


def mistaken(aws: Aws) -> Any:
    return with_parameters(recorded("start_training"), "")


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("function", "event", "begins"),
    [
        (train_model, started, "Training job winequality-sde-0123abcd4567: 3 rows"),
        (train_model, mistaken, "UserParameters: this is not JSON"),
        (get_status, watched, "Training job winequality-sde-0123abcd4567 is InProgress."),
        (deploy_model, deployed, "Dev: endpoint winequality-sde-dev gets"),
        (evaluate_model, scored, "s3://mlops-builtinalgo-data-sde/validation/validation.csv (s3key) cannot be read"),
    ],
)
def test_every_function_says_its_version(
    aws: Aws, context: Context, function: Any, event: Callable[[Aws], Any], begins: str
) -> None:
    function.lambda_handler(event(aws), context)

    assert said(aws).startswith(begins)
    assert said(aws).endswith(ENDING)
