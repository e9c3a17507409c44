"""Repositories, empty and with a first commit."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]


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
