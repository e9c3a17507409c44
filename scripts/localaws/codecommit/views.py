"""What CodeCommit shows of commits, files and folders, in botocore's documents."""

import stat
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localaws.codecommit.changes import MODE_NAMES, File, Files
from localaws.codecommit.errors import CodeCommitError
from localaws.codecommit.models import Repository
from localaws.codecommit.objects import Entry, blob_id

if TYPE_CHECKING:
    from dulwich.objects import Commit

_SUBMODULE = 0o160000


def commit(shown: "Commit") -> dict[str, Any]:
    """Return a Commit."""
    return {
        "commitId": shown.id.decode(),
        "treeId": shown.tree.decode(),
        "parents": [parent.decode() for parent in shown.parents],
        "message": shown.message.decode(errors="replace"),
        "author": _user(shown.author, shown.author_time, shown.author_timezone),
        "committer": _user(shown.committer, shown.commit_time, shown.commit_timezone),
        "additionalData": "",
    }


def _user(line: bytes, time: int, offset: int) -> dict[str, str]:
    """Return a UserInfo; its date is git's, as botocore's description shows."""
    name, _, email = line.decode(errors="replace").rpartition(" <")
    minutes = abs(offset) // 60
    sign = "-" if offset < 0 else "+"
    return {"name": name, "email": email.rstrip(">"), "date": f"{time} {sign}{minutes // 60:02}{minutes % 60:02}"}


def changed_files(before: Files, after: Files) -> dict[str, Any]:
    """Return which files a commit has added, updated and deleted."""
    gone = {path: before[path] for path in before.keys() - after.keys()}
    new = {path: after[path] for path in after.keys() - before.keys()}
    other = {path: after[path] for path in after.keys() & before.keys() if after[path] != before[path]}
    groups = (("filesAdded", new), ("filesUpdated", other), ("filesDeleted", gone))
    return {name: [_metadata(path, files[path]) for path in sorted(files)] for name, files in groups}


def _metadata(path: str, of: File) -> dict[str, str]:
    return {"absolutePath": path, "blobId": blob_id(of), "fileMode": MODE_NAMES.get(of.mode, "NORMAL")}


def file(entry: Entry, size: int) -> dict[str, Any]:
    """Return what GetFile says of a file, but for what it holds."""
    mode = MODE_NAMES.get(entry.mode, "NORMAL")
    return {"blobId": entry.id, "filePath": entry.path, "fileMode": mode, "fileSize": size}


def folder(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return what GetFolder says is in a folder."""
    links = [entry for entry in entries if stat.S_ISLNK(entry.mode)]
    modules = [entry for entry in entries if entry.mode == _SUBMODULE]
    files = [entry for entry in entries if stat.S_ISREG(entry.mode)]
    return {
        "subFolders": [{"treeId": entry.id} | _paths(entry) for entry in entries if entry.is_folder],
        "files": [_listed(entry) for entry in files],
        "symbolicLinks": [_listed(entry) for entry in links],
        "subModules": [{"commitId": entry.id} | _paths(entry) for entry in modules],
    }


def _listed(entry: Entry) -> dict[str, str]:
    return {"blobId": entry.id, "fileMode": MODE_NAMES.get(entry.mode, "NORMAL")} | _paths(entry)


def _paths(entry: Entry) -> dict[str, str]:
    return {"absolutePath": entry.path, "relativePath": entry.path.rpartition("/")[2]}


def beneath(repository: Repository, commit_id: str, path: str | None) -> dict[str, Entry]:
    """Return what is at a path or beneath it, by what follows that path; PathDoesNotExistException for nothing."""
    prefix = (path or "").strip("/")
    entries = {entry.path: entry for entry in repository.git.entries(commit_id)}
    found = {at: entry for at, entry in entries.items() if not prefix or at == prefix or at.startswith(f"{prefix}/")}
    if prefix and not found:
        raise CodeCommitError("PathDoesNotExistException")
    return {at.removeprefix(prefix).lstrip("/"): entry for at, entry in found.items()}


def differences(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> list[dict[str, Any]]:
    """Return the Differences between what is at the same paths."""
    found = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before and after and (before.id, before.mode) == (after.id, after.mode):
            continue
        sides = {"beforeBlob": before, "afterBlob": after}
        kind = {"changeType": "A" if before is None else "D" if after is None else "M"}
        found.append(kind | {side: _blob(entry) for side, entry in sides.items() if entry})
    return found


def _blob(entry: Entry) -> dict[str, str]:
    return {"blobId": entry.id, "path": entry.path, "mode": f"{entry.mode:o}"}
