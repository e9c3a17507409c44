"""What a request asks for: an operation and its parameters, as botocore's models name them."""

import functools
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from moto.core.parse import RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from localaws.gate.reading import PARSERS, UnreadableRequestError

# Where the service that a request is signed for has another name in botocore.
_MODELS = {"monitoring": "cloudwatch", "servicequotas": "service-quotas"}
_READ_BODIES = ("CreateBucket", "DeleteObjects")
"""Operations of S3 that say in their bodies what they need. Others' bodies are not read: they may be large."""


_REPEATED = "tagKeys"
"""The parameter of a query that is a list, of Lambda's UntagResource."""


class UnknownOperationError(Exception):
    """A request that no operation of the service takes."""


class AmbiguousRequestError(Exception):
    """A request that two readers may take for two operations."""


@dataclass(frozen=True)
class Call:
    """A request for an operation, in a region, of an account.

    ``service`` is botocore's name, ``headers`` are by lower-case name, ``labels`` are what the path names.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account: str
    headers: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    protocol: str = "json"

    def arn(self, resource: str, service: str = "") -> str:
        """Return the ARN of a resource of this call's region and account."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{resource}"


def body_of(environ: dict[str, Any]) -> bytes:
    """Read a request's body, and leave it there for the next to read; raises UnreadableRequestError."""
    length = str(environ.get("CONTENT_LENGTH") or 0)
    if not length.isdecimal():
        raise UnreadableRequestError("Content-Length is not a number of bytes")
    # Chunks of HTTP end by themselves, whatever length is told beside them.
    body: bytes = environ["wsgi.input"].read(*([] if environ.get("wsgi.input_terminated") else [int(length)]))
    _leave(environ, body)
    return body


def unpack(environ: dict[str, Any], body: bytes) -> bytes:
    """Return a body without its compression, and leave it so: clients compress what is long (PutMetricData)."""
    if environ.get("HTTP_CONTENT_ENCODING") != "gzip":
        return body
    try:
        unpacked = gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise UnreadableRequestError("The body is not compressed by gzip") from None
    del environ["HTTP_CONTENT_ENCODING"]
    _leave(environ, unpacked)
    return unpacked


def _leave(environ: dict[str, Any], body: bytes) -> None:
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def call_of(environ: dict[str, Any], signed_for: str, region: str, account: str, body: bytes | None) -> Call:
    """Return what a request asks for; ``body`` is None for S3, whose bodies stay unread.

    Raises UnknownOperationError, AmbiguousRequestError and UnreadableRequestError.
    """
    invokes_endpoint = signed_for == "sagemaker" and str(environ["PATH_INFO"]).startswith("/endpoints/")
    service = "sagemaker-runtime" if invokes_endpoint else _MODELS.get(signed_for, signed_for)
    model = get_service_model(service)
    request = Request({**environ, "wsgi.input": BytesIO(body or b""), "werkzeug.request": None})
    try:
        protocol = determine_request_protocol(model, request.content_type)
        _refuse_ambiguity(request, service, protocol)
        operation, labels = get_service_router(service).match(request)
    except (NotFound, NotImplementedError):
        raise UnknownOperationError from None
    if protocol == "rest-json" and any("/" in label or "%" in label for label in labels.values()):
        raise AmbiguousRequestError("a name in the path has a slash or a percent sign")
    if service == "s3" and (strays := _subresources() & set(request.args) - _query_of(operation.name)):
        raise AmbiguousRequestError(f"{operation.name} has no {' and '.join(sorted(strays))}")
    if body is None and operation.name in _READ_BODIES:
        body = body_of(environ)
    # Blobs stay as they came, in base64: a zip of 50 MB need not be decoded here.
    parser = PARSERS[protocol](operation, blob_parser=str)
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
    return Call(service, operation.name, parameters, region, account, headers, labels, protocol)


def _refuse_ambiguity(request: Request, service: str, protocol: str) -> None:
    """Raise AmbiguousRequestError for a request that two readers may take for two operations."""
    if request.args and (request.form or protocol == "json"):
        raise AmbiguousRequestError("parameters are given in the query and in the body")
    for names in (request.args, request.form):
        if twice := [name for name in names if len(names.getlist(name)) > 1 and name != _REPEATED]:
            raise AmbiguousRequestError(f"{', '.join(sorted(twice))} is given twice")
    if service == "s3" and "%2f" in str(request.raw_path).lower().lstrip("/").partition("/")[0]:
        raise AmbiguousRequestError("the name of the bucket has a slash")


@functools.cache
def _subresources() -> frozenset[str]:
    """Return the parameters of S3's queries by which an operation is known: ``?tagging``, ``?policy``."""
    model = get_service_model("s3")
    queries = (model.operation_model(name).http_trait.query_args for name in model.operation_names)
    # x-id goes with any other: SDKs say with it which operation they mean.
    return frozenset(name for query in queries for name in query) - {"x-id"} | {"uploadId", "partNumber"}


@functools.cache
def _query_of(operation: str) -> frozenset[str]:
    """Return all that an operation of S3 has in its query."""
    model = get_service_model("s3").operation_model(operation)
    members = model.input_shape.members if model.input_shape else {}
    return frozenset(model.http_trait.query_args) | {
        shape.serialization.get("name", name)
        for name, shape in members.items()
        if shape.serialization.get("location") == "querystring"
    }
