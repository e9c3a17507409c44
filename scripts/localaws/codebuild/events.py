"""CodeBuild's events: what EventBridge is told of a build and of each of its phases.

https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
"""

from datetime import datetime
from typing import Any

from localaws.clock import clock
from localaws.codebuild.models import Build, Phase
from localaws.events import bus


def tell_state(build: Build) -> None:
    """Tell that a build has begun or ended."""
    phase = build.phases[-1]
    detail = {
        "build-status": build.status,
        "current-phase": phase.name,
        "current-phase-context": _contexts_text(phase),
    }
    _tell(build, "CodeBuild Build State Change", detail)


def tell_phase(build: Build) -> None:
    """Tell that the latest phase of a build has ended."""
    phase = build.phases[-1]
    described = _phase(phase)
    detail = {
        "completed-phase": phase.name,
        "completed-phase-status": phase.status,
        "completed-phase-context": _contexts_text(phase),
        "completed-phase-start": described["start-time"],
        "completed-phase-end": described["end-time"],
        "completed-phase-duration-seconds": described["duration-in-seconds"],
    }
    _tell(build, "CodeBuild Build Phase Change", detail)


def _tell(build: Build, detail_type: str, detail: dict[str, Any]) -> None:
    common = {
        "project-name": build.project.name,
        "build-id": build.arn,
        "additional-information": _information(build),
        "version": "1",
    }
    region, account_id = build.arn.split(":")[3:5]
    told = {
        "resources": [build.arn],
        "detail": detail | common,
        "time": clock.now(),
    }  # moto's log targets want a number
    bus.put(bus.event_of(account_id, region, "aws.codebuild", detail_type, **told))


def _information(build: Build) -> dict[str, Any]:
    described = build.describe()
    environment, logs = described["environment"], described["logs"]
    information = {
        "artifact": {name: described["artifacts"].get(name, "") for name in ("md5sum", "sha256sum", "location")},
        "environment": {
            "image": environment["image"],
            "privileged-mode": environment.get("privilegedMode", False),
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": environment.get("environmentVariables", []),
        },
        "timeout-in-minutes": described["timeoutInMinutes"],
        "build-complete": described["buildComplete"],
        "build-number": build.number,
        "initiator": build.initiator,
        "build-start-time": _time(build.started),
        "source": {name: described["source"][name] for name in ("type", "location") if name in described["source"]},
        "phases": [_phase(phase) for phase in list(build.phases)],
    }
    if "groupName" in logs:
        names = {"group-name": "groupName", "stream-name": "streamName", "deep-link": "deepLink"}
        information["logs"] = {name: logs[of] for name, of in names.items()}
    if "sourceVersion" in described:
        information["source-version"] = described["sourceVersion"]
    return information


def _phase(phase: Phase) -> dict[str, Any]:
    document: dict[str, Any] = {"phase-type": phase.name, "start-time": _time(phase.started)}
    if phase.ended:
        document |= {
            "phase-context": [_context(context) for context in phase.contexts],
            "end-time": _time(phase.ended),
            "duration-in-seconds": phase.describe()["durationInSeconds"],
            "phase-status": phase.status,
        }
    return document


def _contexts_text(phase: Phase) -> str:
    return f"[{', '.join(_context(context) for context in phase.contexts)}]"


def _context(context: dict[str, str]) -> str:
    return f"{context['statusCode']}: {context['message']}"


def _time(moment: datetime) -> str:
    """Return a time as these events state it: Sep 1, 2017 4:12:29 PM."""
    return f"{moment:%b} {moment.day}, {moment.year} {moment.hour % 12 or 12}:{moment:%M:%S %p}"
