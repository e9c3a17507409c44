"""Sends what a process prints to CloudWatch Logs, as its execution role."""

import contextlib
import logging
import os
import select
import subprocess
import threading
import time
from collections.abc import Callable
from typing import IO, cast

from botocore.exceptions import BotoCoreError, ClientError

from localaws.clock import durations
from localaws.logs.limits import batches
from localaws.wire import Credentials

_log = logging.getLogger(__name__)


class LogStream:
    """A log stream of a log group, both made when it is opened or, at the latest, at the first line."""

    def __init__(self, credentials: Credentials, region: str, group: str, stream: str) -> None:
        self._logs = credentials.client("logs", region)
        self._names = {"logGroupName": group, "logStreamName": stream}
        self._made = False

    def open(self) -> None:
        """Make the group and the stream."""
        self.put([])

    def put(self, lines: list[str]) -> None:
        """Append lines. A role that may not write logs loses them, as on AWS; the work goes on."""
        now = int(time.time() * 1000)
        # CloudWatch shows a tab as #011 in these groups, and AWS's own metric patterns count on it.
        events = [{"timestamp": now, "message": line.replace("\t", "#011")} for line in lines if line]
        try:
            self._make()
            for batch in batches(events):
                self._logs.put_log_events(**self._names, logEvents=batch)
        except (ClientError, BotoCoreError) as error:
            _log.info("%s: %s", self._names["logStreamName"], error)

    def _make(self) -> None:
        if self._made:
            return
        for make, names in (
            (self._logs.create_log_group, {"logGroupName": self._names["logGroupName"]}),
            (self._logs.create_log_stream, self._names),
        ):
            with contextlib.suppress(self._logs.exceptions.ResourceAlreadyExistsException):
                make(**names)
        self._made = True


def follow(
    process: "subprocess.Popen[bytes]",
    stream: LogStream,
    seen: Callable[[str], None] = lambda _line: None,
    ended: Callable[[], None] = lambda: None,
) -> threading.Thread:
    """Start sending a process's output (a pipe) to a log stream; the thread ends after the last line.

    It calls ``seen`` with each line and ``ended`` at the output's end, before the last lines are sent.
    """
    output = cast(IO[bytes], process.stdout)

    def work() -> None:
        try:
            waiting = _follow(output, stream, seen)
        finally:
            ended()
        stream.put(waiting)

    thread = threading.Thread(target=work, daemon=True, name="sagemaker-log")
    thread.start()
    return thread


def _follow(output: IO[bytes], stream: LogStream, seen: Callable[[str], None]) -> list[str]:
    """Send lines until the output ends; return those that are left."""
    waiting: list[str] = []
    rest = b""
    due = 0.0  # the first line after a pause goes at once, those that follow it go together
    with output:
        while True:
            timeout = max(0.0, due - time.monotonic()) if waiting else None
            if select.select([output], [], [], timeout)[0]:
                chunk = os.read(output.fileno(), 65536)
                *lines, rest = (rest + chunk).split(b"\n")
                if not chunk:
                    lines = [rest]
                for line in lines:
                    text = line.decode(errors="replace").rstrip("\r")
                    seen(text)
                    waiting.append(text)
                if not chunk:
                    return waiting
            if waiting and time.monotonic() >= due:
                stream.put(waiting)
                waiting = []
                due = time.monotonic() + durations.log_delivery_interval
