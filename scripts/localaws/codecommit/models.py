"""What CodeCommit remembers of a repository: moto's record of it, its tags and its git."""

from moto.codecommit.models import CodeCommit, CodeCommitBackend
from moto.core.utils import iso_8601_datetime_with_milliseconds

from localaws.codecommit.changes import Changes, File, changed
from localaws.codecommit.errors import CodeCommitError
from localaws.codecommit.objects import Signature, is_commit_id
from localaws.wire import endpoint

PATH = "/v1/repos/"
"""What the paths of clone URLs begin with."""


class Repository(CodeCommit):
    """A repository. Whoever changes a branch tells of it: see ``events``."""

    def __init__(self, backend: CodeCommitBackend, name: str, description: str | None, tags: dict[str, str]) -> None:
        from localaws.codecommit.git import GitRepository  # late: see objects

        super().__init__(backend.account_id, backend.region_name, description, name)
        self.name, self.region, self.account_id = name, backend.region_name, backend.account_id
        self.repository_metadata["cloneUrlHttp"] = f"{endpoint.url}{PATH}{name}"
        self.tags = tags
        self.git = GitRepository()

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.repository_metadata["Arn"])

    @property
    def default_branch(self) -> str | None:
        """Its default branch, from the first commit on."""
        name: str | None = self.repository_metadata.get("defaultBranch")
        return name

    @default_branch.setter
    def default_branch(self, name: str) -> None:
        self.repository_metadata["defaultBranch"] = name
        self.git.set_head(name)
        self.touch()

    def touch(self) -> None:
        """Note that it has changed."""
        self.repository_metadata["lastModifiedDate"] = iso_8601_datetime_with_milliseconds()

    def check_branch_name(self, name: str) -> None:
        """Raise InvalidBranchNameException for a name that git does not take."""
        if not self.git.takes_branch(name):
            raise CodeCommitError("InvalidBranchNameException")

    def tip(self, branch: str) -> str:
        """Return the id of a branch's commit or raise BranchDoesNotExistException."""
        self.check_branch_name(branch)
        commit_id = self.git.branches().get(branch)
        if commit_id is None:
            raise CodeCommitError("BranchDoesNotExistException")
        return commit_id

    def resolve(self, specifier: str | None) -> str:
        """Return the id of the commit that is meant (by none: the default branch's), or raise an error."""
        meant = specifier or self.default_branch
        commit_id = self.git.resolve(meant) if meant else None
        if commit_id is None:
            raise CodeCommitError("CommitDoesNotExistException")
        return commit_id

    def add_commit(
        self, branch: str, parent: str | None, changes: Changes, author: Signature, message: str
    ) -> tuple[str, dict[str, File], dict[str, File]]:
        """Commit changes to the tip of a branch; return the commit's id, and the files before and after it."""
        with self.git.changing:
            self._check_parent(branch, parent)
            before = self.git.files(parent)
            after = changed(before, changes)
            commit_id = self.git.add_commit(after, parent, author, message)
            self.git.set_branch(branch, commit_id)
            if self.default_branch is None:
                self.default_branch = branch
            self.touch()
        return commit_id, before, after

    def _check_parent(self, branch: str, parent: str | None) -> None:
        """Refuse a commit that does not follow the tip of its branch; the first one follows nothing."""
        self.check_branch_name(branch)
        branches = self.git.branches()
        if parent is not None and not is_commit_id(parent):
            raise CodeCommitError("InvalidParentCommitIdException")
        if parent is not None and self.git.commit(parent) is None:
            raise CodeCommitError("ParentCommitDoesNotExistException")
        if branches and branch not in branches:
            raise CodeCommitError("BranchDoesNotExistException")
        if branches and parent is None:
            raise CodeCommitError("ParentCommitIdRequiredException")
        if branches and parent != branches[branch]:
            raise CodeCommitError("ParentCommitIdOutdatedException")
