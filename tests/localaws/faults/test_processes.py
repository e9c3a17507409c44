"""Functions die, hang and come twice; what is stored finds no room."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from localaws.clock import durations

Client = Callable[[str], Any]
Broken = Callable[..., list[int]]
# It does some work, then more than a test has time for.
BUSY = """
    import boto3, time

    def handler(event, context):
        boto3.client("s3").list_buckets()
        time.sleep(event["seconds"])
"""
NOTING = """
    def handler(event, context):
        with open(event["file"], "a") as file:
            file.write(context.aws_request_id + "\\n")
"""


def failure(client: Client, name: str, seconds: float = 0) -> dict[str, str]:
    """The error document of an invocation."""
    answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps({"seconds": seconds}))
    assert answer["FunctionError"] == "Unhandled"
    document: dict[str, str] = json.load(answer["Payload"])
    return document


def test_a_function_is_killed_as_it_begins(client: Client, broken: Broken, create_function: Callable[..., str]) -> None:
    name = create_function(BUSY)
    broken({"effect": "killed", "at": f"function:{name}"})
    document = failure(client, name)
    assert document["errorType"] == "Runtime.ExitError"
    assert document["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert broken() == [1]


def test_a_function_is_killed_at_work(client: Client, broken: Broken, create_function: Callable[..., str]) -> None:
    name = create_function(BUSY)
    broken({"effect": "killed", "at": f"function:{name}", "after": "s3:ListBuckets"})
    assert failure(client, name, seconds=3600)["errorMessage"].endswith("signal: killed")


def test_a_function_hangs_until_its_timeout(
    client: Client, broken: Broken, create_function: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = create_function(BUSY, Timeout=900)
    broken({"effect": "hangs", "at": f"function:{name}"})
    monkeypatch.setattr(durations, "function_second", 0.0005)
    document = failure(client, name)
    assert document["errorType"] == "Sandbox.Timedout"
    assert document["errorMessage"].endswith("Task timed out after 900.00 seconds")


def test_an_event_is_delivered_twice_with_one_request_id(
    client: Client, broken: Broken, create_function: Callable[..., str], tmp_path: Path
) -> None:
    name, file = create_function(NOTING), tmp_path / "invocations"
    broken({"effect": "delivered twice", "at": f"function:{name}", "times": 1})
    payload = json.dumps({"file": str(file)})
    first, second = (
        client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=payload)["ResponseMetadata"]
        for _ in range(2)
    )
    while not file.exists() or len(file.read_text().splitlines()) < 3:
        time.sleep(0.01)
    assert sorted(file.read_text().split()) == sorted([first["RequestId"], first["RequestId"], second["RequestId"]])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told_and_keeps_what_was_there(client: Client, broken: Broken) -> None:
    s3, bucket = client("s3"), f"faults-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    broken({"effect": "full", "at": "disk:s3"})
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="k", Body=b"after")
    assert refused.value.response["Error"]["Code"] == "InternalError"
    assert refused.value.response["Error"]["Message"] == "Local AWS cannot store the body: No space left on device"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"before"
    broken()
    s3.put_object(Bucket=bucket, Key="k", Body=b"after")
