"""CodeCommit's repositories."""

import io
import stat
import zipfile
from typing import Any

from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.providers.base import Provider, Work, tags_of


class Repository(Provider):
    """AWS::CodeCommit::Repository. Ref gives its id, not its name: its API, which wants names, is asked by the name."""

    type = "AWS::CodeCommit::Repository"
    effective = (
        "Code.BranchName",
        "Code.S3.Bucket",
        "Code.S3.Key",
        "Code.S3.ObjectVersion",
        "RepositoryDescription",
        "RepositoryName",
        "Tags",
    )
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
        if "Code" in properties:
            self._commit(work, properties["RepositoryName"], properties["Code"])

    def _commit(self, work: Work, name: str, code: dict[str, Any]) -> None:
        """Make the first commit of a zip's files. Code is read once: later changes of it change nothing, as on AWS."""
        source = code["S3"]
        version = {"VersionId": source["ObjectVersion"]} if "ObjectVersion" in source else {}
        archive = work.client("s3").get_object(Bucket=source["Bucket"], Key=source["Key"], **version)["Body"].read()
        try:
            files = _files(archive)
        except zipfile.BadZipFile as error:
            raise ResourceError(f"{source['Bucket']}/{source['Key']} is not a zip file") from error
        branch = code.get("BranchName", "main")
        work.client("codecommit").create_commit(
            repositoryName=name, branchName=branch, putFiles=files, commitMessage="Initial commit by CloudFormation"
        )

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


def _files(archive: bytes) -> list[dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        return [
            {
                "filePath": entry.filename,
                "fileContent": packed.read(entry),
                "fileMode": "EXECUTABLE" if entry.external_attr >> 16 & stat.S_IXUSR else "NORMAL",
            }
            for entry in packed.infolist()
            if not entry.is_dir()
        ]
