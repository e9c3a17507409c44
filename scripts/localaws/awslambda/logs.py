"""Carries what a worker prints to CloudWatch Logs, as the function's role, line by line while it runs."""

import logging
import os
import select
import threading
import time
import uuid
from collections import deque
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.awslambda.worker import LINE_BREAK
from localaws.clock import durations
from localaws.logs.limits import batches
from localaws.logs.streams import make_stream

_log = logging.getLogger(__name__)
_BATCH = 1000  # lines that wait at most


def readable(stream: IO[bytes], patience: float | None) -> bool:
    """Wait until a pipe has something to read or has ended; return False when ``patience`` seconds pass first."""
    poll = select.poll()  # select.select() takes no descriptor above 1023
    poll.register(stream, select.POLLIN)
    return bool(poll.poll(None if patience is None else patience * 1000))


class LogStream:
    """One worker's log stream: ``YYYY/MM/DD/[version]<32 hex digits>``."""

    def __init__(self, group: str, version: str, client: Any) -> None:
        self.group = group
        self.name = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{version}]{uuid.uuid4().hex}"
        self.end_marker = f"\x00{uuid.uuid4().hex}"
        self._client = client
        self._exists = False
        self._pending: list[dict[str, Any]] = []
        self._tail: deque[str] = deque(maxlen=_BATCH)
        self._adding = threading.Lock()
        self._putting = threading.Lock()
        self._complete = threading.Event()

    def begin(self, line: str) -> None:
        """Start an invocation's lines with this one."""
        self._complete.clear()
        self._tail.clear()
        self._add(line)

    def end(self, *lines: str) -> None:
        """Wait until all that the invocation printed is here, add these lines, and send everything."""
        self._complete.wait(timeout=durations.log_patience)
        for line in lines:
            self._add(line)
        self.flush()

    def tail(self) -> bytes:
        """Return the last 4 KB of the current invocation's log."""
        return "".join(f"{line}\n" for line in self._tail).encode()[-4096:]

    def follow(self, output: IO[bytes]) -> None:
        """Read a worker's output until it ends; lines are sent as soon as the worker pauses."""
        rest = b""
        while True:
            patience = durations.log_flush_interval if self._pending else None
            if not readable(output, patience) or len(self._pending) >= _BATCH:
                self.flush()
                continue
            chunk = os.read(output.fileno(), 65536)
            if not chunk:
                break
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._take(line.decode(errors="replace"))
        if rest:
            self._take(rest.decode(errors="replace"))
        output.close()
        self._complete.set()

    def flush(self) -> None:
        """Send the lines that wait. A log that cannot be written is lost, as on AWS, but is said here."""
        with self._putting:
            with self._adding:
                events, self._pending = self._pending, []
            if not events:
                return
            try:
                if not self._exists:
                    make_stream(self._client, self.group, self.name)
                    self._exists = True
                for batch in batches(events):
                    self._client.put_log_events(logGroupName=self.group, logStreamName=self.name, logEvents=batch)
            except (ClientError, BotoCoreError) as error:
                _log.warning("%d lines of %s are lost: %s", len(events), self.group, error)

    def _take(self, line: str) -> None:
        text, marker, _ = line.partition(self.end_marker)
        if text or not marker:
            self._add(text.replace(LINE_BREAK, "\n"))
        if marker:
            self._complete.set()

    def _add(self, line: str) -> None:
        # CloudWatch Logs takes no empty message.
        with self._adding:
            self._pending.append({"timestamp": int(time.time() * 1000), "message": line or " "})
            self._tail.append(line)
