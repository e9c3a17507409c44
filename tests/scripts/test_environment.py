"""The environment builds itself once, heals, and names what is missing. No test needs a network."""

import ast
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import environment

SCRIPT = Path(__file__).parents[2] / "scripts" / "environment.py"


class Clone:
    """A folder with a requirements file, as a fresh clone has one."""

    def __init__(self, folder: Path, requirements: str = "# nothing\n") -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        (folder / "requirements.txt").write_text(requirements)

    def start(self, *before: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-E", "-s", *(before or (str(SCRIPT),)), ".venv", "requirements.txt"],
            cwd=self.folder,
            env={**os.environ, "PIP_NO_INDEX": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *before: str) -> tuple[int, str, str]:
        started = self.start(*before)
        out, err = started.communicate(timeout=120)
        return started.returncode, out, err

    def run_pretending(self, pretence: str) -> tuple[int, str, str]:
        """Run the script in a Python of which something else is true."""
        here = f"sys.path.insert(0, {str(SCRIPT.parent)!r})"
        return self.run(
            "-c", f"import sys, runpy; {here}; {pretence}; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
        )


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    folder = tmp_path / "a clone"  # people do have spaces in their paths
    folder.mkdir()
    return Clone(folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone whose environment is there already. Leave it as it is."""
    clone = Clone(tmp_path_factory.mktemp("built"))
    assert clone.run()[0] == 0
    return clone


@pytest.fixture
def used(built: Clone, tmp_path: Path) -> Clone:
    """A clone of one's own whose environment is there already."""
    shutil.copytree(built.folder, tmp_path / "used", symlinks=True)
    return Clone(tmp_path / "used")


def test_it_has_a_python_that_works(built: Clone) -> None:
    found = subprocess.check_output([built.venv / "bin/python", "-c", "import sys; print(sys.prefix)"], text=True)
    assert found.strip() == str(built.venv)


@pytest.mark.parametrize("name", ["bin/pip", "bin/activate", "pyvenv.cfg"])
def test_nothing_names_the_place_where_it_was_built(built: Clone, name: str) -> None:
    content = (built.venv / name).read_text()
    assert ".venv-new" not in content
    assert str(built.venv) in content


def test_its_console_scripts_run(built: Clone) -> None:
    assert str(built.venv) in subprocess.check_output([built.venv / "bin/pip", "--version"], text=True)


def test_nothing_is_left_beside_it(built: Clone) -> None:
    assert sorted(path.name for path in built.folder.iterdir()) == [".venv", "build", "requirements.txt"]


def test_a_second_run_does_nothing(built: Clone) -> None:
    before = (built.venv / "stamp").stat().st_mtime_ns
    # Without venv, pip's module or a network it could do nothing anyway.
    assert built.run_pretending("sys.modules.update(venv=None, ensurepip=None, subprocess=sys)") == (0, "", "")
    assert (built.venv / "stamp").stat().st_mtime_ns == before


@pytest.mark.slow
def test_changed_requirements_build_it_anew(used: Clone) -> None:
    (used.venv / "old").touch()
    (used.folder / "requirements.txt").write_text("# something else\n")
    code, out, _ = used.run()
    assert code == 0
    assert "Building .venv" in out
    assert not (used.venv / "old").exists()


@pytest.mark.parametrize("missing", ["stamp", "bin/python"])
def test_an_environment_without_this_is_not_ready(used: Clone, missing: str) -> None:
    wanted = (used.venv / "stamp").read_text()
    assert environment.is_ready(used.venv, wanted)
    (used.venv / missing).unlink()
    assert not environment.is_ready(used.venv, wanted)


def test_an_environment_whose_python_was_removed_from_the_machine_is_not_ready(used: Clone) -> None:
    (used.venv / "bin/python").unlink()
    (used.venv / "bin/python").symlink_to("/gone/python3")
    assert not environment.is_ready(used.venv, (used.venv / "stamp").read_text())


@pytest.mark.slow
def test_a_killed_build_heals_and_its_pip_meets_no_other(clone: Clone) -> None:
    """pip reads a requirement from a pipe: there it waits, for as long as the test wants, and its maker is killed."""
    pipe = clone.folder / "pipe"
    os.mkfifo(pipe)
    (clone.folder / "requirements.txt").write_text("-r pipe\n")
    killed = clone.start()
    with pipe.open("w") as wanted:  # opens only when pip reads at the other end
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        second = clone.start()
        assert second.stdout
        assert "Waiting for another make" in second.stdout.readline()
        assert not clone.venv.exists()
        wanted.write("# nothing\n")

    def feed() -> None:  # the second one's pip; again and again, for the first one's may come for more before it ends
        while second.poll() is None:
            with contextlib.suppress(BrokenPipeError):  # it ended while it was being fed
                pipe.write_text("# nothing\n")

    threading.Thread(target=feed, daemon=True).start()
    _, err = second.communicate(timeout=120)
    assert (second.returncode, err) == (0, "")
    assert (clone.venv / "stamp").exists()


@pytest.mark.slow
def test_two_at_once_build_one(clone: Clone) -> None:
    both = [clone.start(), clone.start()]
    said = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sorted(out.split()[0] for out, _ in said) == ["Building", "Waiting"]
    assert subprocess.run([clone.venv / "bin/pip", "--version"], check=False).returncode == 0


@pytest.mark.slow
def test_interrupting_it_is_one_line(clone: Clone) -> None:
    pipe = clone.folder / "pipe"
    os.mkfifo(pipe)
    (clone.folder / "requirements.txt").write_text("-r pipe\n")
    started = clone.start()
    with pipe.open("w"):
        os.killpg(started.pid, signal.SIGINT)  # as Ctrl-C does: to pip as well
        _, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (130, "Interrupted: the next make builds .venv anew.\n")
    assert not clone.venv.exists()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_the_package(clone: Clone, module: str) -> None:
    hidden = (
        f"import importlib.util as u; find = u.find_spec; u.find_spec = lambda name: name != {module!r} and find(name)"
    )
    code, out, err = clone.run_pretending(hidden)
    assert (code, out) == (1, "")
    assert err.startswith("This Python cannot make virtual environments: sudo apt-get install python3")
    assert err.endswith("-venv\n")
    assert err.count("\n") == 1


def test_on_macos_homebrew_has_it(clone: Clone) -> None:
    code, _, err = clone.run_pretending("sys.platform = 'darwin'; sys.modules.update(venv=None)")
    assert code == 1
    assert err.splitlines()[-1].endswith("brew install python@3.13")


@pytest.mark.slow
def test_a_failing_pip_is_one_line_and_leaves_the_old_environment(used: Clone) -> None:
    (used.folder / "requirements.txt").write_text("no such requirement\n")
    code, _, err = used.run()
    assert code == 1
    assert err.count("\n") == 1
    assert err.startswith("Installing the packages failed: ERROR: Invalid requirement: 'no such requirement'")
    assert "build/venv.log" in err
    assert "no such requirement" in (used.folder / "build/venv.log").read_text()
    assert (used.venv / "bin/python").exists()


@pytest.mark.parametrize(
    ("output", "mend"),
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution",
            "network",
        ),
        ("ERROR: No matching distribution found for numpy==2.4.6", "PYTHON=python3.13"),
        ("ERROR: Could not install packages due to an OSError: No space left on device", "mend that"),
        ("", "no output"),
    ],
)
def test_what_pip_says_comes_with_what_mends_it(tmp_path: Path, output: str, mend: str) -> None:
    log = tmp_path / "pip.log"
    log.write_text(output)
    assert mend in environment.explain(log)


def test_an_old_python_is_told_what_to_install(clone: Clone) -> None:
    code, _, err = clone.run_pretending("import os; os.environ['PATH'] = ''; sys.version_info = (3, 9, 6)")
    assert code == 1
    assert err.startswith("Python 3.11 or newer is needed")
    assert "install python" in err
    assert err.count("\n") == 1


def test_an_old_python_hands_over_to_a_newer_one(clone: Clone) -> None:
    newer = clone.folder / "python3.12"
    newer.write_text('#!/bin/sh\necho "newer: $2 $3"\n')
    newer.chmod(0o755)
    code, out, _ = clone.run_pretending(
        f"import os; os.environ['PATH'] = {str(clone.folder)!r}; sys.version_info = (3, 9, 6)"
    )
    assert (code, out) == (0, "newer: .venv requirements.txt\n")


def test_an_old_python_can_read_the_script() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("name", ["workshop.txt", "lint.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = (SCRIPT.parent / "requirements" / name).read_text().splitlines()
    requirements = [line.partition("#")[0].strip() for line in lines]
    assert [one for one in requirements if one and "==" not in one] == []
