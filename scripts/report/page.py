"""The page of an execution: one HTML file with all in it, that asks the network for nothing. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import release
from follow import Action, Execution
from report import charts
from report.findings import Findings
from report.learning import Curve
from report.summary import SCORES, shown

_HERE = Path(__file__).parent
_ROUNDS_IN_TABLE = 25
_MOST_GRADES = 25  # rows or columns of a table that people can still read


def render(findings: Findings, made: datetime) -> str:
    """Return the page. All text of others (parameters, keys, messages) is escaped by the template engine."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"took": took, "number": number, "words": words, "moment": moment}
    execution = findings.execution
    return environment.get_template("page.html.j2").render(
        css=Markup((_HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        made=made,
        findings=findings,
        execution=execution,
        why_not=release.why_not(execution) if execution.is_over and execution.status != "Succeeded" else "",
        line=time_line(execution),
        data=data_rows(findings),
        training=findings.training,
        curves=[curve_view(curve) for curve in findings.curves],
        score_names=SCORES,
        tests=[test_view(name, document) for name, document in findings.evaluations.items()],
    )


@dataclass(frozen=True)
class TimeLine:
    """When what ran: marks and bars begin at, and are as wide as, a per cent of the whole."""

    began: datetime | None
    seconds: float
    marks: list[tuple[float, str]]
    stages: list[tuple[str, str, list[tuple[Action, float, float]]]]


def time_line(execution: Execution) -> TimeLine:
    """Return the bars of all actions that an execution reached."""
    began = min((action.began for action in execution.actions if action.began), default=None)
    ends = [action.began + timedelta(seconds=action.seconds) for action in execution.actions if action.began]
    seconds = max((end - began).total_seconds() for end in ends) if began else 0.0
    whole = max(seconds, 0.1)

    def bar(action: Action) -> tuple[Action, float, float]:
        start = (action.began - began).total_seconds() if action.began and began else 0.0
        return action, 100 * start / whole, 100 * action.seconds / whole

    unit, name = (60, "min") if whole >= 180 else (1, "s")
    marks = [(100 * mark * unit / whole, f"{mark:g} {name}") for mark in charts.ticks(0, whole / unit)]
    return TimeLine(
        began,
        seconds,
        [(at, text) for at, text in marks if at <= 100],
        [(stage.name, stage.status, [bar(action) for action in stage.actions]) for stage in execution.stages],
    )


def data_rows(findings: Findings) -> list[dict[str, Any]]:
    """Return which object, at which version, was used for what."""
    data = (findings.training or {}).get("data", {})
    rows = [
        {"use": use, "bucket": data.get("bucket", "")} | data[channel]
        for use, channel in (("Training", "train"), ("Validation", "validation"))
        if channel in data
    ]
    return rows + [
        {"use": words(name), "rows": one.get("rows")} | one["data"] for name, one in findings.evaluations.items()
    ]


def curve_view(curve: Curve) -> dict[str, Any]:
    """Return a learning curve as a chart, in words, and as a table of some of its rounds."""
    channel, best, value = curve.best
    last, final = curve.channels[channel][-1]
    rounds = sorted({number for points in curve.channels.values() for number, _ in points})
    step = -(-len(rounds) // _ROUNDS_IN_TABLE)
    told = sorted({*rounds[::step], best, rounds[-1]})
    by_round = {name: dict(points) for name, points in curve.channels.items()}
    return {
        "metric": curve.metric,
        "chart": charts.learning(curve),
        "channel": channel,
        "best": (best, value),
        "last": (last, final),
        "times": curve.times,
        "channels": list(curve.channels),
        "rows": [(number, [by_round[name].get(number) for name in curve.channels]) for number in told],
    }


def test_view(action: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a test of the model tells; what an older version of the functions did not write is None."""
    sample = [(float(label), float(prediction)) for _, label, prediction in document.get("sample") or ()]
    errors = [prediction - label for label, prediction in sample]
    return {
        "title": words(action),
        "environment": document.get("environment", ""),
        "document": document,
        "scores": [
            (name, heading, shown(name, document[name]), shown(name, document[f"baseline_{name}"]))
            for name, heading in SCORES.items()
            if name in document
        ],
        "sampled": len(sample),
        "scatter": charts.predicted_against_actual(sample) if sample else None,
        "residuals": charts.residuals(sample) if sample else None,
        "bars": charts.bars(errors) if sample else [],
        "bias": fmean(errors) if sample else None,
        "grades": grades(document.get("counts")),
        "worst": [
            (line, label, prediction, prediction - label) for line, label, prediction in document.get("worst") or ()
        ],
    }


def grades(counts: Mapping[str, Mapping[str, int]] | None) -> dict[str, Any] | None:
    """Return the table of labels against rounded predictions; None where there is none, or none to be read."""
    if not counts:
        return None
    right = {int(float(label)) for label in counts if float(label).is_integer()}
    columns = sorted(right | {int(rounded) for row in counts.values() for rounded in row})
    if max(len(columns), len(counts)) > _MOST_GRADES:
        return None
    rows = [
        (label, [(row.get(str(column), 0), float(label) == column) for column in columns], sum(row.values()))
        for label, row in sorted(counts.items(), key=lambda one: float(one[0]))
    ]
    return {"columns": columns, "rows": rows}


def took(seconds: float) -> str:
    """Return a duration as people say it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number to read, with a true minus."""
    if value is None:
        return ""
    text = f"{value:,}" if isinstance(value, int) else f"{round(value, digits) + 0.0:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def words(name: str) -> str:
    """Return a name such as FullTest as words: Full test."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def moment(at: datetime) -> str:
    """Return a point in time, with its zone."""
    return f"{at:%Y-%m-%d %H:%M:%S} {at.tzname()}"
