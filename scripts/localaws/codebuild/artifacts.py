"""A build's artifacts: which files they are, and how they get to S3, as the service role."""

import hashlib
import shutil
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.codebuild.buildspec import Buildspec, Output
from localaws.codebuild.errors import PhaseError
from localaws.codebuild.log import BuildLog
from localaws.codebuild.models import Build

UNVERIFIED_NO_DEFINITION = "no definition for artifact {}"  # that it fails the build, and the words
_NOTHING_FOUND = "no matching artifact paths found"  # https://github.com/aws/copilot-cli/issues/2780


def upload(s3: Any, build: Build, spec: Buildspec, source: Path, log: BuildLog) -> None:
    """Store every artifact that the build is to have, or raise PhaseError (CLIENT_ERROR)."""
    wanted: list[tuple[str | None, dict[str, Any], Output | None]] = [
        (None, build.settings["artifacts"], spec.artifacts)
    ]
    for artifact in build.settings["secondaryArtifacts"]:
        name = artifact["artifactIdentifier"]
        wanted.append((name, artifact, spec.secondary_artifacts.get(name)))
    for name in spec.secondary_artifacts.keys() - {name for name, _, _ in wanted}:
        raise PhaseError("CLIENT_ERROR", UNVERIFIED_NO_DEFINITION.format(name))
    for name, artifact, output in wanted:
        if not _is_stored(artifact):
            continue
        files = _files(output, source, log) if output else {}
        if not files:
            raise PhaseError("CLIENT_ERROR", _NOTHING_FOUND)
        log.say(f"Found {len(files)} file(s)")
        build.artifacts[name] = _store(s3, build, artifact, files, source.with_name("artifact.zip")) | (
            {"artifactIdentifier": name} if name else {}
        )


def _is_stored(artifact: dict[str, Any]) -> bool:
    """Return whether an artifact goes anywhere; a pipeline's does where the action declares it."""
    return artifact["type"] == "S3" or (artifact["type"] == "CODEPIPELINE" and bool(artifact.get("location")))


def _files(output: Output, source: Path, log: BuildLog) -> dict[str, Path]:
    """Return the files of an artifact by their names in it."""
    found: dict[str, Path] = {}
    log.say(f"Expanding base directory path: {output.base_directory}")
    for base in _folders(output.base_directory, source):
        log.say(f"Expanding file paths for base directory {base.relative_to(source)}")
        log.say("Assembling file list")
        for pattern in output.files:
            log.say(f"Expanding {pattern}")
            for file in _matching(base, pattern):
                name = file.relative_to(base).as_posix()
                if not any(fnmatch(name, excluded) for excluded in output.exclude_paths):
                    found[file.name if output.discard_paths else name] = file
    return found


def _folders(pattern: str, source: Path) -> list[Path]:
    return [source] if pattern in (".", "./", "") else [path for path in _glob(source, pattern) if path.is_dir()]


def _matching(base: Path, pattern: str) -> list[Path]:
    return [path for path in _glob(base, pattern) if path.is_file()]


def _glob(base: Path, pattern: str) -> list[Path]:
    """Return what a pattern matches beneath a folder, and nothing that is elsewhere."""
    pattern = pattern.removeprefix("./").rstrip("/")
    if not pattern or pattern.startswith("/") or ".." in pattern.split("/"):
        return []
    inside = base.resolve()
    return sorted(path for path in base.glob(pattern) if path.resolve().is_relative_to(inside))


def _store(s3: Any, build: Build, artifact: dict[str, Any], files: dict[str, Path], archive: Path) -> dict[str, Any]:
    """Upload files as one zip, or each under a common prefix, and return what a Build says of the artifact."""
    bucket, key = _place(build, artifact)
    encryption = _encryption(build, artifact)
    described: dict[str, Any] = {"location": f"arn:{build.arn.split(':')[1]}:s3:::{bucket}/{key}"}
    described["encryptionDisabled"] = bool(artifact.get("encryptionDisabled"))
    try:
        if artifact["type"] == "S3" and artifact.get("packaging", "NONE") == "NONE":
            for name, file in files.items():
                with file.open("rb") as body:
                    s3.put_object(Bucket=bucket, Key=f"{key}/{name}".strip("/"), Body=body, **encryption)
            return described
        _pack(files, archive)
        with archive.open("rb") as body:
            s3.put_object(Bucket=bucket, Key=key, Body=body, **encryption)
    except (ClientError, BotoCoreError) as error:
        raise PhaseError("CLIENT_ERROR", f"Failed to upload artifacts: {reason(error)}") from None
    with archive.open("rb") as content:
        described["sha256sum"] = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(0)
        described["md5sum"] = hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return described


def _place(build: Build, artifact: dict[str, Any]) -> tuple[str, str]:
    """Return bucket and key: path, build id and name, as botocore's ProjectArtifacts describes them."""
    if artifact["type"] == "CODEPIPELINE":
        bucket, _, key = artifact["location"].partition(":::")[2].partition("/")
        return bucket, key
    by_build = artifact.get("namespaceType") == "BUILD_ID"
    name = artifact.get("name") or artifact.get("artifactIdentifier") or build.project.name
    parts = [artifact.get("path", ""), build.uuid if by_build else "", name]
    return artifact["location"], "/".join(part.strip("/") for part in parts if part.strip("/"))


def _encryption(build: Build, artifact: dict[str, Any]) -> dict[str, str]:
    if artifact.get("encryptionDisabled"):
        return {}
    key = str(build.settings["encryptionKey"])
    own = {} if key.endswith("alias/aws/s3") else {"SSEKMSKeyId": key}
    return {"ServerSideEncryption": "aws:kms"} | own


def _pack(files: dict[str, Path], archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
        for name, file in sorted(files.items()):
            packed.write(file, name)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip with the permissions of its files; a name that leaves the folder raises zipfile.BadZipFile."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            to = (folder / entry.filename).resolve()
            if not to.is_relative_to(folder.resolve()):
                raise zipfile.BadZipFile(f"{entry.filename} leaves its folder")
            if entry.is_dir():
                to.mkdir(parents=True, exist_ok=True)
                continue
            to.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(entry) as content, to.open("wb") as file:
                shutil.copyfileobj(content, file)
            if mode := entry.external_attr >> 16 & 0o777:
                to.chmod(mode | 0o600)


def reason(error: ClientError | BotoCoreError) -> str:
    """Return an error of another service as CodeBuild quotes it."""
    if not isinstance(error, ClientError):
        return str(error)
    found, about = error.response["Error"], error.response["ResponseMetadata"]
    quoted = f"{found['Code']}: {found['Message']}"
    return f"{quoted} status code: {about['HTTPStatusCode']}, request id: {about.get('RequestId', '')}"
