"""CodeCommit's API: what moto lacks of a repository's life."""

from moto.codecommit.exceptions import RepositoryDoesNotExistException
from moto.codecommit.models import CodeCommit
from moto.codecommit.responses import CodeCommitResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import iso_8601_datetime_with_milliseconds

_MAXIMUM_DESCRIPTION = 1000  # botocore RepositoryDescription


class InvalidRepositoryDescriptionException(ServiceException):
    """A description that is too long."""

    code = "InvalidRepositoryDescriptionException"


class EncryptionKeyInvalidIdException(ServiceException):
    """A key for a repository, which local AWS would not use."""

    code = "EncryptionKeyInvalidIdException"


class RepositoriesResponse(CodeCommitResponse):
    """moto's CodeCommit with lists, descriptions and tags."""

    def create_repository(self) -> str:
        """Create a repository with its tags."""
        _check_description(self._get_param("repositoryDescription"))
        if self._get_param("kmsKeyId"):
            raise EncryptionKeyInvalidIdException("Local AWS does not support kmsKeyId of a repository.")
        created = str(super().create_repository())
        self._repository(self._get_param("repositoryName")).tags = self._get_param("tags") or {}
        return created

    def list_repositories(self) -> ActionResult:
        """Return all repositories by name."""
        descending = self._get_param("order") == "descending"
        pairs = [
            {"repositoryName": name, "repositoryId": repository.repository_metadata["repositoryId"]}
            for name, repository in sorted(self.codecommit_backend.repositories.items(), reverse=descending)
        ]
        return ActionResult({"repositories": pairs})

    def update_repository_description(self) -> EmptyResult:
        """Change what a repository says about itself."""
        description = self._get_param("repositoryDescription", "")
        _check_description(description)
        metadata = self._repository(self._get_param("repositoryName")).repository_metadata
        metadata["repositoryDescription"] = description
        metadata["lastModifiedDate"] = iso_8601_datetime_with_milliseconds()
        return EmptyResult()

    def tag_resource(self) -> EmptyResult:
        """Add tags to a repository."""
        repository = self._by_arn()
        repository.tags = repository.tags | self._get_param("tags")
        return EmptyResult()

    def untag_resource(self) -> EmptyResult:
        """Remove tags from a repository."""
        repository, keys = self._by_arn(), self._get_param("tagKeys")
        repository.tags = {key: value for key, value in repository.tags.items() if key not in keys}
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """Return a repository's tags."""
        return ActionResult({"tags": self._by_arn().tags})

    def _by_arn(self) -> CodeCommit:
        return self._repository(str(self._get_param("resourceArn")).rpartition(":")[2])

    def _repository(self, name: str) -> CodeCommit:
        if name not in self.codecommit_backend.repositories:
            raise RepositoryDoesNotExistException(name)
        return self.codecommit_backend.repositories[name]


def _check_description(description: str | None) -> None:
    if description and len(description) > _MAXIMUM_DESCRIPTION:
        raise InvalidRepositoryDescriptionException(
            f"The repository description is not valid. Descriptions have at most {_MAXIMUM_DESCRIPTION} characters."
        )
