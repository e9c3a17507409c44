"""CodeCommit source actions: the files of a branch's newest commit, as a zip.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
"""

import tempfile
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from localaws.codecommit import archive
from localaws.codepipeline.artifacts import store
from localaws.codepipeline.models import ActionExecution, ActionFailure, Execution, Pipeline, Revision
from localaws.codepipeline.roles import action_credentials
from localaws.gate.decision import DeniedError, authorize_role
from localaws.wire import Credentials

# What the role needs for the archive, which no operation gives.
_ARCHIVING = ("codecommit:UploadArchive", "codecommit:GetUploadArchiveStatus")
UNVERIFIED_PROBLEM = "CodeCommit repository {}: {}: {}"  # what is neither a permission nor a branch


def fetch(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Put the files of a branch's newest commit, or of the one that was asked for, into the artifact store."""
    repository, branch = action.configuration["RepositoryName"], action.configuration["BranchName"]
    credentials = action_credentials(pipeline, execution, action)
    client = credentials.client("codecommit", pipeline.region)
    chosen = execution.source_revisions.get(action.name, {}).get("COMMIT_ID")
    try:
        commit_id = chosen or client.get_branch(repositoryName=repository, branchName=branch)["branch"]["commitId"]
        commit = client.get_commit(repositoryName=repository, commitId=commit_id)["commit"]
    except ClientError as error:
        raise _problem(error.response["Error"], repository, branch) from None
    s3 = credentials.client("s3", pipeline.region)
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as content:
        _archive(pipeline, credentials, repository, commit_id, content)
        content.seek(0)
        store(s3, pipeline, execution.definition, action.outputs[0], content)
    action.fetched(_revision(pipeline, action, commit), _variables(repository, branch, commit))


def newest(client: Any, configuration: dict[str, str]) -> str | None:
    """Return the commit that fetching would find now, or None when there is none that it could fetch."""
    place = {"repositoryName": configuration["RepositoryName"], "branchName": configuration["BranchName"]}
    try:
        return str(client.get_branch(**place)["branch"]["commitId"])
    except ClientError:
        return None


def _archive(pipeline: Pipeline, credentials: Credentials, repository: str, commit_id: str, to: Any) -> None:
    try:
        source = archive.repository(pipeline.account_id, pipeline.region, repository)
        for permission in _ARCHIVING:
            authorize_role(credentials.access_key_id, permission, source.arn, pipeline.region)
        archive.write_zip(source, commit_id, to)
    except DeniedError as error:
        raise _not_permitted(repository, str(error)) from None
    except ServiceException as error:
        raise ActionFailure("ConfigurationError", f"{error.code}: {error.message}") from None


def _problem(found: dict[str, str], repository: str, branch: str) -> ActionFailure:
    if found["Code"].startswith("AccessDenied"):
        return _not_permitted(repository, found["Message"])
    if found["Code"] == "BranchDoesNotExistException":
        return ActionFailure(
            "ConfigurationError",
            f"The action failed because no branch named {branch} was found in the selected AWS CodeCommit repository"
            f" {repository}. Make sure you are using the correct branch name, and then try again. Error: null",
        )
    return ActionFailure("ConfigurationError", UNVERIFIED_PROBLEM.format(repository, found["Code"], found["Message"]))


def _not_permitted(repository: str, error: str) -> ActionFailure:
    return ActionFailure(
        "PermissionError",
        "The service role or action role doesn\u2019t have the permissions required to access the AWS CodeCommit"
        f" repository named {repository}. Update the IAM role permissions, and then try again. Error: {error}",
    )


def _revision(pipeline: Pipeline, action: ActionExecution, commit: dict[str, Any]) -> Revision:
    commit_id, region = commit["commitId"], pipeline.region
    repositories = f"https://{region}.console.aws.amazon.com/codesuite/codecommit/repositories"
    made = _moment(commit["committer"]["date"])
    return Revision(
        action.name,
        action.outputs[0].name,
        commit_id,
        _timestamp(made),  # botocore ArtifactRevision: "such as a commit date"
        commit["message"],
        made,
        f"{repositories}/{action.configuration['RepositoryName']}/commit/{commit_id}?region={region}",
    )


def _variables(repository: str, branch: str, commit: dict[str, Any]) -> dict[str, str]:
    return {
        "AuthorDate": _timestamp(_moment(commit["author"]["date"])),
        "BranchName": branch,
        "CommitId": commit["commitId"],
        "CommitMessage": commit["message"],
        "CommitterDate": _timestamp(_moment(commit["committer"]["date"])),
        "RepositoryName": repository,
    }


def _moment(date: str) -> datetime:
    """Return a commit's moment, which git gives in seconds, with the offset of who made it."""
    return datetime.fromtimestamp(int(date.split(maxsplit=1)[0]), UTC)


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
