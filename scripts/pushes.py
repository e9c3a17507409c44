"""The execution that a push to a source repository starts: its event takes some seconds."""

from contextlib import suppress
from time import monotonic, sleep
from typing import Any

from botocore.exceptions import ClientError

import account
import follow


def execution(session: Any, pipeline: str) -> str | None:
    """The execution of a commit that is the newest of its branch and was in no execution before."""
    codepipeline = session.client("codepipeline")
    if not (commits := newest_commits(session, pipeline)):
        return None
    deadline, delays, told = monotonic() + follow.SECONDS_OF_AN_EVENT, account.delays(), False
    while commits - revisions(found := follow.executions(codepipeline, pipeline)) and monotonic() < deadline:
        # Until its source actions are over, an execution does not say which commits it has.
        if found and found[0]["status"] == "InProgress" and not found[0].get("sourceRevisions"):
            return str(found[0]["pipelineExecutionId"])
        if not told:
            print("Waiting for the execution that the push starts", flush=True)
        told = True
        sleep(next(delays))
    return str(found[0]["pipelineExecutionId"]) if told and not commits - revisions(found) else None


def newest_commits(session: Any, pipeline: str) -> set[str]:
    """The newest commit of each branch that is a source of the pipeline; one that cannot be read is left out."""
    declared = session.client("codepipeline").get_pipeline(name=pipeline)["pipeline"]["stages"][0]["actions"]
    places = [one["configuration"] for one in declared if one["actionTypeId"]["provider"] == "CodeCommit"]
    found = set()
    for place in places:
        with suppress(ClientError):
            branch = {"repositoryName": place["RepositoryName"], "branchName": place["BranchName"]}
            found.add(str(session.client("codecommit").get_branch(**branch)["branch"]["commitId"]))
    return found


def revisions(found: list[dict[str, Any]]) -> set[str]:
    """All source revisions that executions have had."""
    return {revision["revisionId"] for one in found for revision in one.get("sourceRevisions", [])}
