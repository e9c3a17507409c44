"""Errors in the form that each AWS protocol gives them, for what is refused before a service sees it."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
"""A WSGI application."""

QUERY_SERVICES = ("cloudformation", "ec2", "iam", "sns", "sts")


def service_of(environ: Mapping[str, Any]) -> str:
    """Return the service named in a request's credential scope, or s3, of which most requests without one are."""
    scope = _scope(environ)
    return scope[3] if len(scope) == 5 else "s3"


def region_of(environ: Mapping[str, Any]) -> str:
    """Return the region named in a request's credential scope, or us-east-1."""
    scope = _scope(environ)
    return scope[2] if len(scope) == 5 else "us-east-1"


def _scope(environ: Mapping[str, Any]) -> list[str]:
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    presigned = dict(parse_qsl(str(environ.get("QUERY_STRING", "")))).get("X-Amz-Credential", "")
    return (authorization.partition("Credential=")[2].partition(",")[0] or presigned).split("/")


def error_answer(service: str, code: str, message: str) -> tuple[dict[str, str], str]:
    """Return the headers and the body by which a service says this error."""
    if service.startswith("s3"):  # s3express, s3-outposts: they speak as S3 does
        error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        return {"Content-Type": "application/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'
    if service in QUERY_SERVICES:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        request = f"<RequestId>{uuid4()}</RequestId>"
        return {"Content-Type": "text/xml"}, f"<ErrorResponse>{error}{request}</ErrorResponse>"
    # Older services read "message", newer ones "Message"; REST services name the error in a header.
    body = json.dumps({"__type": code, "message": message, "Message": message})
    return {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}, body


def refusal(environ: Mapping[str, Any], status: int, code: str, message: str) -> Response:
    """Return a WSGI application that answers with this error in the words of the service that was called."""
    headers, body = error_answer(service_of(environ), code, message)
    return Response(body, status, headers)
