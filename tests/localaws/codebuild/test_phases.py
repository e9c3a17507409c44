"""The phases of a build: what runs, what does not, and how BatchGetBuilds shows it."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from localaws.clock import durations

Client = Callable[[str], Any]
Build = dict[str, Any]

BEFORE = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"]
COMMANDS = ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"]
AFTER = ["FINALIZING", "COMPLETED"]
ALL = [*BEFORE, *COMMANDS, "UPLOAD_ARTIFACTS", *AFTER]


def names(build: Build) -> list[str]:
    return [phase["phaseType"] for phase in build["phases"]]


def failures(build: Build) -> list[tuple[str, str, str]]:
    """Return the phases that did not succeed, with the context of each."""
    bad = [phase for phase in build["phases"] if phase.get("phaseStatus", "SUCCEEDED") != "SUCCEEDED"]
    contexts = [(each["contexts"] or [{"statusCode": "", "message": ""}])[0] for each in bad]
    return [
        (each["phaseType"], context["statusCode"], context["message"])
        for each, context in zip(bad, contexts, strict=True)
    ]


def test_a_build_passes_through_all_phases(
    built: Callable[..., Build],
) -> None:
    build = built()
    assert names(build) == ALL
    assert (build["buildStatus"], build["currentPhase"], build["buildNumber"]) == ("SUCCEEDED", "COMPLETED", 1)
    assert all(phase["startTime"] <= phase["endTime"] for phase in build["phases"][:-1])


@pytest.mark.parametrize(
    ("failing", "on_failure", "expected"),
    [
        ("install", None, [*BEFORE, "INSTALL", *AFTER]),
        ("pre_build", None, [*BEFORE, "INSTALL", "PRE_BUILD", *AFTER]),
        ("build", None, ALL),
        ("post_build", None, ALL),
        ("build", "ABORT", [*BEFORE, "INSTALL", "PRE_BUILD", "BUILD", *AFTER]),
        ("install", "CONTINUE", ALL),
    ],
)
def test_a_failing_phase_decides_what_follows(
    built: Callable[..., Build],
    failing: str,
    on_failure: str | None,
    expected: list[str],
) -> None:
    handling = f"on-failure: {on_failure}" if on_failure else ""
    spec = f"version: 0.2\nphases:\n  {failing}:\n    {handling}\n    commands: [(exit 3), echo never]\n"
    build = built(spec)
    assert names(build) == expected
    assert build["buildStatus"] == "FAILED"
    message = "Error while executing command: (exit 3). Reason: exit status 3"
    assert failures(build) == [(failing.upper(), "COMMAND_EXECUTION_ERROR", message)]


def test_finally_runs_whatever_happens(
    run: Callable[..., Build], project: Callable[..., str], output: Callable[[Build], list[str]]
) -> None:
    build = run(
        project(
            """
            version: 0.2
            phases:
              build:
                commands: [echo one, "false", echo two]
                finally: [echo three, echo four]
              post_build:
                commands: [echo "succeeding $CODEBUILD_BUILD_SUCCEEDING"]
            """
        )
    )
    assert output(build) == ["one", "three", "four", "succeeding 0"]
    assert failures(build)[0][2] == "Error while executing command: false. Reason: exit status 1"


def test_a_failing_finally_fails_its_phase(
    built: Callable[..., Build],
) -> None:
    build = built("version: 0.2\nphases:\n  install:\n    commands: [true]\n    finally: [(exit 2)]\n")
    assert failures(build)[0][2] == "Error while executing command: (exit 2). Reason: exit status 2"
    assert "BUILD" not in names(build)


def test_the_log_says_what_ran(
    client: Client,
    built: Callable[..., Build],
) -> None:
    build = built("version: 0.2\nphases:\n  build:\n    commands: [echo hello, (exit 4)]\n")
    group = f"/aws/codebuild/{build['projectName']}"
    assert build["logs"]["groupName"] == group
    events = client("logs").get_log_events(
        logGroupName=group, logStreamName=build["id"].partition(":")[2], startFromHead=True
    )["events"]
    lines = [event["message"].rstrip("\n") for event in events]
    told = [line.split(" ", 3)[3] if line.startswith("[Container]") else line for line in lines]
    start = told.index("Entering phase BUILD")
    assert told[start : start + 7] == [
        "Entering phase BUILD",
        "Running command echo hello",
        "hello",
        "Running command (exit 4)",
        "Command did not exit successfully (exit 4) exit status 4",
        "Phase complete: BUILD State: FAILED",
        "Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while executing command: (exit 4)."
        " Reason: exit status 4",
    ]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("version: 0.1\nphases: {}\n", "Local AWS supports version 0.2 of the buildspec, not '0.1'"),
        ("version: 0.2\n", "Invalid buildspec: phases must be a mapping"),
        ("- version\n- 0.2\n", "Invalid buildspec: buildspec must be a mapping"),
        ("version: 0.2\nphases:\n  test: {}\n", "Local AWS does not support test in phases of the buildspec"),
        ("version: 0.2\nphases: {}\nreports: {}\n", "Local AWS does not support reports in buildspec of the buildspec"),
        (
            "version: 0.2\nphases:\n  build:\n    commands:\n    - a\n    - b: c\n",
            "Expected Commands[1] to be of string type: found subkeys instead",
        ),
        (
            "version: 0.2\nphases: {}\nenv:\n  secrets-manager: {A: b}\n",
            "Local AWS does not support secrets-manager in env of the buildspec",
        ),
        (
            "version: 0.2\nphases: {}\nenv:\n  git-credential-helper: yes\n",
            "Local AWS does not support git-credential-helper in env of the buildspec",
        ),
        ("version: 0.2\nphases: {}\nenv:\n  shell: zsh\n", "Local AWS does not support the shell zsh"),
        (
            "version: 0.2\nphases: {}\nenv:\n  exported-variables: [AWS_REGION]\n",
            "The variable AWS_REGION cannot be exported",
        ),
        (
            "version: 0.2\nphases:\n  build:\n    on-failure: RETRY\n",
            "Local AWS does not support on-failure: RETRY in build of the buildspec",
        ),
        (
            "version: 0.2\nphases:\n  install:\n    runtime-versions:\n      nodejs: 22\n",
            "Local AWS does not support nodejs in runtime-versions of the buildspec",
        ),
        (
            "version: 0.2\nphases:\n  install:\n    run-as: me\n",
            "Local AWS does not support run-as in install of the buildspec",
        ),
    ],
)
def test_a_wrong_buildspec_fails_before_it_runs(built: Callable[..., Build], spec: str, message: str) -> None:
    build = built(spec)
    assert failures(build) == [("DOWNLOAD_SOURCE", "YAML_FILE_ERROR", message)]
    assert names(build) == [*BEFORE, *AFTER]


def test_a_build_runs_no_longer_than_its_timeout(built: Callable[..., Build], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durations, "build_minute", 0.2)
    build = built("version: 0.2\nphases:\n  build:\n    commands: [sleep 600]\n", timeoutInMinutes=5)
    assert build["buildStatus"] == "TIMED_OUT"
    assert build["phases"][-3]["phaseStatus"] == "TIMED_OUT"
    assert names(build)[-2:] == AFTER
    assert failures(build)[0][1:] == ("BUILD_TIMED_OUT", "Build has timed out.")


def test_a_build_is_stopped(
    client: Client, project: Callable[..., str], finished: Callable[[str], Build], tmp_path: Any
) -> None:
    mark = tmp_path / uuid.uuid4().hex
    spec = f"version: 0.2\nphases:\n  install:\n    commands: [touch {mark}, sleep 600]\n"
    started = client("codebuild").start_build(projectName=project(spec))["build"]
    assert (started["buildStatus"], started["buildComplete"]) == ("IN_PROGRESS", False)
    deadline = time.monotonic() + 60
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert client("codebuild").stop_build(id=started["id"])["build"]["id"] == started["id"]
    build = finished(started["id"])
    assert build["buildStatus"] == "STOPPED"
    assert failures(build) == [("INSTALL", "", "")]
    assert names(build) == [*BEFORE, "INSTALL", *AFTER]


def test_a_buildspec_may_be_json(run: Callable[..., Build], project: Callable[..., str]) -> None:
    spec = '{"version": "0.2", "phases": {"build": {"commands": ["true"]}}}'
    assert run(project(spec))["buildStatus"] == "SUCCEEDED"
