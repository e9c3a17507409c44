"""The README's commands do what it says: run in order, each with the output that stands below it."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Blocks that are run (sh), each perhaps followed, after some words, by what one should see (text).
BLOCKS = re.findall(r"^```(sh|text|console)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
END = "end of the block"


def run(commands: list[str], environment: dict[str, str]) -> list[str]:
    """Run blocks of commands in one shell, as a person would, and return what each printed."""
    script = "".join(f"{block}echo '{END}'\n" for block in commands)
    done = subprocess.run(
        ["bash", "-e"],
        input=script,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout.split(f"{END}\n")[:-1]


def test_the_labs_show_what_they_say(local_aws: Any) -> None:
    environment = local_aws.administrator.environment("us-east-1")
    environment |= {"PATH": os.environ["PATH"], "PYTHON": sys.executable, "HOME": "/nonexistent"}
    commands = [text for kind, text in BLOCKS if kind == "sh"]
    printed = iter(run(commands, environment))
    checker, seen = doctest.OutputChecker(), ""
    for kind, text in BLOCKS:
        if kind == "sh":
            seen = next(printed)
        if kind == "text":
            wanted, got = without_trailing_blanks(text), without_trailing_blanks(seen)
            assert checker.check_output(wanted, got, doctest.ELLIPSIS), f"README: {wanted}\nseen: {got}"


def without_trailing_blanks(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@pytest.mark.parametrize("folder", ["templates", "PipelineLambdaFunctions", "Data", "scripts", "tests"])
def test_it_explains_every_folder_there_is(folder: str) -> None:
    assert f"| `{folder}/` |" in README
    assert (ROOT / folder).is_dir()


def test_every_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"\bmake ((?:[a-z][a-z-]* ?)+)", "\n".join(re.findall(r"`([^`\n]*)`", README))))
    assert {word for words in named for word in words.split()} - targets == set()


def test_every_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("https://")]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
