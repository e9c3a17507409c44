"""Ctrl-C while a script still imports is one line: no traceback, and nothing has been begun."""

import interrupts

import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(interrupts.__file__).parent
# What make or a person starts.
RUN = sorted(
    f"-m {path.parent.name}" if path.name == "__main__.py" else path.name
    for path in [*SCRIPTS.glob("*.py"), *SCRIPTS.glob("*/__main__.py")]
    if path.name != "build_functions.py"  # which CodeBuild starts, in a repository of its own
    and '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")
)
# Read by every Python that starts: Ctrl-C as soon as a script imports what is not loaded yet, after `interrupts`.
PRESS_AT_THE_FIRST_IMPORT = f"""
import signal, sys, types

class Press:
    def find_spec(self, name, path=None, target=None):
        frame = sys._getframe()
        while frame and name not in ("__future__", "interrupts"):
            if frame.f_code.co_filename.startswith({str(SCRIPTS)!r}):
                signal.raise_signal(signal.SIGINT)
            frame = frame.f_back

sys.meta_path.insert(0, Press())
"""
BREAK_BOTO3 = "import sys; sys.modules['boto3'] = None\n"


def run(script: str, folder: Path, customization: str) -> tuple[int, str, str]:
    """Run a script as make does, in a Python that is customized so."""
    (folder / "sitecustomize.py").write_text(customization)
    ran = subprocess.run(
        [sys.executable, *(script if script.startswith("-m") else str(SCRIPTS / script)).split()],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{SCRIPTS}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize("script", RUN)
def test_ctrl_c_while_a_script_imports_is_one_line(script: str, tmp_path: Path) -> None:
    ended = run(script, tmp_path, PRESS_AT_THE_FIRST_IMPORT)
    assert ended == (-signal.SIGINT, "", "Interrupted before anything was begun.\n")


def test_another_error_before_a_script_begins_is_told_by_python(tmp_path: Path) -> None:
    _, _, err = run("release.py", tmp_path, BREAK_BOTO3)
    assert err.startswith("Traceback ")
    assert "import of boto3 halted" in err.splitlines()[-1]
