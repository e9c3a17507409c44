"""A local AWS of a command's own, and the workshop in it: what the demo and the drills share.

It does what a person does on AWS, with the same scripts, and keeps the person's own settings out of it.
"""

import contextlib
import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}


def undisturbed(work: Callable[[], None]) -> int:
    """Do ``work`` without the person's settings, until its end or theirs or make's; return the exit status."""
    forget_the_person(os.environ)
    end_with_make()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    import account  # late, as all that imports boto3: after the person's settings are gone

    def told() -> int:
        try:
            work()
        except KeyboardInterrupt:
            print("Interrupted: local AWS and all that it ran have ended.", file=sys.stderr)
            return 130
        return 0

    return account.run(told)


@dataclass(frozen=True)
class OwnAWS:
    """A local AWS that runs: the variables by which programs find it, and the pipe by which it is told of faults."""

    variables: Mapping[str, str]
    process: "subprocess.Popen[str]"

    def change(
        self, faults: Sequence[Mapping[str, Any]] = (), durations: Mapping[str, float] | None = None
    ) -> list[int]:
        """Put it into these faults and no others; return how often each struck that was on until now.

        Both are as ``localaws.control`` describes them. Raises WorkshopError for what it does not understand,
        and when it runs no more.
        """
        import account

        assert self.process.stdin and self.process.stdout  # noqa: S101 - pipes both; the type checker does not know
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps({"faults": faults, "durations": durations or {}}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise account.WorkshopError("Local AWS has ended before its time. Its own words are in localaws.log")
        answer = json.loads(line)
        if "error" in answer:
            raise account.WorkshopError(answer["error"])
        struck: list[int] = answer["struck"]
        return struck


@contextlib.contextmanager
def local_aws(log: Path) -> Iterator[OwnAWS]:
    """Start local AWS on a free port, and end it with all it started; ``log`` gets its own words.

    Its standard input is its lifeline: it ends with this process even after a kill -9. It leads a session of its
    own, so that Ctrl-C reaches this process alone, which then ends it.

    Raises WorkshopError when it does not start.
    """
    import account

    with log.open("wb") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", "localaws", "--port", "0", "--control"],
            cwd=ROOT / "scripts",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        assert server.stdout  # noqa: S101 - asked for above; the type checker does not know
        words = shlex.split(server.stdout.readline())
        variables = dict(word.rstrip(";").split("=", 1) for word in words if "=" in word)
        if not variables:
            raise account.WorkshopError(f"Local AWS did not start. Its own words are in {log.relative_to(ROOT)}")
        yield OwnAWS(variables, server)
    finally:
        _end(server)


def _end(server: "subprocess.Popen[str]") -> None:
    """Close a local AWS's standard input and wait for its end, which is near, however often Ctrl-C is pressed."""
    with contextlib.suppress(KeyboardInterrupt):
        server.communicate()
    if server.returncode is None:
        _end(server)


@contextlib.contextmanager
def alone(command: str) -> Iterator[None]:
    """Hold the lock of this folder's build/<command>; it dies with its holder. Raises WorkshopError when it is held."""
    import account

    BUILD.mkdir(exist_ok=True)
    with (BUILD / f"{command}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise account.WorkshopError(
                f"Another {command} runs in {ROOT} and writes to build/{command}: wait for its end, or take another"
                " clone"
            ) from None
        yield


class Steps:
    """The steps of a command, each told as it begins. ``seconds`` tells how long each took."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Say what begins, and keep how long it took."""
        started = time.monotonic()
        print(f"{started - self.began:5.1f} s  {title}", flush=True)
        try:
            yield
        finally:
            self.seconds[title] = time.monotonic() - started

    def build(self, session: Any, suffix: str) -> None:
        """Everything that a person does before the pipeline runs. DATA and TRAIN come from the environment."""
        import deploy
        import package
        import preflight
        import stage_data
        import upload

        with self.step("Look whether everything can be made (make preflight)"):
            preflight.tell(preflight.check(session, suffix, os.environ.get("TRAIN", "")), suffix, troubles_alone=True)
        with self.step("Create the prep stack: buckets and repositories (make prep)"):
            deploy.prep(session, suffix, say=_quiet)
        with self.step("Zip the four functions (make package)"):
            package.build()
        with self.step("Upload the zips (make upload)"):
            upload.upload(session, suffix)
        with self.step("Stage the data (make data)"):
            stage_data.stage(session, suffix, stage_data.given_folder())
        with self.step("Create the pipeline stack: roles, functions, pipeline (make pipeline)"):
            deploy.pipeline(session, suffix, os.environ.get("TRAIN", ""), say=_quiet)


def forget_the_person(environ: MutableMapping[str, str]) -> None:
    """Take AWS settings, profiles and proxies out of ``environ``: they neither change the work nor are touched."""
    for name in list(environ):
        if name.upper().startswith("AWS_") or name.upper() in _PROXIES or name == "BOTO_CONFIG":
            del environ[name]
    environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")


def end_with_make() -> None:
    """End this process when the one that started it is gone: a make that was killed cannot pass a signal on."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="end-with-make").start()


def _quiet(line: str) -> None:
    """Say nothing of a stack's single resources: what fails is told by the error."""
