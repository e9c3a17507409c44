"""The README's commands do what it says: run in order, each with the output that stands below it."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import boto3
import pytest

import leftovers
import own_aws
from localaws import readme
from resource_names import Names
from status import prices

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Blocks that are run, each perhaps followed, after some words, by what one should see (text): the way by make (sh) and
# the one by the AWS CLI (bash). What only a person runs is console.
BLOCKS = re.findall(r"^```(sh|bash|text|console)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
END = "end of the block"
AWS_CLI = ROOT / ".venv-awscli/bin"  # `make test-all` builds it
SYSTEM = "/usr/bin:/bin"
GIT = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def run(commands: list[str], environment: Mapping[str, str]) -> list[str]:
    """Run blocks of commands in one shell, as a person would, and return what each printed."""
    script = "".join(f"{block}echo '{END}'\n" for block in commands)
    done = subprocess.run(
        ["bash", "-e"],
        input=script,
        cwd=ROOT,
        env={**environment, "PYTHON": sys.executable, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout.split(f"{END}\n")[:-1]


def check(kind: str, environment: Mapping[str, str]) -> None:
    """Run all blocks of a kind, and compare each output with the text below its block."""
    printed = iter(run([text for its_kind, text in BLOCKS if its_kind == kind], environment))
    checker, seen = doctest.OutputChecker(), None
    for its_kind, text in BLOCKS:
        if its_kind in ("sh", "bash"):
            seen = next(printed) if its_kind == kind else None
        if its_kind == "text" and seen is not None:
            wanted, got = without_outer_blanks(text), without_outer_blanks(seen)
            assert checker.check_output(wanted, got, doctest.ELLIPSIS), f"README: {wanted}\nseen: {got}"


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """The variables of a local AWS in which nobody has done anything: the stacks then have their usual names."""
    with own_aws.local_aws(tmp_path / "localaws.log") as aws:
        yield aws.variables


@pytest.mark.slow
def test_the_labs_show_what_they_say(account: Mapping[str, str]) -> None:
    for name in ("training-config", "inference-lambda-code"):  # of a run before this one
        shutil.rmtree(ROOT / "build" / name, ignore_errors=True)
    check("sh", {**account, **GIT, "PATH": f"{os.environ['PATH']}:{AWS_CLI}"})


@pytest.mark.slow
def test_the_labs_go_by_the_aws_cli_and_leave_nothing(
    account: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check("bash", {**account, "PATH": f"{AWS_CLI}:{SYSTEM}"})
    for name, value in account.items():
        monkeypatch.setenv(name, value)
    assert leftovers.find(boto3.Session(), Names("me42")) == []


def without_outer_blanks(text: str) -> str:
    """Blanks before a number of seconds are fewer when there are more of these."""
    return "".join(f"{line.strip()}\n" for line in text.splitlines())


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
    links += re.findall(r'(?:src|srcset)="([^"]+)"', README)
    headings = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)
    anchors = {
        "#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings
    }  # as GitHub does
    assert links
    assert [link for link in links if link not in anchors and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("lab", re.findall(r"^### (\d\. .+)$", README, flags=re.MULTILINE))
def test_every_lab_tells_its_time_and_cost_on_aws(lab: str) -> None:
    assert re.search(rf"^### {re.escape(lab)}\n\n\*On AWS:\* \d+ minutes, .", README, flags=re.MULTILINE)


def test_its_prices_are_those_of_the_table() -> None:
    told = re.findall(r"`(ml\.[\w.]+)` trains for ([\d.]+) USD an hour in ([\w-]+)", README)
    assert told
    table = prices.table()
    assert [(kind, str(table[region, "training", kind].usd_an_hour), region) for kind, _, region in told] == told


def test_its_tables_are_those_of_the_code() -> None:
    assert readme.filled(README) == README, "README.md lags behind the code: make readme"


def test_a_table_without_a_place_is_told() -> None:
    with pytest.raises(ValueError, match="no place for the table between <!-- beliefs"):
        readme.filled("no comments here")
