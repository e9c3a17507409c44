"""Which tests failed in a build: its log tells, while CodeBuild's own message names the command alone."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from follow import Execution

_EVENTS = 200  # at the end of the log, where pytest lists what failed
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S+.*$", re.MULTILINE)


def with_failed_tests(session: Any, execution: Execution) -> Execution:
    """Return an execution whose failed build, if it has one, has its failed tests in its message."""
    failed = execution.failed
    if failed is None or not failed.message.startswith("Build terminated"):
        return execution
    tests: list[str] = []
    with suppress(ClientError):  # who may not read the log has CodeBuild's message
        tests = _FAILED.findall(_end_of_log(session, failed.external_id))
    if not tests:
        return execution
    told = replace(failed, message=f"{failed.message}. {'; '.join(tests)}")
    stages = tuple(
        replace(stage, actions=tuple(told if action is failed else action for action in stage.actions))
        for stage in execution.stages
    )
    return replace(execution, stages=stages)


def _end_of_log(session: Any, build_id: str) -> str:
    [build] = session.client("codebuild").batch_get_builds(ids=[build_id])["builds"]
    place = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
    events = session.client("logs").get_log_events(**place, startFromHead=False, limit=_EVENTS)["events"]
    return "".join(event["message"] for event in events)
