"""An invocation runs the zip's code, with its environment, its role and its context, and answers as AWS does."""

import json
from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]
Create = Callable[..., str]


def test_a_handler_gets_the_event_and_answers_json(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    return {'twice': event['n'] * 2}\n")
    answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps({"n": 21}))
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {"twice": 42}
