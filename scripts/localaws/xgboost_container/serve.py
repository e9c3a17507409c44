"""Serves a model over HTTP as the built-in image does, on 127.0.0.1 and a socket that the platform opened.

Source: sagemaker_xgboost_container/algorithm_mode/serve.py.
"""

import json
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from localaws import lifeline
from localaws.xgboost_container import inference, selectable
from localaws.xgboost_container.settings import Settings
from localaws.xgboost_container.train import set_up_log
from localaws.xgboost_container.version import Version

_TEXT = "text/html; charset=utf-8"  # Flask's content type for a body without one
_METHODS = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}
_log = logging.getLogger(__name__)

Answer = tuple[HTTPStatus, str, str]


class Server(ThreadingHTTPServer):
    """Serves the model of a folder on a listening socket."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, folder: Path, settings: Settings) -> None:
        super().__init__(listening.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.settings = settings
        self.model: inference.Model | None = None
        try:
            self.model = inference.Model(folder / "model", settings)
        except Exception:  # noqa: BLE001 - a model of strangers may fail in any way
            # The image goes on without a model, and answers pings and requests with 500.
            _log.exception("Unable to load model")

    def answer(self, method: str, path: str, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        """Return the status, the body and the Content-Type of the answer to a request."""
        if path not in _METHODS:
            return _refusal(HTTPStatus.NOT_FOUND)
        if method != _METHODS[path]:
            return _refusal(HTTPStatus.METHOD_NOT_ALLOWED)
        if path == "/ping":
            return HTTPStatus.OK if self.model else HTTPStatus.INTERNAL_SERVER_ERROR, "", _TEXT
        if path == "/execution-parameters":
            parameters = {
                "MaxConcurrentTransforms": os.cpu_count(),
                "BatchStrategy": "MULTI_RECORD",
                "MaxPayloadInMB": self.settings.longest_body_in_megabytes,
            }
            return HTTPStatus.OK, json.dumps(parameters), inference.JSON
        return self._score(body, content_type, accept)

    def _score(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        if not body:
            return HTTPStatus.NO_CONTENT, "", _TEXT
        with _refusing(HTTPStatus.UNSUPPORTED_MEDIA_TYPE):
            matrix, data_format = inference.parse(body, content_type, self.settings.version)
        if self.model is None:
            raise _RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, "Unable to load model")
        with _refusing(HTTPStatus.BAD_REQUEST, "Unable to evaluate payload provided: "):
            scores = self.model.predict(matrix, data_format)
        with _refusing(HTTPStatus.NOT_ACCEPTABLE):
            accepted = inference.accepted_type(accept, self.settings)
        with _refusing(HTTPStatus.INTERNAL_SERVER_ERROR):
            if keys := self.settings.selected:
                predictions = selectable.select(scores, keys, self.model.objective, self.model.classes)
                answer = selectable.encode(predictions, keys, accepted, batch=self.settings.batch)
                return HTTPStatus.OK, answer, inference.with_charset(accepted)
            answer, kind = inference.encode(scores, accepted, self.settings)
        return HTTPStatus.OK, answer, kind


def _refusal(status: HTTPStatus) -> Answer:
    """Return Flask's page for a request that reaches no function of the image's."""
    from werkzeug.exceptions import default_exceptions  # late: most containers never need it

    return status, default_exceptions[status]().get_body(), _TEXT


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


@contextmanager
def _refusing(status: HTTPStatus, prefix: str = "") -> Iterator[None]:
    """Answer whatever goes wrong within with this status and the error's text, as the image does."""
    try:
        yield
    except Exception as error:
        raise _RefusedError(status, f"{prefix}{error}") from error


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if length > self.server.settings.longest_body:
            status, answer, kind = _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            content_type, accept = self.headers.get("Content-Type"), self.headers.get("Accept")
            try:
                status, answer, kind = self.server.answer(self.command, self.path, body, content_type, accept)
            except _RefusedError as error:
                status, answer, kind = error.status, str(error), _TEXT
        if status >= HTTPStatus.BAD_REQUEST:
            _log.error("%s", answer)
        content = answer.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _handle  # noqa: N815 - the names http.server looks for

    def log_message(self, form: str, *values: object) -> None:
        """Log a request as the image's gunicorn does; health checks are not worth a line."""
        if self.path != "/ping":
            print(f"{self.client_address[0]} - - [{self.log_date_time_string()}] {form % values}", flush=True)


def main(folder: Path, version: Version, listening: socket.socket) -> None:
    """Serve until the process is killed."""
    set_up_log()
    Server(listening, folder, Settings.of(version, os.environ)).serve_forever()


if __name__ == "__main__":
    lifeline.end_with_parent()
    main(Path(sys.argv[1]), Version(sys.argv[2]), socket.socket(fileno=int(sys.argv[3])))
