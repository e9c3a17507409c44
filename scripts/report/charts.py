"""Draws the report's charts with pygal, as SVG with nothing but shapes and words: the page's own CSS styles it."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

import pygal
from markupsafe import Markup
from pygal.etree import etree

from report.learning import Curve, Points

# In the units of the SVG, which a phone shows about as they are.
_WIDTH, _HEIGHT = 360, 270
_MOST_POINTS = 300  # a screen has no room for more
_BARS = 20
# What pygal adds for its own script, for its own style, and for a page of which the chart is all.
_NOT_OURS = {"defs", "title", "desc"}
_FOR_SCRIPTS = {"tooltip-overlay", "text-overlay", "legends"}

Pairs = Sequence[tuple[float, float]]


def learning(curve: Curve) -> Markup:
    """The metric after each round, a line a channel."""
    points = [point for its_points in curve.channels.values() for point in its_points]
    marks = ticks(min(value for _, value in points), max(value for _, value in points))
    chart = _chart(
        pygal.XY, x_title="Round", y_title=curve.metric, show_dots=False, range=(marks[0], marks[-1]), y_labels=marks
    )
    chart.x_labels = ticks(min(number for number, _ in points), max(number for number, _ in points))
    for channel in ("train", "validation"):
        chart.add(channel, list(thinned(curve.channels.get(channel, ()))))
    channel, best, value = curve.best
    chart.add("best", [(best, value)], show_dots=True, stroke=False, dots_size=4)
    return _drawn(chart)


def thinned(points: Points) -> Points:
    """At most some hundred of the points: the first, the last, and evenly those between."""
    if len(points) <= _MOST_POINTS:
        return points
    step = (len(points) - 1) / (_MOST_POINTS - 1)
    return tuple(points[round(number * step)] for number in range(_MOST_POINTS))


def predicted_against_actual(pairs: Pairs) -> Markup:
    """A dot a row, and the line on which predictions are right. ``pairs`` are (label, prediction)."""
    low, high = min(map(min, pairs)), max(map(max, pairs))
    marks = ticks(low, high)
    ends = (marks[0], marks[-1])
    chart = _chart(
        pygal.XY, x_title="Label", y_title="Prediction", stroke=False, dots_size=2.5, xrange=ends, range=ends
    )
    chart.x_labels = chart.y_labels = marks
    chart.add("right", [(end, end) for end in ends], stroke=True, show_dots=False)
    chart.add("rows", list(pairs))
    return _drawn(chart)


def residuals(pairs: Pairs) -> Markup:
    """How many rows are how far off, as bars of ``bars``."""
    found = bars([prediction - label for label, prediction in pairs])
    chart = _chart(pygal.Histogram, x_title="Prediction less label", y_title="Rows")
    chart.x_labels = ticks(found[0][0], found[-1][1])
    chart.y_labels = [mark for mark in ticks(0, max(count for _, _, count in found)) if mark == floor(mark)]
    chart.add("rows", [(count, start, end) for start, end, count in found])
    return _drawn(chart)


def bars(values: Sequence[float]) -> list[tuple[float, float, int]]:
    """(start, end, how many values from start up to before end), about twenty of them, one beginning at zero."""
    width = _step(max(values) - min(values), _BARS)
    first, last = floor(min(values) / width), floor(max(values) / width)
    counts = dict.fromkeys(range(first, last + 1), 0)
    for value in values:
        counts[floor(value / width)] += 1
    return [(number * width, (number + 1) * width, count) for number, count in counts.items()]


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers, the first not above ``low`` and the last not below ``high``."""
    is_wide = high - low > 1e-9 * max(abs(low), abs(high))  # else its marks would be one number, as far as one can read
    step = _step(high - low if is_wide else 0.0, 5)
    return [_plain(number * step) for number in range(floor(low / step), ceil(high / step) + 1)]


def _step(span: float, parts: int) -> float:
    """The round number nearest above a part of the span; 1 where there is no span."""
    if span <= 0:
        return 1.0
    least = span / parts
    unit = 10.0 ** floor(log10(least))
    return next(_plain(unit * factor) for factor in (1, 2, 2.5, 5, 10) if unit * factor >= least * 0.999)


def _plain(value: float) -> float:
    """The number without what binary fractions add to its last digits."""
    return float(f"{value:.12g}")


def _chart(kind: Any, **options: Any) -> Any:
    return kind(
        width=_WIDTH,
        height=_HEIGHT,
        margin=4,
        margin_right=14,  # for half of the last mark
        show_legend=False,
        js=(),
        css=(),
        no_prefix=True,
        x_value_formatter=lambda value: f"{value:g}",
        value_formatter=lambda value: f"{value:g}",
        **options,
    )


def _drawn(chart: Any) -> Markup:
    root = chart.render_tree()
    del root.attrib["id"], root.attrib["xmlns"]  # HTML knows what an svg is
    for parent in list(root.iter()):
        for child in list(parent):
            kind = child.get("class", "") if isinstance(child.tag, str) else ""
            if not isinstance(child.tag, str) or child.tag in _NOT_OURS or kind.split(" ")[-1] in _FOR_SCRIPTS:
                parent.remove(child)
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704 - pygal escapes, and no text of others is in it
