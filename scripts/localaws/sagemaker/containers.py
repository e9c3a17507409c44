"""A container that serves a model: the model's data from S3, and a process with an HTTP port of its own."""

import contextlib
import http.client
import socket
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from localaws import children
from localaws.sagemaker import logs, storage
from localaws.sagemaker.models import Model
from localaws.xgboost_container.version import Version

# FailureReason beside the ping health check's: people report texts like these, AWS publishes none.
UNVERIFIED_DOWNLOAD_FAILED = (
    'Failed to download model data from URL "{url}". Please ensure that there is an object located at the URL and '
    "that the role passed to CreateModel has permissions to download the object."
)
UNVERIFIED_EXTRACT_FAILED = (
    'Failed to extract model data archive from URL "{url}". Please ensure that the object located at the URL is a '
    "valid tar.gz archive."
)


@dataclass(frozen=True)
class Answer:
    """What a container answered."""

    status: int
    content_type: str
    body: bytes


class UnreachableError(Exception):
    """The container's process is gone."""


class DeploymentError(Exception):
    """The deployment has failed; the text is the endpoint's FailureReason."""


class Container:
    """A process that serves a model, on a port of its own.

    The socket listens before the process exists, so that a request waits for the process instead of being refused,
    and fails at once when the process ends.
    """

    def __init__(self, folder: Path, version: Version, environment: Mapping[str, str], log: logs.LogStream) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
            self._port = listening.getsockname()[1]
            self.process = children.spawn_module(
                "xgboost_container.serve",
                [str(folder), version.name, str(listening.fileno())],
                environment=environment,
                cwd=folder,
                pass_fds=[listening.fileno()],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        logs.follow(self.process, log)

    def request(self, method: str, path: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """Pass a request on; raise UnreachableError when no process answers, TimeoutError when it takes too long."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)
        with contextlib.closing(connection):
            try:
                connection.request(method, path, body, dict(headers))
                response = connection.getresponse()
                return Answer(response.status, response.getheader("Content-Type", ""), response.read())
            except TimeoutError:
                raise
            except (OSError, http.client.HTTPException) as error:
                raise UnreachableError(str(error)) from error

    def is_healthy(self, timeout: float) -> bool:
        """Return whether the container passes the ping health check; wait for its answer."""
        try:
            return self.request("GET", "/ping", b"", {}, timeout).status == http.client.OK
        except (UnreachableError, TimeoutError):
            return False


def fetch_model(model: Model, folder: Path, region: str, source_arn: str) -> storage.Storage:
    """Unpack a model's data into ``folder``/model as its execution role, and return S3 through that role.

    Raises DeploymentError when the data cannot be read.
    """
    url = model.container["ModelDataUrl"]
    s3 = storage.open_storage(model.request["ExecutionRoleArn"], region, source_arn)
    failure = UNVERIFIED_DOWNLOAD_FAILED.format(url=url)
    if s3 is None:
        raise DeploymentError(failure)
    archive = folder / "model.tar.gz"
    try:
        with archive.open("wb") as file:
            s3.download(*storage.split(url), file)
    except ClientError as error:
        raise DeploymentError(failure) from error
    try:
        storage.unpack(archive, folder / "model")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DeploymentError(UNVERIFIED_EXTRACT_FAILED.format(url=url)) from error
    archive.unlink()
    return s3
