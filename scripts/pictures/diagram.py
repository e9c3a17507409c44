"""The pipeline as a drawing: what its template says of stages, actions, functions and artifacts. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent


class _References(yaml.SafeLoader):
    """Reads a template, and !Ref X and !Sub X as the text X."""


def _text(_: Any, __: str, node: yaml.Node) -> Any:
    return node.value if isinstance(node, yaml.ScalarNode) else None


_References.add_multi_constructor("!", _text)


@dataclass(frozen=True)
class Box:
    """An action: its name, what runs it, and in a line each the artifacts that it takes and hands on."""

    name: str
    runs: str
    artifacts: list[str]


def draw(template: str) -> str:
    """Return an SVG of the pipeline of a template, without what it has only on a condition."""
    resources = yaml.load(template, _References)["Resources"]  # noqa: S506 - a SafeLoader, which makes texts of tags
    stages = resources["Pipeline"]["Properties"]["Stages"]
    columns = [(stage["Name"], list(_boxes(_always(stage["Actions"])))) for stage in _always(stages)]
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("pipeline.svg.j2").render(
        columns=columns, tallest=max(len(boxes) for _, boxes in columns)
    )


def _always(listed: Iterable[Mapping[str, Any] | None]) -> list[Mapping[str, Any]]:
    """What a list has whatever is chosen: an !If is None here."""
    return [one for one in listed if one is not None]


def _boxes(actions: Iterable[Mapping[str, Any]]) -> Iterable[Box]:
    for action in sorted(actions, key=lambda one: int(one.get("RunOrder", 1))):
        settings = action["Configuration"]
        runs = settings["FunctionName"] if "FunctionName" in settings else f"S3 {settings['S3ObjectKey']}"
        named = {
            way: ", ".join(one["Name"] for one in _always(action.get(f"{way}Artifacts", ())))
            for way in ("Input", "Output")
        }
        artifacts = [f"{verb} {named[way]}" for way, verb in (("Input", "takes"), ("Output", "hands on")) if named[way]]
        yield Box(action["Name"], runs.removesuffix("Function"), artifacts)
