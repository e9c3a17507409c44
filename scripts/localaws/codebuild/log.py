"""A build's log stream in CloudWatch Logs, written as the service role."""

import logging
import os
import re
import threading
import time
from typing import IO

from botocore.exceptions import BotoCoreError, ClientError

from localaws.awslambda.logs import readable
from localaws.clock import durations
from localaws.codebuild.agent import container_line
from localaws.logs.limits import batches
from localaws.logs.streams import make_stream
from localaws.wire import Credentials

_log = logging.getLogger(__name__)
_BATCH = 1000  # lines that wait at most
_KEY_ID = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")
_HIDDEN = "***"


class BuildLog:
    """The log of one build; without a group it is kept nowhere."""

    def __init__(self, credentials: Credentials, region: str, group: str | None, stream: str) -> None:
        self._logs = credentials.client("logs", region)
        self._group, self._stream = group, stream
        self._putting = threading.Lock()
        self.secrets = [credentials.secret_access_key, credentials.session_token or ""]
        """Texts that the log must not show: AWS hides parameters (build-spec-ref, env) and has no keys in variables."""

    def open(self) -> None:
        """Make the stream, and its group if need be; raises ClientError when the role may not."""
        if self._group is not None:
            make_stream(self._logs, self._group, self._stream)

    def say(self, text: str) -> None:
        """Write a line as the agent does."""
        self.put([container_line(text)])

    def put(self, lines: list[str]) -> None:
        """Append lines; those that cannot be written are lost, and the build goes on."""
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": f"{self._masked(line)}\n"} for line in lines]
        if not events or self._group is None:
            return
        with self._putting:
            try:
                for batch in batches(events):
                    self._logs.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=batch)
            except (ClientError, BotoCoreError) as error:
                _log.warning("%d lines of %s are lost: %s", len(events), self._stream, error)

    def follow(self, output: IO[bytes]) -> threading.Thread:
        """Start writing what a process prints; the thread ends after the last line."""
        thread = threading.Thread(target=self._follow, args=(output,), daemon=True, name="codebuild-log")
        thread.start()
        return thread

    def _follow(self, output: IO[bytes]) -> None:
        waiting: list[str] = []
        rest = b""
        with output:
            while True:
                if not readable(output, durations.log_flush_interval if waiting else None) or len(waiting) >= _BATCH:
                    self.put(waiting)
                    waiting = []
                    continue
                chunk = os.read(output.fileno(), 65536)
                *lines, rest = (rest + chunk).split(b"\n")
                waiting += [line.decode(errors="replace").rstrip("\r") for line in lines]
                if not chunk:
                    break
        self.put(waiting + ([rest.decode(errors="replace")] if rest else []))

    def _masked(self, line: str) -> str:
        for secret in filter(None, self.secrets):
            line = line.replace(secret, _HIDDEN)
        return _KEY_ID.sub(_HIDDEN, line)
