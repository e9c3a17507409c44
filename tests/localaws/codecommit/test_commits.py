"""Commits: what they change, what they follow, and what AWS refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

MEGABYTE = 1024 * 1024
BIG = b"x" * (4 * MEGABYTE)


def put(path: str, content: bytes = b"new", **more: Any) -> dict[str, Any]:
    return {"filePath": path, "fileContent": content, **more}


def text_of(codecommit: Any, repository: str, path: str) -> str:
    return str(codecommit.get_file(repositoryName=repository, filePath=path)["fileContent"].decode())


def test_an_empty_repository_has_no_branch(codecommit: Any, empty: str) -> None:
    assert codecommit.list_branches(repositoryName=empty)["branches"] == []
    assert "defaultBranch" not in codecommit.get_repository(repositoryName=empty)["repositoryMetadata"]


def test_the_first_commit_makes_the_default_branch(codecommit: Any, empty: str, commit: Callable[..., Any]) -> None:
    commit_id = commit(empty, {"a": "1"}, branchName="trunk")["commitId"]
    assert codecommit.get_repository(repositoryName=empty)["repositoryMetadata"]["defaultBranch"] == "trunk"
    assert codecommit.get_branch(repositoryName=empty, branchName="trunk")["branch"]["commitId"] == commit_id


def test_a_commit_to_another_branch_leaves_the_default(
    codecommit: Any, filled: str, commit: Callable[..., Any]
) -> None:
    tip = codecommit.get_branch(repositoryName=filled, branchName="main")["branch"]["commitId"]
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=tip)
    commit(filled, {"README.md": "aside"}, branchName="side")
    assert codecommit.get_repository(repositoryName=filled)["repositoryMetadata"]["defaultBranch"] == "main"
    assert text_of(codecommit, filled, "README.md") == "read me"


def test_a_commit_says_what_it_changed(codecommit: Any, filled: str, commit: Callable[..., Any]) -> None:
    made = commit(filled, {"new": "1", "README.md": "other"}, deleteFiles=[{"filePath": "src/a.py"}])
    changes = {
        name: [file["absolutePath"] for file in made[f"files{name}"]] for name in ("Added", "Updated", "Deleted")
    }
    assert changes == {"Added": ["new"], "Updated": ["README.md"], "Deleted": ["src/a.py"]}
    assert text_of(codecommit, filled, "README.md") == "other"


def test_what_a_commit_does_not_name_stays(codecommit: Any, filled: str, commit: Callable[..., Any]) -> None:
    commit(filled, {"new": "1"})
    assert text_of(codecommit, filled, "src/deep/b.py") == "b = 2\n"


def test_a_commit_is_described(codecommit: Any, filled: str, commit: Callable[..., Any]) -> None:
    first = codecommit.get_branch(repositoryName=filled, branchName="main")["branch"]["commitId"]
    made = commit(filled, {"new": "1"}, commitMessage="Say it\n", authorName="Ann <x>", email="a@b.c")
    found = codecommit.get_commit(repositoryName=filled, commitId=made["commitId"])["commit"]
    assert (found["parents"], found["message"], found["treeId"]) == ([first], "Say it\n", made["treeId"])
    assert (found["author"]["name"], found["author"]["email"]) == ("Ann x", "a@b.c")
    assert found["committer"]["date"].endswith(" +0000")


def test_its_id_is_gits(codecommit: Any, empty: str, commit: Callable[..., Any]) -> None:
    made = commit(empty, {"hello.txt": "hello\n"})
    # git hash-object and git mktree of the same file
    assert made["filesAdded"][0]["blobId"] == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert made["treeId"] == "aaa96ced2d9a1c8e72c56b253a0e2fe78393feb7"


@pytest.mark.parametrize(
    ("change", "mode"),
    [
        ({"putFiles": [put("src/a.py", fileMode="EXECUTABLE")]}, "EXECUTABLE"),
        ({"setFileModes": [{"filePath": "src/a.py", "fileMode": "EXECUTABLE"}]}, "EXECUTABLE"),
        ({"putFiles": [put("src/a.py")]}, "NORMAL"),
    ],
)
def test_files_have_modes(
    codecommit: Any, filled: str, commit: Callable[..., Any], change: dict[str, Any], mode: str
) -> None:
    commit(filled, **change)
    assert codecommit.get_file(repositoryName=filled, filePath="src/a.py")["fileMode"] == mode


def test_new_content_keeps_the_mode(codecommit: Any, filled: str, commit: Callable[..., Any]) -> None:
    commit(filled, putFiles=[put("run.sh", fileMode="EXECUTABLE")])
    commit(filled, {"run.sh": "other"})
    assert codecommit.get_file(repositoryName=filled, filePath="run.sh")["fileMode"] == "EXECUTABLE"


def test_a_file_is_moved(codecommit: Any, filled: str, commit: Callable[..., Any]) -> None:
    moved = {"filePath": "src/a.py", "isMove": True}
    commit(filled, putFiles=[{"filePath": "lib/c.py", "sourceFile": moved}])
    assert text_of(codecommit, filled, "lib/c.py") == "a = 1\n"
    with pytest.raises(ClientError, match="FileDoesNotExistException"):
        codecommit.get_file(repositoryName=filled, filePath="src/a.py")


def test_an_empty_folder_is_kept_on_demand(codecommit: Any, filled: str, commit: Callable[..., Any]) -> None:
    commit(filled, deleteFiles=[{"filePath": "src/deep/b.py"}], keepEmptyFolders=True)
    files = codecommit.get_folder(repositoryName=filled, folderPath="src/deep")["files"]
    assert [file["absolutePath"] for file in files] == ["src/deep/.gitkeep"]


def test_one_file_is_put_and_deleted(codecommit: Any, empty: str) -> None:
    names = {"repositoryName": empty, "branchName": "main", "filePath": "a"}
    first = codecommit.put_file(fileContent=b"1", **names)
    second = codecommit.delete_file(parentCommitId=first["commitId"], **names)
    assert second["blobId"] == first["blobId"]
    assert codecommit.get_folder(repositoryName=empty, folderPath="/")["files"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "FileEntryRequiredException"),
        ({"putFiles": [put(f"f{n}") for n in range(101)]}, "MaximumFileEntriesExceededException"),
        ({"putFiles": [put("x"), put("x")]}, "SamePathRequestException"),
        ({"putFiles": [put("README.md")], "deleteFiles": [{"filePath": "README.md"}]}, "SamePathRequestException"),
        ({"putFiles": [put("x"), put("x/y")]}, "PutFileEntryConflictException"),
        ({"putFiles": [put("src")]}, "FileNameConflictsWithDirectoryNameException"),
        ({"putFiles": [put("README.md/x")]}, "DirectoryNameConflictsWithFileNameException"),
        ({"putFiles": [{"filePath": "x"}]}, "SourceFileOrContentRequiredException"),
        (
            {"putFiles": [put("x", sourceFile={"filePath": "README.md"})]},
            "FileContentAndSourceFileSpecifiedException",
        ),
        ({"putFiles": [{"filePath": "x", "sourceFile": {"filePath": "no"}}]}, "FileDoesNotExistException"),
        ({"putFiles": [{"filePath": "x", "sourceFile": {"filePath": "d/.gitkeep"}}]}, "RestrictedSourceFileException"),
        ({"putFiles": [put("../x")]}, "InvalidPathException"),
        ({"putFiles": [put("a//x")]}, "InvalidPathException"),
        ({"putFiles": [put(".git/config")]}, "InvalidPathException"),
        ({"putFiles": [put("d/" * 21 + "x")]}, "InvalidPathException"),
        ({"putFiles": [put("d/" + "x" * 4095)]}, "InvalidPathException"),
        ({"putFiles": [put("")]}, "PathRequiredException"),
        ({"putFiles": [put("README.md", b"read me")]}, "NoChangeException"),
        ({"putFiles": [put("a", BIG), put("b", BIG)]}, "FileContentSizeLimitExceededException"),
        ({"putFiles": [put("d/a", BIG), put("d/b", BIG[:-MEGABYTE])]}, "FolderContentSizeLimitExceededException"),
        ({"putFiles": [put("x")], "commitMessage": "m" * (256 * 1024 + 1)}, "CommitMessageLengthExceededException"),
        ({"putFiles": [put("x")], "branchName": "no..such"}, "InvalidBranchNameException"),
        ({"putFiles": [put("x")], "branchName": "other"}, "BranchDoesNotExistException"),
        ({"putFiles": [put("x")], "parentCommitId": "abc"}, "InvalidParentCommitIdException"),
        ({"putFiles": [put("x")], "parentCommitId": "0" * 40}, "ParentCommitDoesNotExistException"),
        ({"deleteFiles": [{"filePath": "no"}]}, "FileDoesNotExistException"),
        ({"setFileModes": [{"filePath": "no", "fileMode": "NORMAL"}]}, "FileDoesNotExistException"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_aws_refuses_is_refused(
    codecommit: Any, filled: str, commit: Callable[..., Any], change: dict[str, Any], code: str
) -> None:
    before = codecommit.get_branch(repositoryName=filled, branchName="main")
    with pytest.raises(ClientError) as refused:
        commit(filled, **change)
    assert refused.value.response["Error"]["Code"] == code
    after = codecommit.get_branch(repositoryName=filled, branchName="main")
    assert after["branch"] == before["branch"]


def test_a_commit_follows_the_tip(codecommit: Any, filled: str, commit: Callable[..., Any]) -> None:
    first = codecommit.get_branch(repositoryName=filled, branchName="main")["branch"]["commitId"]
    commit(filled, {"x": "1"})
    names = {"repositoryName": filled, "branchName": "main", "putFiles": [put("y")]}
    with pytest.raises(ClientError) as refused:
        codecommit.create_commit(**names)
    assert refused.value.response["Error"]["Code"] == "ParentCommitIdRequiredException"
    with pytest.raises(ClientError) as refused:
        codecommit.create_commit(**names, parentCommitId=first)
    assert refused.value.response["Error"]["Code"] == "ParentCommitIdOutdatedException"
    assert "is not the current tip of the specified branch" in refused.value.response["Error"]["Message"]


def test_the_same_content_again_is_refused(codecommit: Any, filled: str) -> None:
    tip = codecommit.get_branch(repositoryName=filled, branchName="main")["branch"]["commitId"]
    with pytest.raises(ClientError) as refused:
        codecommit.put_file(
            repositoryName=filled,
            branchName="main",
            filePath="README.md",
            fileContent=b"read me",
            parentCommitId=tip,
        )
    assert refused.value.response["Error"]["Code"] == "SameFileContentException"
