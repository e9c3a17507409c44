"""Concurrency, memory and sizes: what AWS does not let a function have, it does not get here."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import durations

Client = Callable[[str], Any]
Create = Callable[..., str]


def test_reserved_concurrency_of_none_throttles(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    return 1\n")
    client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as refused:
        client("lambda").invoke(FunctionName=name)
    assert refused.value.response["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    client("lambda").delete_function_concurrency(FunctionName=name)
    assert "ReservedConcurrentExecutions" not in client("lambda").get_function_concurrency(FunctionName=name)
    assert client("lambda").invoke(FunctionName=name)["Payload"].read() == b"1"


WAITING = """
    import os, time

    def handler(event, context):
        open(event["began"], "w").close()
        while not os.path.exists(event["gate"]):
            time.sleep(0.01)
"""


def test_reserved_concurrency_counts_the_versions_of_a_function_together(
    client: Client, create_function: Create, tmp_path: Any
) -> None:
    name = create_function(WAITING)
    client("lambda").publish_version(FunctionName=name)
    client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    began, gate = tmp_path / "began", tmp_path / "gate"
    payload = json.dumps({"began": str(began), "gate": str(gate)})
    first = threading.Thread(target=lambda: client("lambda").invoke(FunctionName=name, Payload=payload))
    first.start()
    while not began.exists():
        first.join(0.01)
    with pytest.raises(ClientError) as refused:
        client("lambda").invoke(FunctionName=name, Payload=payload, Qualifier="1")
    gate.touch()
    first.join(20)
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"


def test_a_hundred_stay_unreserved(client: Client, create_function: Create) -> None:
    one, other = create_function("pass\n"), create_function("pass\n")
    client("lambda").put_function_concurrency(FunctionName=one, ReservedConcurrentExecutions=400)
    with pytest.raises(ClientError) as refused:
        client("lambda").put_function_concurrency(FunctionName=other, ReservedConcurrentExecutions=501)
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "Specified ReservedConcurrentExecutions for function decreases account's"
        " UnreservedConcurrentExecution below its minimum value of [100].",
    }
    client("lambda").put_function_concurrency(FunctionName=other, ReservedConcurrentExecutions=500)


# What a handler does with memory, and how often its process is looked at (seconds) meanwhile.
GREEDY = {
    "and keeps it": ("kept = bytearray(event * 2**20)\n        time.sleep(600)", 0.02),
    "and gives it back unseen": ("bytearray(event * 2**20)", 60),
}


@pytest.mark.parametrize(("taking", "look"), GREEDY.values(), ids=GREEDY)
def test_a_function_that_takes_too_much_memory_is_killed(
    client: Client, create_function: Create, monkeypatch: pytest.MonkeyPatch, taking: str, look: float
) -> None:
    monkeypatch.setattr(durations, "look_at_memory", look)
    name = create_function(
        f"import time\ndef handler(event, context):\n    if event > 1:\n        {taking}\n    return 'well'\n"
    )
    answer = client("lambda").invoke(FunctionName=name, Payload="200", LogType="Tail")
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: signal: killed",
    }
    client("lambda").update_function_configuration(FunctionName=name, MemorySize=512)
    assert client("lambda").invoke(FunctionName=name, Payload="1")["Payload"].read() == b'"well"'


def test_a_function_may_take_what_it_was_given(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    return len(bytearray(200 * 2**20))\n", MemorySize=512)
    assert client("lambda").invoke(FunctionName=name)["Payload"].read() == str(200 * 2**20).encode()


def test_an_answer_that_is_too_large_is_an_error(client: Client, create_function: Create) -> None:
    name = create_function("def handler(event, context):\n    return 'x' * (event - 2)\n", MemorySize=512)
    most = 6 * 1024 * 1024 + 100
    assert len(client("lambda").invoke(FunctionName=name, Payload=str(most))["Payload"].read()) == most
    answer = client("lambda").invoke(FunctionName=name, Payload=str(most + 1))
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


def test_a_zip_that_is_too_large_for_a_request_is_refused(client: Client, create_function: Create) -> None:
    with pytest.raises(ClientError) as refused:
        create_function("", Code={"ZipFile": bytes(50 * 1024 * 1024 + 1)})
    assert refused.value.response["Error"]["Message"] == "Zipped size must be smaller than 52428800 bytes"
