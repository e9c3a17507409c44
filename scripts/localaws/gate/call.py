"""What a request asks for: an operation and its parameters, as botocore's models name them."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

# Where the service that a request is signed for has another name in botocore.
_MODELS = {"monitoring": "cloudwatch"}
_READS_ITS_BODY = "DeleteObjects"
"""The operation of S3 whose resources are named in its body. Others' bodies are not read: they may be large."""


class UnknownOperationError(Exception):
    """A request that no operation of the service takes."""


class UnreadableRequestError(Exception):
    """A body that is not what the operation's protocol says."""


@dataclass(frozen=True)
class Call:
    """A request for an operation, in a region, of an account.

    ``service`` is botocore's name, ``headers`` are by lower-case name.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def arn(self, resource: str, service: str = "") -> str:
        """Return the ARN of a resource of this call's region and account."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{resource}"


def body_of(environ: dict[str, Any]) -> bytes:
    """Read a request's body, and leave it there for the next to read; raises UnreadableRequestError."""
    length = str(environ.get("CONTENT_LENGTH") or 0)
    if not length.isdecimal():
        raise UnreadableRequestError("Content-Length is not a number of bytes")
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body


def call_of(environ: dict[str, Any], signed_for: str, region: str, account: str, body: bytes | None) -> Call:
    """Return what a request asks for; ``body`` is None for S3, whose bodies stay unread.

    Raises UnknownOperationError and UnreadableRequestError.
    """
    invokes_endpoint = signed_for == "sagemaker" and str(environ["PATH_INFO"]).startswith("/endpoints/")
    service = "sagemaker-runtime" if invokes_endpoint else _MODELS.get(signed_for, signed_for)
    model = get_service_model(service)
    request = Request({**environ, "wsgi.input": BytesIO(body or b""), "werkzeug.request": None})
    _refuse_ambiguity(request, service)
    try:
        operation, labels = get_service_router(service).match(request)
    except (NotFound, NotImplementedError):
        raise UnknownOperationError from None
    if body is None and operation.name == _READS_ITS_BODY:
        body = body_of(environ)
    # Blobs stay as they came, in base64: a zip of 50 MB need not be decoded here.
    parser = PROTOCOL_PARSERS[determine_request_protocol(model, request.content_type)](operation, blob_parser=str)
    try:
        parameters = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": (body or b"") if service != "sagemaker-runtime" else b"",
                "url_path": request.path,
                "url_params": labels,
            }
        )
    except (RequestParserError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableRequestError(str(error)) from None
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Call(service, operation.name, parameters, region, account, headers)


def _refuse_ambiguity(request: Request, service: str) -> None:
    """Raise UnreadableRequestError for a request that two readers may take for two operations."""
    if twice := set(request.args) & set(request.form):
        raise UnreadableRequestError(f"{', '.join(sorted(twice))} is given in the query and in the body")
    if service == "s3" and len(named := _subresources() & set(request.args)) > 1:
        raise UnreadableRequestError(f"one request names {' and '.join(sorted(named))}")


@functools.cache
def _subresources() -> frozenset[str]:
    """Return the parameters of S3's queries by which an operation is known: ``?tagging``, ``?policy``."""
    model = get_service_model("s3")
    queries = (model.operation_model(name).http_trait.query_args for name in model.operation_names)
    # x-id goes with any other: SDKs say with it which operation they mean.
    return frozenset(name for query in queries for name in query) - {"x-id"} | {"uploadId"}
