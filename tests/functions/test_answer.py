"""One job, one answer, whatever the step does: it returns, raises, hangs, or is delivered twice."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

import pipeline_answer
from clients import Clients
from continuation import Token
from functions.fake_aws import SECRETS, Aws, Context, recorded
from outcomes import ActionError, ConfigurationError, Done, Failed, Outcome, Waiting
from pipeline_answer import Progress, answer
from pipeline_job import Job

TOKEN = Token(started=1795370000.0, first_job="1123abcd-4567-4890-abcd-ef0123456789", note="it was Failed")
NO_TIME = Context(seconds=30)  # the timer fires at once

Run = Callable[..., None]


@pytest.fixture
def event() -> Any:
    """Some job."""
    return recorded("start_training")


@pytest.fixture
def run(aws: Aws, clients: Clients, event: Any) -> Run:
    """Run a step for the event's job."""

    def run_step(
        step: Callable[[Job, Progress], Outcome], context: pipeline_answer.Context | None = None, job: Any = event
    ) -> None:
        answer(job, context or Context(), clients, step)

    return run_step


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits, before an answer is sent again."""
    monkeypatch.setattr(pipeline_answer, "AGAIN_SECONDS", 0)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What a hanging step waits for; set at the latest when the test is over."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_done_is_success_with_output_variables(aws: Aws, run: Run) -> None:
    run(lambda job, progress: Done("all well", {"run_id": "0123"}))

    assert aws.codepipeline.answer.done == {"run_id": "0123"}
    assert aws.codepipeline.answer.summary == "all well"
    assert aws.codepipeline.answer.members["jobId"] == "0123abcd-4567-4890-abcd-ef0123456789"


def test_waiting_is_success_with_a_token(aws: Aws, run: Run) -> None:
    run(lambda job, progress: Waiting(TOKEN, "not yet"))

    assert Token.decode(aws.codepipeline.answer.members["continuationToken"]) == TOKEN
    assert aws.codepipeline.answer.summary == "not yet"


def test_failed_is_failure(aws: Aws, run: Run) -> None:
    run(lambda job, progress: Failed("no luck", "PermissionError"))

    assert aws.codepipeline.answer.failure == "no luck"
    assert aws.codepipeline.answer.failure_type == "PermissionError"


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        (ActionError("row 3 is bad"), "row 3 is bad", "JobFailed"),
        (ConfigurationError("key x is bad"), "key x is bad", "ConfigurationError"),
        (ZeroDivisionError("by zero"), "ZeroDivisionError while counting: by zero. This is a fault of", "JobFailed"),
        (SystemExit(3), "SystemExit while counting: 3. This is a fault of the function", "JobFailed"),
        (KeyboardInterrupt(), "KeyboardInterrupt while counting", "JobFailed"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_is_raised_is_a_failure_with_its_reason(
    aws: Aws, run: Run, error: BaseException, message: str, kind: str
) -> None:
    def step(job: Job, progress: Progress) -> Outcome:
        progress("counting")
        raise error

    run(step)

    assert aws.codepipeline.answer.failure.startswith(message)
    assert aws.codepipeline.answer.failure_type == kind


def test_an_event_that_lacks_a_part_is_answered(aws: Aws, run: Run, event: Any) -> None:
    del event["CodePipeline.job"]["data"]["inputArtifacts"]

    run(lambda job, progress: Done("unreachable"))

    assert aws.codepipeline.answer.failure.startswith("KeyError while starting: 'inputArtifacts'")


@pytest.mark.parametrize("event", [{}, {"key1": "value1"}, {"CodePipeline.job": {}}])
def test_an_event_that_is_no_job_says_what_this_function_is(aws: Aws, clients: Clients, event: Any) -> None:
    with pytest.raises(ValueError, match="not a CodePipeline job: release the pipeline"):
        answer(event, Context(), clients, lambda job, progress: Done("unreachable"))

    assert aws.codepipeline.calls == []


def test_out_of_time_fails_with_what_it_was_doing(aws: Aws, run: Run) -> None:
    def step(job: Job, progress: Progress) -> Outcome:
        progress("checking train.csv")
        assert aws.codepipeline.given.wait(10)
        return Done("too late")

    run(step, NO_TIME)

    assert aws.codepipeline.answer.failure.startswith(("Out of time while checking", "Out of time while starting"))


def test_out_of_time_waits_when_the_step_can_go_on(aws: Aws, run: Run) -> None:
    def step(job: Job, progress: Progress) -> Outcome:
        progress.resume = lambda: TOKEN
        progress("looking at the endpoint")
        assert aws.codepipeline.given.wait(10)
        return Failed("too late")

    run(step, Context(seconds=30.5))

    assert Token.decode(aws.codepipeline.answer.members["continuationToken"]) == TOKEN
    assert aws.codepipeline.answer.summary == "Out of time while looking at the endpoint: will go on."


def test_a_step_that_hangs_in_a_call_is_answered_while_it_hangs(aws: Aws, run: Run, released: threading.Event) -> None:
    def step(job: Job, progress: Progress) -> Outcome:
        progress("calling something slow")
        released.wait()
        return Done("too late")

    invocation = threading.Thread(target=run, args=(step, Context(seconds=30.5)), daemon=True)
    invocation.start()
    assert aws.codepipeline.given.wait(10)

    assert invocation.is_alive()
    assert aws.codepipeline.answer.failure.startswith("Out of time while calling something slow.")
    released.set()
    invocation.join(10)
    assert not invocation.is_alive()
    assert len(aws.codepipeline.calls) == 1


def test_after_the_answer_the_step_begins_nothing_more(aws: Aws, run: Run) -> None:
    begun = []

    def step(job: Job, progress: Progress) -> Outcome:
        assert aws.codepipeline.given.wait(10)
        progress("starting the training job")
        begun.append("training job")
        return Done("too late")

    run(step, NO_TIME)

    assert begun == []
    assert aws.codepipeline.answer.failure.startswith("Out of time")


def test_the_invocation_lasts_until_the_timer_has_answered(aws: Aws, run: Run) -> None:
    ended = threading.Event()

    def keep() -> Token:
        assert ended.wait(10)
        threading.Event().wait(0.2)  # Lambda would freeze what has not answered when the handler returns
        return TOKEN

    def step(job: Job, progress: Progress) -> Outcome:
        progress.resume = keep
        try:
            progress.pause(60)
        finally:
            ended.set()
        return Done("too late")

    run(step, Context(seconds=30.5))

    assert Token.decode(aws.codepipeline.answer.members["continuationToken"]) == TOKEN


def test_what_cannot_be_kept_is_a_failure_with_its_reason(aws: Aws, run: Run) -> None:
    def keep() -> Token:
        raise ActionError("no room for it")

    def step(job: Job, progress: Progress) -> Outcome:
        progress.resume = keep
        progress.pause(60)
        return Done("too late")

    run(step, Context(seconds=30.5))

    assert aws.codepipeline.answer.failure == "no room for it"


def test_a_pause_ends_when_the_time_is_up(aws: Aws, run: Run) -> None:
    run(lambda job, progress: Done(str(progress.pause(60))), NO_TIME)

    assert aws.codepipeline.answer.failure.startswith("Out of time")


def test_a_quick_step_leaves_no_timer_behind(run: Run) -> None:
    run(lambda job, progress: Done("quick"))

    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer) and is_armed(thread)]


def is_armed(timer: threading.Timer) -> bool:
    return not timer.finished.is_set()


def test_a_second_delivery_is_answered_in_silence(aws: Aws, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    run(lambda job, progress: Done("first"))
    run(lambda job, progress: Failed("second"))

    assert aws.codepipeline.operations() == ["PutJobSuccessResult", "PutJobFailureResult"]
    assert "CodePipeline has an answer to this job already" in caplog.text


def test_an_answer_that_is_refused_becomes_a_failure(aws: Aws, run: Run) -> None:
    aws.codepipeline.refuse("PutJobSuccessResult", "OutputVariablesSizeExceededException", "too much")

    run(lambda job, progress: Done("done", {"a": "b"}))

    assert aws.codepipeline.operations() == ["PutJobSuccessResult", "PutJobFailureResult"]
    message = aws.codepipeline.called("PutJobFailureResult")[0]["failureDetails"]["message"]
    assert message.endswith("while answering CodePipeline: OutputVariablesSizeExceededException: too much")


def test_an_answer_that_cannot_be_sent_becomes_a_failure(aws: Aws, run: Run) -> None:
    run(lambda job, progress: Done("done", {"rows": 3}))  # type: ignore[dict-item]

    assert aws.codepipeline.answer.failure.startswith("AttributeError while answering CodePipeline")


@pytest.mark.parametrize("length", [5000, 5001, 100_000])
def test_a_long_failure_is_cut_to_what_codepipeline_takes(aws: Aws, run: Run, length: int) -> None:
    run(lambda job, progress: Failed("x" * length))

    message = aws.codepipeline.answer.failure
    assert len(message) == 5000
    assert message.endswith("…") == (length > 5000)


def test_a_long_summary_is_cut_to_what_codepipeline_takes(aws: Aws, run: Run) -> None:
    run(lambda job, progress: Done("x" * 3000))

    assert len(aws.codepipeline.answer.summary) == 2048


def raised(text: str) -> Outcome:
    raise RuntimeError(text)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "outcome",
    [
        lambda text: Done(text, {"variable": text}),
        lambda text: Waiting(TOKEN, text),
        Failed,
        raised,
    ],
    ids=["Done", "Waiting", "Failed", "raised"],
)
def test_credentials_leave_the_function_neither_in_answers_nor_in_the_log(
    aws: Aws, run: Run, secret: str, outcome: Callable[[str], Outcome], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="pipeline")

    run(lambda job, progress: outcome(f"it is {secret}!"))

    assert "it is ***!" in str(aws.codepipeline.calls)
    assert secret not in str(aws.codepipeline.calls)
    assert "it is ***!" in caplog.text
    assert secret not in caplog.text


@pytest.mark.parametrize("token", ["", None])
def test_credentials_are_struck_also_when_one_is_missing(aws: Aws, run: Run, event: Any, token: str | None) -> None:
    event["CodePipeline.job"]["data"]["artifactCredentials"]["sessionToken"] = token

    run(lambda job, progress: Failed(f"it is {SECRETS[1]}!"))

    assert aws.codepipeline.answer.failure == "it is ***!"


def test_a_job_does_not_show_its_credentials(event: Any) -> None:
    shown = repr(Job.from_event(event))

    assert "mlops-builtinalgo-pipeline-artifacts-sde" in shown
    assert not [secret for secret in SECRETS if secret in shown]


def test_the_traceback_of_a_fault_is_in_the_log(aws: Aws, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    def faulty(job: Job, progress: Progress) -> Outcome:
        raise ZeroDivisionError

    run(faulty)

    assert "in faulty" in caplog.text


def test_the_log_of_an_outcome_names_the_job(aws: Aws, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    run(lambda job, progress: Done("all well"))

    [entry] = [record for record in caplog.records if record.name == pipeline_answer.LOG.name]
    assert entry.getMessage() == "job 0123abcd-4567-4890-abcd-ef0123456789: Done: all well"
    assert entry.levelno == logging.INFO


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("InternalFailure", 500)])
@pytest.mark.parametrize("outcome", [Done("well"), Failed("ill")], ids=["Done", "Failed"])
def test_an_answer_that_does_not_arrive_is_sent_until_it_does(
    aws: Aws, run: Run, code: str, status: int, outcome: Outcome
) -> None:
    operation = "PutJobSuccessResult" if isinstance(outcome, Done) else "PutJobFailureResult"
    for _ in range(5):
        aws.codepipeline.refuse(operation, code, status=status)

    run(lambda job, progress: outcome)

    assert aws.codepipeline.operations() == [operation] * 6
    assert aws.codepipeline.given.is_set()


@dataclass(frozen=True)
class Passing:
    """Lambda's context, whose time passes."""

    end: float

    def get_remaining_time_in_millis(self) -> int:
        """What Lambda says."""
        return int((self.end - time.monotonic()) * 1000)


@pytest.mark.usefixtures("impatient")
def test_with_no_time_to_send_it_again_an_answer_becomes_a_failure(aws: Aws, run: Run) -> None:
    for _ in range(2):  # as often as botocore tries
        aws.codepipeline.refuse("PutJobSuccessResult", "InternalFailure", "no", status=500)

    def step(job: Job, progress: Progress) -> Outcome:
        progress.resume = lambda: TOKEN
        progress.pause(60)
        return Done("too late")

    run(step, Passing(time.monotonic() + pipeline_answer.ANSWER_SECONDS + 0.3))

    assert aws.codepipeline.operations() == ["PutJobSuccessResult", "PutJobSuccessResult", "PutJobFailureResult"]
    message = aws.codepipeline.called("PutJobFailureResult")[0]["failureDetails"]["message"]
    assert "while answering CodePipeline: InternalFailure: no" in message


def longest(client: Any) -> float:
    """Seconds that a call can hang, by the client's own patience; retries are a second, then two and so on apart.

    https://docs.aws.amazon.com/boto3/latest/guide/retries.html (at most 2 ** retries seconds, in standard mode)
    """
    config = client.meta.config
    attempts = config.retries["total_max_attempts"]
    return float(
        attempts * (config.connect_timeout + config.read_timeout) + sum(2**retry for retry in range(attempts - 1))
    )


def test_the_answer_comes_before_lambda_ends_the_function_however_aws_hangs(clients: Clients) -> None:
    """The state, the answer, and a failure where the answer is refused: each in the last moment, one after another."""
    calls = [clients.s3_in_haste, clients.codepipeline, clients.codepipeline]

    assert sum(map(longest, calls)) < pipeline_answer.ANSWER_SECONDS - 2  # for all that is no waiting


@pytest.mark.slow
def test_a_call_that_hangs_is_given_up_in_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        codepipeline = Clients(boto3.Session("key", "secret", region_name="us-east-1")).codepipeline
        began = time.monotonic()
        with pytest.raises(ReadTimeoutError):
            codepipeline.put_job_success_result(jobId=str(UUID(int=1)))

        assert time.monotonic() - began < longest(codepipeline)
