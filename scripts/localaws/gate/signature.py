"""Signature Version 4, as botocore computes it: is a request signed with the secret behind its access key?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials
from moto.core.request import environ_key_for_header

from localaws.wire import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"
# "within five minutes of the timestamp", says the guide; services are known to allow fifteen, and S3's page says so:
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed)
_SKEW = timedelta(minutes=15)

_LONGEST = 7 * 24 * 60 * 60  # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html


class UnsignedError(Exception):
    """A request without a signature of this version; the text says what it has instead."""


class WrongDurationError(UnsignedError):
    """A presigned request that does not say how long it holds, or says too long."""


class OldSignatureError(UnsignedError):
    """A signature of an older version, as boto3 presigns for S3 unless it is told otherwise."""


class WrongSignatureError(Exception):
    """A signature that is not the one of this request and this secret."""


class ExpiredError(Exception):
    """A signature of another time than now; the text says which."""


@dataclass(frozen=True)
class Signature:
    """What a request says of its signature: in the Authorization header, or in its query (presigned)."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str
    timestamp: str
    token: str
    expires: int | None = None
    """Seconds that a presigned request holds."""

    @property
    def credential(self) -> str:
        """The access key with its scope."""
        return f"{self.access_key_id}/{self.date}/{self.region}/{self.service}/aws4_request"


def signature_of(environ: Mapping[str, Any]) -> Signature:
    """Return the signature that a request carries, or raise UnsignedError."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    query = parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    presigned = any(name in ("X-Amz-Algorithm", "X-Amz-Signature", "Signature") for name, _ in query)
    if authorization and presigned:
        raise UnsignedError(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            "parameter or the Authorization header should be specified"
        )
    if authorization.startswith(f"{_ALGORITHM} "):
        fields = _once(part.strip().partition("=")[::2] for part in authorization[len(_ALGORITHM) :].split(","))
        timestamp, token = environ.get("HTTP_X_AMZ_DATE", ""), environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")
        return _signature(fields, timestamp, token, None)
    fields = _once((name.removeprefix("X-Amz-"), value) for name, value in query if name.startswith("X-Amz-"))
    if fields.get("Algorithm") == _ALGORITHM:
        expires = _seconds(fields.get("Expires", ""))
        return _signature(fields, fields.get("Date", ""), fields.get("Security-Token", ""), expires)
    if authorization or presigned:
        raise OldSignatureError(
            f"The authorization mechanism you have provided is not supported. Please use {_ALGORITHM}."
        )
    raise UnsignedError("Local AWS answers signed requests only.")


def _seconds(expires: str) -> int:
    """Return how long a presigned request holds, or raise WrongDurationError in S3's words.

    https://github.com/ceph/s3-tests and MinIO's cmd/api-errors.go (ErrMalformedExpires and those after it) have them.
    """
    try:
        seconds = int(expires)
    except ValueError:
        raise WrongDurationError("X-Amz-Expires should be a number") from None
    if seconds < 0:
        raise WrongDurationError("X-Amz-Expires must be non-negative")
    if seconds > _LONGEST:
        raise WrongDurationError(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{_LONGEST} seconds"
        )
    return seconds


def _once(pairs: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """Return fields by name; raise UnsignedError for one that is given twice, of which each reader may take another."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise UnsignedError(f"The signature gives {name} twice.")
        fields[name] = value
    return fields


def _signature(fields: Mapping[str, str], timestamp: str, token: str, expires: int | None) -> Signature:
    scope = fields.get("Credential", "").split("/")
    if len(scope) != 5 or not fields.get("SignedHeaders") or not fields.get("Signature"):
        raise UnsignedError("The signature names no Credential of five parts, no SignedHeaders or no Signature.")
    key, date, region, service, last = scope
    if date != timestamp[: len("20261122")] or last != "aws4_request":
        raise UnsignedError(f"Credential should be scoped to {timestamp[:8]} and aws4_request, not {date} and {last}.")
    headers = tuple(fields["SignedHeaders"].split(";"))
    return Signature(key, date, region, service, headers, fields["Signature"], timestamp, token, expires)


def verify(signature: Signature, credentials: Credentials, environ: Mapping[str, Any], body: bytes | None) -> None:
    """Raise UnsignedError, WrongSignatureError or ExpiredError unless these credentials signed this, and lately.

    ``body`` is None for S3, whose requests carry their body's hash in a header: S3 compares the two as it arrives.
    """
    _check_time(signature)
    if signature.token != (credentials.session_token or ""):
        raise WrongSignatureError
    _check_headers(signature, environ)
    request = _request(signature, environ)
    signer = _S3Signer(signature, credentials) if body is None else _Signer(signature, credentials, body)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    stated = request.headers.get("x-amz-content-sha256")
    if body is not None and stated not in (None, sha256(body).hexdigest()):
        raise WrongSignatureError
    if not hmac.compare_digest(signer.signature(text, request), signature.value):
        raise WrongSignatureError


def _check_time(signature: Signature) -> None:
    try:
        signed = datetime.strptime(signature.timestamp, SIGV4_TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        raise WrongSignatureError from None
    now = datetime.now(UTC)
    if signed - now > _SKEW or (signature.expires is None and now - signed > _SKEW):
        raise ExpiredError(f"{signature.timestamp} is not within 15 minutes of {now.strftime(SIGV4_TIMESTAMP)}")
    if signature.expires is not None and now > signed + timedelta(seconds=signature.expires):
        raise ExpiredError("Request has expired")


def _check_headers(signature: Signature, environ: Mapping[str, Any]) -> None:
    """Raise UnsignedError when a header that matters is not signed: the host and all of AWS's own must be."""
    signed = {environ_key_for_header(name) for name in signature.signed_headers}
    demanded = {"HTTP_HOST", *(name for name in environ if name.startswith("HTTP_X_AMZ_"))}
    if not demanded <= signed:
        raise UnsignedError("There were headers present in the request which were not signed")


def _request(signature: Signature, environ: Mapping[str, Any]) -> AWSRequest:
    """Return the request as it was when it was signed: of its headers, only those that are."""
    path, _, query = str(environ["RAW_URI"]).partition("?")
    parameters = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "X-Amz-Signature"]
    headers = {name: environ.get(environ_key_for_header(name), "") for name in signature.signed_headers}
    url = f"http://{environ['HTTP_HOST']}{path}"
    request = AWSRequest(environ["REQUEST_METHOD"], url, headers, params=parameters)
    request.context["timestamp"] = signature.timestamp
    return request


class _Signer(SigV4Auth):
    """botocore's, but that it signs what the client says it signed, rather than what botocore would."""

    def __init__(self, signature: Signature, credentials: Credentials, body: bytes) -> None:
        key = SigningCredentials(credentials.access_key_id, credentials.secret_access_key)
        super().__init__(key, signature.service, signature.region)
        self._body_hash = sha256(body).hexdigest()

    def headers_to_sign(self, request: AWSRequest) -> Any:
        return request.headers

    def payload(self, _request: AWSRequest) -> str:
        return self._body_hash


class _S3Signer(S3SigV4Auth):
    """The same for S3, which does not normalize paths, and whose presigned requests leave the body unsigned."""

    def __init__(self, signature: Signature, credentials: Credentials) -> None:
        key = SigningCredentials(credentials.access_key_id, credentials.secret_access_key)
        super().__init__(key, signature.service, signature.region)

    def headers_to_sign(self, request: AWSRequest) -> Any:
        return request.headers

    def payload(self, _request: AWSRequest) -> str:
        return "UNSIGNED-PAYLOAD"
