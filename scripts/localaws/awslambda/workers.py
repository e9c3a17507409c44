"""One worker process, seen from the server: its task, its invocations, its end."""

import contextlib
import json
import math
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import IO, Any, cast

from moto.awslambda.models import LambdaFunction
from moto.core.exceptions import ServiceException

from localaws import children
from localaws.awslambda import configuration, memory, package
from localaws.awslambda.errors import AccessDeniedException
from localaws.awslambda.logs import LogStream, readable
from localaws.clock import clock, durations
from localaws.faults.processes import at_work
from localaws.identity import SESSION, assume_role
from localaws.wire import Credentials

# botocore Invoke: 6 MB each way; the answer's limit has 100 bytes more.
_LARGEST_ANSWER = 6 * 1024 * 1024 + 100


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: a JSON document, whether it is an error document, and the end of the log."""

    payload: str
    failed: bool
    log: bytes = b""
    milliseconds: float = 0


class Worker:
    """A process that has yet to learn which function it runs, then runs that one, one invocation at a time."""

    def __init__(self) -> None:
        self._process = children.spawn_module(
            "awslambda.worker", environment={}, cwd=package.root(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        self._received = b""
        self._initialisation: float | None = None
        self._stale_at = math.inf
        self._out_of_memory = False
        self.function: LambdaFunction
        self.key = ""
        self.log: LogStream

    @property
    def usable(self) -> bool:
        """Whether it can take another invocation: its process runs, and its credentials are good for a while."""
        return self._process.poll() is None and clock.now() < self._stale_at

    def take(self, function: LambdaFunction, key: str) -> None:
        """Become a worker of this function in the state that ``key`` names, with credentials of its role.

        Raises AccessDeniedException when Lambda may not assume the role.
        """
        self.function, self.key = function, key
        credentials = credentials_of_role(function.role, function.function_name, function.region, function.function_arn)
        self._stale_at = clock.now() + durations.worker_lifetime
        group = configuration.extras(function).log_group
        self.log = LogStream(group, str(function.version), credentials.client("logs", function.region))
        threading.Thread(
            target=self.log.follow,
            args=(self._process.stderr,),
            daemon=True,
            name=f"lambda-log-{function.function_name}",
        ).start()
        self._send(
            environment=credentials.environment(function.region) | _variables(function, self.log),
            unreadable=package.unreadable(function.code_bytes),
            folder=str(package.unpack(function.code_bytes, function.code_digest)),
            handler=function.handler,
            function_name=function.function_name,
            version=str(function.version),
            memory=function.memory_size,
            log_group=self.log.group,
            log_stream=self.log.name,
            end_of_log=self.log.end_marker,
        )

    def run(self, payload: str, request_id: str, invoked_arn: str) -> Outcome:
        """Run one invocation. Afterwards this worker is idle, or it has ended."""
        function, limit = self.function, self.function.timeout * durations.function_second
        self.log.begin(f"START RequestId: {request_id} Version: {function.version}")
        initialisation = ""
        if self._initialisation is None:
            ready = self._receive(durations.function_initialisation + limit)
            if ready is None or "initialised" not in ready:
                return self._end(request_id, self._failure(ready, request_id), 0.0, "")
            self._initialisation = ready["initialised"]
            initialisation = f"\tInit Duration: {self._initialisation:.2f} ms"
        started = time.monotonic()
        with at_work(f"function:{function.function_name}", self._process):
            self._send(payload=payload, request_id=request_id, arn=invoked_arn, deadline=time.time() + limit)
            reply = self._receive(limit)
        if reply and reply["memory"] > function.memory_size:
            self._out_of_memory, reply = True, None
        if reply is None:
            reply = self._failure(None, request_id)
        if len(reply["payload"].encode()) > _LARGEST_ANSWER:
            reply |= {"payload": json.dumps(_TOO_LARGE), "failed": True}
        return self._end(request_id, reply, time.monotonic() - started, initialisation)

    def end(self) -> None:
        """Kill the process, if it still runs."""
        children.kill(self._process)
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                stream.close()

    def _send(self, **document: Any) -> None:
        try:
            self._requests.write(json.dumps(document).encode() + b"\n")
            self._requests.flush()
        except BrokenPipeError:  # it has ended; receiving will say how
            return

    def _receive(self, patience: float) -> dict[str, Any] | None:
        """Return the next document, or None: the process has ended, took too much memory, or ``patience`` is over."""
        deadline = time.monotonic() + patience
        chunks = [self._received]
        while b"\n" not in chunks[-1]:
            remaining = max(0.0, deadline - time.monotonic())
            if not readable(self._answers, min(durations.look_at_memory, remaining)):
                self._out_of_memory = memory.resident(self._process.pid) > self.function.memory_size
                if self._out_of_memory or not remaining:
                    return None
                continue
            chunk = os.read(self._answers.fileno(), 1 << 20)
            if not chunk:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout=max(0.0, deadline - time.monotonic()))
                return None
            chunks.append(chunk)
        line, _, self._received = b"".join(chunks).partition(b"\n")
        return json.loads(line)  # type: ignore[no-any-return]

    def _failure(self, reply: dict[str, Any] | None, request_id: str) -> dict[str, Any]:
        """Return the error document for a worker that did not answer, in Lambda's words; the worker ends."""
        status = self._process.poll()
        self.end()
        if reply is not None:
            return reply
        if self._out_of_memory:
            return _killed("Runtime.OutOfMemory", request_id, "Runtime exited with error: signal: killed")
        if status is None:
            return _killed("Sandbox.Timedout", request_id, f"Task timed out after {self.function.timeout:.2f} seconds")
        reason = "without providing a reason"
        if status > 0:
            reason = f"with error: exit status {status}"
        if status < 0:
            reason = f"with error: signal: {signal.strsignal(-status) or -status}".lower()
        return _killed("Runtime.ExitError", request_id, f"Runtime exited {reason}")

    def _end(self, request_id: str, reply: dict[str, Any], seconds: float, initialisation: str) -> Outcome:
        size = self.function.memory_size
        milliseconds, used = seconds * 1000, size if self._out_of_memory else min(reply.get("memory", 0), size)
        report = (
            f"REPORT RequestId: {request_id}	Duration: {milliseconds:.2f} ms"
            f"	Billed Duration: {math.ceil(milliseconds)} ms	Memory Size: {size} MB"
            f"	Max Memory Used: {used} MB{initialisation}{reply.get('status', '')}"
        )
        last_words = [reply["last_words"]] if "last_words" in reply else []
        self.log.end(*last_words, f"END RequestId: {request_id}", report)
        return Outcome(reply["payload"], reply["failed"], self.log.tail(), milliseconds)


_TOO_LARGE = {
    "errorType": "Function.ResponseSizeTooLarge",
    "errorMessage": f"Response payload size exceeded maximum allowed payload size ({_LARGEST_ANSWER} bytes).",
}


def _killed(kind: str, request_id: str, what: str) -> dict[str, Any]:
    """Return the answer for a process that gave none: the document, and what the log says of it.

    Since 2026 a timeout has no line of its own: https://github.com/DataBiosphere/azul/issues/8140.
    """
    text = f"RequestId: {request_id} Error: {what}"
    document = {"payload": json.dumps({"errorType": kind, "errorMessage": text}), "failed": True}
    if kind == "Sandbox.Timedout":
        return document | {"status": "\tStatus: timeout"}
    return document | {"status": f"\tStatus: error\tError Type: {kind}", "last_words": f"{text}\n{kind}"}


def credentials_of_role(role: str, session_name: str, region: str, function_arn: str) -> Credentials:
    """Return temporary credentials of a function's role or raise AccessDeniedException."""
    try:
        return assume_role(role, "lambda.amazonaws.com", session_name, region, function_arn, seconds=SESSION)
    except ServiceException:
        raise AccessDeniedException from None


def _variables(function: LambdaFunction, log: LogStream) -> dict[str, str]:
    """Return the variables of https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#envvars."""
    return dict(function.environment_vars) | {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "HOME": str(package.root()),  # not the person's, whose AWS settings are none of the function's business
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": log.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log.name,
        "LAMBDA_TASK_ROOT": str(package.root() / function.code_digest),
    }
