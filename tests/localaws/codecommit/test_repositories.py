"""A repository's life: created, listed, described, tagged, deleted."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


@pytest.fixture
def repository(client: Client) -> Any:
    """The metadata of a repository with a description and a tag."""
    name = f"r-{uuid.uuid4().hex[:8]}"
    yield client("codecommit").create_repository(
        repositoryName=name, repositoryDescription="as it began", tags={"team": "a"}
    )["repositoryMetadata"]
    client("codecommit").delete_repository(repositoryName=name)


def test_a_repository_is_listed(client: Client, repository: Any) -> None:
    pair = {"repositoryName": repository["repositoryName"], "repositoryId": repository["repositoryId"]}
    assert pair in client("codecommit").list_repositories()["repositories"]


def test_its_description_changes(client: Client, repository: Any) -> None:
    name = repository["repositoryName"]
    client("codecommit").update_repository_description(repositoryName=name, repositoryDescription="as it is")
    shown = client("codecommit").get_repository(repositoryName=name)["repositoryMetadata"]
    assert shown["repositoryDescription"] == "as it is"


def test_its_tags_change(client: Client, repository: Any) -> None:
    codecommit, arn = client("codecommit"), repository["Arn"]
    codecommit.tag_resource(resourceArn=arn, tags={"stage": "b"})
    codecommit.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert codecommit.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "b"}


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("update_repository_description", {"repositoryName": "nobody"}, "RepositoryDoesNotExistException"),
        ("list_tags_for_resource", {"resourceArn": "arn:aws:codecommit:::nobody"}, "RepositoryDoesNotExistException"),
        (
            "create_repository",
            {"repositoryName": "long", "repositoryDescription": "x" * 1001},
            "InvalidRepositoryDescriptionException",
        ),
        ("create_repository", {"repositoryName": "k", "kmsKeyId": "key"}, "EncryptionKeyInvalidIdException"),
        ("create_repository", {"repositoryName": "x.git"}, "InvalidRepositoryNameException"),
        ("list_pull_requests", {"repositoryName": "r"}, "NotImplemented"),
    ],
)
def test_what_cannot_be_is_refused(client: Client, operation: str, parameters: dict[str, str], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client("codecommit"), operation)(**parameters)
    assert refused.value.response["Error"]["Code"] == code
