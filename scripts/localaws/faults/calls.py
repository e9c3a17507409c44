"""Faults of API calls: WSGI middleware between the gate, which knows what is called, and the services.

Clients that the gate refuses see no fault. The codes are those that services give of themselves, so that SDKs retry
what they would retry on AWS: https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; SDKs' own list is botocore's
``THROTTLED_ERROR_CODES``.
"""

import json
import socket
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from werkzeug.wrappers import Response

from localaws.faults import processes
from localaws.faults.models import CALL_EFFECTS, Fault
from localaws.faults.state import faults
from localaws.gate import serving
from localaws.gate.call import Call
from localaws.refusals import QUERY_SERVICES, Application, refusal

UNVERIFIED_LAMBDA_FAILS = "The service encountered an internal error."  # botocore has the code, not the words
_THROTTLED = {
    "s3": (503, "SlowDown", "Please reduce your request rate."),
    "lambda": (429, "TooManyRequestsException", "Rate exceeded"),
    **dict.fromkeys((*QUERY_SERVICES, "cloudwatch"), (400, "Throttling", "Rate exceeded")),
}
_INTERNAL = {
    "s3": (500, "InternalError", "We encountered an internal error. Please try again."),
    "lambda": (500, "ServiceException", UNVERIFIED_LAMBDA_FAILS),
}
_UNAVAILABLE = {"s3": (503, "ServiceUnavailable", "Service is unable to handle request.")}
_ERRORS = {
    "throttled": (_THROTTLED, (400, "ThrottlingException", "Rate exceeded")),
    "internal error": (
        _INTERNAL,
        (
            500,
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
    ),
    "unavailable": (
        _UNAVAILABLE,
        (503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
    ),
}


class Calls:
    """WSGI middleware around moto's dispatcher."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not faults:
            return self._application(environ, start_response)
        call: Call = environ[serving.CALL]
        name = f"{call.service}:{call.operation}"
        fault = faults.strike(CALL_EFFECTS, name, call.parameters)
        if fault and fault.effect in _ERRORS:
            special, usual = _ERRORS[fault.effect]
            return refusal(environ, *special.get(call.service, usual))(environ, start_response)
        if fault and fault.effect == "dropped":
            _hang_up(environ)
        if fault and fault.effect == "slow":
            faults.pause(fault.seconds)
        answer = Response.from_app(self._application, environ)
        if answer.status_code < 400 and faults.succeeded(name):
            processes.strike_all()
        return _spoilt(answer, fault, environ)(environ, start_response)


def _spoilt(answer: Response, fault: Fault | None, environ: dict[str, Any]) -> Application:
    """Return what the client gets of an answer."""
    if fault and fault.effect == "answer lost":
        answer.close()
        _hang_up(environ)
    if fault and fault.effect == "cut off":
        whole = answer.get_data()
        answer.response = _half(whole, environ)  # its Content-Length stays that of the whole
    if fault and fault.effect == "answers":
        said = json.loads(answer.get_data()) | fault.members
        answer.set_data(json.dumps({name: value for name, value in said.items() if value is not None}))
    return answer


def _half(whole: bytes, environ: dict[str, Any]) -> Iterator[bytes]:
    yield whole[: len(whole) // 2]
    _hang_up(environ)


def _hang_up(environ: dict[str, Any]) -> NoReturn:
    """End the connection without a word, as one that broke."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError  # werkzeug takes it for a client that has gone
