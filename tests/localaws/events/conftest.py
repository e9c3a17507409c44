"""Rules, sources and a function that writes down what it gets."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Client = Callable[[str], Any]
Create = Callable[..., str]

RECORDER = """
    import json

    def handler(event, context):
        with open({path!r}, "a") as seen:
            seen.write(json.dumps(event) + "\\n")
"""


def eventually(condition: Callable[[], Any]) -> Any:
    """Return the first true value of a condition."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def create_rule(client: Client) -> Iterator[Callable[..., str]]:
    """A function that creates a rule with one target and returns its ARN; the rules are deleted at the end."""
    names: list[str] = []

    def create(pattern: dict[str, Any] | None, target: dict[str, Any], **settings: Any) -> str:
        name = f"rule-{uuid.uuid4().hex[:8]}"
        wanted = {"EventPattern": json.dumps(pattern)} if pattern else {}
        arn = client("events").put_rule(Name=name, **wanted, **settings)["RuleArn"]
        names.append(name)
        client("events").put_targets(Rule=name, Targets=[{"Id": "1"} | target])
        return str(arn)

    yield create
    for name in names:
        client("events").remove_targets(Rule=name, Ids=["1"])
        client("events").delete_rule(Name=name)


@pytest.fixture
def recorder(client: Client, create_function: Create, create_role: Callable[[str], str], tmp_path: Path) -> Any:
    """A function as a target, and a function that returns the events which it has got, once there are this many."""
    path = tmp_path / "seen"
    name = create_function(RECORDER.format(path=str(path)))
    arn = client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]

    def seen(count: int) -> list[Any]:
        def events() -> list[Any]:
            lines = path.read_text().splitlines() if path.exists() else []
            return [json.loads(line) for line in lines] if len(lines) >= count else []

        return list(eventually(events))

    return {"Arn": arn, "RoleArn": create_role("events")}, seen


@pytest.fixture
def own_source() -> str:
    """A source of events that no other test uses."""
    return f"test.{uuid.uuid4().hex[:8]}"
