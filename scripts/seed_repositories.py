"""Put the first commit into each of the three repositories that is empty: code, tests and training.json of here.

    make seed-repositories SUFFIX=me42

A repository that has a commit stays as it is: what was pushed is never overwritten.
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import account
import zips
from account import WorkshopError
from function_names import FUNCTIONS
from package import ROOT, SOURCES
from resource_names import Names, given_suffix

BRANCH = "main"
SEEDS = ROOT / "scripts" / "repositories"
TESTS = ROOT / "tests" / "functions"
BUILD = ("scripts/build_functions.py", "scripts/zips.py", "scripts/function_names.py")
# Of this checkout alone: they hold the functions to the templates and to what make package lays out.
NOT_SEEDED = {"test_layout.py"}
INFERENCE = "EvaluateModel"


def seed(session: Any, suffix: str, say: Callable[[str], None] = print) -> None:
    """Commit to every repository that is empty."""
    codecommit = session.client("codecommit")
    try:
        found = contents()
    except zips.ZipError as error:
        raise WorkshopError(str(error)) from None
    for name, files in zip(Names(suffix).repositories, found, strict=True):
        say(f"  {commit(codecommit, name, files, suffix)}  {name}")


def commit(codecommit: Any, name: str, files: Mapping[str, Path], suffix: str) -> str:
    """Make the first commit of a repository, unless it has one, and return which of the two it was."""
    try:
        if codecommit.list_branches(repositoryName=name)["branches"]:
            return "unchanged"
        codecommit.create_commit(
            repositoryName=name,
            branchName=BRANCH,
            commitMessage="Begin with the workshop's own",
            putFiles=[{"filePath": path, "fileContent": file.read_bytes()} for path, file in files.items()],
        )
    except codecommit.exceptions.RepositoryDoesNotExistException:
        raise WorkshopError(
            f"There is no repository {name} here: make prep SUFFIX={suffix} CreateRepositories=true, or, "
            f"where somebody deleted it, aws codecommit create-repository --repository-name {name}"
        ) from None
    except codecommit.exceptions.ParentCommitIdRequiredException:  # somebody was faster
        return "unchanged"
    return "seeded   "


def contents() -> tuple[dict[str, Path], dict[str, Path], dict[str, Path]]:
    """What each repository begins with, in the order of their names: paths in it, and files of this checkout."""
    modules = {name: set(zips.modules_of(SOURCES / f"{module}.py")) for name, module in FUNCTIONS.items()}
    others = set().union(*(found for name, found in modules.items() if name != INFERENCE))
    inference = modules[INFERENCE] - others
    tests = {path for path in TESTS.rglob("*") if path.suffix in {".py", ".json"} and path.name not in NOT_SEEDED}
    its_tests = {path for path in tests if path.name.startswith("test_") and _imports(path, inference)}
    build = {ROOT / path for path in BUILD}
    return (
        _own("training-config"),
        _own("pipeline-lambda-code") | _placed(others | (tests - its_tests) | build),
        _own("inference-lambda-code") | _placed(inference | its_tests),
    )


def training_config() -> dict[str, str]:
    """The training.json that a repository begins with."""
    return dict(json.loads((SEEDS / "training-config" / "training.json").read_text(encoding="utf-8")))


def _own(kind: str) -> dict[str, Path]:
    folder = SEEDS / kind
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.iterdir())}


def _placed(files: set[Path]) -> dict[str, Path]:
    return {path.relative_to(ROOT).as_posix(): path for path in sorted(files)}


def _imports(test: Path, modules: set[Path]) -> bool:
    names = "|".join(sorted(path.stem for path in modules))
    return bool(re.search(rf"^(?:import|from) (?:{names})\b", test.read_text(encoding="utf-8"), re.MULTILINE))


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()

    def work() -> int:
        suffix = given_suffix()
        seed(account.connect().session, suffix)
        return 0

    return account.run(work)


if __name__ == "__main__":
    sys.exit(main())
