"""CodeCommit's repositories."""

from typing import Any

from localaws.cloudformation.providers.base import Provider, Work


class Repository(Provider):
    """AWS::CodeCommit::Repository. Ref gives its id, not its name: its API, which wants names, is asked by the name."""

    type = "AWS::CodeCommit::Repository"
    effective = ("RepositoryName", "RepositoryDescription")
    attribute_names = ("Arn", "CloneUrlHttp", "CloneUrlSsh", "Name")

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        codecommit = work.client("codecommit")
        created = codecommit.create_repository(
            repositoryName=properties["RepositoryName"],
            repositoryDescription=properties.get("RepositoryDescription", ""),
        )
        work.identified(created["repositoryMetadata"]["repositoryId"])

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("codecommit").delete_repository(repositoryName=properties["RepositoryName"])

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        name = properties["RepositoryName"]
        found = work.client("codecommit").get_repository(repositoryName=name)["repositoryMetadata"]
        return {
            "Arn": found["Arn"],
            "CloneUrlHttp": found["cloneUrlHttp"],
            "CloneUrlSsh": found["cloneUrlSsh"],
            "Name": name,
        }
