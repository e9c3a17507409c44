"""The process that a build's commands run in: the container of CodeBuild's, as far as one machine can give one.

It imports nothing but the standard library and ``lifeline``. A line of JSON on standard input says what to run; a
pipe tells the engine of each phase as it begins and ends; standard output is the build's log. As in CodeBuild's
container each command is a script in a shell of its own, which begins with the variables and in the folder that
the command before it ended with.
"""

import json
import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from localaws import lifeline

_ORDER = ("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD")
# https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html: a build that fails here
# goes on with the next phase; where it fails elsewhere it ends.
_GOES_ON = ("BUILD", "POST_BUILD")
_LAST_VARIABLES = "import json, os; print(json.dumps(dict(os.environ)))"


def container_line(text: str) -> str:
    """Return a line as the agent in CodeBuild's container writes it."""
    return f"[Container] {datetime.now(UTC):%Y/%m/%d %H:%M:%S.%f} {text}"


def following(phase: str, *, failed: bool, on_failure: str | None) -> str | None:
    """Return the phase after this one (UPLOAD_ARTIFACTS after the last), or None when the build ends here."""
    if failed and (on_failure == "ABORT" or (on_failure is None and phase not in _GOES_ON)):
        return None
    return (*_ORDER, "UPLOAD_ARTIFACTS")[_ORDER.index(phase) + 1]


class Agent:
    """Runs the phases of one plan."""

    def __init__(self, plan: dict[str, Any], events: IO[str]) -> None:
        self._plan, self._events = plan, events
        self._folder = Path(plan["folder"])
        self._variables, self._place = self._folder / "env.sh", self._folder / "dir.txt"
        self._variables.write_text("")
        self._place.write_text(plan["source"])
        self._succeeding = True

    def run(self) -> None:
        """Run one phase after another and, at the end, tell whether artifacts are to follow, and the variables."""
        name: str | None = _ORDER[0]
        while name in _ORDER:
            phase = self._plan["phases"].get(name, {})
            self._tell(begin=name)
            _say(f"Entering phase {name}")
            failure = self._run_phase(phase)
            self._succeeding = self._succeeding and failure is None
            code = "COMMAND_EXECUTION_ERROR" if failure else ""
            _say(f"Phase complete: {name} State: {'FAILED' if failure else 'SUCCEEDED'}")
            _say(f"Phase context status code: {code} Message: {failure or ''}")
            self._tell(end=name, code=code, message=failure or "")
            name = following(name, failed=failure is not None, on_failure=phase.get("on_failure"))
        self._tell(upload=name is not None, exported=self._exported())

    def _run_phase(self, phase: dict[str, Any]) -> str | None:
        """Return what failed first, in CodeBuild's words."""
        failure = None
        for command in phase.get("commands", ()):
            failure = self._run_command(command)
            if failure:
                break
        for command in phase.get("finally", ()):
            failure = self._run_command(command) or failure
        return failure

    def _run_command(self, command: str) -> str | None:
        _say(f"Running command {command}")
        code = self._in_shell(command, sys.stdout.fileno())
        if code == 0:
            return None
        _say(f"Command did not exit successfully {command} exit status {code}")
        return f"Error while executing command: {command}. Reason: exit status {code}"

    def _in_shell(self, command: str, output: int | IO[bytes]) -> int:
        script = self._folder / "script.sh"
        variables, place = shlex.quote(str(self._variables)), shlex.quote(str(self._place))
        script.write_text(
            f". {variables}\nexport CODEBUILD_BUILD_SUCCEEDING={int(self._succeeding)}\n{command}\n"
            f"CODEBUILD_LAST_EXIT=$?\nexport -p > {variables}\npwd > {place}\nexit $CODEBUILD_LAST_EXIT\n"
        )
        folder = Path(self._place.read_text().rstrip("\n"))
        return subprocess.run(
            [self._plan["shell"], str(script)],
            cwd=folder if folder.is_dir() else self._plan["source"],
            env=self._plan["environment"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode

    def _exported(self) -> dict[str, str]:
        if not self._plan["exported"]:
            return {}
        with (self._folder / "variables.json").open("w+b") as file:
            self._in_shell(f"{shlex.quote(sys.executable)} -I -S -c {shlex.quote(_LAST_VARIABLES)}", file)
            file.seek(0)
            variables = json.load(file)
        return {name: variables[name] for name in self._plan["exported"] if name in variables}

    def _tell(self, **event: Any) -> None:
        print(json.dumps(event), file=self._events, flush=True)


def _say(text: str) -> None:
    print(container_line(text), flush=True)


def main() -> None:
    """Read the plan, then end with the engine that wrote it, however that goes."""
    plan = json.loads(sys.stdin.readline())
    lifeline.end_with_parent()
    with os.fdopen(plan["events"], "w") as events:
        Agent(plan, events).run()


if __name__ == "__main__":
    main()
