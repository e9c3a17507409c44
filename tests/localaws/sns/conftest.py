"""Topics, and an HTTP endpoint that keeps what it is sent."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Client = Callable[[str], Any]


@pytest.fixture
def topic(client: Client) -> Iterator[str]:
    """The ARN of a topic, which is deleted at the end."""
    arn = client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    yield arn
    client("sns").delete_topic(TopicArn=arn)


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
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

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
