"""Git's own protocol, served by dulwich: https://git-scm.com/docs/http-protocol. Who may do what is known before."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from dulwich.errors import GitProtocolError
from dulwich.objects import ZERO_SHA, Commit, ObjectID
from dulwich.protocol import CAPABILITY_FILTER
from dulwich.refs import Ref
from dulwich.server import Backend, BackendRepo, ReceivePackHandler, UploadPackHandler
from dulwich.web import GunzipFilter, HTTPGitApplication
from werkzeug.wrappers import Response

from localaws.codecommit import events
from localaws.codecommit.models import Repository
from localaws.codecommit.objects import BRANCH
from localaws.refusals import Application

UNVERIFIED_DEFAULT_BRANCH_STAYS = b"the default branch cannot be deleted"
_CHANGED = b"it has changed in the meantime: fetch first"
_NO_COMMIT = b"what it is to be is no commit"
Update = tuple[ObjectID, ObjectID, Ref]


class UnreadableError(Exception):
    """A request that is not git's."""


def served(environ: dict[str, Any], repository: Repository, caller_arn: str, check: Callable[[str], None]) -> Response:
    """Return git's answer of one repository to one caller; raises UnreadableError, and what ``check`` raises.

    ``check`` is asked about each reference that the caller pushes.
    """
    push = functools.partial(_Push, repository=repository, caller_arn=caller_arn, check=check)
    handlers: dict[bytes, Callable[..., Any]] = {b"git-receive-pack": push, b"git-upload-pack": _Fetch}
    application = cast(Application, GunzipFilter(HTTPGitApplication(_Alone(repository), handlers=handlers)))
    try:
        # All that dulwich has to say is here before any of it is sent: an error in the middle is an answer of its own.
        return Response.from_app(application, environ)
    except GitProtocolError as error:
        raise UnreadableError(str(error)) from None


class _Alone(Backend):
    """The one repository, whatever path it is asked for by: who asks has been let in to this one."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def open_repository(self, path: str) -> BackendRepo:
        return cast(BackendRepo, self._repository.git.repository)


class _Fetch(UploadPackHandler):
    """dulwich's without partial clones: what these leave out it does not give later."""

    def capabilities(self) -> list[bytes]:
        return [capability for capability in super().capabilities() if capability != CAPABILITY_FILTER]

    def set_client_capabilities(self, caps: Iterable[bytes]) -> None:
        # Git names it even so, after it has warned that it gets the whole.
        super().set_client_capabilities([capability for capability in caps if capability != CAPABILITY_FILTER])


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

    def handle(self) -> None:
        if not self.advertise_refs:
            line = self.proto.read_pkt_line()
            while line and line.startswith(b"shallow "):  # what a shallow clone lacks is here
                line = self.proto.read_pkt_line()
            self.proto.unread_pkt_line(line)
        super().handle()

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
