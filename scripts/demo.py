"""Run the whole workshop on this machine: local AWS, both stacks, zips, data, one execution of the pipeline.

It does what a person does on AWS, with the same scripts. DATA (a folder with train.csv, validation.csv and
test.csv) and TRAIN (a JSON object merged into the train parameters) come from the environment.
"""

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "demo"
LOGS = OUTPUT / "logs"
SUFFIX = "demo"
NEXT = """Next:
  make demo TRAIN='{"hp-max-depth": "2"}'   train with another hyperparameter and compare the tables
  make local                                keep a local AWS running and do the labs of README.md step by step
  build/demo/                               summary.json, and the logs of functions, training and endpoints"""
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}


def main() -> int:
    """Run the demo; return the exit status."""
    if len(sys.argv) > 1:
        print(__doc__)
        return 0 if sys.argv[1] in {"-h", "--help"} else 1
    return undisturbed(lambda: Demo().run())


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


class Demo:
    """One run. ``steps`` tells how long each part took, in seconds."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.steps: dict[str, float] = {}
        self.summary: dict[str, Any] = {}

    def run(self) -> None:
        """Do it all. Raises WorkshopError unless the pipeline succeeded; summary.json is written however it ends."""
        with only_demo():
            self._run()

    def _run(self) -> None:
        shutil.rmtree(OUTPUT, ignore_errors=True)
        LOGS.mkdir(parents=True)
        try:
            refuse_typing_errors()
            with contextlib.ExitStack() as running:
                with self.step("Start local AWS"):
                    session = running.enter_context(local_aws())
                self.build(session)
                self.release(session)
        finally:
            self.summary["seconds"] = round(time.monotonic() - self.began, 1)
            aside = OUTPUT / "summary.json.new"
            aside.write_text(json.dumps(self.summary, indent=1) + "\n", encoding="utf-8")
            aside.replace(OUTPUT / "summary.json")

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Say what begins, and keep how long it took."""
        started = time.monotonic()
        print(f"{started - self.began:5.1f} s  {title}", flush=True)
        try:
            yield
        finally:
            self.steps[title] = time.monotonic() - started

    def build(self, session: Any) -> None:
        """Everything that a person does before the pipeline runs."""
        import deploy
        import package
        import stage_data
        import upload

        with self.step("Create the prep stack: buckets and repositories (make prep)"):
            deploy.prep(session, SUFFIX, say=_quiet)
        with self.step("Zip the four functions (make package)"):
            package.build()
        with self.step("Upload the zips (make upload)"):
            upload.upload(session, SUFFIX)
        with self.step("Stage the data (make data)"):
            stage_data.stage(session, SUFFIX, stage_data.given_folder())
        with self.step("Create the pipeline stack: roles, functions, pipeline (make pipeline)"):
            deploy.pipeline(session, SUFFIX, os.environ.get("TRAIN", ""), say=_quiet)

    def release(self, session: Any) -> None:
        """Follow the execution that creating the pipeline started, and show how it ended."""
        import kept_logs
        import release
        import report

        with self.step("Follow the execution that creating the pipeline started (make release)"):
            execution = release.follow_first(session, SUFFIX, seen=lambda one: self.summary.update(report.summary(one)))
        kept_logs.keep(session, LOGS)
        if execution.failed:
            log = kept_logs.of_action(session, execution.pipeline, execution.failed.name)
            print(f"Logs: {where_to_look(LOGS / log)}", flush=True)
        release.succeed(execution)
        report.show_scores(self.summary["evaluations"])
        print(f"\nDone in {time.monotonic() - self.began:.1f} s.\n{NEXT}", flush=True)


@contextlib.contextmanager
def only_demo() -> Iterator[None]:
    """Hold the lock of this folder's build/demo; it dies with its holder. Raises WorkshopError when another has it."""
    import account

    OUTPUT.parent.mkdir(exist_ok=True)
    with OUTPUT.with_name("demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise account.WorkshopError(
                f"Another demo runs in {ROOT} and writes to build/demo: wait for its end, or take another clone"
            ) from None
        yield


def refuse_typing_errors() -> None:
    """Raise WorkshopError where DATA or TRAIN is wrong, before anything is started."""
    import deploy
    import stage_data

    stage_data.files(stage_data.given_folder())
    deploy.json_object("TRAIN", os.environ.get("TRAIN") or "{}")


def where_to_look(log: Path) -> str:
    """Return what tells more about a failure than its message; local AWS's own words only where there are some."""
    own = log.with_name("localaws.log")
    said = f", and {own.relative_to(ROOT)}" if own.is_file() and own.stat().st_size else ""
    return f"{log.relative_to(ROOT)}, aws-sagemaker-*.log beside it{said}"


@contextlib.contextmanager
def local_aws() -> Iterator[Any]:
    """Start local AWS on a free port and yield a session that works there; end it with all it started.

    Its standard input is its lifeline: it ends with this process even after a kill -9. It leads a session of its
    own, so that Ctrl-C reaches this process alone, which then ends it.

    Raises WorkshopError when it does not start.
    """
    import account

    log = LOGS / "localaws.log"
    with log.open("wb") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", "localaws", "--port", "0", "--lifeline"],
            cwd=ROOT / "scripts",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        assert server.stdout  # noqa: S101 - asked for above; the type checker does not know
        exports = dict(word.rstrip(";").split("=", 1) for word in shlex.split(server.stdout.readline()) if "=" in word)
        if not exports:
            raise account.WorkshopError(f"Local AWS did not start. Its own words are in {log.relative_to(ROOT)}")
        os.environ.update(exports)
        yield account.connect().session
    finally:
        server.communicate()  # closes its standard input and waits for its end


def forget_the_person(environ: MutableMapping[str, str]) -> None:
    """Take AWS settings, profiles and proxies out of ``environ``: they neither change the demo nor are touched."""
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


if __name__ == "__main__":
    sys.exit(main())
