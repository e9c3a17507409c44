"""The README's pictures are those of the project as it is now."""

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from account import WorkshopError
from pictures import __main__ as pictures
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


@pytest.fixture
def album(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for pictures, and one more that is all of PATH; there is no report yet."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(pictures, "HERE", tmp_path)
    monkeypatch.setattr(pictures, "REPORT", tmp_path / "report.html")
    return tmp_path


def install(album: Path, script: str) -> None:
    browser = album / "bin/chromium"
    browser.write_text(f"#!/bin/sh\n{script}\n")
    browser.chmod(0o755)


def test_without_a_browser_the_diagram_is_drawn_all_the_same(album: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pictures.main() == 1
    assert capsys.readouterr().err == (
        "Pictures of the report need chromium, which is not here: sudo apt-get install chromium\n"
    )
    assert (album / "pipeline.svg").read_text(encoding="utf-8") == diagram.draw(TEMPLATE)


def test_without_a_report_it_says_what_makes_one(album: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(album, "exit 0")
    assert pictures.main() == 1
    assert capsys.readouterr().err == f"There is no {album}/report.html: make demo pictures\n"


def test_a_browser_that_takes_no_picture_is_quoted_and_the_old_picture_kept(album: Path) -> None:
    install(album, "echo no display >&2; exit 3")
    (album / "report.png").write_bytes(b"old")
    with pytest.raises(WorkshopError, match=r"took no picture of .*report\.html: no display$"):
        pictures.photograph(str(album / "bin/chromium"), album / "report.html", album / "report.png")
    assert (album / "report.png").read_bytes() == b"old"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed: sudo apt-get install chromium")
def test_pictures_are_of_the_report_in_the_light_and_in_the_dark(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("<style>:root { color-scheme: light dark }</style>")
    for name, looks in (("light", ()), ("dark", (pictures.DARK,))):
        pictures.photograph(shutil.which("chromium") or "", page, tmp_path / name, *looks)
    assert (tmp_path / "light").read_bytes() != (tmp_path / "dark").read_bytes()
    assert (tmp_path / "light").read_bytes().startswith(b"\x89PNG")
