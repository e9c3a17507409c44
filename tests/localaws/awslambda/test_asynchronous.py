"""An event is taken at once and delivered later, with the retries that the function's configuration allows."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localaws.clock import durations

Client = Callable[[str], Any]
Create = Callable[..., str]

# Writes a line for each attempt, then fails until the file "enough" says that it has tried often enough.
FLAKY = """
    import os

    def handler(event, context):
        with open(event["attempts"], "a") as attempts:
            attempts.write(context.aws_request_id + "\\n")
        if len(open(event["attempts"]).readlines()) < event["succeeds_at"]:
            raise RuntimeError("not yet")
"""


def attempts_after(path: Path, count: int) -> list[str]:
    """Return the request ids of the attempts, once there are this many."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) >= count:
            return lines
        time.sleep(0.01)
    raise AssertionError(f"there were no {count} attempts in time")


@pytest.fixture
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without AWS's minutes between them."""
    monkeypatch.setattr(durations, "async_retry_delays", (0.02, 0.02))


def send(client: Client, name: str, attempts: Path, succeeds_at: int) -> str:
    """Send an event and return its request id."""
    event = json.dumps({"attempts": str(attempts), "succeeds_at": succeeds_at})
    answer = client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=event)
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    return str(answer["ResponseMetadata"]["RequestId"])


@pytest.mark.usefixtures("short_delays")
def test_a_failing_event_is_tried_three_times_with_one_request_id(
    client: Client, create_function: Create, tmp_path: Path
) -> None:
    name = create_function(FLAKY)
    request_id = send(client, name, tmp_path / "attempts", succeeds_at=99)
    assert attempts_after(tmp_path / "attempts", 3) == [request_id] * 3
    quiet = send(client, name, tmp_path / "other", succeeds_at=1)
    assert attempts_after(tmp_path / "other", 1) == [quiet]  # by now a fourth attempt would have come
    assert attempts_after(tmp_path / "attempts", 3) == [request_id] * 3


@pytest.mark.usefixtures("short_delays")
def test_an_event_that_succeeds_is_not_tried_again(client: Client, create_function: Create, tmp_path: Path) -> None:
    name = create_function(FLAKY)
    send(client, name, tmp_path / "attempts", succeeds_at=2)
    assert len(attempts_after(tmp_path / "attempts", 2)) == 2
    send(client, name, tmp_path / "other", succeeds_at=3)
    attempts_after(tmp_path / "other", 3)
    assert len(attempts_after(tmp_path / "attempts", 2)) == 2


@pytest.mark.usefixtures("short_delays")
def test_the_configured_number_of_retries_counts(client: Client, create_function: Create, tmp_path: Path) -> None:
    name = create_function(FLAKY)
    for attempts in (2, 0):  # the second configuration replaces the first
        client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=attempts)
    send(client, name, tmp_path / "attempts", succeeds_at=99)
    attempts_after(tmp_path / "attempts", 1)
    client("lambda").update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2)
    send(client, name, tmp_path / "other", succeeds_at=99)
    attempts_after(tmp_path / "other", 3)
    assert len(attempts_after(tmp_path / "attempts", 1)) == 1


def test_an_event_that_would_be_too_old_is_dropped(
    client: Client, create_function: Create, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "async_retry_delays", (0.02, 61))
    name = create_function(FLAKY)
    client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    send(client, name, tmp_path / "attempts", succeeds_at=99)
    attempts_after(tmp_path / "attempts", 2)
    deadline = time.monotonic() + 20
    while f"lambda-event-{name}" in {thread.name for thread in threading.enumerate()}:
        assert time.monotonic() < deadline, "the event still waits for its third attempt"
        time.sleep(0.01)


def test_updating_one_setting_keeps_the_other(client: Client, create_function: Create) -> None:
    name = create_function(FLAKY)
    client("lambda").put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=120
    )
    client("lambda").update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2)
    found = client("lambda").get_function_event_invoke_config(FunctionName=name)
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (2, 120)
