"""Why a build failed, such as by which tests: its log tells, while CodeBuild's own message names the command alone."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from follow import Execution

_EVENTS = 200  # at the end of the log, where pytest lists what failed, and the build says why it ends
_REASON = re.compile(r"^(?:(?:FAILED|ERROR) \S|ERROR: |E   \w*Error: ).*$", re.MULTILINE)
_MOST = 5  # a broken module may fail hundreds of tests
_RAISED = "E   "  # by what a test calls, which counts where pytest could not even begin: then it lists no test


def with_reasons(session: Any, execution: Execution) -> Execution:
    """Return an execution whose failed build, if it has one, has in its message what its log says of that."""
    failed = execution.failed
    if failed is None or not failed.message.startswith("Build terminated"):
        return execution
    reasons: list[str] = []
    with suppress(ClientError):  # who may not read the log has CodeBuild's message
        reasons = reasons_in(_end_of_log(session, failed.external_id))
    if not reasons:
        return execution
    told = replace(failed, message=f"{failed.message}. {'; '.join(reasons)}")
    stages = tuple(
        replace(stage, actions=tuple(told if action is failed else action for action in stage.actions))
        for stage in execution.stages
    )
    return replace(execution, stages=stages)


def reasons_in(log: str) -> list[str]:
    """The tests that failed, or what kept them from running, and what the build or pip says of itself."""
    found = _REASON.findall(log)
    if any(line.startswith(("FAILED ", "ERROR ")) for line in found):
        found = [line for line in found if not line.startswith(_RAISED)]
    told = [line.removeprefix(_RAISED) for line in found]
    return told if len(told) <= _MOST else [*told[:_MOST], f"and {len(told) - _MOST} more in the log"]


def _end_of_log(session: Any, build_id: str) -> str:
    [build] = session.client("codebuild").batch_get_builds(ids=[build_id])["builds"]
    place = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
    events = session.client("logs").get_log_events(**place, startFromHead=False, limit=_EVENTS)["events"]
    return "".join(event["message"] for event in events)
