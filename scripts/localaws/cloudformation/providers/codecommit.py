"""CodeCommit's repositories."""

from typing import Any

from localaws.cloudformation.providers.base import Provider, Work, tags_of


class Repository(Provider):
    """AWS::CodeCommit::Repository. Ref gives its id, not its name: its API, which wants names, is asked by the name."""

    type = "AWS::CodeCommit::Repository"
    effective = ("RepositoryName", "RepositoryDescription", "Tags")
    attribute_names = ("Arn", "CloneUrlHttp", "CloneUrlSsh", "Name")
    fixed = ("RepositoryName",)  # AWS renames the repository

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        codecommit = work.client("codecommit")
        created = codecommit.create_repository(
            repositoryName=properties["RepositoryName"],
            repositoryDescription=properties.get("RepositoryDescription", ""),
            tags=tags_of(properties),
        )
        work.identified(created["repositoryMetadata"]["repositoryId"])

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        codecommit, name = work.client("codecommit"), new["RepositoryName"]
        description = new.get("RepositoryDescription", "")
        codecommit.update_repository_description(repositoryName=name, repositoryDescription=description)
        arn = work.arn("codecommit", name)
        if gone := tags_of(old).keys() - tags_of(new).keys():
            codecommit.untag_resource(resourceArn=arn, tagKeys=sorted(gone))
        if tags := tags_of(new):
            codecommit.tag_resource(resourceArn=arn, tags=tags)

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
