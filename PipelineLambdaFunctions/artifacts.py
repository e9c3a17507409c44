"""Reads and writes a job's artifacts: one JSON document in a zip, with the job's own credentials."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, cast

from botocore.exceptions import ClientError

from clients import Clients
from documents import DEPLOYMENT_FILE, TRAINING_FILE, VERSION, Deployment, StartedTraining, Training
from outcomes import ActionError
from pipeline_job import Artifact, Job

_SIZE_LIMIT = 1_000_000  # ours have a few kB


class Artifacts:
    """The artifacts of one job."""

    def __init__(self, job: Job, clients: Clients) -> None:
        self._job = job
        self._s3 = clients.s3_as(job.credentials)

    def started_training(self) -> StartedTraining:
        """The input artifact, as StartTraining wrote it."""
        return cast("StartedTraining", self._read(TRAINING_FILE, StartedTraining.__required_keys__))

    def training(self) -> Training:
        """The input artifact, as GetTrainingStatus wrote it."""
        return cast("Training", self._read(TRAINING_FILE, Training.__required_keys__))

    def deployment(self) -> Deployment:
        """The input artifact, as DeployTo... wrote it."""
        return cast("Deployment", self._read(DEPLOYMENT_FILE, Deployment.__required_keys__))

    def write(self, file: str, document: Mapping[str, Any]) -> None:
        """Write the output artifact; without an encryption key of the pipeline, the bucket's own encryption holds."""
        place = self._job.output
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(file, json.dumps(document, indent=2, allow_nan=False))
        key = self._job.encryption_key
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        self._s3.put_object(Bucket=place.bucket, Key=place.key, Body=packed.getvalue(), **encryption)

    def fetch(self, place: Artifact, most: int = _SIZE_LIMIT) -> bytes:
        """An artifact's bytes, so many at most."""
        try:
            body = self._s3.get_object(Bucket=place.bucket, Key=place.key)["Body"]
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "AccessDenied":  # what is lacking is a permission, which S3 names
                raise
            raise _unusable(place, f"s3://{place.bucket}/{place.key}: {code}") from error
        return bytes(body.read(most))

    def _read(self, file: str, keys: frozenset[str]) -> dict[str, Any]:
        place = self._job.input
        document = _unpack(self.fetch(place), place, file)
        if document.get("version") != VERSION:
            raise _unusable(place, f"{file} has version {document.get('version')!r}, expected {VERSION}")
        if missing := ", ".join(sorted(keys - document.keys())):
            raise _unusable(place, f"{file} lacks {missing}")
        return document


def _unpack(packed: bytes, place: Artifact, file: str) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive, archive.open(file) as member:
            document = json.loads(member.read(_SIZE_LIMIT))
    except zipfile.BadZipFile as error:
        raise _unusable(place, "it is not a zip") from error
    except KeyError as error:
        raise _unusable(place, f"it holds no {file}") from error
    except ValueError as error:
        raise _unusable(place, f"{file} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise _unusable(place, f"{file} is not a JSON object")
    return document


def _unusable(place: Artifact, why: str) -> ActionError:
    return ActionError(
        f"The input artifact {place.name} cannot be used: {why}."
        " Release the pipeline again; if that does not help, check the action's InputArtifacts."
    )
