"""The page in a real browser: on a phone and on a desk, by day and by night, it fits, asks for nothing, and is told."""

from pathlib import Path
from typing import Any

import pytest

from report import page
from report.findings import Findings

from .browser import Browser
from .conftest import MADE

pytestmark = pytest.mark.slow

PHONE, DESK = (390, 844), (1280, 900)
SCHEMES = ("light", "dark")
# WCAG 2.2, 1.4.3: of text against what is behind it.
LEAST_CONTRAST = 4.5


@pytest.fixture
def file(findings: Findings, tmp_path: Path) -> Path:
    """The page, as a file."""
    return written(findings, tmp_path)


@pytest.fixture
def file_of_long_words(findings: Findings, training: dict[str, Any], tmp_path: Path) -> Path:
    """A page with all that is long and has no place to break, and with more classes than a phone is wide."""
    long = "x" * 300
    training["hyperparameters"]["monotone_constraints"] = training["model_data_url"] = long
    training["data"]["train"] |= {"key": long, "version": long}
    findings.evaluations["FullTest"] |= {
        "counts": {str(label): {str(column): 1234 for column in range(20)} for label in range(20)},
        "data": {"bucket": long, "key": long, "version": long},
    }
    findings.missing.append(long)
    return written(findings, tmp_path)


def written(findings: Findings, folder: Path) -> Path:
    file = folder / "report.html"
    file.write_text(page.render(findings, MADE), encoding="utf-8")
    return file


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", [PHONE, DESK])
def test_it_asks_for_nothing_and_nothing_is_wrong_with_it(
    browser: Browser, file: Path, size: tuple[int, int], scheme: str
) -> None:
    browser.open(file, *size, scheme)
    told = [one for one in browser.events if one["method"] in {"Log.entryAdded", "Runtime.consoleAPICalled"}]
    assert told == []
    asked = [one for one in browser.events if one["method"] == "Network.requestWillBeSent"]
    assert {one["params"]["request"]["url"] for one in asked} == {file.as_uri()}


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_it_is_as_wide_as_the_window(browser: Browser, file: Path, size: tuple[int, int]) -> None:
    browser.open(file, *size, "light")
    assert browser.value("document.documentElement.scrollWidth") <= size[0]


def test_long_words_and_wide_tables_make_it_no_wider(browser: Browser, file_of_long_words: Path) -> None:
    browser.open(file_of_long_words, *PHONE, "light")
    assert browser.value("document.documentElement.scrollWidth") <= PHONE[0]


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_words_of_charts_can_be_read(browser: Browser, file: Path, size: tuple[int, int]) -> None:
    """They are inside the chart, at least ten pixels high, and marks of one axis do not touch each other."""
    browser.open(file, *size, "light")
    wrong = browser.value(
        """[...document.querySelectorAll("svg")].flatMap(svg => {
          const box = svg.getBoundingClientRect(), words = [...svg.querySelectorAll("text")];
          const place = word => word.getBoundingClientRect();
          const outside = words.filter(word => place(word).left < box.left - 1 || place(word).right > box.right + 1
            || place(word).top < box.top - 1 || place(word).bottom > box.bottom + 1 || place(word).height < 10);
          const marks = [...svg.querySelectorAll(".axis.x text")];
          const touching = marks.slice(1).filter((mark, n) => place(mark).left < place(marks[n]).right + 2);
          return [...outside, ...touching].map(word => word.textContent);
        })"""
    )
    assert wrong == []
    assert browser.value("document.querySelectorAll('svg text').length") > 50


@pytest.mark.parametrize("scheme", SCHEMES)
def test_colours_of_words_stand_out(browser: Browser, file: Path, scheme: str) -> None:
    browser.open(file, *DESK, scheme)
    colours = {
        name: browser.value(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
        for name in ("ground", "panel", "ink", "muted", "first", "second", "good", "bad")
    }
    for ground in ("ground", "panel"):
        for ink in ("ink", "muted", "first", "second", "good", "bad"):
            assert contrast(colours[ink], colours[ground]) >= LEAST_CONTRAST, (ink, ground)


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Of a colour written as #rrggbb: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_screen_reader_is_told_what_each_thing_is(browser: Browser, file: Path) -> None:
    browser.open(file, *DESK, "light")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        if not node.get("ignored"):
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    assert roles["image"] and all(roles["image"])
    assert len(roles["image"]) == 5
    assert roles["table"]
    assert all(roles["region"])
    assert {"Stages", "Data", "Training", "Scores", "Full test in Test"} <= set(roles["region"])
    assert roles["banner"] and roles["main"] and roles["contentinfo"]


def test_it_prints_dark_on_white_whatever_the_screen_likes(browser: Browser, file: Path) -> None:
    browser.open(file, *DESK, "dark")
    dark = browser.value("getComputedStyle(document.body).backgroundColor")
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.call("Emulation.setEmulatedMedia", {"media": "print", "features": features})
    paper = browser.value("getComputedStyle(document.body).backgroundColor")
    browser.call("Emulation.setEmulatedMedia", {"media": "", "features": []})
    assert (dark, paper) == ("rgb(20, 23, 26)", "rgb(255, 255, 255)")
