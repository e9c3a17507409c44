"""Make build/report.html of the pipeline's last execution, whether it succeeded, failed or still runs.

make report SUFFIX=me42
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import sys

import account
import follow
from account import WorkshopError
from package import BUILD
from report import making
from resource_names import Names, given_suffix


def main() -> int:
    """Return the exit status."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    return account.run(_work)


def _work() -> int:
    suffix = given_suffix()
    found = account.connect()
    codepipeline, pipeline = found.session.client("codepipeline"), Names(suffix).pipeline
    definition = follow.define(codepipeline, pipeline)
    executions = follow.executions(codepipeline, pipeline)
    if not executions:
        raise WorkshopError(f"{pipeline} has no execution to report: make release SUFFIX={suffix}")
    execution = follow.look(codepipeline, definition, executions[0]["pipelineExecutionId"])
    making.make(found.session, found.region, execution, BUILD / "report.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
