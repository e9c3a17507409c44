"""training.json of the repository of the training configuration, as StartTraining finds it among its input artifacts.

With sources on, the artifact TrainingConfig is a zip of the repository, and its revision the commit; without, it is not
there. What is wrong with the file is told with the commit: who pushed it is to mend it, by another push.
"""

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from outcomes import ConfigurationError
from pipeline_job import Artifact, Job

DATA, CONFIG = "TrainingData", "TrainingConfig"  # the input artifacts

_FILE = "training.json"
_SIZE_LIMIT = 16 * 1024  # of the file: UserParameters, which hold the same keys, may have 1,000 characters
REPOSITORY_LIMIT = 20_000_000  # of the zip, which is held in memory

# Digits of a commit that people compare; a document and a tag have all of them.
_SHORT = 8


@dataclass(frozen=True)
class TrainingConfig:
    """The text of training.json, and the commit that it is of; empty where the artifact names none."""

    text: str
    commit: str

    @property
    def origin(self) -> str:
        """How messages name it."""
        return origin(self.commit)


def origin(commit: str) -> str:
    """How messages name training.json at a commit."""
    return f"{_FILE} (commit {commit[:_SHORT]})" if commit else _FILE


def masked_keys(keys: Sequence[str], by: str) -> str:
    """What a summary says of keys that do not count; nothing if there are none."""
    return f"; {', '.join(keys)} of {_FILE} {'is' if len(keys) == 1 else 'are'} masked by {by}" if keys else ""


def inputs_of(job: Job) -> tuple[Artifact, Artifact | None]:
    """The data and, with sources on, the configuration, in whatever order. Data alone may have any name."""
    if len(job.inputs) < 2:
        return job.input, None
    found = {artifact.name: artifact for artifact in job.inputs}
    if len(job.inputs) > 2 or found.keys() != {DATA, CONFIG}:
        raise ConfigurationError(
            f"This action needs the artifacts {DATA} and {CONFIG}, or the data alone, in InputArtifacts, it has:"
            f" {', '.join(artifact.name for artifact in job.inputs)}. Mend the pipeline's definition."
        )
    return found[DATA], found[CONFIG]


def unpack(packed: bytes, place: Artifact) -> TrainingConfig:
    """Read training.json out of the repository's zip, whose first bytes these are."""
    commit = place.revision or ""
    if len(packed) > REPOSITORY_LIMIT:
        raise _unusable(place, f"it has more than {REPOSITORY_LIMIT:,} bytes: keep large files out of the repository")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive, archive.open(_FILE) as member:
            content = member.read(_SIZE_LIMIT + 1)
    except KeyError:
        raise _unusable(place, f"it holds no {_FILE} at its root: add the file to the repository, and push") from None
    except (zipfile.BadZipFile, zlib.error):
        raise _unusable(
            place, "it is not a zip: give the source action the OutputArtifactFormat CODE_ZIP, and release again"
        ) from None
    if len(content) > _SIZE_LIMIT:
        raise _unusable(place, f"{_FILE} has more than {_SIZE_LIMIT:,} bytes: keep parameters alone in it, and push")
    try:
        return TrainingConfig(content.decode("utf-8-sig"), commit)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unusable(place, f"{_FILE}, line {line}, is not UTF-8: save it in that encoding, and push") from None


def _unusable(place: Artifact, why: str) -> ConfigurationError:
    at = f" (commit {place.revision[:_SHORT]})" if place.revision else ""
    return ConfigurationError(f"The input artifact {place.name}{at} cannot be used: {why}.")
