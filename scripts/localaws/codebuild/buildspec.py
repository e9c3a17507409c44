"""Reads a buildspec, version 0.2, and refuses by name what local AWS would not do with it.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from localaws.codebuild.errors import PhaseError

PHASES = ("install", "pre_build", "build", "post_build")
_IGNORED = {"version", "phases", "cache", "batch", "proxy"}  # AWS ignores the last three in a build that uses none
_SHELLS = {"bash": "bash", "/bin/sh": "/bin/sh"}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Commands:
    """What a phase runs: its commands, and those that follow whether they fail or not."""

    commands: list[str] = field(default_factory=list)
    finally_: list[str] = field(default_factory=list)
    on_failure: str | None = None


@dataclass(frozen=True)
class Output:
    """Which files are an artifact."""

    files: list[str]
    base_directory: str = "."
    discard_paths: bool = False
    exclude_paths: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Buildspec:
    """A buildspec that local AWS can run."""

    shell: str
    variables: dict[str, str]
    parameters: dict[str, str]
    exported: list[str]
    phases: dict[str, Commands]
    artifacts: Output | None
    secondary_artifacts: dict[str, Output]


def is_inline(given: str) -> bool:
    """Return whether a project's buildspec is one, and not the path or the ARN of one."""
    return "\n" in given or given.lstrip().startswith("{")


def parse(text: str) -> Buildspec:
    """Return a buildspec, or raise PhaseError (YAML_FILE_ERROR) saying what is wrong with its text."""
    try:
        # Safe: it makes nothing but texts, lists and mappings. "yes", 1.10 and 0644 are texts to CodeBuild as well.
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise _wrong(str(error)) from None
    spec = _mapping(document, "buildspec")
    if spec.get("version") != "0.2":
        raise _wrong(f"Local AWS supports version 0.2 of the buildspec, not {spec.get('version')!r}")
    _refuse_others("buildspec", spec, _IGNORED | {"env", "artifacts"})
    phases = _mapping(spec.get("phases"), "phases")
    _refuse_others("phases", phases, set(PHASES))
    env, artifacts = _mapping(spec.get("env") or {}, "env"), _mapping(spec.get("artifacts") or {}, "artifacts")
    _refuse_others(
        "env", env, {"shell", "variables", "parameter-store", "exported-variables"}, {"git-credential-helper": "no"}
    )
    secondary = _mapping(artifacts.get("secondary-artifacts") or {}, "secondary-artifacts")
    shell = env.get("shell", "/bin/sh")
    if shell not in _SHELLS:
        raise _wrong(f"Local AWS does not support the shell {shell}")
    return Buildspec(
        shell=_SHELLS[shell],
        variables=_names(env, "variables"),
        parameters=_names(env, "parameter-store"),
        exported=_exported(env),
        phases={name: _commands(name, phases[name]) for name in PHASES if phases.get(name)},
        artifacts=_output(artifacts) if artifacts else None,
        secondary_artifacts={name: _output(_mapping(value, name)) for name, value in secondary.items()},
    )


def _wrong(message: str) -> PhaseError:
    return PhaseError("YAML_FILE_ERROR", message)


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(f"Invalid buildspec: {name} must be a mapping")
    return value


def _refuse_others(
    section: str, given: dict[str, Any], known: set[str], harmless: dict[str, str] | None = None
) -> None:
    """Refuse the keys that are not known; a harmless one may have the one value that changes nothing."""
    for name, value in given.items():
        if name not in known and (harmless or {}).get(name) != value:
            raise _wrong(f"Local AWS does not support {name} in {section} of the buildspec")


def _texts(value: Any, name: str) -> list[str]:
    """Return a list of texts; one text alone is a list of it."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        raise _wrong(f"Invalid buildspec: {name} must be a list")
    for number, item in enumerate(items):
        if not isinstance(item, str):
            raise _wrong(f"Expected {name.capitalize()}[{number}] to be of string type: found subkeys instead")
    return [item for item in items if item]


def _names(env: dict[str, Any], section: str) -> dict[str, str]:
    variables = _mapping(env.get(section) or {}, section)
    for name, value in variables.items():
        if not isinstance(value, str):
            raise _wrong(f"Invalid buildspec: the value of {name} in {section} must be a text")
    return variables


def _exported(env: dict[str, Any]) -> list[str]:
    names = _texts(env.get("exported-variables") or [], "exported-variables")
    for name in names:
        # AWS exports none of these: the page above, exported-variables.
        if name.startswith("AWS_") or not _VARIABLE.fullmatch(name):
            raise _wrong(f"The variable {name} cannot be exported")
    return names


def _commands(name: str, value: Any) -> Commands:
    phase = _mapping(value, name)
    _refuse_others(name, phase, {"commands", "finally", "on-failure", "runtime-versions"})
    if phase.get("on-failure", "ABORT") not in ("ABORT", "CONTINUE"):
        raise _wrong(f"Local AWS does not support on-failure: {phase['on-failure']} in {name} of the buildspec")
    _refuse_others("runtime-versions", _mapping(phase.get("runtime-versions") or {}, "runtime-versions"), {"python"})
    return Commands(
        _texts(phase.get("commands") or [], "commands"),
        _texts(phase.get("finally") or [], "finally"),
        phase.get("on-failure"),
    )


def _output(given: dict[str, Any]) -> Output:
    # A name counts only with overrideArtifactName, which projects may not have here.
    known = {"files", "name", "discard-paths", "base-directory", "exclude-paths", "secondary-artifacts"}
    _refuse_others("artifacts", given, known, {"enable-symlinks": "no"})
    return Output(
        _texts(given.get("files") or [], "files"),
        given.get("base-directory", "."),
        given.get("discard-paths", "no") in ("yes", "true"),
        _texts(given.get("exclude-paths") or [], "exclude-paths"),
    )
