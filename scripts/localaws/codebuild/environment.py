"""What a build's commands find around them: variables, and a Python to which they may add."""

import os
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localaws.children import clean_environment
from localaws.codebuild.buildspec import Buildspec
from localaws.codebuild.errors import PhaseError
from localaws.codebuild.models import Build
from localaws.wire import Credentials

_DECRYPTION = "Decrypted Variables Error"  # https://github.com/aws/aws-codebuild-docker-images/issues/159
_MOST_PARAMETERS = 10  # botocore ssm GetParameters


def predefined(
    build: Build, credentials: Credentials, region: str, folder: Path, sources: dict[str | None, Path]
) -> dict[str, str]:
    """Return the variables of every build, and the role's credentials.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    """
    settings = build.settings
    python = _own_python(folder / "python")
    path = [str(python.parent), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    stated = {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PATH": os.pathsep.join(path),
        "PYTHONPATH": _packages(folder / "python"),  # for programs that the Python of local AWS brings along
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",  # of what is here pip installs nothing, and need not ask the network
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": settings["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_KMS_KEY_ID": settings["encryptionKey"],
        "CODEBUILD_LOG_PATH": build.log[1] if build.log else "",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.resolved_version or "",
        "CODEBUILD_SOURCE_REPO_URL": _repository_url(settings["source"]),
        "CODEBUILD_SOURCE_VERSION": settings.get("sourceVersion", ""),
        "CODEBUILD_START_TIME": str(int(build.started.timestamp() * 1000)),
    }
    places = {f"CODEBUILD_SRC_DIR_{name}" if name else "CODEBUILD_SRC_DIR": str(at) for name, at in sources.items()}
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    return clean_environment(credentials.environment(region)) | stated | places


def chosen(build: Build, spec: Buildspec, parameter_store: Callable[[], Any]) -> tuple[dict[str, str], list[str]]:
    """Return the variables that project, StartBuild and buildspec state, and those of their values that are secret.

    Raises PhaseError for a parameter that the role cannot have.
    """
    plain, parameters = dict(spec.variables), dict(spec.parameters)
    for variable in build.settings["environment"].get("environmentVariables", ()):
        name, kind = variable["name"], variable.get("type", "PLAINTEXT")
        for values in (plain, parameters):
            values.pop(name, None)
        (plain if kind == "PLAINTEXT" else parameters)[name] = variable["value"]
    stored = _parameters(parameter_store(), sorted(set(parameters.values()))) if parameters else {}
    secret = {name: stored[parameter] for name, parameter in parameters.items()}
    return plain | secret, list(secret.values())


def _parameters(ssm: Any, names: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(names), _MOST_PARAMETERS):
        asked = names[start : start + _MOST_PARAMETERS]
        try:
            answer = ssm.get_parameters(Names=asked, WithDecryption=True)
        except ssm.exceptions.ClientError as error:
            problem = error.response["Error"]
            raise PhaseError(_DECRYPTION, f"{problem['Code']}: {problem['Message']}") from None
        if answer["InvalidParameters"]:
            raise PhaseError(_DECRYPTION, f"parameter does not exist: {answer['InvalidParameters'][0]}")
        found |= dict(zip(asked, (_value(answer, name) for name in asked), strict=True))
    return found


def _value(answer: dict[str, Any], name: str) -> str:
    """Return a parameter's value; it may have been asked for by its ARN."""
    return next(str(each["Value"]) for each in answer["Parameters"] if name in (each["Name"], each.get("ARN")))


def _repository_url(source: dict[str, Any]) -> str:
    location = str(source.get("location", ""))
    return f"s3://{location.removeprefix('s3://')}" if source["type"] == "S3" else location


def _own_python(folder: Path) -> Path:
    """Make a virtual environment that sees all packages of this Python, and return its interpreter.

    What a build installs is in it alone.
    """
    venv.EnvBuilder(symlinks=True).create(folder)
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(_packages(folder)) / "image.pth").write_text("".join(f"{path}\n" for path in sorted(here)))
    python = folder / "bin" / "python"
    for name in ("pip", "pip3"):
        (folder / "bin" / name).write_text(f'#!/bin/sh\nexec "{python}" -m pip "$@"\n')
        (folder / "bin" / name).chmod(0o755)
    return python


def _packages(folder: Path) -> str:
    return sysconfig.get_path("purelib", "venv", vars={"base": str(folder), "platbase": str(folder)})
