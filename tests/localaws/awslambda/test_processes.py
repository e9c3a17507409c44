"""No function outlives local AWS, not even one that hangs while the server is killed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

import localaws

HANGING = """
    import os, subprocess, time

    def handler(event, context):
        child = subprocess.Popen(["sleep", "600"])
        with open(event["pids"] + ".part", "w") as pids:
            pids.write(f"{os.getpid()} {child.pid}")
        os.rename(event["pids"] + ".part", event["pids"])
        time.sleep(600)
"""


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether a process has ended (or is a zombie that nobody has collected yet)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return state.strip().startswith("Z") or not state.strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_hanging_function_ends_with_the_server(
    zipped: Callable[[dict[str, str]], bytes], tmp_path: Path, number: signal.Signals
) -> None:
    scripts = Path(localaws.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-m", "localaws", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(scripts)},
    ) as server:
        assert server.stdout is not None
        settings = dict(re.findall(r"(AWS_[A-Z_]+)=(\S+?)(?=[\s;])", server.stdout.readline()))

        def client(service: str) -> Any:
            return boto3.client(
                service,
                region_name="us-east-1",
                endpoint_url=settings["AWS_ENDPOINT_URL"],
                aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
            )

        hang(client, zipped({"lambda_code.py": HANGING}), tmp_path / "pids")
        worker, child = (int(pid) for pid in (tmp_path / "pids").read_text().split())
        assert not gone(worker)
        server.send_signal(number)
        eventually(lambda: gone(worker) and gone(child))


def hang(client: Callable[[str], Any], code: bytes, pids: Path) -> None:
    """Create a function and have it hang."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    functions = client("lambda")
    functions.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Handler="lambda_code.handler",
        Role=role,
        Timeout=600,
        Code={"ZipFile": code},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig={"Delay": 0.02})
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps({"pids": str(pids)}))
    eventually(pids.exists)
