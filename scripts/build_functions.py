"""What the Build stage runs: test the functions' code, zip it, put the zips into the functions, and publish versions.

    python scripts/build_functions.py FOLDER

FOLDER is the inference repository's; this file lies in the pipeline repository, whose buildspec.yml calls it. Nothing
is updated unless every test passes. Needs SUFFIX_ID and the three commits, as the pipeline's template sets them.
Writes build/functions.json (the artifact) and build/versions.sh (what the buildspec exports).
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from function_names import FUNCTIONS, function_name, zip_name
from zips import ZipError, modules_of, write_zip

ROOT = Path(__file__).resolve().parent.parent
CODE, TESTS, BUILD = "PipelineLambdaFunctions", "tests/functions", "build"
VERSION_FILE = "code-version.txt"
COMMITS = ("TRAINING_CONFIG_COMMIT", "PIPELINE_LAMBDA_COMMIT", "INFERENCE_LAMBDA_COMMIT")
_SHORT = 8  # digits of a commit that a person reads


class BuildError(Exception):
    """What ends the build, in one line."""


def main() -> int:
    """Return the exit status: 1 ends the phase, and with it the pipeline's execution."""
    try:
        _build(Path(sys.argv[1]), {name: os.environ[name] for name in ("SUFFIX_ID", *COMMITS)})
    except IndexError:
        print(__doc__, file=sys.stderr)
    except KeyError as missing:
        print(f"ERROR: The variable {missing} is missing: the pipeline's template sets it", file=sys.stderr)
    except (BuildError, ZipError) as error:
        print(f"ERROR: {error}", file=sys.stderr)  # as pip says it; make release looks for such lines
    else:
        return 0
    return 1


def _build(inference: Path, given: Mapping[str, str]) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    theirs = lay_over(inference, ROOT)
    modules = {function: modules_of(ROOT / CODE / f"{handler}.py") for function, handler in FUNCTIONS.items()}
    tested = {path.name: path.read_bytes() for path in (ROOT / CODE).glob("*.py")}
    _test()
    (ROOT / BUILD).mkdir(exist_ok=True)
    zips = {function: _package(function, modules[function], given, theirs) for function in FUNCTIONS}
    for path in zips.values():
        check(path, tested)
    try:
        functions = {function: _put(path, function, given) for function, path in zips.items()}
    except (BotoCoreError, ClientError) as error:
        raise BuildError(f"The functions could not be updated: {error}") from error
    _export(functions, {name: given[name] for name in COMMITS})


def lay_over(inference: Path, root: Path) -> set[str]:
    """Put the inference repository's code and tests beside the pipeline's; return its modules' names."""
    found = [path for folder in (CODE, TESTS) for path in sorted((inference / folder).rglob("*")) if path.is_file()]
    for path in found:
        place = root / path.relative_to(inference)
        if place.exists():
            raise BuildError(f"{path.relative_to(inference)} is in both repositories: keep one of them")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return {path.name for path in found if path.parent == inference / CODE}


def _test() -> None:
    if subprocess.run([sys.executable, "-m", "pytest", TESTS], cwd=ROOT, check=False).returncode != 0:
        raise BuildError("Not every test passes: the functions stay as they are")


def _package(function: str, modules: list[Path], given: Mapping[str, str], theirs: set[str]) -> Path:
    files = {path.name: path.read_bytes() for path in modules}
    commits = [given["PIPELINE_LAMBDA_COMMIT"], *([given["INFERENCE_LAMBDA_COMMIT"]] if theirs & files.keys() else [])]
    files[VERSION_FILE] = (" and ".join(commit[:_SHORT] for commit in commits) + "\n").encode()
    return write_zip(ROOT / BUILD / zip_name(function), files)


def check(path: Path, tested: Mapping[str, bytes]) -> None:
    """Raise BuildError unless every module in a zip is, byte for byte, one that the tests ran."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name != VERSION_FILE and archive.read(name) != tested.get(name):
                raise BuildError(f"{name} in {path.name} is not what the tests ran: a test changes the code")


def _put(path: Path, function: str, given: Mapping[str, str]) -> dict[str, str]:
    """Update a function unless it runs this very code, wait until it does, and publish that as a version."""
    import boto3

    client: Any = boto3.client("lambda")
    name, content = function_name(function, given["SUFFIX_ID"]), path.read_bytes()
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    if client.get_function_configuration(FunctionName=name)["CodeSha256"] != digest:
        client.update_function_code(FunctionName=name, ZipFile=content)
        client.get_waiter("function_updated").wait(FunctionName=name)
    # With its hash: a version of somebody else's code is refused, should they have updated the function meanwhile.
    version = client.publish_version(FunctionName=name, CodeSha256=digest)["Version"]
    print(f"{name} is version {version}")
    return {"version": version, "code_sha256": digest}


def _export(functions: Mapping[str, dict[str, str]], commits: Mapping[str, str]) -> None:
    document = {"version": 1, "commits": commits, "functions": functions}
    (ROOT / BUILD / "functions.json").write_text(json.dumps(document, indent=2), encoding="utf-8")
    versions = {f"{FUNCTIONS[name].upper()}_VERSION": one["version"] for name, one in functions.items()}
    lines = "".join(f"export {name}={value}\n" for name, value in versions.items())
    (ROOT / BUILD / "versions.sh").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
