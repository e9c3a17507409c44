"""Git's own protocol, served by dulwich: https://git-scm.com/docs/http-protocol. Who may do what is known before."""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from dulwich.objects import ZERO_SHA, Commit, ObjectID
from dulwich.refs import Ref
from dulwich.server import Backend, BackendRepo, ReceivePackHandler
from dulwich.web import GunzipFilter, HTTPGitApplication

from localaws.codecommit import events
from localaws.codecommit.models import Repository
from localaws.codecommit.objects import BRANCH
from localaws.refusals import Application

UNVERIFIED_DEFAULT_BRANCH_STAYS = b"the default branch cannot be deleted"
_CHANGED = b"it has changed in the meantime: fetch first"
_NO_COMMIT = b"what it is to be is no commit"
Update = tuple[ObjectID, ObjectID, Ref]


def application(repository: Repository, caller_arn: str, check: Callable[[str], None]) -> Application:
    """Return the WSGI application that serves one repository to one caller.

    ``check`` raises an error, which passes through, for a reference that the caller may not push.
    """
    push = functools.partial(_Push, repository=repository, caller_arn=caller_arn, check=check)
    served = HTTPGitApplication(_Alone(repository), handlers={b"git-receive-pack": push})
    return cast(Application, GunzipFilter(served))


class _Alone(Backend):
    """The one repository, whatever path it is asked for by: who asks has been let in to this one."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def open_repository(self, path: str) -> BackendRepo:
        return cast(BackendRepo, self._repository.git.repository)


class _Push(ReceivePackHandler):
    """dulwich's, with what CodeCommit makes of a push: it asks, it refuses, it tells.

    dulwich does not look whether a reference is still what the client has seen.
    """

    def __init__(
        self,
        *given: Any,
        repository: Repository,
        caller_arn: str,
        check: Callable[[str], None],
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self._repository, self._caller_arn, self._check = repository, caller_arn, check

    def _receive_max_input_size(self) -> int | None:
        return None  # dulwich would look into the settings of the person who started local AWS

    def _on_pre_receive(self, client_refs: list[Update]) -> None:
        for _, _, reference in client_refs:
            self._check(reference.decode(errors="replace"))

    def _apply_pack(self, refs: list[Update]) -> Iterator[tuple[bytes, bytes]]:
        with self._repository.git.changing:
            yield from list(super()._apply_pack(refs))

    def _on_update(self, ref_name: Ref, old_sha: ObjectID, new_sha: ObjectID) -> bytes | None:
        """Return why a reference is not to be what the client wants it to be."""
        git, is_branch = self._repository.git, ref_name.startswith(BRANCH.encode())
        if (git.repository.refs.read_loose_ref(ref_name) or ZERO_SHA) != old_sha:
            return _CHANGED
        if new_sha == ZERO_SHA:
            kept = f"{BRANCH}{self._repository.default_branch}".encode()
            return UNVERIFIED_DEFAULT_BRANCH_STAYS if ref_name == kept else None
        if new_sha not in git.repository or (is_branch and not isinstance(git.repository[new_sha], Commit)):
            return _NO_COMMIT
        return None

    def _on_post_receive(self, client_refs: Sequence[Update]) -> None:
        branches = [name.decode().removeprefix(BRANCH) for _, new, name in client_refs if _is_branch(name, new)]
        with self._repository.git.changing:
            if branches and self._repository.default_branch is None:
                self._repository.default_branch = branches[0]
            self._repository.touch()
        for old, new, name in client_refs:
            events.tell(self._repository, name.decode(), _commit(old), _commit(new), self._caller_arn)


def _is_branch(name: Ref, commit_id: ObjectID) -> bool:
    return name.startswith(BRANCH.encode()) and commit_id != ZERO_SHA


def _commit(commit_id: ObjectID) -> str | None:
    return None if commit_id == ZERO_SHA else commit_id.decode()
