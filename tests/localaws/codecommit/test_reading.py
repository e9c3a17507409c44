"""What a repository shows: branches, files, folders, differences, and archives."""

import io
import subprocess
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.codecommit import archive


@pytest.fixture
def tip(codecommit: Any, filled: str) -> str:
    """The id of the one commit of ``filled``."""
    return str(codecommit.get_branch(repositoryName=filled, branchName="main")["branch"]["commitId"])


def test_a_branch_is_made_and_removed(codecommit: Any, filled: str, tip: str) -> None:
    codecommit.create_branch(repositoryName=filled, branchName="feature/x", commitId=tip)
    assert codecommit.list_branches(repositoryName=filled)["branches"] == ["feature/x", "main"]
    deleted = codecommit.delete_branch(repositoryName=filled, branchName="feature/x")["deletedBranch"]
    assert deleted == {"branchName": "feature/x", "commitId": tip}
    assert codecommit.list_branches(repositoryName=filled)["branches"] == ["main"]


def test_another_branch_becomes_the_default(codecommit: Any, filled: str, tip: str, commit: Callable[..., Any]) -> None:
    codecommit.create_branch(repositoryName=filled, branchName="old", commitId=tip)
    commit(filled, {"README.md": "newer"})
    codecommit.update_default_branch(repositoryName=filled, defaultBranchName="old")
    assert codecommit.get_file(repositoryName=filled, filePath="README.md")["fileContent"] == b"read me"


@pytest.mark.parametrize("specifier", ["main", "refs/heads/main", "the commit's id", None])
def test_a_file_is_read_by(codecommit: Any, filled: str, tip: str, specifier: str | None) -> None:
    named = {"commitSpecifier": tip if specifier == "the commit's id" else specifier} if specifier else {}
    found = codecommit.get_file(repositoryName=filled, filePath="/src/a.py", **named)
    assert (found["commitId"], found["filePath"], found["fileSize"]) == (tip, "src/a.py", 6)
    assert codecommit.get_blob(repositoryName=filled, blobId=found["blobId"])["content"] == b"a = 1\n"


def test_a_folder_lists_files_and_folders(codecommit: Any, filled: str) -> None:
    found = codecommit.get_folder(repositoryName=filled, folderPath="/src/")
    assert [file["absolutePath"] for file in found["files"]] == ["src/a.py"]
    assert [folder["relativePath"] for folder in found["subFolders"]] == ["deep"]
    deeper = codecommit.get_folder(repositoryName=filled, folderPath="src/deep")
    assert deeper["treeId"] == found["subFolders"][0]["treeId"]


def test_differences_are_by_file(codecommit: Any, filled: str, tip: str, commit: Callable[..., Any]) -> None:
    commit(filled, {"README.md": "other", "new": "1"}, deleteFiles=[{"filePath": "src/a.py"}])
    found = codecommit.get_differences(repositoryName=filled, beforeCommitSpecifier=tip, afterCommitSpecifier="main")[
        "differences"
    ]
    kinds = {(each.get("afterBlob") or each["beforeBlob"])["path"]: each["changeType"] for each in found}
    assert kinds == {"README.md": "M", "new": "A", "src/a.py": "D"}


def test_differences_come_in_pages_and_by_path(codecommit: Any, filled: str) -> None:
    pages = codecommit.get_paginator("get_differences").paginate(
        repositoryName=filled, afterCommitSpecifier="main", afterPath="src", PaginationConfig={"PageSize": 1}
    )
    assert [page["differences"][0]["afterBlob"]["path"] for page in pages] == ["src/a.py", "src/deep/b.py"]


def test_an_archive_holds_the_files_of_its_commit(filled: str, tip: str, commit: Callable[..., Any]) -> None:
    commit(filled, {"later": "1"})
    buffer = io.BytesIO()
    archive.write_zip(archive.repository("123456789012", "us-east-1", filled), tip, buffer)
    with zipfile.ZipFile(buffer) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == {
            "README.md": b"read me",
            "src/a.py": b"a = 1\n",
            "src/deep/b.py": b"b = 2\n",
        }


def test_an_archive_keeps_modes(filled: str, commit: Callable[..., Any]) -> None:
    put = {"filePath": "run.sh", "fileContent": b"true", "fileMode": "EXECUTABLE"}
    made = commit(filled, putFiles=[put])
    buffer = io.BytesIO()
    archive.write_zip(archive.repository("123456789012", "us-east-1", filled), made["commitId"], buffer)
    with zipfile.ZipFile(buffer) as packed:
        assert packed.getinfo("run.sh").external_attr >> 16 == 0o100755


def test_a_clone_is_a_git_repository(filled: str, tip: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    archive.repository("123456789012", "us-east-1", filled).git.clone(copy, tip)

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(copy), *arguments], capture_output=True, check=True, text=True).stdout

    assert (copy / "src" / "deep" / "b.py").read_text() == "b = 2\n"
    assert git("log", "--format=%H") == f"{tip}\n"
    assert git("rev-parse", "origin/main") == f"{tip}\n"
    assert git("status", "--porcelain") == ""
    assert "broken" not in git("fsck", "--strict")


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("get_branch", {"branchName": "no"}, "BranchDoesNotExistException"),
        ("get_branch", {"branchName": "a b"}, "InvalidBranchNameException"),
        ("create_branch", {"branchName": "main", "commitId": "tip"}, "BranchNameExistsException"),
        ("create_branch", {"branchName": "x", "commitId": "0" * 40}, "CommitDoesNotExistException"),
        ("create_branch", {"branchName": "x", "commitId": "main"}, "InvalidCommitIdException"),
        ("delete_branch", {"branchName": "main"}, "DefaultBranchCannotBeDeletedException"),
        ("update_default_branch", {"defaultBranchName": "no"}, "BranchDoesNotExistException"),
        ("get_commit", {"commitId": "main"}, "InvalidCommitIdException"),
        ("get_commit", {"commitId": "0" * 40}, "CommitIdDoesNotExistException"),
        ("get_file", {"filePath": "no"}, "FileDoesNotExistException"),
        ("get_file", {"filePath": "src"}, "FileDoesNotExistException"),
        ("get_file", {"filePath": "README.md", "commitSpecifier": "no"}, "CommitDoesNotExistException"),
        ("get_folder", {"folderPath": "no"}, "FolderDoesNotExistException"),
        ("get_folder", {"folderPath": "README.md"}, "FolderDoesNotExistException"),
        ("get_blob", {"blobId": "0" * 40}, "BlobIdDoesNotExistException"),
        ("get_differences", {"afterCommitSpecifier": "main", "afterPath": "no"}, "PathDoesNotExistException"),
        (
            "get_differences",
            {"afterCommitSpecifier": "main", "NextToken": "x"},
            "InvalidContinuationTokenException",
        ),
    ],
)
def test_what_is_not_there_is_said(
    codecommit: Any, filled: str, operation: str, request_: dict[str, str], code: str
) -> None:
    tip = codecommit.get_branch(repositoryName=filled, branchName="main")["branch"]["commitId"]
    request_ = {name: tip if value == "tip" else value for name, value in request_.items()}
    with pytest.raises(ClientError) as refused:
        getattr(codecommit, operation)(repositoryName=filled, **request_)
    assert refused.value.response["Error"]["Code"] == code


def test_an_empty_repository_shows_no_file(codecommit: Any, empty: str) -> None:
    with pytest.raises(ClientError) as refused:
        codecommit.get_file(repositoryName=empty, filePath="README.md")
    assert refused.value.response["Error"]["Code"] == "CommitDoesNotExistException"


def test_a_repository_is_gone_with_its_history(codecommit: Any) -> None:
    name = f"r-{uuid.uuid4().hex[:8]}"
    codecommit.create_repository(repositoryName=name)
    codecommit.put_file(repositoryName=name, branchName="main", filePath="a", fileContent=b"1")
    codecommit.delete_repository(repositoryName=name)
    codecommit.create_repository(repositoryName=name)
    assert codecommit.list_branches(repositoryName=name)["branches"] == []
