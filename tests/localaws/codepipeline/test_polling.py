"""A source that does not say otherwise is polled, and what changes there starts an execution."""

import threading
from typing import Any

import pytest

from localaws.clock import durations


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources are looked at twenty times a second."""
    monkeypatch.setattr(durations, "source_poll_interval", 0.05)


def polled(pipelines: Any, poll: str | None = None, key: str = "data.csv") -> str:
    """Create a pipeline whose source is polled; return its name once its first execution has ended."""
    configuration = {"S3Bucket": pipelines.source, "S3ObjectKey": key} | (
        {"PollForSourceChanges": poll} if poll else {}
    )
    source = pipelines.source_action(configuration=configuration)
    stages = [{"name": "Source", "actions": [source]}, {"name": "Run", "actions": [pipelines.action("Run")]}]
    return str(pipelines.create(stages=stages))


def is_polled(name: str) -> bool:
    """Whether a thread looks at a pipeline's sources."""
    return f"polling-{name}" in {thread.name for thread in threading.enumerate()}


def runs(pipelines: Any, name: str) -> list[dict[str, Any]]:
    """The executions, the newest first."""
    return list(pipelines.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"])


@pytest.mark.parametrize("poll", [None, "true", "True"])
def test_a_new_version_starts_an_execution(pipelines: Any, poll: str | None) -> None:
    name = polled(pipelines, poll)
    pipelines.succeed()
    pipelines.ended(name)
    version = pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=b"newer")["VersionId"]
    pipelines.wait_for(lambda: len(runs(pipelines, name)) == 2)
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"
    newest = runs(pipelines, name)[0]
    assert newest["trigger"] == {"triggerType": "PollForSourceChanges", "triggerDetail": "Fetch"}
    assert [revision["revisionId"] for revision in newest["sourceRevisions"]] == [version]
    assert len(runs(pipelines, name)) == 2


def test_an_object_that_arrives_later_starts_an_execution(pipelines: Any) -> None:
    name = polled(pipelines, key="later.csv")
    assert pipelines.ended(name)["status"] == "Failed"
    pipelines.s3.put_object(Bucket=pipelines.source, Key="later.csv", Body=b"here")
    pipelines.wait_for(lambda: len(runs(pipelines, name)) == 2)
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_polling_ends_and_begins_with_an_update(pipelines: Any) -> None:
    name = polled(pipelines)
    pipelines.succeed()
    pipelines.ended(name)
    definition = pipelines.client.get_pipeline(name=name)["pipeline"]
    configuration = definition["stages"][0]["actions"][0]["configuration"]
    configuration["PollForSourceChanges"] = "false"
    pipelines.client.update_pipeline(pipeline=definition)
    pipelines.wait_for(lambda: not is_polled(name))
    pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=b"unseen")
    configuration["PollForSourceChanges"] = "true"
    pipelines.client.update_pipeline(pipeline=definition)
    version = pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=b"seen")["VersionId"]
    pipelines.wait_for(lambda: len(runs(pipelines, name)) == 2)
    pipelines.succeed()
    pipelines.ended(name)
    [latest] = runs(pipelines, name)[0]["sourceRevisions"]
    assert latest["revisionId"] == version


def test_a_deleted_pipeline_is_polled_no_more(pipelines: Any) -> None:
    name = polled(pipelines)
    pipelines.succeed()
    pipelines.ended(name)
    assert is_polled(name)
    pipelines.client.delete_pipeline(name=name)
    pipelines.wait_for(lambda: not is_polled(name))
