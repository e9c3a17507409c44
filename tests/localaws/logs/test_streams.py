"""Services that write logs at once make a group that is missing once, and lose nothing."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.logs.models import LogGroup

from localaws.awslambda.logs import LogStream

Client = Callable[[str], Any]


def test_a_group_that_another_worker_makes_first(client: Client, client_of: Client) -> None:
    mine, group = client_of("logs"), f"/aws/lambda/{uuid.uuid4().hex[:8]}"

    def make_first(**_: Any) -> None:
        client("logs").create_log_group(logGroupName=group)

    mine.meta.events.register("before-call.logs.CreateLogGroup", make_first)
    stream = LogStream(group, "$LATEST", mine)
    stream.begin("START")
    stream.flush()
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    assert [event["message"] for event in events] == ["START"]


def test_a_group_is_made_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    both_are_here, make = threading.Barrier(2, timeout=0.3), LogGroup.__init__
    name = f"/own/{uuid.uuid4().hex[:8]}"

    def slowly(self: LogGroup, *given: Any, **named: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            both_are_here.wait()
        make(self, *given, **named)

    def outcome(_: int) -> str:
        try:
            client("logs").create_log_group(logGroupName=name)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "made"

    monkeypatch.setattr(LogGroup, "__init__", slowly)
    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(outcome, range(2))) == ["ResourceAlreadyExistsException", "made"]
