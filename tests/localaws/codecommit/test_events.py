"""What EventBridge hears of branches, as a rule brings it to a log group."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Client = Callable[[str], Any]
_PATIENCE = 30.0


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


def awaited(ask: Callable[[], list[Any]], count: int) -> list[Any]:
    deadline = time.monotonic() + _PATIENCE
    while len(found := ask()) < count:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def test_a_branchs_life_is_told(
    codecommit: Any, empty: str, commit: Callable[..., Any], heard: Callable[[str], list[Any]]
) -> None:
    first = commit(empty, {"a": "1"})["commitId"]
    second = commit(empty, {"a": "2"})["commitId"]
    codecommit.create_branch(repositoryName=empty, branchName="x", commitId=first)
    codecommit.delete_branch(repositoryName=empty, branchName="x")
    told = [event["detail"] for event in awaited(lambda: heard(empty), 4)]
    seen = {(each["event"], each["referenceName"], each.get("oldCommitId"), each.get("commitId")) for each in told}
    assert seen == {
        ("referenceCreated", "main", None, first),
        ("referenceUpdated", "main", first, second),
        ("referenceCreated", "x", None, first),
        ("referenceDeleted", "x", first, None),
    }


def test_an_event_names_its_repository(
    codecommit: Any, empty: str, commit: Callable[..., Any], heard: Callable[[str], list[Any]]
) -> None:
    commit(empty, {"a": "1"})
    event = awaited(lambda: heard(empty), 1)[0]
    metadata = codecommit.get_repository(repositoryName=empty)["repositoryMetadata"]
    assert event["resources"] == [metadata["Arn"]]
    assert event["detail"]["repositoryId"] == metadata["repositoryId"]
    assert (event["detail"]["referenceType"], event["detail"]["referenceFullName"]) == ("branch", "refs/heads/main")


def test_a_refused_commit_is_not_told(
    empty: str, commit: Callable[..., Any], heard: Callable[[str], list[Any]]
) -> None:
    commit(empty, {"a": "1"})
    with pytest.raises(Exception, match="NoChangeException"):
        commit(empty, {"a": "1"})
    commit(empty, {"a": "2"})
    assert [event["detail"]["event"] for event in awaited(lambda: heard(empty), 2)].count("referenceUpdated") == 1
