"""The page in a real browser: on a phone and on a desk, by day and by night, it fits, asks for nothing, and is told."""

from pathlib import Path
from typing import Any

import pytest

from report import page
from report.findings import Findings

from .browser import Browser
from .conftest import MADE

pytestmark = pytest.mark.slow

SIZES = {"phone": (390, 844), "desk": (1280, 900)}


@pytest.fixture
def file(findings: Findings, tmp_path: Path) -> Path:
    """The page, as a file."""
    file = tmp_path / "report.html"
    file.write_text(page.render(findings, MADE), encoding="utf-8")
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_and_asks_for_nothing(browser: Browser, file: Path, size: str, scheme: str) -> None:
    browser.open(file, *SIZES[size], scheme)
    browser.picture(file.with_name(f"{size}-{scheme}.png"))
    assert browser.value("document.documentElement.scrollWidth") <= SIZES[size][0]
    told = [one for one in browser.events if one["method"] in {"Log.entryAdded", "Runtime.consoleAPICalled"}]
    assert told == []
    asked = {one["params"]["request"]["url"] for one in requests(browser)}
    assert asked == {file.as_uri()}


def requests(browser: Browser) -> list[dict[str, Any]]:
    return [one for one in browser.events if one["method"] == "Network.requestWillBeSent"]
