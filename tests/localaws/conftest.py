"""Roles, zips, functions and an HTTP endpoint for the tests of services that need them."""

import io
import json
import textwrap
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localaws.clock import clock, durations

Client = Callable[[str], Any]


@pytest.fixture(autouse=True)
def still_clock() -> Iterator[None]:
    """A clock that is right again after a test that moved it."""
    yield
    clock._ahead = 0.0


@pytest.fixture(autouse=True)
def quick_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that can be invoked and changed at once, for tests that are about something else."""
    monkeypatch.setattr(durations, "function_change", 0)


@pytest.fixture
def careless(client: Client) -> Client:
    """A function that returns the administrator's client for a service, which sends whatever it is given."""

    def make(service: str) -> Any:
        careful = client(service)
        keys = careful._request_signer._credentials
        return boto3.client(
            service,
            "us-east-1",
            endpoint_url=careful.meta.endpoint_url,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            config=Config(parameter_validation=False),
        )

    return make


@pytest.fixture
def create_role(client: Client) -> Callable[[str], str]:
    """A function that creates a role which this service may assume and may do anything, and returns its ARN."""

    def create(service: str) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        name = f"{service}-{uuid.uuid4().hex[:8]}"
        role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        client("iam").put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(everything))
        return str(role["Role"]["Arn"])

    return create


@pytest.fixture
def zipped() -> Callable[[dict[str, str]], bytes]:
    """A function that returns a zip of files given by name and text."""

    def pack(files: dict[str, str]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, text in files.items():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, textwrap.dedent(text))
        return buffer.getvalue()

    return pack


@pytest.fixture
def create_function(
    client: Client, create_role: Callable[[str], str], zipped: Callable[[dict[str, str]], bytes]
) -> Iterator[Callable[..., str]]:
    """A function that creates a Lambda function of this source, whose handler is ``handler``, and returns its name."""
    role, names = create_role("lambda"), []

    def create(source: str, **settings: Any) -> str:
        name = f"f-{uuid.uuid4().hex[:8]}"
        defaults = {"Runtime": "python3.13", "Handler": "lambda_code.handler", "Role": role, "Timeout": 30}
        code = {"Code": {"ZipFile": zipped({"lambda_code.py": source})}}
        client("lambda").create_function(**({"FunctionName": name} | defaults | code | settings))
        names.append(name)
        return name

    yield create
    for name in names:
        client("lambda").delete_function(FunctionName=name)


class Listener:
    """An HTTP endpoint on loopback: it answers with the next of ``answers``, or 200, and keeps every request."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], str]] = []
        self.answers: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status = listener.answers.pop(0) if listener.answers else 200
                self.send_response(status)
                self.end_headers()
                listener.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def got(self, count: int) -> list[tuple[dict[str, str], str]]:
        """Return the requests, once there are this many."""
        deadline = time.monotonic() + 20
        while len(self.requests) < count:
            assert time.monotonic() < deadline, f"there were {len(self.requests)} requests, not {count}"
            time.sleep(0.01)
        return self.requests

    def token(self) -> str:
        """Return the token of the confirmation that was asked for."""
        return str(json.loads(self.got(1)[0][1])["Token"])


@pytest.fixture
def listener() -> Iterator[Listener]:
    """An HTTP endpoint on loopback."""
    listening = Listener()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()
