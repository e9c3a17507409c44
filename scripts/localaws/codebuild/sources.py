"""A build's sources: fetched as the service role, each into a folder of its own."""

import shutil
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.codecommit.exceptions import RepositoryDoesNotExistException

from localaws.codebuild.artifacts import reason, unpack
from localaws.codebuild.buildspec import is_inline
from localaws.codebuild.errors import PhaseError
from localaws.codebuild.models import Build
from localaws.codecommit import archive
from localaws.codecommit.errors import CodeCommitError
from localaws.gate.decision import DeniedError, authorize_role

# Of a build that no pipeline gave a source to.
UNVERIFIED_NO_LOCATION = "The source of type CODEPIPELINE has no location: such a build is started by CodePipeline"


class _SourceError(Exception):
    """Why there is no source, in the words of CodeBuild's git."""


class Sources:
    """Fetches the sources of one build, as the role whose key and client of S3 it is given."""

    def __init__(self, build: Build, access_key_id: str, s3: Any) -> None:
        self._build, self._access_key_id, self._s3 = build, access_key_id, s3

    def fetch(self, folder: Path) -> dict[str | None, Path]:
        """Fetch all sources and return their folders by identifier; the primary one has none.

        Raises PhaseError for one that cannot be had.
        """
        settings = self._build.settings
        versions = {each["sourceIdentifier"]: each["sourceVersion"] for each in settings["secondarySourceVersions"]}
        folders: dict[str | None, Path] = {None: folder / "00"}
        self._fetch(settings["source"], settings.get("sourceVersion"), folders[None], "primary source")
        for number, source in enumerate(settings["secondarySources"], start=1):
            identifier = source["sourceIdentifier"]
            folders[identifier] = folder / f"{number:02}"
            self._fetch(source, versions.get(identifier), folders[identifier], f"source {identifier}")
        return folders

    def _fetch(self, source: dict[str, Any], version: str | None, to: Path, name: str) -> None:
        to.mkdir(parents=True)
        told = f"{name} and source version {version}" if version else name
        try:
            if source["type"] == "CODEPIPELINE":
                self._from_pipeline(version, to)
            elif source["type"] == "S3":
                self._from_s3(source["location"], version, to)
            elif source["type"] == "CODECOMMIT":
                commit_id = self._from_codecommit(source["location"], version, to)
                if source is self._build.settings["source"]:
                    self._build.resolved_version = commit_id
        except (ClientError, BotoCoreError) as error:
            raise PhaseError("CLIENT_ERROR", f"{reason(error)} for {told}") from None
        except (zipfile.BadZipFile, _SourceError) as error:
            raise PhaseError("CLIENT_ERROR", f"{error} for {told}") from None

    def _from_pipeline(self, version: str | None, to: Path) -> None:
        bucket, _, key = (version or "").partition(":::")[2].partition("/")
        if not key:
            raise PhaseError("CLIENT_ERROR", UNVERIFIED_NO_LOCATION)
        self._unpack_object(bucket, key, {}, to)

    def _from_s3(self, location: str, version: str | None, to: Path) -> None:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        if key.endswith("/"):
            for name in self._keys(bucket, key):
                self._download(bucket, name, {}, _inside(to, name.removeprefix(key)))
        else:
            self._unpack_object(bucket, key, {"VersionId": version} if version else {}, to)

    def _from_codecommit(self, clone_url: str, version: str | None, to: Path) -> str:
        """Clone a repository at a version, or at its default branch, and return the commit's id."""
        partition, _, own_region, account_id = self._build.arn.split(":")[1:5]
        region, name = archive.place_of(clone_url, own_region) or (own_region, "")
        try:
            # What git asks for has an authorisation of its own and no operation.
            arn = f"arn:{partition}:codecommit:{region}:{account_id}:{name}"
            authorize_role(self._access_key_id, "codecommit:GitPull", arn, region)
            repository = archive.repository(account_id, region, name)
            commit_id = repository.resolve(version)
        except DeniedError:
            raise _SourceError("authorization failed") from None
        except CodeCommitError:
            raise _SourceError("reference not found") from None
        except RepositoryDoesNotExistException:
            raise _SourceError("repository not found") from None
        repository.git.clone(to, commit_id)
        return commit_id

    def _keys(self, bucket: str, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", ()) if not item["Key"].endswith("/")]

    def _unpack_object(self, bucket: str, key: str, version: dict[str, str], to: Path) -> None:
        archive = to.with_suffix(".zip")
        self._download(bucket, key, version, archive)
        unpack(archive, to)
        archive.unlink()

    def _download(self, bucket: str, key: str, version: dict[str, str], to: Path) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("wb") as file:
            shutil.copyfileobj(self._s3.get_object(Bucket=bucket, Key=key, **version)["Body"], file)


def buildspec_text(s3: Any, given: str, source: Path) -> str:
    """Return a buildspec that is given in place, by the ARN of an object, or by a path.

    Raises PhaseError (YAML_FILE_ERROR) for one that is not there.
    """
    if is_inline(given):
        return given
    if given.startswith("arn:"):
        bucket, _, key = given.partition(":::")[2].partition("/")
        try:
            body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise PhaseError("YAML_FILE_ERROR", reason(error)) from None
        return body.decode()
    file = source / (given or "buildspec.yml")
    if not (file.is_file() and file.resolve().is_relative_to(source.resolve())):
        raise PhaseError("YAML_FILE_ERROR", f"stat {file}: no such file or directory")
    return file.read_text()


def _inside(folder: Path, name: str) -> Path:
    to = folder / name
    if not to.resolve().is_relative_to(folder.resolve()):
        raise PhaseError("CLIENT_ERROR", f"the key {name} leaves its folder")
    return to
