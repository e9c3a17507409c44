"""What EventBridge hears of branches, as a rule brings it to a log group."""

from collections.abc import Callable
from typing import Any

import pytest

Heard = Callable[[str], list[Any]]
Awaited = Callable[[Callable[[], list[Any]], int], list[Any]]


def test_a_branchs_life_is_told(
    codecommit: Any, empty: str, commit: Callable[..., Any], heard: Heard, awaited: Awaited
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
    codecommit: Any, empty: str, commit: Callable[..., Any], heard: Heard, awaited: Awaited
) -> None:
    commit(empty, {"a": "1"})
    event = awaited(lambda: heard(empty), 1)[0]
    metadata = codecommit.get_repository(repositoryName=empty)["repositoryMetadata"]
    assert event["resources"] == [metadata["Arn"]]
    assert event["detail"]["repositoryId"] == metadata["repositoryId"]
    assert (event["detail"]["referenceType"], event["detail"]["referenceFullName"]) == ("branch", "refs/heads/main")


def test_a_refused_commit_is_not_told(empty: str, commit: Callable[..., Any], heard: Heard, awaited: Awaited) -> None:
    commit(empty, {"a": "1"})
    with pytest.raises(Exception, match="NoChangeException"):
        commit(empty, {"a": "1"})
    commit(empty, {"a": "2"})
    assert [event["detail"]["event"] for event in awaited(lambda: heard(empty), 2)].count("referenceUpdated") == 1
