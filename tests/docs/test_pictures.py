"""The README's pictures are those of the project as it is now."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from pictures import diagram

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "templates/builtin-algo-pipeline.yaml").read_text(encoding="utf-8")
SHOWN = sorted(set(re.findall(r"scripts/pictures/[\w.-]+", (ROOT / "README.md").read_text(encoding="utf-8"))))


def words(svg: str) -> list[str]:
    """What the boxes of a drawing say."""
    return [one.text or "" for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - ours


def test_the_diagram_is_that_of_the_template() -> None:
    kept = (ROOT / "scripts/pictures/pipeline.svg").read_text(encoding="utf-8")
    assert kept == diagram.draw(TEMPLATE), "the pipeline has changed: make pictures"


def test_every_action_of_the_pipeline_is_drawn(stages: list[dict[str, Any]]) -> None:
    drawn = words(diagram.draw(TEMPLATE))
    names = [name for stage in stages for name in (stage["Name"], *(action["Name"] for action in stage["Actions"]))]
    assert [word for word in drawn if word in names] == names


def test_actions_stand_in_the_order_in_which_they_run() -> None:
    late = TEMPLATE.replace(
        "- Name: StartTraining\n              RunOrder: 1", "- Name: StartTraining\n              RunOrder: 3"
    )
    drawn = words(diagram.draw(late))
    assert late != TEMPLATE
    assert drawn.index("GetTrainingStatus") < drawn.index("StartTraining")


def test_words_of_a_template_are_text_and_no_markup() -> None:
    drawn = words(diagram.draw(TEMPLATE.replace("- Name: SmokeTest\n", "- Name: '<b>&SmokeTest'\n")))
    assert "<b>&SmokeTest" in drawn


@pytest.mark.parametrize("picture", SHOWN)
def test_a_picture_is_small(picture: str) -> None:
    assert (ROOT / picture).stat().st_size < 150_000
