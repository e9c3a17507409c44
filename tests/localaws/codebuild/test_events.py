"""What EventBridge hears of builds, as rules bring it to a log group."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Client = Callable[[str], Any]
Build = dict[str, Any]
_PATIENCE = 30.0


@pytest.fixture
def heard(client: Client) -> Iterator[Callable[[str, str, int], list[Any]]]:
    """A function that waits until a rule has brought this many details of a kind, and returns those of a project."""
    events, logs = client("events"), client("logs")
    group, rule = f"/aws/events/{uuid.uuid4().hex[:8]}", f"rule-{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=group)
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["aws.codebuild"]}))
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"
    events.put_targets(Rule=rule, Targets=[{"Id": "log", "Arn": arn}])

    def of(project: str, kind: str, count: int) -> list[Any]:
        deadline = time.monotonic() + _PATIENCE
        while True:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            found = [json.loads(event["message"]) for page in pages for event in page["events"]]
            details = [event["detail"] for event in found if event["detail-type"] == kind]
            mine = [detail for detail in details if detail["project-name"] == project]
            if len(mine) >= count:
                return mine
            assert time.monotonic() < deadline, mine
            time.sleep(0.02)

    yield of
    events.remove_targets(Rule=rule, Ids=["log"])
    events.delete_rule(Name=rule)
    logs.delete_log_group(logGroupName=group)


def test_a_build_tells_of_its_beginning_and_end(
    project: Callable[..., str], run: Callable[..., Build], heard: Callable[[str, str, int], list[Any]]
) -> None:
    name = project("version: 0.2\nphases:\n  build:\n    commands: [(exit 1)]\n")
    build = run(name)
    told = heard(name, "CodeBuild Build State Change", 2)
    assert {each["build-status"] for each in told} == {"IN_PROGRESS", "FAILED"}
    last = next(each for each in told if each["build-status"] == "FAILED")
    assert (last["build-id"], last["current-phase"]) == (build["arn"], "COMPLETED")
    assert last["additional-information"]["logs"]["group-name"] == f"/aws/codebuild/{name}"


def test_a_build_tells_of_its_phases(
    project: Callable[..., str], run: Callable[..., Build], heard: Callable[[str, str, int], list[Any]]
) -> None:
    name = project("version: 0.2\nphases:\n  install:\n    commands: [(exit 1)]\n")
    run(name)
    told = heard(name, "CodeBuild Build Phase Change", 4)
    assert {(each["completed-phase"], each["completed-phase-status"]) for each in told} == {
        ("PROVISIONING", "SUCCEEDED"),
        ("DOWNLOAD_SOURCE", "SUCCEEDED"),
        ("INSTALL", "FAILED"),
        ("FINALIZING", "SUCCEEDED"),
    }
    failed = next(each for each in told if each["completed-phase"] == "INSTALL")
    reason = "COMMAND_EXECUTION_ERROR: Error while executing command: (exit 1). Reason: exit status 1"
    assert failed["completed-phase-context"] == f"[{reason}]"
