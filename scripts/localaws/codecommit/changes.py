"""What a commit makes of a repository's files: AWS's rules for CreateCommit, PutFile and DeleteFile, and no effects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from localaws.codecommit.errors import CodeCommitError

MODES = {"NORMAL": 0o100644, "EXECUTABLE": 0o100755, "SYMLINK": 0o120000}
MODE_NAMES = {number: name for name, number in MODES.items()}
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
_MOST_FILES = 100
_LARGEST_FILE = 6 * 1024 * 1024
_LARGEST_COMMIT = 7 * 1024 * 1024
_LARGEST_FOLDER = 6 * 1024 * 1024
_LONGEST_PATH = 4096
_DEEPEST_PATH = 20
_KEPT = ".gitkeep"


@dataclass(frozen=True)
class File:
    """A file: what it holds, and git's mode."""

    content: bytes
    mode: int = MODES["NORMAL"]


Files = Mapping[str, File]


@dataclass(frozen=True)
class Put:
    """A file to add or change, by its content or as a copy of another one."""

    path: str
    content: bytes | None = None
    source: str | None = None
    move: bool = False
    mode: str | None = None


@dataclass(frozen=True)
class Changes:
    """All that one commit is to change."""

    puts: list[Put] = field(default_factory=list)
    deletes: list[str] = field(default_factory=list)
    modes: dict[str, str] = field(default_factory=dict)
    keep_empty_folders: bool = False


def checked_path(path: str | None) -> str:
    """Return a file's path from the root of the repository, or raise PathRequiredException or InvalidPathException."""
    if not path:
        raise CodeCommitError("PathRequiredException")
    relative = path.removeprefix("/")
    names = relative.split("/")
    if len(path) > _LONGEST_PATH or len(names) - 1 > _DEEPEST_PATH or "\0" in path:
        raise CodeCommitError("InvalidPathException")
    if any(name in ("", ".", "..") or name.lower() == ".git" for name in names):
        raise CodeCommitError("InvalidPathException")
    return relative


def changed(files: Files, changes: Changes) -> dict[str, File]:
    """Return the files of the commit that makes these changes, or raise CodeCommit's error for what is wrong."""
    _check_entries(changes)
    made = dict(files)
    for path in changes.deletes:
        _existing(files, path)
        del made[path]
    for put in changes.puts:
        made[put.path] = _put(files, put)
        if put.move and put.source:
            del made[put.source]
    for path, mode in changes.modes.items():
        made[path] = File(_existing(files, path).content, MODES[mode])
    if changes.keep_empty_folders:
        gone = [*changes.deletes, *(put.source for put in changes.puts if put.move and put.source)]
        made |= _keepers(made, gone)
    _check_names(files, made, changes)
    _check_folders(made, [put.path for put in changes.puts])
    if made == files:
        raise CodeCommitError("NoChangeException")
    return made


def _check_entries(changes: Changes) -> None:
    count = len(changes.puts) + len(changes.deletes) + len(changes.modes)
    if not count:
        raise CodeCommitError("FileEntryRequiredException")
    if count > _MOST_FILES:
        raise CodeCommitError("MaximumFileEntriesExceededException")
    moved = [put.source for put in changes.puts if put.move]
    paths = [*(put.path for put in changes.puts), *changes.deletes, *changes.modes, *moved]
    if len(set(paths)) < len(paths):
        raise CodeCommitError("SamePathRequestException")
    sizes = [len(put.content) for put in changes.puts if put.content is not None]
    if sum(sizes) > _LARGEST_COMMIT or any(size > _LARGEST_FILE for size in sizes):
        raise CodeCommitError("FileContentSizeLimitExceededException")
    put_paths = [put.path for put in changes.puts]
    if any(folder in put_paths for path in put_paths for folder in _folders_of(path)):
        raise CodeCommitError("PutFileEntryConflictException")


def _put(files: Files, put: Put) -> File:
    if put.content is not None and put.source is not None:
        raise CodeCommitError("FileContentAndSourceFileSpecifiedException")
    if put.source is not None:
        if PurePosixPath(put.source).name == _KEPT:
            raise CodeCommitError("RestrictedSourceFileException")
        source = _existing(files, put.source)
        return File(source.content, MODES[put.mode] if put.mode else source.mode)
    if put.content is None:
        raise CodeCommitError("SourceFileOrContentRequiredException")
    before = files.get(put.path)
    return File(put.content, MODES[put.mode] if put.mode else before.mode if before else MODES["NORMAL"])


def _existing(files: Files, path: str) -> File:
    if path not in files:
        raise CodeCommitError("FileDoesNotExistException")
    return files[path]


def _folders_of(path: str) -> list[str]:
    """Return the folders that a file is in, from the root's down."""
    names = path.split("/")[:-1]
    return ["/".join(names[: number + 1]) for number in range(len(names))]


def _keepers(made: Files, gone: Iterable[str]) -> dict[str, File]:
    """Return the files that keep folders which the last file has left."""
    left = {path.rpartition("/")[0] for path in gone} - {""}
    return {f"{folder}/{_KEPT}": File(b"") for folder in left if not any(p.startswith(f"{folder}/") for p in made)}


def _check_names(files: Files, made: Files, changes: Changes) -> None:
    """Refuse a file that would have the name of a folder, or a folder that of a file."""
    folders = {folder for path in made for folder in _folders_of(path)}
    for put in changes.puts:
        if put.path in folders:
            raise CodeCommitError("FileNameConflictsWithDirectoryNameException")
        if any(folder in made and folder in files for folder in _folders_of(put.path)):
            raise CodeCommitError("DirectoryNameConflictsWithFileNameException")


def _check_folders(made: Files, puts: Iterable[str]) -> None:
    """Refuse a folder that is too large; that the files directly in it are what counts is not proven on AWS."""
    for folder in {path.rpartition("/")[0] for path in puts} - {""}:
        size = sum(len(file.content) for path, file in made.items() if path.rpartition("/")[0] == folder)
        if size > _LARGEST_FOLDER:
            raise CodeCommitError("FolderContentSizeLimitExceededException")
