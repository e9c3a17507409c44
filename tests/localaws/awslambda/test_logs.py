"""What a function prints is in CloudWatch Logs, written as the function's role."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from localaws.awslambda.logs import LogStream

Client = Callable[[str], Any]
Create = Callable[..., str]


def messages(client: Client, name: str) -> list[str]:
    """Return all messages of a function's newest log stream."""
    group = f"/aws/lambda/{name}"
    stream = client("logs").describe_log_streams(logGroupName=group)["logStreams"][-1]["logStreamName"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
    events = client("logs").get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    return [event["message"] for event in events]


def test_an_invocation_is_framed_by_start_end_and_report(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    print('a line')\n    print('half', end='')\n")
    request_id = client("lambda").invoke(FunctionName=name)["ResponseMetadata"]["RequestId"]
    start, *lines, end, report = messages(client, name)
    assert start == f"START RequestId: {request_id} Version: $LATEST"
    assert lines == ["a line", "half"]
    assert end == f"END RequestId: {request_id}"
    assert report.startswith(f"REPORT RequestId: {request_id}\t")


def test_logging_is_formatted_as_by_awss_runtime(client: Client, create_function: Create) -> None:
    name = create_function("import logging\ndef handler(event, context):\n    logging.warning('two\\nlines')\n")
    request_id = client("lambda").invoke(FunctionName=name)["ResponseMetadata"]["RequestId"]
    level, moment, logged_id, text = messages(client, name)[1].split("\t")
    assert (level, logged_id, text) == ("[WARNING]", request_id, "two\nlines")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)


def test_an_exception_is_one_event_with_its_traceback(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    raise ValueError('wrong')\n")
    client("lambda").invoke(FunctionName=name)
    first, second, *_ = messages(client, name)[1].splitlines()
    assert first == "[ERROR] ValueError: wrong"
    assert second == "Traceback (most recent call last):"


def test_output_of_other_programs_is_logged(client: Client, create_function: Create) -> None:
    name = create_function(
        "import os, subprocess\ndef handler(event, context):\n"
        "    subprocess.run(['echo', 'from a child'])\n    os.write(2, b'from the system\\n')\n"
    )
    client("lambda").invoke(FunctionName=name)
    assert messages(client, name)[1:3] == ["from a child", "from the system"]


def test_a_function_that_hangs_has_logged_what_it_printed(client: Client, create_function: Create) -> None:
    name = create_function("import time\ndef handler(e, c):\n    print('begun')\n    time.sleep(600)\n", Timeout=1)
    request_id = client("lambda").invoke(FunctionName=name)["ResponseMetadata"]["RequestId"]
    _, printed, end, report = messages(client, name)
    assert (printed, end) == ("begun", f"END RequestId: {request_id}")
    assert report.endswith("\tStatus: timeout")


def test_lines_are_sent_while_the_function_runs(client: Client, create_function: Create) -> None:
    name = create_function("import time\ndef handler(e, c):\n    print('live')\n    time.sleep(600)\n", Timeout=30)
    client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
    client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    client("lambda").invoke(FunctionName=name, InvocationType="Event")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="live")["events"]:
            return
        time.sleep(0.01)
    raise AssertionError("the line did not come while the function ran")


class BrokenLogs:
    """CloudWatch Logs that refuses everything."""

    class exceptions:  # noqa: N801 -- botocore's name
        class ResourceNotFoundException(Exception):  # noqa: N818
            pass

    def create_log_stream(self, **_: Any) -> None:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "CreateLogStream")


def test_a_log_that_cannot_be_written_is_said(caplog: pytest.LogCaptureFixture) -> None:
    stream = LogStream("/aws/lambda/f", "$LATEST", BrokenLogs())
    stream.begin("START")
    stream.flush()
    assert "1 lines of /aws/lambda/f are lost" in caplog.text
