"""Runs one Lambda function in this process, as AWS's Python runtime does, with its words for every failure.

The parent sends one JSON document a line on standard input: first the task, then invocations; the answers go to what
was standard output. The function's own output, whichever way it is written, goes to standard error, and the parent
carries it to CloudWatch Logs. Started ahead of its task, it imports boto3 meanwhile; no credentials are read before
the task has set the environment.
"""

import importlib
import json
import logging
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NoReturn

from localaws import lifeline
from localaws.awslambda import memory

# One event in CloudWatch Logs may hold several lines; this separator stands for their breaks on the way there.
LINE_BREAK = "\x1e"
# What AWS's runtime has beside the standard library: boto3 and what it needs.
_PROVIDED = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")

Document = dict[str, Any]
Handler = Callable[[Any, "Context"], Any]


class Context:
    """What a handler gets as its second argument."""

    client_context = None
    identity = None

    def __init__(self, task: Document, invocation: Document) -> None:
        self.function_name = task["function_name"]
        self.function_version = task["version"]
        self.memory_limit_in_mb = str(task["memory"])
        self.log_group_name = task["log_group"]
        self.log_stream_name = task["log_stream"]
        self.invoked_function_arn = invocation["arn"]
        self.aws_request_id = invocation["request_id"]
        self._deadline = invocation["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run."""
        return max(0, int((self._deadline - time.time()) * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))


class _LambdaLog(logging.Handler):
    """The handler that AWS's runtime puts on the root logger."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        moment = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z"
        line = f"[{record.levelname}]\t{moment}\t{self.request_id}\t{self.format(record)}"
        sys.stdout.write(line.replace("\n", LINE_BREAK) + "\n")


def main() -> None:
    """Take a task and its invocations until standard input ends."""
    inbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # from here on whatever the function prints is its log
    threading.Thread(target=_receive, args=(requests, inbox), daemon=True, name="lifeline").start()
    for name in _PROVIDED:
        importlib.import_module(name)
    task = json.loads(inbox.get())
    log = _settle(task)
    started = time.monotonic()
    try:
        handler = _load(task["handler"], task["unreadable"])
    except Exception as error:  # noqa: BLE001 -- whatever a module raises is its invocation's result
        _fail_initialisation(answers, task, error)
    _answer(answers, {"initialised": (time.monotonic() - started) * 1000})
    while True:
        invocation = json.loads(inbox.get())
        log.request_id = invocation["request_id"]
        payload, failed = _invoke(handler, Context(task, invocation), invocation["payload"])
        _end_log(task)
        _answer(answers, {"payload": payload, "failed": failed, "memory": memory.peak()})


def _receive(requests: BinaryIO, inbox: "queue.SimpleQueue[bytes]") -> None:
    for line in requests:
        inbox.put(line)
    lifeline.end_now()


def _settle(task: Document) -> _LambdaLog:
    """Become the function's process: its environment, its folder, its search path, its logging."""
    os.environ.clear()
    os.environ.update(task["environment"])
    time.tzset()
    os.chdir(task["folder"])
    sys.dont_write_bytecode = True  # AWS's /var/task is read-only, and here several workers share it
    ours = str(lifeline.__file__).rpartition("localaws")[0].rstrip(os.sep)
    installed = ("site-packages", "dist-packages")
    sys.path[:] = [task["folder"], *(p for p in sys.path[1:] if p != ours and not p.rstrip(os.sep).endswith(installed))]
    bundled = {path.stem for path in Path(task["folder"]).iterdir()}  # a boto3 inside the zip comes before AWS's
    for module in list(sys.modules):
        top = module.partition(".")[0]
        if top == "localaws" or (top in _PROVIDED and top in bundled):
            del sys.modules[module]
    importlib.invalidate_caches()
    log = _LambdaLog()
    logging.getLogger().addHandler(log)
    return log


def _load(handler: str, unreadable: str | None) -> Handler:
    """Import the handler, with the errors that AWS's runtime makes of what can go wrong."""
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        message = f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
        raise RuntimeFailureError("Runtime.MalformedHandlerName", message)
    unimportable = f"Unable to import module '{module_name}': "
    if unreadable:
        message = f"{unimportable}[Errno 13] Permission denied: '/var/task/{unreadable}'"
        raise RuntimeFailureError("Runtime.ImportModuleError", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise RuntimeFailureError("Runtime.ImportModuleError", f"{unimportable}{error}") from None
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        message = f"Syntax error in module '{module_name}': {error}"
        raise RuntimeFailureError("Runtime.UserCodeSyntaxError", message, trace) from None
    if not hasattr(module, function_name):
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise RuntimeFailureError("Runtime.HandlerNotFound", message)
    return getattr(module, function_name)  # type: ignore[no-any-return]


class RuntimeFailureError(Exception):
    """A failure that AWS's runtime names itself."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []


def _invoke(handler: Handler, context: Context, payload: str) -> tuple[str, bool]:
    """Return the handler's answer as JSON, and whether it is an error document."""
    try:
        answer = handler(json.loads(payload), context)
    except Exception as error:  # noqa: BLE001 -- it is the invocation's result
        document = _error_document(error, context.aws_request_id)
        _log_error(document)
        return json.dumps(document), True
    try:
        return json.dumps(answer), False
    except (TypeError, ValueError) as error:
        fault = RuntimeFailureError("Runtime.MarshalError", f"Unable to marshal response: {error}")
        document = _error_document(fault, context.aws_request_id)
        _log_error(document)
        return json.dumps(document), True


def _error_document(error: Exception, request_id: str) -> Document:
    return {
        "errorMessage": str(error),
        "errorType": error.kind if isinstance(error, RuntimeFailureError) else type(error).__name__,
        "requestId": request_id,
        "stackTrace": error.trace if isinstance(error, RuntimeFailureError) else _trace(error.__traceback__),
    }


def _trace(of: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(of)
    return traceback.format_list([f for f in frames if f.filename != __file__ and "importlib" not in f.filename])


def _log_error(document: Document) -> None:
    lines = [f"[ERROR] {document['errorType']}: {document['errorMessage']}"]
    if document["stackTrace"]:
        lines += ["Traceback (most recent call last):", *(line.rstrip("\n") for line in document["stackTrace"])]
    sys.stdout.write("\n".join(lines).replace("\n", LINE_BREAK) + "\n")


def _fail_initialisation(answers: BinaryIO, task: Document, error: Exception) -> NoReturn:
    document = _error_document(error, "")
    _log_error(document)
    _end_log(task)
    _answer(answers, {"payload": json.dumps(document), "failed": True, "memory": memory.peak()})
    lifeline.end_now()
    raise AssertionError("unreachable")


def _end_log(task: Document) -> None:
    """Tell the parent that all output of this invocation has been written."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(2, task["end_of_log"].encode() + b"\n")


def _answer(answers: BinaryIO, document: Document) -> None:
    answers.write(json.dumps(document).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
