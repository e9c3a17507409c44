"""What a target gets of an event: a constant, a part, a text made of parts, or all of it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from jsonpath_ng.ext import parse
from moto.events.models import Rule

from localaws.clock import clock

Event = dict[str, Any]
_PLACEHOLDER = re.compile(r"<([\w.-]+)>")


def input_of(target: dict[str, Any], rule: Rule, event: Event) -> Any:
    """Return a target's input; a text that is no JSON stays the text it is."""
    if "Input" in target:
        return json.loads(target["Input"])
    if "InputPath" in target:
        return _part(event, target["InputPath"])
    if transformer := target.get("InputTransformer"):
        parts = {name: _part(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
        return _document(_filled(transformer["InputTemplate"], parts | _reserved(rule, event)))
    return event


def faults_of_template(transformer: dict[str, Any], reserved: frozenset[str]) -> list[str]:
    """Return what is wrong with a template: placeholders that mean nothing, and text that never becomes JSON."""
    template, known = transformer["InputTemplate"], {*transformer.get("InputPathsMap", {}), *reserved}
    unknown = sorted(set(_PLACEHOLDER.findall(template)) - known)
    if unknown:
        return [f"contains invalid placeholder {unknown[0]}."]
    try:
        for line in _documents(_filled(template, dict.fromkeys(known, 0))):
            json.loads(line)
    except ValueError:
        return ["is not valid JSON."]
    return []


RESERVED = frozenset(
    f"aws.events.{name}" for name in ("rule-arn", "rule-name", "event", "event.json", "event.ingestion-time")
)


def _reserved(rule: Rule, event: Event) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
        "aws.events.event.ingestion-time": datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _part(event: Event, path: str) -> Any:
    """Return the value at a path, or an empty text where there is none."""
    # jsonpath-ng takes a hyphen for a minus: names are quoted for it.
    quoted = re.sub(r"\.([A-Za-z_][\w-]*)", r'."\1"', path)
    found = parse(quoted).find(event)
    return found[0].value if found else ""


def _filled(template: str, values: dict[str, Any]) -> str:
    """Return a template with its placeholders replaced: as JSON, or inside a string as text."""
    filled, position = "", 0
    for placeholder in _PLACEHOLDER.finditer(template):
        filled += template[position : placeholder.start()]
        position = placeholder.end()
        value = values.get(placeholder[1], "")
        in_a_string = len(re.findall(r'(?<!\\)"', filled)) % 2 == 1
        text = value if isinstance(value, str) else json.dumps(value)
        filled += json.dumps(text)[1:-1] if in_a_string else json.dumps(value)
    return filled + template[position:]


def _document(text: str) -> Any:
    documents = [json.loads(each) for each in _documents(text)]
    return documents[0] if len(documents) == 1 else "\n".join(map(str, documents))


def _documents(text: str) -> list[str]:
    """Return one JSON document, or the lines of a text of several strings."""
    try:
        json.loads(text)
    except ValueError:
        return [line for line in text.splitlines() if line.strip()]
    return [text]
