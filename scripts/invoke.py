"""Run one function, as it is in this checkout, in this process, and show its log and its answer to CodePipeline.

make invoke SUFFIX=me42 FUNCTION=train-model EVENT=tests/events/train-model.json

Environment variables and time are those of the deployed function; credentials are yours, not its role's. What it
calls is really called, but for the answer, which is shown instead: CodePipeline knows no job that a person made up. If
the function asks to be started again, it is, with its token and the id of another job, as CodePipeline does it.
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import importlib
import json
import logging
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from uuid import uuid4

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

import account
from account import Account, WorkshopError
from function_names import FUNCTIONS
from package import SOURCES
from release import running_execution
from resource_names import Names, given_suffix

NAMES = {module.replace("_", "-"): function for function, module in FUNCTIONS.items()}
EXAMPLE = "Say, for instance: make invoke FUNCTION=train-model EVENT=tests/events/train-model.json"


@dataclass(frozen=True)
class Answer:
    """What CodePipeline would have been told."""

    operation: str
    members: Mapping[str, Any]

    @property
    def token(self) -> str | None:
        return self.members.get("continuationToken")

    @property
    def is_failure(self) -> bool:
        return self.operation == "PutJobFailureResult"

    def __str__(self) -> str:
        return f"{self.operation} {json.dumps(self.members, indent=2, ensure_ascii=False)}"


@dataclass(frozen=True)
class Context:
    """Lambda's context, as far as the functions look at it."""

    ends: float

    def get_remaining_time_in_millis(self) -> int:
        return int((self.ends - time.monotonic()) * 1000)


@dataclass(frozen=True)
class Function:
    """A function of this checkout, whose client keeps its answers here."""

    name: str
    handler: Callable[[Any, Context], None]
    answers: list[Answer]
    seconds: int

    @classmethod
    def imported(cls, name: str, seconds: int) -> "Function":
        """Import a function, which finds its environment variables set."""
        sys.path.insert(0, str(SOURCES))
        with told_in_a_line(name):
            module: Any = importlib.import_module(FUNCTIONS[NAMES[name]])
            return cls(name, module.lambda_handler, kept_answers(module.CLIENTS.codepipeline), seconds)

    def answer(self, event: Any) -> Answer:
        """Run it once."""
        self.answers.clear()
        with told_in_a_line(self.name):
            self.handler(event, Context(time.monotonic() + self.seconds))
        if not self.answers:
            raise WorkshopError(f"{self.name} ended without an answer: on AWS its action would wait for 20 minutes")
        return self.answers[-1]


def invoke(connected: Account, suffix: str, name: str, text: str) -> Answer:
    """Run a function for the event of this text until it no longer asks to go on, and return its last answer."""
    settings = deployed(connected.session.client("lambda"), Names(suffix).function(NAMES[name]))
    refuse_beside_a_release(connected.session.client("codepipeline"), Names(suffix))
    event = parsed(filled(text, values_now(connected.session, suffix)))
    os.environ |= settings.get("Environment", {}).get("Variables", {})
    os.environ |= {"AWS_REGION": connected.region, "AWS_DEFAULT_REGION": connected.region}  # as Lambda sets both
    function, delays = Function.imported(name, settings["Timeout"]), account.delays()
    while True:
        answer = function.answer(event)
        print(answer, flush=True)
        if not answer.token:
            return answer
        time.sleep(next(delays))
        event["CodePipeline.job"]["id"] = str(uuid4())
        event["CodePipeline.job"]["data"]["continuationToken"] = answer.token


def deployed(lambda_: Any, function: str) -> Mapping[str, Any]:
    """The configuration of the function in the pipeline stack."""
    try:
        found: Mapping[str, Any] = lambda_.get_function_configuration(FunctionName=function)
    except ClientError as error:
        if account.code(error) == "ResourceNotFoundException":
            suffix = function.rpartition("-")[2]
            raise WorkshopError(f"There is no function {function} here: make deploy SUFFIX={suffix}") from None
        raise
    return found


def refuse_beside_a_release(codepipeline: Any, names: Names) -> None:
    """StartTraining stops any training that is not its own, and an endpoint takes one change at a time."""
    if running := running_execution(codepipeline, names.pipeline):
        raise WorkshopError(
            f"Execution {running} of {names.pipeline} is running, and one would disturb the other:"
            f" make release SUFFIX={names.suffix} follows it to its end"
        )


def kept_answers(codepipeline: Any) -> list[Answer]:
    """Have a client keep its answers here instead of sending them, once botocore has checked and written them."""
    answers: list[Answer] = []

    def keep(model: Any, params: Mapping[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        answers.append(Answer(model.name, json.loads(params["body"])))
        return AWSResponse(params["url"], 200, {}, None), {}

    for operation in ("PutJobSuccessResult", "PutJobFailureResult"):
        codepipeline.meta.events.register(f"before-call.codepipeline.{operation}", keep)
    return answers


@contextmanager
def told_in_a_line(name: str) -> Iterator[None]:
    """Say what goes wrong outside of a function's step, which answers for itself: its code cannot be imported, say."""
    try:
        yield
    except Exception as error:
        raise WorkshopError(f"{name} gave no answer: {place(error)}: {type(error).__name__}: {error}") from error


def place(error: Exception) -> str:
    """Where in the code an error comes from."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename}:{last.lineno}"


def given_function() -> str:
    name = os.environ.get("FUNCTION", "")
    if name not in NAMES:
        said = f"FUNCTION={name}" if name else "FUNCTION is missing"
        raise WorkshopError(f"{said}: expected one of {', '.join(NAMES)}. {EXAMPLE}")
    return name


def given_event() -> str:
    """The text of the file that the person gave, which is an event once its ``${NAMES}`` are filled."""
    path = os.environ.get("EVENT", "")
    if not path:
        raise WorkshopError(f"EVENT is missing: expected a file with an event of CodePipeline. {EXAMPLE}")
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise WorkshopError(f"EVENT={path}: {error.strerror}. {EXAMPLE}") from None
    except UnicodeDecodeError:
        raise WorkshopError(f"EVENT={path} is no text in UTF-8, expected an event of CodePipeline. {EXAMPLE}") from None


def filled(text: str, values: Mapping[str, str]) -> str:
    """A JSON text with values for its ``${NAMES}``."""

    def value(name: re.Match[str]) -> str:
        if name[1] not in values:
            raise WorkshopError(f"EVENT: nothing is known for {name[0]}, expected one of {', '.join(values)}")
        return json.dumps(values[name[1]])[1:-1]

    return re.sub(r"\$\{(\w*)\}", value, text)


def parsed(text: str) -> Any:
    """An event, if the text is one as far as that matters here: the functions judge the rest."""
    try:
        event = json.loads(text)
    except ValueError as error:
        raise WorkshopError(f"EVENT is not JSON: {error}. {EXAMPLE}") from None
    try:
        is_event = isinstance(event["CodePipeline.job"]["data"], dict)
    except (LookupError, TypeError):
        is_event = False
    if not is_event:
        raise WorkshopError(f"EVENT is no event of CodePipeline: it has no CodePipeline.job with data. {EXAMPLE}")
    return event


def values_now(session: Any, suffix: str) -> dict[str, str]:
    """What the events in tests/events leave open. A job has credentials of its own; here they are the caller's."""
    credentials = session.get_credentials().get_frozen_credentials()
    return {
        "SUFFIX": suffix,
        "JOB_ID": str(uuid4()),
        "NOW": str(int(time.time())),
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token or "",
    }


def leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """End at once: a function answers whatever ends it, Ctrl-C too, and its threads may be waiting for AWS."""
    print("Interrupted. What the function had begun on AWS goes on.", file=sys.stderr, flush=True)
    os._exit(130)


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        name, text, suffix = given_function(), given_event(), given_suffix()
        connected = account.connect()
        signal.signal(signal.SIGINT, leave)
        logging.basicConfig(format="[%(levelname)s]\t%(message)s")  # on standard error
        return int(invoke(connected, suffix, name, text).is_failure)

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())
