#!/usr/bin/env python3
"""Build a virtual environment of pinned packages, or leave it alone when it is already right.

    python3 scripts/environment.py .venv scripts/requirements/workshop.txt

It is built beside its place, moved there, and stamped last: an interrupted build has no stamp, so the next run
builds anew. Where the stamp is right, neither pip nor the network is asked anything.
Only the standard library, and no syntax newer than 3.7: an old Python must get as far as the message about it.
"""

from __future__ import annotations

import interrupts  # noqa: F401 - the first of all

import contextlib
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

OLDEST = (3, 11)
NEWER = ("python3.13", "python3.12", "python3.11")
STAMP = "stamp"
LOGS = Path("build")


class SetupError(Exception):
    """What stands in the way, and the command that removes it: one line for a person."""


def main() -> int:
    if sys.version_info < OLDEST:
        return hand_over()
    if len(sys.argv) != 3:
        print(__doc__)
        return 0 if "--help" in sys.argv else 1
    target, requirements = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        wanted = fingerprint(requirements)
        if not is_ready(target, wanted):
            with only_builder(target):
                if not is_ready(target, wanted):  # another make may have built it while this one waited
                    build(target, requirements, wanted)
    except (SetupError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"Interrupted: the next make builds {target} anew.", file=sys.stderr)
        return 130
    return 0


def hand_over() -> int:
    """Run again with a newer Python of this machine: macOS and older Linux call an old one python3."""
    newer = next(filter(None, map(shutil.which, NEWER)), None)
    if newer:
        os.execv(newer, [newer, *sys.argv])  # noqa: S606 - no shell, and no text of a user's
    installer = "brew install python@3.13" if sys.platform == "darwin" else "sudo apt-get install python3.11"
    print(
        f"Python 3.11 or newer is needed, and {sys.executable} is {platform.python_version()}: {installer} "
        "(or name another with PYTHON=/path/to/python3)",
        file=sys.stderr,
    )
    return 1


def fingerprint(requirements: Path) -> str:
    """What the environment is made of. Whoever names another Python means it, also one of the same minor version."""
    made_of = requirements.read_bytes(), sys.version.encode(), sys.base_prefix.encode(), platform.machine().encode()
    return hashlib.sha256(b"\0".join(made_of)).hexdigest()


def is_ready(target: Path, wanted: str) -> bool:
    """Stamped as wanted, and its Python (a link) is still on this machine."""
    try:
        return (target / STAMP).read_text() == wanted and os.access(str(target / "bin/python"), os.X_OK)
    except OSError:
        return False


@contextlib.contextmanager
def only_builder(target: Path) -> Iterator[None]:
    """Hold the lock that two builds of one environment share. It dies with its holder and the holder's pip."""
    try:
        import fcntl
    except ImportError:
        raise SetupError("This runs on Linux and macOS. On Windows, run it in WSL: wsl --install") from None
    LOGS.mkdir(exist_ok=True)
    with (LOGS / f"{target.name.lstrip('.')}.lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)  # a pip that outlives its killed parent must not meet a second pip
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another make, which is building {target}", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system that knows no locks: build without one
        yield


def build(target: Path, requirements: Path, wanted: str) -> None:
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SetupError(f"This Python cannot make virtual environments: {venv_installer()}")
    aside, old = target.with_name(f"{target.name}-new"), target.with_name(f"{target.name}-old")
    log = LOGS / f"{target.name.lstrip('.')}.log"
    print(f"Building {target} from {requirements}: about a minute, and only when that file changes.", flush=True)
    for leftover in (aside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    with log.open("wb") as output:
        run([sys.executable, "-I", "-m", "venv", "--prompt", target.name, str(aside)], output)
        pip = [str(aside / "bin/python"), "-I", "-m", "pip", "--no-input", "--disable-pip-version-check"]
        # Wheels only: compiling numpy for lack of one would fail an hour later, and less clearly.
        run([*pip, "install", "--only-binary=:all:", "-r", str(requirements)], output)
    name_its_place(aside, target)
    if target.exists():
        target.rename(old)
    aside.rename(target)
    (target / STAMP).write_text(wanted)
    shutil.rmtree(old, ignore_errors=True)


def venv_installer() -> str:
    """Debian's names: python3-venv serves its own python3, python3.X-venv any other it has. Homebrew's is whole."""
    if sys.platform == "darwin":
        return "brew install python@3.13"
    is_systems_own = Path("/usr/bin/python3").resolve() == Path(sys.executable).resolve()
    return "sudo apt-get install " + (
        "python3-venv" if is_systems_own else "python{}.{}-venv".format(*sys.version_info)
    )


def run(command: list[str], output: BinaryIO) -> None:
    environment = {**os.environ, "PIP_USER": "0"}  # a pip.conf with user = true would refuse to install into a venv
    ended = subprocess.run(
        command, stdout=output, stderr=subprocess.STDOUT, env=environment, close_fds=False, check=False
    )
    if ended.returncode:
        raise SetupError(explain(Path(output.name)))


def explain(log: Path) -> str:
    """One line for a log of pip's, which says the reason last and its symptoms first."""
    lines = log.read_text(errors="replace").splitlines()
    reason = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1] if lines else "no output")
    if any("connection broken" in line or "ConnectionError" in line for line in lines):
        mend = "the package index cannot be reached: check the network and the proxy (HTTPS_PROXY), then run make again"
    elif "No matching distribution" in reason:
        mend = f"no build for Python {platform.python_version()} here: name an older one with PYTHON=python3.13"
    else:
        mend = "mend that and run make again"
    return f"Installing the packages failed: {reason} ({mend}; the whole output: {log})"


def name_its_place(aside: Path, target: Path) -> None:
    """Scripts in bin/ name their environment by its full path: write the path it will have."""
    here, there = (str(path.absolute()).encode() for path in (aside, target))
    for script in [*(aside / "bin").iterdir(), aside / "pyvenv.cfg"]:
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if here in content and b"\0" not in content:
            script.write_bytes(content.replace(here, there))


if __name__ == "__main__":
    sys.exit(main())
