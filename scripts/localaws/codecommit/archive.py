"""A commit's files, for the services that get them without a git client.

These are functions and no operations, since AWS has none to call: CodePipeline uploads an archive by the permission
codecommit:UploadArchive (and asks for its state by codecommit:GetUploadArchiveStatus), CodeBuild clones by
codecommit:GitPull (``repository(...).git.clone``). **Whoever calls them authorises the role for it first.**
"""

import re
import zipfile
from typing import IO

from moto.codecommit.exceptions import RepositoryDoesNotExistException
from moto.codecommit.models import codecommit_backends

from localaws.codecommit.models import PATH, Repository
from localaws.wire import endpoint

_ON_AWS = re.compile(
    rf"https://git-codecommit\.(?P<region>[a-z0-9\-]+)\.amazonaws\.com(\.cn)?{PATH}(?P<name>[\w.\-]{{1,100}})"
)
_NAME = re.compile(r"[\w.\-]{1,100}")


def place_of(clone_url: str, region: str) -> tuple[str, str] | None:
    """Return the region and the name of the repository at a clone URL: AWS's, or one that local AWS reports.

    The latter names no region: it is of the one where it is asked for. None for what is no such URL.
    """
    if on_aws := _ON_AWS.fullmatch(clone_url):
        return on_aws["region"], on_aws["name"]
    here = f"{endpoint.url}{PATH}"
    name = clone_url.removeprefix(here)
    return (region, name) if clone_url.startswith(here) and _NAME.fullmatch(name) else None


def repository(account_id: str, region: str, name: str) -> Repository:
    """Return a repository or raise RepositoryDoesNotExistException."""
    found = codecommit_backends[account_id][region].repositories.get(name)
    if found is None:
        raise RepositoryDoesNotExistException(name)
    return found  # type: ignore[no-any-return]


def write_zip(source: Repository, commit_id: str, to: IO[bytes]) -> None:
    """Write the files of a commit as a zip without git's own (CODE_ZIP); raises CommitDoesNotExistException."""
    files = source.git.files(source.resolve(commit_id))
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, file in sorted(files.items()):
            entry = zipfile.ZipInfo(path)  # of 1980: one commit, one zip
            entry.external_attr = file.mode << 16
            archive.writestr(entry, file.content, zipfile.ZIP_DEFLATED)
