"""A git repository: objects and references, in memory, by dulwich."""

import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from dulwich.index import commit_tree
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.refs import Ref, check_ref_format
from dulwich.repo import MemoryRepo, Repo

from localaws.codecommit.changes import File, Files
from localaws.codecommit.objects import BRANCH, TAG, Entry, Signature, is_commit_id


class GitRepository:
    """A repository that several threads may use; ``changing`` is held from the look at a branch to its change."""

    def __init__(self) -> None:
        self.repository = MemoryRepo()
        self.changing = threading.RLock()

    # References

    def branches(self) -> dict[str, str]:
        """Return the commit ids of the branches by their names."""
        found = self.repository.refs.as_dict(Ref(BRANCH.rstrip("/").encode()))
        return {name.decode(): commit.decode() for name, commit in sorted(found.items())}

    def takes_branch(self, name: str) -> bool:
        """Return whether git takes a name for a branch."""
        return check_ref_format(Ref(f"{BRANCH}{name}".encode()))

    def set_branch(self, name: str, commit_id: str | None) -> None:
        """Make a branch point to a commit, or remove it."""
        reference = Ref(f"{BRANCH}{name}".encode())
        if commit_id is None:
            del self.repository.refs[reference]
        else:
            self.repository.refs[reference] = ObjectID(commit_id.encode())

    def set_head(self, branch: str) -> None:
        """Have who clones the repository check out this branch."""
        self.repository.refs.set_symbolic_ref(Ref(b"HEAD"), Ref(f"{BRANCH}{branch}".encode()))

    def resolve(self, specifier: str) -> str | None:
        """Return the id of the commit that a branch, a tag, a full reference or a commit id stands for."""
        for reference in (specifier, f"{BRANCH}{specifier}", f"{TAG}{specifier}"):
            name = Ref(reference.encode())
            if name.startswith(b"refs/") and check_ref_format(name) and name in self.repository.refs:
                return self.repository.refs[name].decode()
        return specifier if is_commit_id(specifier) and self.commit(specifier) else None

    # Objects

    def commit(self, commit_id: str) -> Commit | None:
        """Return a commit, if there is one of this id."""
        found = self._object(commit_id)
        return found if isinstance(found, Commit) else None

    def blob(self, blob_id: str) -> bytes | None:
        """Return what a file holds, by the id of its object."""
        found = self._object(blob_id)
        return found.data if isinstance(found, Blob) else None

    def tree_id(self, commit_id: str) -> str:
        """Return the id of a commit's root folder."""
        return str(cast(Commit, self._object(commit_id)).tree.decode())

    def folder(self, commit_id: str, path: str) -> tuple[str, list[Entry]] | None:
        """Return the id of a folder, whose path has no slash at its ends, and what is in it."""
        tree = self._tree(self.tree_id(commit_id))
        for name in filter(None, path.split("/")):
            if name.encode() not in tree or not stat.S_ISDIR(tree[name.encode()][0]):
                return None
            tree = self._tree(tree[name.encode()][1].decode())
        prefix = f"{path}/" if path else ""
        entries = [Entry(mode, name_id.decode(), f"{prefix}{name.decode()}") for name, mode, name_id in tree.items()]
        return tree.id.decode(), entries

    def entries(self, commit_id: str, path: str = "") -> Iterator[Entry]:
        """Yield all that is no folder, in a folder and in those beneath it."""
        found = self.folder(commit_id, path)
        for entry in found[1] if found else ():
            if entry.is_folder:
                yield from self.entries(commit_id, entry.path)
            else:
                yield entry

    def files(self, commit_id: str | None) -> dict[str, File]:
        """Return the files of a commit, or none before the first one."""
        if commit_id is None:
            return {}
        return {entry.path: File(self.blob(entry.id) or b"", entry.mode) for entry in self.entries(commit_id)}

    def add_commit(self, files: Files, parent: str | None, author: Signature, message: str) -> str:
        """Store a commit of these files and return its id; no branch points to it yet."""
        store = self.repository.object_store
        blobs = [(path.encode(), Blob.from_string(file.content), file.mode) for path, file in files.items()]
        for _, blob, _ in blobs:
            store.add_object(blob)
        commit = Commit()
        commit.tree = commit_tree(store, [(path, blob.id, mode) for path, blob, mode in blobs])
        commit.parents = [ObjectID(parent.encode())] if parent else []
        commit.author = commit.committer = author.line()
        commit.author_time = commit.commit_time = int(time.time())
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = message.encode()
        store.add_object(commit)
        return commit.id.decode()

    def clone(self, folder: Path, commit_id: str) -> None:
        """Make a git repository of this one in a folder, with the files of a commit checked out."""
        with Repo.init(str(folder), mkdir=not folder.exists()) as copy:
            self.repository.fetch(copy)
            for name, branch in self.branches().items():
                copy.refs[Ref(f"refs/remotes/origin/{name}".encode())] = ObjectID(branch.encode())
            del copy.refs[Ref(b"HEAD")]  # it names a branch; here it is to be the commit
            copy.refs[Ref(b"HEAD")] = ObjectID(commit_id.encode())
            copy.get_worktree().reset_index(ObjectID(self.tree_id(commit_id).encode()))

    def _tree(self, tree_id: str) -> Tree:
        return cast(Tree, self._object(tree_id))

    def _object(self, object_id: str) -> ShaFile | None:
        try:
            return self.repository[ObjectID(object_id.encode())]
        except KeyError:
            return None
