"""Where custom resources answer: a URL that one request may be put to once, without a signature of its own.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
On AWS it is a presigned object in a bucket of CloudFormation's. Here it looks like that, but nothing is stored: the
answer goes to who waits for it. It is http, since local AWS has no certificate.
"""

import contextlib
import secrets
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from localaws.refusals import Application, error_answer
from localaws.wire import endpoint

_BUCKET = "/cloudformation-custom-resource-response-"
MAX_BYTES = 4096


@dataclass
class Answer:
    """What one request waits for."""

    url: str
    signature: str
    given: threading.Event = field(default_factory=threading.Event)
    body: bytes = b""


_awaited: dict[str, Answer] = {}  # by path


@contextlib.contextmanager
def awaited(region: str, key: str) -> Iterator[Answer]:
    """Give a new answer to wait for, with the URL that takes it; afterwards the URL takes none."""
    # Twice: the key is quoted once in the object's name and again in the path, as on AWS.
    path = f"{_BUCKET}{region.replace('-', '')}/{quote(key, safe='')}"
    signature = secrets.token_hex(32)
    answer = Answer(f"{endpoint.url}{quote(path, safe='/')}?X-Amz-Signature={signature}", signature)
    _awaited[path] = answer
    try:
        yield answer
    finally:
        _awaited.pop(path, None)


class Answers:
    """WSGI middleware that takes the answers of custom resources, and hands everything else on."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "PUT" or not str(environ.get("PATH_INFO", "")).startswith(_BUCKET):
            return self._application(environ, start_response)
        return _taken(Request(environ))(environ, start_response)


def _taken(request: Request) -> Response:
    signature = request.args.get("X-Amz-Signature", "")
    answer = _awaited.get(request.path)
    if answer is None or not secrets.compare_digest(answer.signature.encode(), signature.encode()):
        return _denied()
    # One byte more than may be, so that what is too long is seen to be so. The rest is not read: nothing can follow it.
    # Who hangs up in the middle has not answered: the URL stays good.
    body = request.stream.read(MAX_BYTES + 1)
    if _awaited.pop(request.path, None) is not answer:  # of several at once, the first to arrive answers
        return _denied()
    answer.body = body
    answer.given.set()
    return Response("", 200, {"Connection": "close"})


def _denied() -> Response:
    headers, body = error_answer("s3", "AccessDenied", "Access Denied")
    return Response(body, 403, headers)
