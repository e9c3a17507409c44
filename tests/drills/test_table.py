"""The drills are what the README says, and know every word of botocore's."""

import re
from pathlib import Path

import botocore.session
import pytest

import drill
import drills
from account import WorkshopError
from drills.words import FAMILIES, Family

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_has_the_table() -> None:
    rows = "".join(f"| `{name}` | {broken} | {expected} |\n" for name, broken, expected in drills.table())
    assert f"| fault | what is broken | what is expected |\n|---|---|---|\n{rows}\n" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.prefix)
def test_a_family_knows_what_every_word_means(family: Family) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    assert set(family.means) == set(model.shape_for(family.shape).enum)


def test_every_secondary_status_is_told() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    told = {fault.get("members", {}).get("SecondaryStatus") for one in drills.every().values() for fault in one.faults}
    happening = {"Completed", "MaxRuntimeExceeded"}  # to a release, and to a training that hangs
    assert (told - {None}) | happening == set(model.shape_for("SecondaryStatus").enum)


def test_a_drill_is_found_by_its_name_in_any_case() -> None:
    assert drill.find("TRAINING-is-failed").name == "training-is-Failed"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("trainin-kiled", "Did you mean training-killed"),
        ("training-is-<word>", "Did you mean training-is-"),
        ("xyz", "`make drill` lists them."),
    ],
)
def test_a_fault_that_there_is_not_is_one_line(name: str, told: str) -> None:
    with pytest.raises(WorkshopError, match=re.escape(f"FAULT={name}: there is no such fault. {told}")):
        drill.find(name)
