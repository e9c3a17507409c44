"""Reads a page as a browser builds it: its elements, each with its attributes and the text in it."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = {"meta", "br", "img", "input", "link", "hr"}


@dataclass
class Element:
    """One, with all below it."""

    tag: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its words, with one blank between them."""
        parts = (one if isinstance(one, str) else one.text for one in self.children)
        return re.sub(r"\s+", " ", " ".join(parts)).strip()

    def all(self, tag: str = "") -> list["Element"]:
        """The elements below it, of a tag or of any, as they stand."""
        below = [one for one in self.children if isinstance(one, Element)]
        found = [other for one in below for other in (one, *one.all())]
        return [one for one in found if tag in {"", one.tag}]

    def table(self, text: str) -> list[list[str]]:
        """The cells of the table in whose words a text is."""
        [table] = [one for one in self.all("table") if text in one.text]
        return [[cell.text for cell in row.all() if cell.tag in {"td", "th"}] for row in table.all("tr")]

    def section(self, heading: str) -> "Element":
        """The section below a heading."""
        [found] = [one for one in self.all("section") if any(h.text == heading for h in one.all("h2"))]
        return found


def read(html: str) -> Element:
    """The page's root."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [one.tag for one in reader.open] == [""], "not every element is closed"
    return reader.open[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in _EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)
