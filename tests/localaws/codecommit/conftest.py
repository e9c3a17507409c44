"""Repositories, empty and with a first commit."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Client = Callable[[str], Any]
_PATIENCE = 30.0


@pytest.fixture
def codecommit(client: Client) -> Any:
    """A client of CodeCommit."""
    return client("codecommit")


@pytest.fixture
def empty(codecommit: Any) -> str:
    """The name of a repository without a commit."""
    name = f"r-{uuid.uuid4().hex[:8]}"
    codecommit.create_repository(repositoryName=name)
    return name


@pytest.fixture
def commit(codecommit: Any) -> Callable[..., Any]:
    """A function that commits files, given by path and text, to main and after its tip; parameters are the request's.

    It returns the answer.
    """

    def create(repository: str, files: dict[str, str] | None = None, **request: Any) -> Any:
        puts = [{"filePath": path, "fileContent": text} for path, text in (files or {}).items()]
        tip = {}
        if codecommit.list_branches(repositoryName=repository)["branches"]:
            branch = codecommit.get_branch(repositoryName=repository, branchName="main")["branch"]
            tip = {"parentCommitId": branch["commitId"]}
        names = {"repositoryName": repository, "branchName": "main"}
        return codecommit.create_commit(**(names | tip | ({"putFiles": puts} if puts else {}) | request))

    return create


@pytest.fixture
def filled(empty: str, commit: Callable[..., Any]) -> str:
    """The name of a repository with three files in its one commit."""
    commit(empty, {"README.md": "read me", "src/a.py": "a = 1\n", "src/deep/b.py": "b = 2\n"})
    return empty


@pytest.fixture
def heard(client: Client) -> Iterator[Callable[[str], list[Any]]]:
    """A function that returns the events of a repository that a rule has brought to a log group."""
    events, logs = client("events"), client("logs")
    group, rule = f"/aws/events/{uuid.uuid4().hex[:8]}", f"rule-{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=group)
    pattern = {"source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"]}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"
    events.put_targets(Rule=rule, Targets=[{"Id": "log", "Arn": arn}])

    def of(repository: str) -> list[Any]:
        found = [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=group)["events"]]
        return [event for event in found if event["detail"]["repositoryName"] == repository]

    yield of
    events.remove_targets(Rule=rule, Ids=["log"])
    events.delete_rule(Name=rule)
    logs.delete_log_group(logGroupName=group)


@pytest.fixture
def awaited() -> Callable[[Callable[[], list[Any]], int], list[Any]]:
    """A function that returns what another returns, once there are so many."""

    def wait(ask: Callable[[], list[Any]], count: int) -> list[Any]:
        deadline = time.monotonic() + _PATIENCE
        while len(found := ask()) < count:
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
        return found

    return wait
