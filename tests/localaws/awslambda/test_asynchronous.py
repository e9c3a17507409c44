"""An event is taken at once and delivered later, with the retries that the function's configuration allows."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.awslambda.engine import pool
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


@pytest.mark.usefixtures("short_delays")
def test_what_local_aws_itself_fails_at_is_logged_and_tried_again(
    client: Client,
    create_function: Create,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    name, run = create_function(FLAKY), pool.run
    failed: list[OSError] = []

    def fail_once(function: Any, *rest: Any, **options: Any) -> Any:
        if function.function_name == name and not failed:
            failed.append(OSError("no process is left"))
            raise failed[0]
        return run(function, *rest, **options)

    monkeypatch.setattr(pool, "run", fail_once)
    request_id = send(client, name, tmp_path / "attempts", succeeds_at=1)
    assert attempts_after(tmp_path / "attempts", 1) == [request_id]
    assert f"{name} could not run" in caplog.text


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


RECORDER = """
    import json

    def handler(event, context):
        with open({path!r}, "a") as seen:
            seen.write(json.dumps(event) + "\\n")
"""
FAILING = "def handler(event, context):\n    if event['fail']:\n        raise RuntimeError('no')\n    return 'yes'\n"


@pytest.fixture
def recorder(client: Client, create_function: Create, tmp_path: Path) -> tuple[str, Callable[[], Any]]:
    """The ARN of a function that writes down what it gets, and a function that returns the first of it."""
    path = tmp_path / "seen"
    name = create_function(RECORDER.format(path=str(path)))
    arn = client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
    return str(arn), lambda: json.loads(attempts_after(path, 1)[0])


# Where a result goes, whether the function fails, how it is configured; what the record says of it.
RESULTS: dict[str, tuple[str, bool, dict[str, Any], tuple[str, int]]] = {
    "a success": ("OnSuccess", False, {}, ("Success", 1)),
    "a failure": ("OnFailure", True, {}, ("RetriesExhausted", 3)),
    "a failure without retries": ("OnFailure", True, {"MaximumRetryAttempts": 0}, ("RetriesExhausted", 1)),
}


@pytest.mark.usefixtures("short_delays")
@pytest.mark.parametrize("case", RESULTS)
def test_a_result_goes_to_its_destination(client: Client, create_function: Create, recorder: Any, case: str) -> None:
    side, fail, settings, (condition, count) = RESULTS[case]
    target, seen = recorder
    name = create_function(FAILING)
    client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={side: {"Destination": target}}, **settings
    )
    answer = client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"fail": fail}))
    record = seen()
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}:$LATEST"
    assert record["requestContext"] == {
        "requestId": answer["ResponseMetadata"]["RequestId"],
        "functionArn": arn,
        "condition": condition,
        "approximateInvokeCount": count,
    }
    assert record["requestPayload"] == {"fail": fail}
    context = {"statusCode": 200, "executedVersion": "$LATEST"}
    if fail:
        assert record["responseContext"] == context | {"functionError": "Unhandled"}
        assert record["responsePayload"]["errorMessage"] == "no"
    else:
        assert (record["responseContext"], record["responsePayload"]) == (context, "yes")


def test_an_event_for_a_function_without_concurrency_fails_at_once(
    client: Client, create_function: Create, recorder: Any
) -> None:
    target, seen = recorder
    name = create_function(FAILING)
    functions = client("lambda")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    functions.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": target}}
    )
    functions.invoke(FunctionName=name, InvocationType="Event", Payload='{"fail": false}')
    context = seen()["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("ZeroReservedConcurrency", 0)


def test_an_event_that_grows_too_old_is_a_failure(
    client: Client, create_function: Create, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "async_retry_delays", (61, 61))
    target, seen = recorder
    name = create_function(FAILING)
    client("lambda").put_function_event_invoke_config(
        FunctionName=name, MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": target}}
    )
    client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload='{"fail": true}')
    context = seen()["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 1)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("arn:aws:sqs:us-east-1:123456789012:q", "Local AWS cannot send the results of functions to sqs"),
        ("arn:aws:s3:::bucket", "Local AWS cannot send the results of functions to s3"),
    ],
)
def test_a_destination_that_cannot_be_served_is_refused(
    client: Client, create_function: Create, target: str, message: str
) -> None:
    name = create_function(FAILING)
    with pytest.raises(ClientError) as refused:
        client("lambda").put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnFailure": {"Destination": target}}
        )
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": f"{message} ({target}).",
    }


def test_a_role_that_may_not_send_to_a_destination_is_refused(
    client: Client, create_function: Create, create_role: Callable[[str], str]
) -> None:
    role, topic = create_role("lambda"), "arn:aws:sns:us-east-1:123456789012:failures"
    client("iam").delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="all")
    message = "The provided execution role does not have permissions to call Publish on SNS"
    with pytest.raises(ClientError) as refused:
        create_function(FAILING, Role=role, DeadLetterConfig={"TargetArn": topic})
    assert refused.value.response["Error"] == {"Code": "InvalidParameterValueException", "Message": message}
    name = create_function(FAILING, Role=role)
    with pytest.raises(ClientError) as refused:
        client("lambda").put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnFailure": {"Destination": topic}}
        )
    assert refused.value.response["Error"]["Message"] == message
