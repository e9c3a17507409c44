"""Follow the running execution of the pipeline, or start one where none runs. Its result is the exit status.

make release SUFFIX=me42 [NEW=1]
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

from botocore.exceptions import ClientError

import account
import build_log
import follow
import pushes
from account import WorkshopError
from follow import Execution
from resource_names import DATA_KEYS, Names, given_suffix

# Why an execution ends in which no action failed, by its status: botocore codepipeline PipelineExecution.
ENDS = {
    "Cancelled": "the pipeline was updated before it could be completed; make release NEW=1 starts another",
    "Superseded": "a newer execution went on in its place",
}


def release(
    session: Any, suffix: str, *, is_new: bool = False, seen: Callable[[Execution], None] | None = None
) -> Execution:
    """Follow an execution to its end and return it. ``seen`` is told of every look at it."""
    codepipeline = session.client("codepipeline")
    pipeline = Names(suffix).pipeline
    follow.define(codepipeline, pipeline)  # where there is none, it says so
    running = None if is_new else _to_follow(session, suffix)
    if running:
        print(f"Following execution {running} of {pipeline}, which runs already", flush=True)
    else:
        running = codepipeline.start_pipeline_execution(name=pipeline)["pipelineExecutionId"]
        print(f"Started execution {running} of {pipeline}", flush=True)
    return build_log.with_reasons(session, follow.follow(session, pipeline, running, seen))


def follow_first(session: Any, suffix: str, seen: Callable[[Execution], None] | None = None) -> Execution:
    """Follow the execution that creating the pipeline started, also when it is over already."""
    pipeline = Names(suffix).pipeline
    first = follow.executions(session.client("codepipeline"), pipeline)[-1]["pipelineExecutionId"]
    return follow.follow(session, pipeline, first, seen)


def _to_follow(session: Any, suffix: str) -> str | None:
    """The execution that a push has started or will start, one that runs, or the one of a new train.csv."""
    codepipeline, pipeline = session.client("codepipeline"), Names(suffix).pipeline
    return (
        pushes.execution(session, pipeline)
        or running_execution(codepipeline, pipeline)
        or coming_execution(session, suffix)
    )


def running_execution(codepipeline: Any, pipeline: str) -> str | None:
    """The newest execution that runs or waits for its turn."""
    found = follow.executions(codepipeline, pipeline)
    return next((one["pipelineExecutionId"] for one in found if one["status"] == "InProgress"), None)


def coming_execution(session: Any, suffix: str) -> str | None:
    """The execution that a train.csv of the last minute starts, once its event has arrived."""
    codepipeline, pipeline = session.client("codepipeline"), Names(suffix).pipeline
    modified = staged(session.client("s3"), suffix)
    seconds = seconds_to_wait(modified, follow.executions(codepipeline, pipeline), datetime.now(UTC))
    if seconds:
        print("Waiting for the execution that the new train.csv starts", flush=True)
    deadline, delays = monotonic() + seconds, account.delays()
    while modified and monotonic() < deadline:
        sleep(next(delays))
        newer = [one for one in follow.executions(codepipeline, pipeline) if one.get("startTime", modified) >= modified]
        if newer:
            return str(newer[0]["pipelineExecutionId"])
    return None


def staged(s3: Any, suffix: str) -> datetime | None:
    """When train.csv was staged. Why it cannot be looked at, if so, is for the execution to tell."""
    try:
        head = s3.head_object(Bucket=Names(suffix).data_bucket, Key=DATA_KEYS["train.csv"])
    except ClientError:
        return None
    modified: datetime = head["LastModified"]
    return modified


def seconds_to_wait(modified: datetime | None, found: list[dict[str, Any]], now: datetime) -> float:
    """Until a train.csv of that time must have started an execution, if all there are began before it. Pure."""
    if modified is None or any(one.get("startTime", modified) >= modified for one in found):
        return 0.0
    age = (now - modified).total_seconds()
    return max(0.0, follow.SECONDS_OF_AN_EVENT - max(0.0, age))  # below zero where the two clocks differ


def succeed(execution: Execution) -> None:
    """Say how an execution ended. Raises WorkshopError, with action and message, unless it succeeded."""
    if execution.status != "Succeeded":
        raise WorkshopError(f"Execution {execution.id}: {execution.status}. {why_not(execution)}")
    print(f"Execution {execution.id}: Succeeded", flush=True)


def why_not(execution: Execution) -> str:
    """Why an execution did not succeed: the action that failed, with its message, or how else it ended."""
    failed = execution.failed
    if failed:
        return f"{failed.stage}/{failed.name}: {follow.one_line(failed.message) or 'no message'}"
    return ENDS.get(execution.status, "no action of it failed")


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        suffix = given_suffix()
        is_new = os.environ.get("NEW", "") not in {"", "0"}
        succeed(release(account.connect().session, suffix, is_new=is_new))
        return 0

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())
