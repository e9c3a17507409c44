"""Answers CodePipeline: once, whatever happens. No other module calls PutJobSuccessResult or PutJobFailureResult.

Without an answer the action stays InProgress for 20 minutes, and the person without a reason. So:

- a step that returns an Outcome, or raises, is answered when it ends;
- a step that is still busy when 30 seconds are left is answered by a timer: Waiting if the step said how to go on
  (`progress.resume`, which may first keep what was done), else Failed with what it was doing. After that its next
  `progress(...)` stops it;
- an answer that CodePipeline cannot take just now is sent three times, while there is time;
- a job delivered twice is answered twice: InvalidJobStateException says that the first answer has arrived.

Nothing of the event is logged but the job's id, and the credentials in it are struck from every text. What a person
reads ends with the version of the code, if that is known.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

import code_version
from clients import Clients
from outcomes import ActionError, Continuation, Done, Failed, Outcome, Waiting
from pipeline_job import Event, Job, job_id, secrets

ANSWER_SECONDS = 30  # left for the answer itself: more than its calls can take (`clients`)
TIMES, AGAIN_SECONDS = 3, 2.0  # how often an answer that does not arrive is sent, and how soon again

# botocore: codepipeline PutJobFailureResult failureDetails.message, PutJobSuccessResult executionDetails.summary
MESSAGE_LIMIT = 5000
SUMMARY_LIMIT = 2048

_QUOTA_ADVICE = (
    "Request an increase in Service Quotas for this instance type or the serverless concurrency,"
    " or use another traincompute (training) or HostingInstanceType (endpoints)."
)

LOG = logging.getLogger("pipeline")
LOG.setLevel(logging.INFO)


class Context(Protocol):
    """The part of Lambda's context object that is used here."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""


class _OutOfTimeError(Exception):
    """The timer answers: the step must not begin anything more."""


class Progress:
    """What a step is doing now, told by the step, so that running out of time can be reported."""

    def __init__(self) -> None:
        self.doing = "starting"
        self.resume: Callable[[], Continuation] | None = None  # called in the timer's thread
        self.over = threading.Event()

    def __call__(self, doing: str) -> None:
        """Say what comes next, such as "checking train.csv"; the place where a step out of time ends."""
        if self.over.is_set():
            raise _OutOfTimeError
        self.doing = doing

    def pause(self, seconds: float) -> None:
        """Sleep, but not longer than the step may run."""
        if self.over.wait(seconds):
            raise _OutOfTimeError


Step = Callable[[Job, Progress], Outcome]


def answer(event: Event, context: Context, clients: Clients, step: Step) -> None:
    """Run a step for the event's job and answer CodePipeline with its outcome."""

    def is_late() -> bool:
        return context.get_remaining_time_in_millis() / 1000 <= ANSWER_SECONDS

    reply = _Reply(clients.codepipeline, job_id(event), secrets(event), is_late)
    progress = Progress()

    def out_of_time() -> None:
        progress.over.set()
        reply.send(_outcome(lambda: _out_of_time(progress), progress, reply))

    timer = threading.Timer(context.get_remaining_time_in_millis() / 1000 - ANSWER_SECONDS, out_of_time)
    timer.daemon = True
    timer.start()
    try:
        reply.send(_outcome(lambda: step(Job.from_event(event), progress), progress, reply))
    except _OutOfTimeError:
        pass  # the timer is answering
    finally:
        progress.over.set()  # threads of the step, if any, end at their next call
        timer.cancel()
        timer.join()  # Lambda freezes a function that returns, and an answer under way with it


def _outcome(work: Callable[[], Outcome], progress: Progress, reply: "_Reply") -> Outcome:
    try:
        return work()
    except _OutOfTimeError:
        raise
    except BaseException as error:  # noqa: BLE001 - also SystemExit: whatever happens is answered
        if not isinstance(error, ActionError):
            reply.log(logging.ERROR, traceback.format_exc())
        return _failure(error, progress.doing)


def _out_of_time(progress: Progress) -> Outcome:
    doing = progress.doing
    if progress.resume:
        return Waiting(progress.resume(), f"Out of time while {doing}: will go on.")
    return Failed(
        f"Out of time while {doing}. Give the function a longer Timeout (at most 900 s), or more memory, which"
        " brings more CPU, or a smaller input; then retry the stage with all actions."
    )


def _failure(error: BaseException, doing: str) -> Failed:
    if isinstance(error, ActionError):
        return Failed(str(error), error.type)
    if isinstance(error, ClientError):
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        text = f"{error.operation_name} failed while {doing}: {code}: {message}"
        if code == "ResourceLimitExceeded":  # SageMaker's
            text = f"{text.rstrip('.')}. {_QUOTA_ADVICE}"
        return Failed(text, "PermissionError" if code.startswith("AccessDenied") else "JobFailed")
    if isinstance(error, BotoCoreError):
        return Failed(f"AWS could not be called while {doing}: {error}")
    return Failed(f"{type(error).__name__} while {doing}: {error}. This is a fault of the function: see its log.")


def _is_passing(error: BotoCoreError | ClientError) -> bool:
    """Whether the same call may succeed a little later."""
    if isinstance(error, ClientError):
        status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return status >= 500 or error.response["Error"]["Code"] == "ThrottlingException"
    return isinstance(error, HTTPClientError | NoConnection)


class _Reply:
    """The answer to one job: the first one counts, later ones are dropped."""

    def __init__(self, codepipeline: Any, job: str, credentials: tuple[str, ...], is_late: Callable[[], bool]) -> None:
        self._codepipeline = codepipeline
        self._job = job
        self._credentials = credentials
        self._is_late = is_late
        self._answered = False
        self._lock = threading.Lock()  # the step's thread and the timer's

    def send(self, outcome: Outcome) -> None:
        """Answer, unless that is done; an answer that CodePipeline refuses becomes a failure with its reason."""
        with self._lock:
            if self._answered:
                return
            self._answered = True
            try:
                self._put_while_there_is_time(outcome)
            except Exception as error:  # no fault of ours may leave the job without an answer
                if isinstance(outcome, Failed):
                    raise
                self._put(_failure(error, "answering CodePipeline"))

    def log(self, level: int, text: str) -> None:
        """One entry in the function's log."""
        LOG.log(level, "job %s: %s", self._job, self._clean(text))

    def _put_while_there_is_time(self, outcome: Outcome) -> None:
        for left in reversed(range(TIMES)):
            try:
                self._put(outcome)
            except (BotoCoreError, ClientError) as error:
                if not left or self._is_late() or not _is_passing(error):
                    raise
                self.log(logging.WARNING, f"The answer did not arrive, and is sent again: {error}")
                time.sleep(AGAIN_SECONDS)
            else:
                return

    def _put(self, outcome: Outcome) -> None:
        try:
            match outcome:
                case Done():
                    self.log(logging.INFO, f"Done: {outcome.summary}")
                    self._codepipeline.put_job_success_result(
                        jobId=self._job,
                        executionDetails={"summary": self._text(outcome.summary, SUMMARY_LIMIT)},
                        outputVariables={name: self._clean(value) for name, value in outcome.variables.items()},
                    )
                case Waiting():
                    self.log(logging.INFO, f"Waiting: {outcome.summary}")
                    self._codepipeline.put_job_success_result(
                        jobId=self._job,
                        executionDetails={"summary": self._text(outcome.summary, SUMMARY_LIMIT)},
                        continuationToken=outcome.token.encode(),
                    )
                case Failed():
                    self.log(logging.ERROR, f"Failed: {outcome.message}")
                    self._codepipeline.put_job_failure_result(
                        jobId=self._job,
                        failureDetails={
                            "type": outcome.type,
                            "message": self._text(outcome.message, MESSAGE_LIMIT),
                        },
                    )
        except self._codepipeline.exceptions.InvalidJobStateException:
            self.log(logging.WARNING, "CodePipeline has an answer to this job already")

    def _text(self, text: str, limit: int) -> str:
        clean = self._clean(text)
        if not code_version.CODE_VERSION:
            return _cut(clean, limit)
        ending = f" Code version: {code_version.CODE_VERSION}."
        return _cut(clean if clean.endswith(".") else f"{clean}.", limit - len(ending)) + ending

    def _clean(self, text: str) -> str:
        for secret in self._credentials:
            text = text.replace(secret, "***")
        return text


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
