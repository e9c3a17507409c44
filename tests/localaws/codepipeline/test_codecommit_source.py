"""A CodeCommit source hands on the files of a commit, started by EventBridge or by polling."""

import io
import json
import re
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import durations


@pytest.fixture
def repository(client: Any) -> str:
    """The name of a repository with one commit."""
    name = f"r-{uuid.uuid4().hex[:8]}"
    client("codecommit").create_repository(repositoryName=name)
    commit(client, name, "first", "1")
    return name


def commit(client: Any, repository: str, message: str, number: str) -> str:
    """Commit a number to main and return the commit's id."""
    codecommit = client("codecommit")
    tip = {}
    if codecommit.list_branches(repositoryName=repository)["branches"]:
        branch = codecommit.get_branch(repositoryName=repository, branchName="main")["branch"]
        tip = {"parentCommitId": branch["commitId"]}
    put = {"filePath": "data/number.txt", "fileContent": number}
    made = codecommit.create_commit(
        repositoryName=repository, branchName="main", commitMessage=message, putFiles=[put], **tip
    )
    return str(made["commitId"])


def stages(pipelines: Any, repository: str, **configuration: str) -> list[dict[str, Any]]:
    """A CodeCommit source, and a function that gets it."""
    kind = {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"}
    defaults = {"RepositoryName": repository, "BranchName": "main", "PollForSourceChanges": "false"}
    source = {
        "name": "Fetch",
        "actionTypeId": kind,
        "configuration": defaults | configuration,
        "outputArtifacts": [{"name": "Code"}],
        "namespace": "Source",
    }
    run = pipelines.action("Run", "#{Source.CommitId}", inputArtifacts=[{"name": "Code"}])
    return [{"name": "Source", "actions": [source]}, {"name": "Run", "actions": [run]}]


def commit_of(job: dict[str, Any]) -> str:
    """The commit whose id a job was given."""
    return str(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])


def test_the_files_of_the_newest_commit_are_handed_on(client: Any, pipelines: Any, repository: str) -> None:
    newest = commit(client, repository, "second", "2")
    name = pipelines.create(stages=stages(pipelines, repository))
    job = pipelines.job()
    [artifact] = job["data"]["inputArtifacts"]
    assert artifact["revision"] == commit_of(job) == newest
    place = artifact["location"]["s3Location"]
    stored = pipelines.s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])
    with zipfile.ZipFile(io.BytesIO(stored["Body"].read())) as archive:
        assert {file: archive.read(file) for file in archive.namelist()} == {"data/number.txt": b"2"}
    assert stored["ServerSideEncryption"] == "aws:kms"
    fetch = pipelines.actions(name)["Fetch"]["output"]
    dates = {key: fetch["outputVariables"].pop(key) for key in ("AuthorDate", "CommitterDate")}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", date) for date in dates.values())
    assert fetch["outputVariables"] == {
        "BranchName": "main",
        "CommitId": newest,
        "CommitMessage": "second",
        "RepositoryName": repository,
    }
    assert fetch["executionResult"] == {"externalExecutionId": newest, "externalExecutionSummary": "second"}
    [shown] = pipelines.stages(name)["Source"]["actionStates"]
    assert shown["currentRevision"]["revisionId"] == newest
    pipelines.succeed(job)


def test_an_older_commit_can_be_asked_for(client: Any, pipelines: Any, repository: str) -> None:
    older = client("codecommit").get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"]
    commit(client, repository, "second", "2")
    name = pipelines.create(stages=stages(pipelines, repository))
    pipelines.succeed()
    chosen = {"actionName": "Fetch", "revisionType": "COMMIT_ID", "revisionValue": older}
    pipelines.start(name, sourceRevisions=[chosen])
    job = pipelines.job()
    assert commit_of(job) == older
    pipelines.succeed(job)
    with pytest.raises(ClientError) as refused:
        pipelines.start(name, sourceRevisions=[chosen | {"revisionType": "S3_OBJECT_VERSION_ID"}])
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "The revision type S3_OBJECT_VERSION_ID is not supported by the action 'Fetch' of the provider "
        "CodeCommit",
    }


@pytest.fixture
def starts(client: Any, create_role: Callable[[str], str]) -> Callable[..., None]:
    """A function that has pushes to a repository's main start a pipeline, by a rule whose target has these settings."""

    def create(repository: str, pipeline: str, **settings: Any) -> None:
        metadata = client("codecommit").get_repository(repositoryName=repository)["repositoryMetadata"]
        pattern = {
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [metadata["Arn"]],
            "detail": {
                "event": ["referenceCreated", "referenceUpdated"],
                "referenceType": ["branch"],
                "referenceName": ["main"],
            },
        }
        rule = f"push-{uuid.uuid4().hex[:8]}"
        client("events").put_rule(Name=rule, EventPattern=json.dumps(pattern))
        arn = f"arn:aws:codepipeline:us-east-1:123456789012:{pipeline}"
        target = {"Id": "pipeline", "Arn": arn, "RoleArn": create_role("events")} | settings
        client("events").put_targets(Rule=rule, Targets=[target])

    return create


def test_a_push_starts_the_pipeline_by_a_rule(
    client: Any, pipelines: Any, repository: str, starts: Callable[..., None]
) -> None:
    name = pipelines.create(stages=stages(pipelines, repository))
    pipelines.succeed()
    starts(repository, name)
    pushed = commit(client, repository, "by rule", "3")
    job = pipelines.job()
    assert commit_of(job) == pushed
    assert pipelines.execution(name)["trigger"]["triggerType"] == "CloudWatchEvent"
    pipelines.succeed(job)


@pytest.mark.parametrize("listed", [True, False], ids=["a list", "one alone, as the guide shows it"])
def test_of_two_pushes_in_a_row_each_runs_with_its_own_commit(
    client: Any, pipelines: Any, repository: str, starts: Callable[..., None], listed: bool
) -> None:
    name = pipelines.create(stages=stages(pipelines, repository))  # QUEUED: the second waits for the first
    pipelines.succeed()
    revision = {"actionName": "Fetch", "revisionType": "COMMIT_ID", "revisionValue": "<revisionValue>"}
    transformer = {
        "InputPathsMap": {"revisionValue": "$.detail.commitId"},
        "InputTemplate": json.dumps({"sourceRevisions": [revision] if listed else revision}),
    }
    starts(repository, name, InputTransformer=transformer)
    closed = {"pipelineName": name, "stageName": "Source", "transitionType": "Inbound"}
    pipelines.client.disable_stage_transition(**closed, reason="both pushes first")
    pushed = {commit(client, repository, f"push {number}", number) for number in ("2", "3")}
    pipelines.wait_for(lambda: len(pipelines.stages(name)["Source"].get("inboundExecutions", [])) == len(pushed))
    pipelines.client.enable_stage_transition(**closed)
    ran = set()
    for _ in pushed:
        job = pipelines.job()
        ran.add(commit_of(job))
        pipelines.succeed(job)
    assert ran == pushed


def test_a_push_starts_the_pipeline_by_polling(
    client: Any, pipelines: Any, repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "source_poll_interval", 0.05)
    name = pipelines.create(stages=stages(pipelines, repository, PollForSourceChanges="true"))
    pipelines.succeed()
    pushed = commit(client, repository, "polled", "4")
    job = pipelines.job()
    assert commit_of(job) == pushed
    assert pipelines.execution(name)["trigger"]["triggerType"] == "PollForSourceChanges"
    pipelines.succeed(job)


def test_a_branch_that_is_not_there_fails_the_source_in_awss_words(pipelines: Any, repository: str) -> None:
    name = pipelines.create(stages=stages(pipelines, repository, BranchName="master"))
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.error(name, "Fetch")[1] == (
        f"The action failed because no branch named master was found in the selected AWS CodeCommit repository"
        f" {repository}. Make sure you are using the correct branch name, and then try again. Error: null"
    )


def test_a_repository_that_is_not_there_fails_the_source(pipelines: Any) -> None:
    name = pipelines.create(stages=stages(pipelines, "nobody"))
    assert pipelines.ended(name)["status"] == "Failed"
    code, message = pipelines.error(name, "Fetch")
    assert code == "ConfigurationError"
    assert "RepositoryDoesNotExistException" in message


def test_the_role_needs_the_permission_to_archive(client: Any, pipelines: Any, repository: str) -> None:
    role = pipelines.role.rpartition("/")[2]
    denied = {"Effect": "Deny", "Action": "codecommit:UploadArchive", "Resource": "*"}
    client("iam").put_role_policy(
        RoleName=role, PolicyName="no", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    )
    name = pipelines.create(stages=stages(pipelines, repository))
    assert pipelines.ended(name)["status"] == "Failed"
    code, message = pipelines.error(name, "Fetch")
    assert code == "PermissionError"
    assert message.startswith(
        "The service role or action role doesn\u2019t have the permissions required to access the AWS CodeCommit"
        f" repository named {repository}. Update the IAM role permissions, and then try again. Error: User: "
    )
    assert f"codecommit:UploadArchive on resource: arn:aws:codecommit:us-east-1:123456789012:{repository}" in message
