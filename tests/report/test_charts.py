"""What is drawn stands where the numbers are."""

import re
from itertools import chain, pairwise

import pytest

from report import charts
from report.learning import Curve, curves

from .conftest import LOG
from .reading import Element, read


@pytest.fixture
def curve() -> Curve:
    [curve] = curves(LOG)
    return curve


def scale(svg: Element, axis: str) -> tuple[float, float]:
    """Where zero is on an axis and how long a unit, read from its guides as a person reads them."""
    coordinate = "xy".index(axis)
    marks = []
    for group in svg.all("g"):
        if (group.attributes.get("class") or "").startswith(f"axis {axis}"):
            for guide in group.all("g"):
                [line, text] = guide.all()
                marks.append((float(text.text), numbers(line)[coordinate]))
    (low, at_low), (high, at_high) = marks[0], marks[-1]
    unit = (at_high - at_low) / (high - low)
    return at_low - low * unit, unit


def numbers(path: Element) -> list[float]:
    return [float(one) for one in re.findall(r"-?[\d.]+", path.attributes["d"] or "")]


def in_units(svg: Element, places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places of the picture as numbers on its axes."""
    (x, x_unit), (y, y_unit) = scale(svg, "x"), scale(svg, "y")
    return [((across - x) / x_unit, (down - y) / y_unit) for across, down in places]


def line(svg: Element, series: int) -> list[tuple[float, float]]:
    """The points of a line, as numbers on the axes."""
    [group] = [one for one in svg.all("g") if one.attributes.get("class") == f"series serie-{series} color-{series}"][
        :1
    ]
    found = numbers(group.all("path")[0])
    return in_units(svg, list(zip(found[::2], found[1::2], strict=True)))


@pytest.mark.parametrize(("series", "channel"), [(0, "train"), (1, "validation")])
def test_a_learning_curve_goes_through_what_the_log_says(curve: Curve, series: int, channel: str) -> None:
    points = line(read(charts.learning(curve)), series)
    told = [float(one) for one in re.findall(rf"{channel}-rmse:([\d.]+)", "\n".join(LOG))]
    assert [round(across, 3) for across, _ in points] == list(range(100))
    assert [up for _, up in points] == pytest.approx(told, abs=1e-4)


def test_a_long_curve_keeps_its_ends_and_its_shape() -> None:
    points = tuple((n, 1 / (n + 1)) for n in range(100_000))
    thin = charts.thinned(points)
    assert len(thin) == 300
    assert (thin[0], thin[-1]) == (points[0], points[-1])
    assert set(thin) <= set(points)
    assert max(later[0] - earlier[0] for earlier, later in pairwise(thin)) < 400


def test_every_row_is_a_dot() -> None:
    pairs = [(5.0, 5.5), (6.0, 4.25), (8.0, 7.0)]
    svg = read(charts.predicted_against_actual(pairs))
    dots = [(float(one.attributes["cx"] or ""), float(one.attributes["cy"] or "")) for one in svg.all("circle")]
    assert list(chain(*in_units(svg, dots))) == pytest.approx(list(chain(*pairs)), abs=1e-6)


@pytest.mark.parametrize("values", [[0.0], [0.3, 0.3], [-1.0, 1.0], [(n * 37 % 500 - 210) / 90 for n in range(500)]])
def test_each_value_is_in_the_bar_that_says_so(values: list[float]) -> None:
    bars = charts.bars(values)
    assert [count for _, _, count in bars] == [sum(start <= one < end for one in values) for start, end, _ in bars]
    assert sum(count for _, _, count in bars) == len(values)
    assert len(bars) <= 22
    assert all(start * end >= 0 for start, end, _ in bars)  # none goes across zero


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0, 99, [0, 20, 40, 60, 80, 100]),
        (3, 8, [3, 4, 5, 6, 7, 8]),
        (0.35, 0.77, [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]),
        (7, 7, [7]),
    ],
)
def test_marks_are_round_and_hold_everything(low: float, high: float, told: list[float]) -> None:
    assert charts.ticks(low, high) == told


@pytest.mark.parametrize(
    "pairs",
    [
        [(5.0, 5.0)],
        [(5.0, 5.0), (5.0, 5.0)],
        [(0.0, 1e9)],
        [(1e-15, 2e-15), (3e-15, 9e-15)],
        [(1e9, 1e9 + 1e-6)],
        [(-1e150, 1e150)],
    ],
)
def test_few_and_far_numbers_are_drawn_too(pairs: list[tuple[float, float]]) -> None:
    assert "<circle" in charts.predicted_against_actual(pairs)
    assert "<rect" in charts.residuals(pairs)


def test_a_chart_has_nothing_but_shapes_and_words(curve: Curve) -> None:
    elements = read(charts.learning(curve)).all()
    assert {one.tag for one in elements} == {"svg", "g", "path", "rect", "text", "circle"}
    assert not {"style", "id", "onclick"} & {name for one in elements for name in one.attributes}


@pytest.mark.parametrize("values", [["0.5"], ["0.5", "0.5"], ["0", "0", "0"], ["1e9", "1e-9"]])
def test_short_and_flat_curves_are_drawn_too(values: list[str]) -> None:
    [curve] = curves([f"[{number}]#011train-rmse:{value}" for number, value in enumerate(values)])
    assert "<circle" in charts.learning(curve)
