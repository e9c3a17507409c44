"""Follow the running execution of the pipeline, or start one where none runs. Its result is the exit status.

make release SUFFIX=me42 [NEW=1]
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

import account
import follow
from account import WorkshopError
from follow import Execution
from resource_names import Names, given_suffix


def release(
    session: Any, suffix: str, *, is_new: bool = False, seen: Callable[[Execution], None] | None = None
) -> Execution:
    """Follow an execution to its end and return it. ``seen`` is told of every look at it."""
    codepipeline = session.client("codepipeline")
    pipeline = Names(suffix).pipeline
    follow.define(codepipeline, pipeline)  # where there is none, it says so
    running = None if is_new else running_execution(codepipeline, pipeline)
    if running:
        print(f"Following execution {running} of {pipeline}, which runs already", flush=True)
    else:
        running = codepipeline.start_pipeline_execution(name=pipeline)["pipelineExecutionId"]
        print(f"Started execution {running} of {pipeline}", flush=True)
    return follow.follow(session, pipeline, running, seen)


def follow_first(session: Any, suffix: str, seen: Callable[[Execution], None] | None = None) -> Execution:
    """Follow the execution that creating the pipeline started, also when it is over already."""
    pipeline = Names(suffix).pipeline
    first = executions(session.client("codepipeline"), pipeline)[-1]["pipelineExecutionId"]
    return follow.follow(session, pipeline, first, seen)


def running_execution(codepipeline: Any, pipeline: str) -> str | None:
    """The newest execution that runs or waits for its turn."""
    found = executions(codepipeline, pipeline)
    return next((one["pipelineExecutionId"] for one in found if one["status"] == "InProgress"), None)


def executions(codepipeline: Any, pipeline: str) -> list[dict[str, Any]]:
    """All executions of a pipeline, the newest first."""
    pages = codepipeline.get_paginator("list_pipeline_executions").paginate(pipelineName=pipeline)
    return [summary for page in pages for summary in page["pipelineExecutionSummaries"]]


def succeed(execution: Execution) -> None:
    """Say how an execution ended. Raises WorkshopError, with action and message, unless it succeeded."""
    if execution.status == "Succeeded":
        print(f"Execution {execution.id}: Succeeded", flush=True)
        return
    failed = execution.failed
    message = follow.one_line(failed.message) if failed else ""
    why = f"{failed.stage}/{failed.name}: {message or 'no message'}" if failed else "no action of it failed"
    raise WorkshopError(f"Execution {execution.id}: {execution.status}. {why}")


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
