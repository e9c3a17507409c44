"""Run the whole workshop on this machine: local AWS, both stacks, zips, data, one execution of the pipeline.

It does what a person does on AWS, with the same scripts. DATA (a folder with train.csv, validation.csv and
test.csv) and TRAIN (a JSON object merged into the train parameters) come from the environment.
"""

import interrupts  # noqa: F401 - the first of all

import contextlib
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import own_aws

ROOT = own_aws.ROOT
OUTPUT = own_aws.BUILD / "demo"
LOGS = OUTPUT / "logs"
SUFFIX = "demo"
NEXT = """Next:
  make demo TRAIN='{"hp-max-depth": "2"}'   train with another hyperparameter and compare the tables
  make local                                keep a local AWS running and do the labs of README.md step by step
  build/demo/                               report.html for a browser, summary.json, and all logs"""


def main() -> int:
    """Run the demo; return the exit status."""
    if len(sys.argv) > 1:
        print(__doc__)
        return 0 if sys.argv[1] in {"-h", "--help"} else 1
    return own_aws.undisturbed(lambda: Demo().run())


class Demo(own_aws.Steps):
    """One run."""

    def __init__(self) -> None:
        super().__init__()
        self.summary: dict[str, Any] = {}

    def run(self) -> None:
        """Do it all. Raises WorkshopError unless the pipeline succeeded; summary.json is written however it ends."""
        with own_aws.alone("demo"):
            self._run()

    def _run(self) -> None:
        import account

        shutil.rmtree(OUTPUT, ignore_errors=True)
        LOGS.mkdir(parents=True)
        try:
            refuse_typing_errors()
            with contextlib.ExitStack() as running:
                with self.step("Start local AWS"):
                    aws = running.enter_context(own_aws.local_aws(LOGS / "localaws.log"))
                    os.environ.update(aws.variables)
                    session = account.connect().session
                self.build(session, SUFFIX)
                self.release(session)
        finally:
            self.summary["seconds"] = round(time.monotonic() - self.began, 1)
            aside = OUTPUT / "summary.json.new"
            aside.write_text(json.dumps(self.summary, indent=1) + "\n", encoding="utf-8")
            aside.replace(OUTPUT / "summary.json")

    def release(self, session: Any) -> None:
        """Follow the execution that creating the pipeline started, and show how it ended."""
        import kept_logs
        import release
        from report import making, summary

        with self.step("Follow the execution that creating the pipeline started (make release)"):
            execution = release.follow_first(session, SUFFIX, seen=lambda one: self.summary.update(summary.of(one)))
        kept_logs.keep(session, LOGS)
        making.make(session, session.region_name, execution, OUTPUT / "report.html")
        if execution.failed:
            log = kept_logs.of_action(session, execution.pipeline, execution.failed.name)
            print(f"Logs: {where_to_look(LOGS / log)}", flush=True)
        release.succeed(execution)
        summary.show_scores(self.summary["evaluations"])
        print(f"\nDone in {time.monotonic() - self.began:.1f} s.\n{NEXT}", flush=True)


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


if __name__ == "__main__":
    sys.exit(main())
