"""Runs builds: a thread a build, and a process of its own for its commands."""

import contextlib
import json
import logging
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from localaws import children, shutdown
from localaws.clock import durations
from localaws.codebuild import artifacts, buildspec, environment, events
from localaws.codebuild.buildspec import Buildspec
from localaws.codebuild.errors import PhaseError
from localaws.codebuild.log import BuildLog
from localaws.codebuild.models import Build, codebuild_backends
from localaws.codebuild.sources import Sources, buildspec_text
from localaws.identity import assume_role
from localaws.wire import Credentials

_log = logging.getLogger(__name__)
PRINCIPAL = "codebuild.amazonaws.com"
UNVERIFIED_TIMED_OUT = ("BUILD_TIMED_OUT", "Build has timed out.")
UNVERIFIED_FAULT = "INTERNAL_SERVICE_ERROR"  # the code of a build that CodeBuild itself fails


class _InterruptedError(Exception):
    """The build is to end, since it was stopped or took too long."""


class Run:
    """The work of one build."""

    def __init__(self, build: Build, region: str) -> None:
        self._build, self._region = build, region
        self._lock = threading.Lock()
        self._interruption: str | None = None  # the status it leads to
        self._process: subprocess.Popen[bytes] | None = None
        self._failed = False
        build.stop = lambda: self.interrupt("STOPPED")

    def start(self) -> None:
        """Begin; the build's phases tell how it goes on."""
        events.tell_state(self._build)
        threading.Thread(target=self._run, daemon=True, name=f"build-{self._build.id}").start()

    def interrupt(self, status: str) -> None:
        """Have the build end with this status, unless it is ending."""
        with self._lock:
            self._interruption = self._interruption or status
            if self._process:
                children.kill(self._process)

    def _run(self) -> None:
        minutes = self._build.settings["timeoutInMinutes"]
        timer = threading.Timer(minutes * durations.build_minute, self.interrupt, ["TIMED_OUT"])
        timer.daemon = True
        timer.start()
        try:
            with tempfile.TemporaryDirectory(prefix="localaws-build-", ignore_cleanup_errors=True) as folder:
                self._work(Path(folder).resolve())
            status = "FAILED" if self._failed else "SUCCEEDED"
        except _InterruptedError:
            status = self._interruption or "STOPPED"
            self._leave(status, *(UNVERIFIED_TIMED_OUT if status == "TIMED_OUT" else ()))
        except PhaseError as failure:
            status = "FAILED"
            self._leave(status, failure.status_code, str(failure))
        except Exception as error:  # noqa: BLE001 -- nobody waits for this thread; its build must end all the same
            _log.exception("build %s", self._build.id)
            status = "FAULT"
            self._leave(status, UNVERIFIED_FAULT, f"Local AWS failed: {type(error).__name__}: {error}")
        timer.cancel()
        self._build.enter("FINALIZING")
        self._leave("SUCCEEDED")
        self._build.complete(status)
        events.tell_state(self._build)

    def _work(self, folder: Path) -> None:
        build = self._build
        self._step("PROVISIONING")
        credentials = self._assume()
        log = self._open_log(credentials)
        self._leave("SUCCEEDED")

        self._step("DOWNLOAD_SOURCE")
        log.say("Waiting for DOWNLOAD_SOURCE")
        with _told(log, "DOWNLOAD_SOURCE"):
            s3 = credentials.client("s3", self._region)
            spec, plan = self._prepare(credentials, s3, folder, log)
        self._leave("SUCCEEDED")

        if self._run_commands(plan, folder, log):
            self._step("UPLOAD_ARTIFACTS")
            with _told(log, "UPLOAD_ARTIFACTS"):
                artifacts.upload(s3, build, spec, Path(plan["source"]), log)
            self._leave("SUCCEEDED")

    def _prepare(
        self, credentials: Credentials, s3: Any, folder: Path, log: BuildLog
    ) -> tuple[Buildspec, dict[str, Any]]:
        """Fetch the sources; return the buildspec in them and what the agent is to do by it."""
        build, region = self._build, self._region
        sources = Sources(build, credentials.access_key_id, s3).fetch(folder / "src")
        for name, place in sources.items():
            log.say(f"CODEBUILD_SRC_DIR{f'_{name}' if name else ''}={place}")
        given = build.settings["source"].get("buildspec", "")
        spec = buildspec.parse(buildspec_text(s3, given, sources[None]))
        log.say("Processing environment variables")
        variables, secrets = environment.chosen(build, spec, lambda: credentials.client("ssm", region))
        log.secrets += secrets
        plan = {
            "folder": str(folder),
            "source": str(sources[None]),
            "shell": spec.shell,
            "environment": environment.predefined(build, credentials, region, folder, sources) | variables,
            "exported": spec.exported,
            "phases": {
                name.upper(): {"commands": each.commands, "finally": each.finally_, "on_failure": each.on_failure}
                for name, each in spec.phases.items()
            },
        }
        return spec, plan

    def _leave(self, status: str, code: str = "", message: str = "") -> None:
        """End the phase that runs, if one does, and tell of it."""
        if self._build.phases[-1].status is None:
            self._build.leave(status, code, message)
            events.tell_phase(self._build)

    def _step(self, phase: str) -> None:
        """Begin a phase, unless the build is to end."""
        self._build.enter(phase)
        if self._interruption:
            raise _InterruptedError

    def _assume(self) -> Credentials:
        role = self._build.settings["serviceRole"]
        session = f"AWSCodeBuild-{self._build.uuid}"
        try:
            return assume_role(role, PRINCIPAL, session, self._region, self._build.project.arn)
        except ServiceException:
            raise PhaseError("ACCESS_DENIED", not_assumable(role)) from None

    def _open_log(self, credentials: Credentials) -> BuildLog:
        build = self._build
        config = build.settings["logsConfig"]["cloudWatchLogs"]
        group = config.get("groupName") or f"/aws/codebuild/{build.project.name}"
        stream = "/".join(filter(None, [config.get("streamName"), build.uuid]))
        enabled = config["status"] == "ENABLED"
        log = BuildLog(credentials, self._region, group if enabled else None, stream)
        try:
            log.open()
        except ClientError as error:
            # https://github.com/aws/aws-cdk/issues/12179
            raise PhaseError(
                "ACCESS_DENIED",
                f"Service role {build.settings['serviceRole']} does not allow AWS CodeBuild to create Amazon CloudWatch"
                f" Logs log streams for build {build.arn}. Error message: {error.response['Error']['Message']}",
            ) from None
        if enabled:
            build.log = (group, stream)
        return log

    def _run_commands(self, plan: dict[str, Any], folder: Path, log: BuildLog) -> bool:
        """Run the phases with commands; return whether artifacts are to follow."""
        with self._lock:
            if self._interruption:
                raise _InterruptedError
            reading, writing = os.pipe()
            self._process = process = children.spawn_module(
                "codebuild.agent",
                environment={},
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[writing],
            )
        os.close(writing)
        follower = log.follow(cast(IO[bytes], process.stdout))
        last: dict[str, Any] = {}
        with os.fdopen(reading) as told:
            _send(process, plan | {"events": writing})
            for line in told:
                last = json.loads(line)
                self._note(last)
        with self._lock:
            children.kill(process)  # what the commands left running, and its place in the list
            self._process = None
        follower.join(durations.log_patience)
        if self._interruption:
            raise _InterruptedError
        if "upload" not in last:
            raise RuntimeError(f"the process that ran the commands ended with {process.returncode}")
        self._build.exported = last["exported"]
        return bool(last["upload"])

    def _note(self, event: dict[str, Any]) -> None:
        if "begin" in event:
            self._build.enter(event["begin"])
        elif "end" in event:
            self._failed = self._failed or bool(event["code"])
            self._leave("FAILED" if event["code"] else "SUCCEEDED", event["code"], event["message"])


def not_assumable(role: str) -> str:
    """Return CodeBuild's words for a role that it may not assume."""
    return f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}"


def _send(process: "subprocess.Popen[bytes]", plan: dict[str, Any]) -> None:
    standard_input = cast(IO[bytes], process.stdin)
    try:
        standard_input.write(json.dumps(plan).encode() + b"\n")
        standard_input.flush()
    except BrokenPipeError:  # it was killed: there is nothing to tell it any more
        return


@contextlib.contextmanager
def _told(log: BuildLog, phase: str) -> Iterator[None]:
    """Write to the log how a phase outside the agent ends."""
    code, message = "", ""
    try:
        yield
    except PhaseError as failure:
        code, message = failure.status_code, str(failure)
        raise
    finally:
        log.say(f"Phase complete: {phase} State: {'FAILED' if code else 'SUCCEEDED'}")
        log.say(f"Phase context status code: {code} Message: {message}")


def stop_all() -> None:
    """Stop every build that runs."""
    for regions in list(codebuild_backends.values()):
        for backend in list(regions.values()):
            for build in list(backend.builds.values()):
                build.stop()


shutdown.at_stop(stop_all)
