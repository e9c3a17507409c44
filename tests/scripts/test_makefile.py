"""The Makefile lists what it can do, and hands a person's text to the scripts as it is."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from spelling import OURS

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE)
NASTY = [
    '{"a": "$(shell touch made-by-make)"}',
    '{"a": "${shell touch made-by-make}"}',
    "`touch made-by-sh` $(touch made-by-sh) ; touch made-by-sh",
    """it's a "quoted" text""",
    "$HOME $$HOME $(HOME) \\n # % & | > made-by-sh",
    "first line\nsecond line",
    " spaces at both ends ",
]


class Recorder:
    """A clone in which Python, wherever a recipe calls it, only records what it was given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(ROOT / "Makefile", folder)
        (folder / ".venv/bin").mkdir(parents=True)
        python = folder / ".venv/bin/python"
        python.write_text('#!/bin/sh\necho "$@" >> commands\nprintf %s "$TRAIN" > train\nenv > variables\n')
        python.chmod(0o755)

    def make(self, *arguments: str, **environment: str) -> None:
        given = {**os.environ, "PYTHON": str(self.folder / ".venv/bin/python"), **environment}
        subprocess.run(["make", *arguments], cwd=self.folder, env=given, check=True, capture_output=True, text=True)

    @property
    def commands(self) -> list[str]:
        """The scripts that ran, without those of every target."""
        lines = (self.folder / "commands").read_text().splitlines()
        return [line for line in lines if not line.startswith("-E -s -S ")]


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path)


@pytest.fixture(scope="module")
def help_text() -> str:
    return subprocess.check_output(["make"], cwd=ROOT, text=True)


@pytest.mark.parametrize("target", [target for target in TARGETS if not re.search("-environments?$", target)])
def test_help_lists_the_target(help_text: str, target: str) -> None:
    assert re.search(rf"^  {target} +\S", help_text, re.MULTILINE)


def test_help_explains_the_variables_whose_typos_are_told(help_text: str) -> None:
    assert sorted(re.findall(r"^  ([A-Z_]+)=", help_text, re.MULTILINE)) == sorted(OURS)


def test_an_unknown_target_is_told_where_the_known_ones_are() -> None:
    made = subprocess.run(["make", "preflght"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert made.returncode == 2
    assert made.stderr.endswith("*** There is no target preflght: `make help` lists all.  Stop.\n")


@pytest.mark.parametrize("target", ["local", "status", "test"])
def test_a_misspelled_variable_stops_every_target(target: str) -> None:
    # As typed at a prompt: a make that runs these tests hands what it was given, and its level, down to this one.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    made = subprocess.run(
        ["make", target, "PORTS=4567"], cwd=ROOT, env=own, check=False, capture_output=True, text=True
    )
    told, of_make = made.stderr.splitlines()
    assert (made.returncode, made.stdout, told) == (2, "", "PORTS is nothing that make knows here. Did you mean PORT?")
    assert "environment" in of_make


@pytest.mark.parametrize("target", TARGETS)
def test_the_target_is_phony(target: str) -> None:
    """A file or folder of that name (Data, package) must not make it up to date."""
    assert re.search(rf"^\.PHONY: {target}$", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
def test_the_recipe_is_short(target: str) -> None:
    recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
    assert recipe
    assert recipe[1].count("\n") <= 3


@pytest.mark.parametrize("text", NASTY)
def test_text_of_the_command_line_reaches_the_script_as_it_is(recorder: Recorder, text: str) -> None:
    recorder.make("demo", f"TRAIN={text}")
    # make itself cuts blanks before a value given on its command line
    assert (recorder.folder / "train").read_text() == text.lstrip(" ")
    assert list(recorder.folder.glob("made-by-*")) == []


@pytest.mark.parametrize("text", NASTY)
def test_text_of_the_environment_reaches_the_script_as_it_is(recorder: Recorder, text: str) -> None:
    recorder.make("demo", TRAIN=text)
    assert (recorder.folder / "train").read_text() == text
    assert list(recorder.folder.glob("made-by-*")) == []


@pytest.mark.parametrize("name", ["PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PYTHONSTARTUP"])
def test_a_person_s_python_settings_stay_out(recorder: Recorder, name: str) -> None:
    """With PYTHONSAFEPATH, for one, a script would not find the modules beside it."""
    recorder.make("demo", **{name: "1"})
    assert f"\n{name}=" not in (recorder.folder / "variables").read_text()


def test_deploy_runs_its_parts_in_order_even_with_many_jobs(recorder: Recorder) -> None:
    recorder.make("-j8", "deploy", "SUFFIX=me42")
    assert recorder.commands == [
        "scripts/preflight.py",
        "scripts/deploy.py prep",
        "scripts/package.py",
        "scripts/upload.py",
        "scripts/stage_data.py",
        "scripts/deploy.py pipeline",
    ]


@pytest.mark.parametrize(
    ("system", "command"),
    [("Linux", "sudo apt-get install python3 python3-venv"), ("Darwin", "brew install python@3.13")],
)
def test_nothing_runs_when_the_environment_cannot_be_built(recorder: Recorder, system: str, command: str) -> None:
    uname = recorder.folder / "uname"
    uname.write_text(f"#!/bin/sh\necho {system}\n")
    uname.chmod(0o755)
    made = subprocess.run(
        ["make", "demo", "PYTHON=no-such-python"],
        cwd=recorder.folder,
        env={**os.environ, "PATH": f"{recorder.folder}:{os.environ['PATH']}"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 2
    assert made.stderr.splitlines()[0] == f"There is no no-such-python here: {command}"
    assert not (recorder.folder / "commands").exists()


def test_the_scripts_it_names_exist() -> None:
    named = set(re.findall(r"scripts/[a-z_]+\.(?:py|sh)", MAKEFILE))
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
