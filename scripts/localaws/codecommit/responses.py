"""CodeCommit's API."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.codecommit.exceptions import RepositoryDoesNotExistException, RepositoryNameExistsException
from moto.codecommit.responses import CodeCommitResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.sts.models import sts_backends

from localaws.codecommit import events, views
from localaws.codecommit.changes import Changes, File, Put, checked_path
from localaws.codecommit.errors import CodeCommitError
from localaws.codecommit.models import Repository
from localaws.codecommit.objects import BRANCH, Signature, blob_id, is_commit_id

_LONGEST_DESCRIPTION = 1000  # botocore RepositoryDescription
_LONGEST_MESSAGE = 256 * 1024  # https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
_LARGEST_FILE = 6 * 1024 * 1024  # botocore: fileContent of GetFile
_PAGE = 100


class RepositoriesResponse(CodeCommitResponse):
    """moto's CodeCommit with git in its repositories. One method an operation."""

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    # Repositories

    def create_repository(self) -> ActionResult:
        """Create a repository with its tags, and nothing in it."""
        name, description = self.params["repositoryName"], self.params.get("repositoryDescription")
        _check_description(description)
        if name.endswith(".git"):
            raise CodeCommitError("InvalidRepositoryNameException")
        if self.params.get("kmsKeyId"):
            raise CodeCommitError(
                "EncryptionKeyInvalidIdException", "Local AWS does not support kmsKeyId of a repository."
            )
        repositories = self.codecommit_backend.repositories
        repository = Repository(self.codecommit_backend, name, description, self.params.get("tags") or {})
        if repositories.setdefault(name, repository) is not repository:
            raise RepositoryNameExistsException(name)
        return ActionResult({"repositoryMetadata": repository.repository_metadata})

    def list_repositories(self) -> ActionResult:
        """Return all repositories by name."""
        descending = self.params.get("order") == "descending"
        pairs = [
            {"repositoryName": name, "repositoryId": repository.repository_metadata["repositoryId"]}
            for name, repository in sorted(self.codecommit_backend.repositories.items(), reverse=descending)
        ]
        return ActionResult({"repositories": pairs})

    def update_repository_description(self) -> EmptyResult:
        """Change what a repository says about itself."""
        description = self.params.get("repositoryDescription", "")
        _check_description(description)
        repository = self._repository()
        repository.repository_metadata["repositoryDescription"] = description
        repository.touch()
        return EmptyResult()

    def tag_resource(self) -> EmptyResult:
        """Add tags to a repository."""
        repository = self._by_arn()
        repository.tags = repository.tags | self.params["tags"]
        return EmptyResult()

    def untag_resource(self) -> EmptyResult:
        """Remove tags from a repository."""
        repository, keys = self._by_arn(), self.params["tagKeys"]
        repository.tags = {key: value for key, value in repository.tags.items() if key not in keys}
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """Return a repository's tags."""
        return ActionResult({"tags": self._by_arn().tags})

    # Branches

    def create_branch(self) -> EmptyResult:
        """Make a branch of a commit."""
        repository, name, commit_id = self._repository(), self.params["branchName"], self.params["commitId"]
        repository.check_branch_name(name)
        if not is_commit_id(commit_id):
            raise CodeCommitError("InvalidCommitIdException")
        with repository.git.changing:
            if repository.git.commit(commit_id) is None:
                raise CodeCommitError("CommitDoesNotExistException")
            if name in repository.git.branches():
                raise CodeCommitError("BranchNameExistsException")
            repository.git.set_branch(name, commit_id)
        events.tell(repository, f"{BRANCH}{name}", None, commit_id, self._caller_arn())
        return EmptyResult()

    def delete_branch(self) -> ActionResult:
        """Remove a branch, if there is one of this name; the default branch stays."""
        repository, name = self._repository(), self.params["branchName"]
        repository.check_branch_name(name)
        with repository.git.changing:
            commit_id = repository.git.branches().get(name)
            if name == repository.default_branch:
                raise CodeCommitError("DefaultBranchCannotBeDeletedException")
            if commit_id is None:
                return ActionResult({})
            repository.git.set_branch(name, None)
        events.tell(repository, f"{BRANCH}{name}", commit_id, None, self._caller_arn())
        return ActionResult({"deletedBranch": {"branchName": name, "commitId": commit_id}})

    def get_branch(self) -> ActionResult:
        """Return a branch and its commit."""
        for member in ("repositoryName", "branchName"):
            if member not in self.params:
                raise CodeCommitError(f"{member[0].upper()}{member[1:]}RequiredException")
        repository, name = self._repository(), self.params["branchName"]
        return ActionResult({"branch": {"branchName": name, "commitId": repository.tip(name)}})

    def list_branches(self) -> ActionResult:
        """Return the names of all branches."""
        page, more = _page(list(self._repository().git.branches()), self.params.get("nextToken"), _PAGE)
        return ActionResult({"branches": page} | ({"nextToken": more} if more else {}))

    def update_default_branch(self) -> EmptyResult:
        """Make another branch the default branch."""
        repository, name = self._repository(), self.params["defaultBranchName"]
        repository.tip(name)
        repository.default_branch = name
        return EmptyResult()

    # Commits

    def create_commit(self) -> ActionResult:
        """Commit changes of several files to a branch."""
        changes = Changes(
            puts=[_put(entry) for entry in self.params.get("putFiles") or ()],
            deletes=[checked_path(entry["filePath"]) for entry in self.params.get("deleteFiles") or ()],
            modes={checked_path(e["filePath"]): e["fileMode"] for e in self.params.get("setFileModes") or ()},
            keep_empty_folders=bool(self.params.get("keepEmptyFolders")),
        )
        if len(self.params.get("setFileModes") or ()) > len(changes.modes):
            raise CodeCommitError("SamePathRequestException")
        repository, commit_id, before, after = self._commit(changes, self.params.get("authorName"))
        made = {"commitId": commit_id, "treeId": repository.git.tree_id(commit_id)}
        return ActionResult(made | views.changed_files(before, after))

    def put_file(self) -> ActionResult:
        """Commit one file to a branch."""
        path = checked_path(self.params["filePath"])
        put = Put(path, self.params["fileContent"], mode=self.params.get("fileMode"))
        try:
            repository, commit_id, _, after = self._commit(Changes([put]), self.params.get("name"))
        except CodeCommitError as error:
            if error.code == "NoChangeException":
                raise CodeCommitError("SameFileContentException") from None
            raise
        ids = {"commitId": commit_id, "treeId": repository.git.tree_id(commit_id)}
        return ActionResult(ids | {"blobId": blob_id(after[path])})

    def delete_file(self) -> ActionResult:
        """Commit the removal of one file to a branch."""
        path = checked_path(self.params["filePath"])
        changes = Changes(deletes=[path], keep_empty_folders=bool(self.params.get("keepEmptyFolders")))
        repository, commit_id, before, _ = self._commit(changes, self.params.get("name"))
        ids = {"commitId": commit_id, "treeId": repository.git.tree_id(commit_id)}
        return ActionResult(ids | {"blobId": blob_id(before[path]), "filePath": path})

    def get_commit(self) -> ActionResult:
        """Return a commit."""
        repository, commit_id = self._repository(), self.params["commitId"]
        if not is_commit_id(commit_id):
            raise CodeCommitError("InvalidCommitIdException")
        commit = repository.git.commit(commit_id)
        if commit is None:
            raise CodeCommitError("CommitIdDoesNotExistException")
        return ActionResult({"commit": views.commit(commit)})

    def get_differences(self) -> ActionResult:
        """Return what differs between two commits, or what all there is in one, beneath a path if one is given."""
        repository, before = self._repository(), self.params.get("beforeCommitSpecifier")
        after = repository.resolve(self.params["afterCommitSpecifier"])
        old = views.beneath(repository, repository.resolve(before), self.params.get("beforePath")) if before else {}
        new = views.beneath(repository, after, self.params.get("afterPath"))
        size = self.params.get("MaxResults") or _PAGE
        page, more = _page(views.differences(old, new), self.params.get("NextToken"), size)
        return ActionResult({"differences": page} | ({"NextToken": more} if more else {}))

    # Files

    def get_file(self) -> ActionResult:
        """Return a file as it is in a commit."""
        repository, path = self._repository(), checked_path(self.params["filePath"])
        commit_id = repository.resolve(self.params.get("commitSpecifier"))
        entry = next((entry for entry in repository.git.entries(commit_id) if entry.path == path), None)
        content = repository.git.blob(entry.id) if entry else None
        if entry is None or content is None:
            raise CodeCommitError("FileDoesNotExistException")
        if len(content) > _LARGEST_FILE:
            raise CodeCommitError("FileTooLargeException")
        return ActionResult({"commitId": commit_id, "fileContent": content} | views.file(entry, len(content)))

    def get_blob(self) -> ActionResult:
        """Return what a file holds, by the id of its object."""
        blob_id = self.params["blobId"]
        content = self._repository().git.blob(blob_id) if is_commit_id(blob_id) else None
        if content is None:
            raise CodeCommitError("BlobIdDoesNotExistException")
        return ActionResult({"content": content})

    def get_folder(self) -> ActionResult:
        """Return what is in a folder."""
        repository, path = self._repository(), self.params["folderPath"].strip("/")
        commit_id = repository.resolve(self.params.get("commitSpecifier"))
        found = repository.git.folder(commit_id, path)
        if found is None:
            raise CodeCommitError("FolderDoesNotExistException")
        tree_id, entries = found
        about = {"commitId": commit_id, "folderPath": path, "treeId": tree_id}
        return ActionResult(about | views.folder(entries))

    def _commit(self, changes: Changes, author: str | None) -> tuple[Repository, str, dict[str, File], dict[str, File]]:
        """Commit changes as the request says, and tell of it; return the files before and after, too."""
        repository, branch = self._repository(), self.params["branchName"]
        message = self.params.get("commitMessage") or ""
        if len(message.encode()) > _LONGEST_MESSAGE:
            raise CodeCommitError("CommitMessageLengthExceededException")
        caller = self._caller_arn()
        signature = Signature(author or caller.rpartition("/")[2], self.params.get("email") or "")
        parent = self.params.get("parentCommitId")
        commit_id, before, after = repository.add_commit(branch, parent, changes, signature, message)
        events.tell(repository, f"{BRANCH}{branch}", parent, commit_id, caller)
        return repository, commit_id, before, after

    # What a request names

    def _repository(self) -> Repository:
        if "repositoryName" not in self.params:
            raise CodeCommitError("RepositoryNameRequiredException")
        return self._named(self.params["repositoryName"])

    def _by_arn(self) -> Repository:
        return self._named(self.params["resourceArn"].rpartition(":")[2])

    def _named(self, name: str) -> Repository:
        if name not in self.codecommit_backend.repositories:
            raise RepositoryDoesNotExistException(name)
        repository: Repository = self.codecommit_backend.repositories[name]
        return repository

    def _caller_arn(self) -> str:
        identity = sts_backends[self.current_account][self.partition].get_caller_identity(self.access_key, self.region)
        return str(identity[1])


def _put(entry: Mapping[str, Any]) -> Put:
    source = entry.get("sourceFile") or {}
    return Put(
        checked_path(entry["filePath"]),
        entry.get("fileContent"),
        checked_path(source["filePath"]) if source else None,
        bool(source.get("isMove")),
        entry.get("fileMode"),
    )


def _page(items: Sequence[Any], token: str | None, size: int) -> tuple[Sequence[Any], str | None]:
    """Return one page and the token of the next; a token is the number of items before its page."""
    if token and not (token.isdecimal() and int(token) <= len(items)):
        raise CodeCommitError("InvalidContinuationTokenException")
    start = int(token or 0)
    return items[start : start + size], str(start + size) if start + size < len(items) else None


def _check_description(description: str | None) -> None:
    if description and len(description) > _LONGEST_DESCRIPTION:
        raise CodeCommitError(
            "InvalidRepositoryDescriptionException",
            f"The repository description is not valid. Descriptions have at most {_LONGEST_DESCRIPTION} characters.",
        )
