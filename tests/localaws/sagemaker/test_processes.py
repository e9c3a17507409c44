"""What trains and serves is a process that knows nothing of whoever started local AWS."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import EXACT, Client


def environments(module: str) -> dict[int, dict[str, str]]:
    """The environments, by process id, of the children of this process that run a module."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            command, variables = (process / "cmdline").read_text(), (process / "environ").read_text()
        except OSError:  # it has ended
            continue
        if parent == os.getpid() and module in command.split("\0"):
            found[int(process.name)] = dict(each.split("=", 1) for each in variables.split("\0") if each)
    return found


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone with variables of their own, in the process that serves local AWS."""
    monkeypatch.setenv("MINE", "private")
    monkeypatch.setenv("AWS_PROFILE", "mine")


def is_clean(environment: dict[str, str]) -> bool:
    """Whether there is nothing of the person's, and no credentials at all: SageMaker fetches and stores, not these."""
    return "MINE" not in environment and not any(name.startswith(("AWS_", "MOTO_")) for name in environment)


@pytest.mark.usefixtures("person")
def test_what_serves_has_a_clean_environment(
    create_config: Callable[..., str], create_endpoint: Callable[[str], str]
) -> None:
    module = "localaws.xgboost_container.serve"
    before = environments(module)
    create_endpoint(create_config())
    [started] = [each for number, each in environments(module).items() if number not in before]
    assert is_clean(started)


@pytest.mark.usefixtures("person")
def test_what_trains_has_a_clean_environment(
    client: Client, job_request: Callable[..., dict[str, Any]], wait: Callable[..., Any]
) -> None:
    request = job_request(HyperParameters=EXACT | {"num_round": "1000000"})
    client("sagemaker").create_training_job(**request)
    try:
        [started] = wait(lambda: list(environments("localaws.xgboost_container.train").values()), bool)
    finally:
        client("sagemaker").stop_training_job(TrainingJobName=request["TrainingJobName"])
    assert is_clean(started)
