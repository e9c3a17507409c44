"""FullTest over several invocations: whatever is cut where, delivered twice or killed, the numbers are the same."""

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from botocore.response import StreamingBody

import evaluate_model
from checkpoint import Checkpoint
from continuation import Place, Token
from csv_rows import Batch
from functions.documents import DEPLOYMENT
from functions.fake_aws import ARTIFACTS, DATA, Aws, Context, recorded, with_parameters
from metrics import Score

FILE = "evaluation.json"
KEY = "test/large.csv"
PART = 397  # bytes: the file below has some fifteen of them, and rows of ten bytes end across them
ROLE = "AKIAROLEROLEROLEROLE"

chance = random.Random(4)  # noqa: S311 - equal runs, equal tests
ROWS = b"".join(b"%d,%.3f,1\n" % (chance.choice((5, 6, 7)), chance.uniform(3, 9)) for _ in range(600))
OTHER_ROWS = b"".join(b"%d,%.3f,1\n" % (chance.choice((5, 6, 7)), chance.uniform(3, 9)) for _ in range(600))
PARTS = len(ROWS) // PART + 1
# Requests for parts before the first batch is counted: two are at the endpoint, one waits. An invocation that goes on
# first asks for what is left of the part in which it begins, where no row ends.
READ_AHEAD = 3
AGAIN = READ_AHEAD + 1


class KilledError(BaseException):
    """The function's process ends here."""


class Alarm:
    """The timer of an invocation, which goes off when a test says so instead of after some time."""

    daemon = False

    def __call__(self, _seconds: float, function: Callable[[], None]) -> "Alarm":
        self._function = function
        return self

    def start(self) -> None:
        """Wait for the test."""

    cancel = join = start

    def ring(self) -> None:
        """Let it go off in a thread of its own, to its end."""
        thread = threading.Thread(target=self._go_off)
        thread.start()
        thread.join()

    def _go_off(self) -> None:
        with contextlib.suppress(KilledError):
            self._function()


@dataclass
class Action:
    """FullTest, invocation by invocation, each of which is out of time when it asks S3 for the nth time."""

    aws: Aws
    alarm: Alarm

    def event(self, token: str | None = None, first: bool = False) -> Any:
        """The event of a job, which goes on from a token."""
        event = with_parameters(recorded("smoke_test"), {"env": "Dev", "s3key": KEY})
        if not first:
            event["CodePipeline.job"]["id"] = str(uuid4())
        if token:
            event["CodePipeline.job"]["data"]["continuationToken"] = token
        return event

    def invoke(self, event: Any, out_of_time_at: int = 0, of: str = KEY) -> None:
        """Deliver a job; the alarm goes off at the nth request for the test set, or for another object."""
        seen = 0

        def count(_method: str, url: str) -> None:
            nonlocal seen
            if of in url and _method != "HEAD":
                seen += 1
                if seen == out_of_time_at:
                    self.alarm.ring()

        self.aws.before_s3 = count
        evaluate_model.lambda_handler(event, Context())
        self.aws.before_s3 = lambda method, url: None

    @property
    def token(self) -> str:
        """The token of the newest answer."""
        return str(self.aws.codepipeline.calls[-1][1]["continuationToken"])

    @property
    def failure(self) -> str:
        """The message of the newest answer, a failure."""
        operation, members = self.aws.codepipeline.calls[-1]
        assert operation == "PutJobFailureResult", members
        return str(members["failureDetails"]["message"])

    def go_on(self, out_of_time_at: Iterable[int], token: str | None = None) -> Any:
        """All invocations to the end, those first that run out of time; what the action hands on."""
        for reads in out_of_time_at:
            self.invoke(self.event(token), reads)
            token = self.token
        last = self.event(token)
        self.invoke(last)
        assert "outputVariables" in self.aws.codepipeline.calls[-1][1], self.aws.codepipeline.calls[-1]
        return self.aws.output(last, FILE)


@pytest.fixture
def action(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Action:
    """The action, with its input artifact and its test set in place."""
    alarm = Alarm()
    monkeypatch.setattr(threading, "Timer", alarm)
    monkeypatch.setattr(evaluate_model, "PART", PART)
    aws.put_artifact(recorded("smoke_test"), DEPLOYMENT, "deployment.json")
    aws.put(DATA, KEY, ROWS)
    return Action(aws, alarm)


@pytest.fixture
def uninterrupted(action: Action) -> Any:
    """What the action hands on when it has all the time."""
    return action.go_on([])


def schedules() -> list[list[int]]:
    """When invocations run out of time: each part once, after each batch, and some by chance."""
    each = [[reads] for reads in range(READ_AHEAD + 1, PARTS + 1)]
    found = [*each, [READ_AHEAD + 1, *[AGAIN + 1] * (PARTS - AGAIN - 1)]]
    for _ in range(4):
        counted = sorted(chance.sample(range(1, PARTS - READ_AHEAD), 3))
        steps = [next_one - one for one, next_one in pairwise(counted)]
        found.append([READ_AHEAD + counted[0], *[AGAIN + step for step in steps]])
    return found


@pytest.mark.parametrize("out_of_time_at", schedules(), ids=str)
def test_however_it_is_cut_it_hands_on_the_very_same(
    action: Action, uninterrupted: Any, out_of_time_at: list[int]
) -> None:
    assert action.go_on(out_of_time_at) == uninterrupted


def test_it_goes_on_after_the_last_batch_that_was_counted(action: Action) -> None:
    action.invoke(action.event(first=True), out_of_time_at=READ_AHEAD + 4)

    token = json.loads(action.token)
    place = token["place"]
    counted = ROWS[: place["offset"]]
    assert counted == ROWS[: 4 * PART].rpartition(b"\n")[0] + b"\n"
    assert place["lines"] == counted.count(b"\n")
    assert token["first_job"] == recorded("smoke_test")["CodePipeline.job"]["id"]
    assert f"/{token['first_job']}/" in place["state"]
    summary = action.aws.codepipeline.answer.summary
    assert summary == f"Out of time while reading {KEY} from byte {(READ_AHEAD + 3) * PART}: will go on."


def test_the_first_start_and_the_first_job_are_handed_on(action: Action) -> None:
    tokens: list[str] = []
    for _ in range(3):
        action.invoke(action.event(tokens[-1] if tokens else None), out_of_time_at=AGAIN + 1)
        tokens.append(action.token)

    begun = [{key: json.loads(token)[key] for key in ("started", "first_job")} for token in tokens]
    assert begun[0] == begun[1] == begun[2]
    assert len({json.loads(token)["place"]["offset"] for token in tokens}) == 3


def test_the_state_is_the_functions_own_and_in_a_folder_of_its_own(action: Action) -> None:
    action.go_on([READ_AHEAD + 1])

    state = [(method, url, key) for method, url, key in action.aws.s3_requests if "/continuations/" in url]
    assert [(method, key) for method, _, key in state] == [("PUT", ROLE), ("GET", ROLE)]
    assert all(ARTIFACTS in url for _, url, _ in state)


def test_out_of_time_with_all_rows_counted_only_the_judgement_is_left(action: Action, uninterrupted: Any) -> None:
    first = action.event()
    action.invoke(first, out_of_time_at=1, of="/SmokeTestE")  # as evaluation.json goes out
    requests = len(action.aws.runtime.bodies)

    assert json.loads(action.token)["place"]["offset"] == len(ROWS)
    assert action.go_on([], action.token) == uninterrupted
    assert len(action.aws.runtime.bodies) == requests


@pytest.mark.parametrize("form", ["CRLF", "no end of line at the end", "CRLF, no end"])
def test_it_goes_on_in_files_of_every_form(action: Action, uninterrupted: Any, form: str) -> None:
    rows = ROWS.replace(b"\n", b"\r\n") if "CRLF" in form else ROWS
    action.aws.put(DATA, KEY, rows.rstrip() if "no end" in form else rows)

    found, whole = action.go_on([READ_AHEAD + 2, AGAIN + 3]), action.go_on([])

    assert found == whole
    assert found["regression_metrics"]["mae"]["value"] == pytest.approx(
        uninterrupted["regression_metrics"]["mae"]["value"], rel=1e-12
    )
    assert found["sample"] == uninterrupted["sample"]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"5,oops,1\n", "line 601, column 2: 'oops' is not a number"),
        (b"5,1\n", "line 601: 2 columns, expected 3 as in the training data"),
        (b"\n", "line 601: an empty row: remove it"),
    ],
)
def test_a_bad_row_is_named_by_its_line_in_the_file(action: Action, bad: bytes, says: str) -> None:
    action.aws.put(DATA, KEY, ROWS + bad)
    action.invoke(action.event(), out_of_time_at=READ_AHEAD + 5)

    action.invoke(action.event(action.token))

    assert action.failure.startswith(f"{KEY}, {says}")


def test_a_test_set_that_is_replaced_half_way_does_not_matter(action: Action, uninterrupted: Any) -> None:
    action.invoke(action.event(), out_of_time_at=READ_AHEAD + 5)
    action.aws.put(DATA, KEY, OTHER_ROWS)

    assert action.go_on([AGAIN + 1], action.token) == uninterrupted


def test_a_test_set_whose_version_is_gone_is_named(action: Action) -> None:
    action.invoke(action.event(), out_of_time_at=READ_AHEAD + 5)
    version = json.loads(action.token)["place"]["version_id"]
    action.aws.s3.delete_object(Bucket=DATA, Key=KEY, VersionId=version)

    action.invoke(action.event(action.token))

    assert f"{KEY} (s3key) at version {version}, of which rows were scored already, cannot be read" in action.failure


@pytest.mark.parametrize("again_at", [READ_AHEAD + 2, READ_AHEAD + 5, READ_AHEAD + 7])
def test_a_function_that_dies_between_state_and_answer_changes_nothing(
    action: Action, uninterrupted: Any, again_at: int
) -> None:
    event = action.event()
    with pytest.MonkeyPatch.context() as patch:

        def die(_members: Any) -> None:
            raise KilledError

        patch.setattr(action.aws.codepipeline, "put_job_success_result", die)
        action.invoke(event, out_of_time_at=READ_AHEAD + 5)
    assert event["CodePipeline.job"]["id"] not in action.aws.codepipeline.answered

    action.invoke(event, out_of_time_at=again_at)

    assert action.go_on([], action.token) == uninterrupted


@pytest.mark.parametrize("again_at", [AGAIN + 1, AGAIN + 3, 0])
def test_jobs_that_are_delivered_twice_change_nothing(action: Action, uninterrupted: Any, again_at: int) -> None:
    token = None
    for _ in range(3):
        event = action.event(token)
        action.invoke(event, out_of_time_at=AGAIN + 3)
        token = action.token
        action.invoke(event, out_of_time_at=again_at)

    last = action.event(token)
    action.invoke(last)
    action.invoke(last)

    assert action.aws.output(last, FILE) == uninterrupted


def test_delivered_twice_around_a_replacement_each_token_finds_its_own_state(
    action: Action, uninterrupted: Any
) -> None:
    event = action.event(first=True)
    action.invoke(event, out_of_time_at=READ_AHEAD + 5)
    token = action.token
    action.aws.put(DATA, KEY, OTHER_ROWS)  # rows as long as the first ones

    action.invoke(event, out_of_time_at=READ_AHEAD + 5)  # nobody hears its answer

    assert json.loads(action.token)["place"]["offset"] == json.loads(token)["place"]["offset"]
    assert action.go_on([], token) == uninterrupted


@pytest.mark.parametrize("at", range(1, READ_AHEAD + 1))
def test_without_a_batch_counted_it_fails(action: Action, at: int) -> None:
    action.invoke(action.event(), out_of_time_at=at)

    assert action.failure.startswith(f"Out of time while reading {KEY} from byte {(at - 1) * PART}. Give the function")


def test_a_continuation_without_a_batch_counted_fails_too(action: Action) -> None:
    action.invoke(action.event(), out_of_time_at=READ_AHEAD + 1)

    action.invoke(action.event(action.token), out_of_time_at=AGAIN)

    assert action.failure.startswith(f"Out of time while reading {KEY} from byte")


@pytest.mark.parametrize(
    "error",
    [
        IncompleteReadError(actual_bytes=7, expected_bytes=PART),
        ReadTimeoutError(endpoint_url="https://s3"),
        ResponseStreamingError(error="Connection broken"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_answers_that_break_off_are_asked_for_again(action: Action, uninterrupted: Any, error: Exception) -> None:
    whole, thread, broken = StreamingBody.read, threading.local(), []

    def read(body: StreamingBody, amt: int | None = None) -> Any:
        thread.broke = amt is None and not getattr(thread, "broke", False)  # the artifact has a limit
        if thread.broke:
            broken.append(error)
            raise error
        return whole(body, amt)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StreamingBody, "read", read)
        action.invoke(action.event(), out_of_time_at=2 * READ_AHEAD + 1)
        last = action.event(action.token)
        action.invoke(last)

    assert action.aws.output(last, FILE) == uninterrupted
    assert len(broken) > 2 * PARTS  # parts of the file, answers of the endpoint, and the state


def test_an_answer_that_always_breaks_off_fails_and_says_so(action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, tries = StreamingBody.read, []

    def read(body: StreamingBody, amt: int | None = None) -> Any:
        if amt is None:
            tries.append(body)
            raise IncompleteReadError(actual_bytes=7, expected_bytes=PART)
        return whole(body, amt)

    monkeypatch.setattr(StreamingBody, "read", read)
    action.invoke(action.event())

    assert action.failure == (
        f"AWS could not be called while reading {KEY} from byte 0: 7 read, but total bytes expected is {PART}."
    )
    assert len(tries) == 4


def changed(token: str, **fields: Any) -> str:
    return json.dumps(json.loads(token) | fields)


@pytest.mark.parametrize("version", [1, 3])
def test_a_token_of_another_format_fails_with_both_versions(action: Action, version: int) -> None:
    action.invoke(action.event(), out_of_time_at=READ_AHEAD + 1)

    action.invoke(action.event(changed(action.token, version=version)))

    assert action.failure == (
        f"The continuation token has format {version}, this function expects 2: the function was updated while the"
        " action went on. Now retry the stage with all actions, which begins anew."
    )


def test_a_state_of_another_format_fails_with_both_versions(action: Action) -> None:
    action.invoke(action.event(), out_of_time_at=READ_AHEAD + 1)
    state = json.loads(action.token)["place"]["state"]
    action.aws.put(ARTIFACTS, state, b'{"version": 3, "sums": []}')

    action.invoke(action.event(action.token))

    assert action.failure.startswith(f"The state s3://{ARTIFACTS}/{state} has format 3, this function expects 2")


def test_a_state_that_is_gone_is_named(action: Action) -> None:
    action.invoke(action.event(), out_of_time_at=READ_AHEAD + 1)
    state = json.loads(action.token)["place"]["state"]
    action.aws.s3.delete_object(Bucket=ARTIFACTS, Key=state)

    action.invoke(action.event(action.token))

    assert f"s3://{ARTIFACTS}/{state}, cannot be read (NoSuchKey): retry the stage with all actions" in action.failure


def test_a_state_that_cannot_be_written_fails_and_says_so(action: Action) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTIFACT_BUCKET", "no-such-bucket-sde")
        action.invoke(action.event(), out_of_time_at=READ_AHEAD + 1)

    assert action.failure.startswith(f"PutObject failed while reading {KEY}")
    assert "NoSuchBucket" in action.failure


@pytest.mark.parametrize(("hours", "goes_on"), [(22.9, True), (23.1, False)])
def test_it_goes_on_for_less_than_a_day(action: Action, hours: float, goes_on: bool) -> None:
    action.invoke(action.event(), out_of_time_at=READ_AHEAD + 1)
    token = changed(action.token, started=time.time() - hours * 3600)

    action.invoke(action.event(token), out_of_time_at=AGAIN + 1)

    if goes_on:
        assert json.loads(action.token)["started"] == json.loads(token)["started"]
    else:
        assert "lines were scored in 23 hours, and CodePipeline gives an action 24" in action.failure


def test_the_longest_token_is_within_what_codepipeline_keeps() -> None:
    # S3: a version id has at most 1,024 bytes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
    job = str(uuid4())
    place = Place("x" * 1024, 10**14, 10**12, f"continuations/{job}/{'0' * 16}/{10**14}.json")

    assert len(Token(time.time(), job, place=place).encode()) <= 2048


class SlowScore(Score):
    """A score that is asked for while a batch is being counted."""

    ask: Callable[[], None]

    def add(self, first_line: int, labels: Sequence[float], predictions: Sequence[float]) -> None:
        """Count half of it, be asked, and count the rest."""
        super().add(first_line, labels[:1], predictions[:1])
        self.ask()
        super().add(first_line + 1, labels[1:], predictions[1:])


def test_what_is_kept_is_never_half_a_batch(aws: Aws) -> None:
    kept: list[Token] = []
    asking = threading.Thread(target=lambda: kept.append(checkpoint.keep()))

    def ask() -> None:
        asking.start()
        asking.join(0.1)
        assert asking.is_alive()

    score = SlowScore(6.0)
    score.ask = ask
    checkpoint = Checkpoint(aws.s3, ARTIFACTS, Token(time.time(), "job"), "v1", score)
    checkpoint.count(Batch(1, [5.0, 6.0], b"1\n2", 8), [5.0, 6.0])
    asking.join()

    assert kept[0].place
    assert (kept[0].place.offset, kept[0].place.lines) == (8, 2)
    state = json.loads(aws.s3.get_object(Bucket=ARTIFACTS, Key=kept[0].place.state)["Body"].read())
    assert state["score"]["whole"]["rows"] == 2
