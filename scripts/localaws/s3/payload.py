"""A request's body on its way in: decoded, measured, and compared with what its headers and trailers promise.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

import base64
import binascii
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.exceptions import ClientDisconnected

from localaws.gate.chunks import CHAIN, SIGNED, Chain
from localaws.s3 import checksums
from localaws.s3.bodies import BLOCK, Body, store
from localaws.s3.checksums import ALGORITHMS, SIZES, encoded
from localaws.s3.errors import S3Refusal, invalid_request

_LONGEST_LINE = 1 << 13  # of a chunk's head or a trailer
_TRAILER_SIGNATURE = "x-amz-trailer-signature"
_STREAMED = (*SIGNED, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html: of a single PUT and of a part.
LARGEST = 5 << 30


@dataclass(frozen=True)
class Checksum:
    """A checksum in base64 under S3's name for its algorithm."""

    algorithm: str
    value: str


@dataclass(frozen=True)
class Payload:
    """A body that kept all promises, with its MD5 and the checksum that S3 keeps."""

    body: Body
    md5: str
    checksum: Checksum
    has_own_checksum: bool  # the request brought it; otherwise S3 chose it


@dataclass
class _Promises:
    """What a request says of its body; the checksum's value may follow in a trailer."""

    md5: str | None
    sha256: str | None
    algorithm: str | None
    value: str | None
    in_trailer: bool
    trailers: dict[str, str] = field(default_factory=dict)


def receive(request: Any) -> Payload:
    """Store a request's body.

    Raises S3Refusal when it is not what the request says it is.
    """
    promises = _promises(request.headers)
    if "Content-Length" not in request.headers:
        _check_has_length(request)
    algorithm = promises.algorithm or checksums.DEFAULT
    md5, sha256, digest = hashlib.md5(usedforsecurity=False), hashlib.sha256(), ALGORITHMS[algorithm]()
    digests = [md5, digest] + ([sha256] if promises.sha256 else [])

    def measured() -> Iterator[bytes]:
        for block in _decoded(request, promises.trailers):
            for each in digests:
                each.update(block)
            yield block

    try:
        body = store(measured())
    except OSError as error:
        raise S3Refusal("InternalError", f"Local AWS cannot store the body: {error.strerror}", 500) from None
    _check_length(request.headers, body.size)
    value = encoded(digest.digest())
    _compare(promises, md5.digest(), sha256.hexdigest(), value)
    return Payload(body, md5.hexdigest(), Checksum(algorithm, value), promises.algorithm is not None)


def _check_has_length(request: Any) -> None:
    """Raise S3Refusal for a body whose length nobody told; chunks of S3's own tell it."""
    if "wsgi.input_terminated" not in request.environ:
        raise S3Refusal("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    if "x-amz-decoded-content-length" not in request.headers:
        message = "A header you provided implies functionality that is not implemented"
        raise S3Refusal("NotImplemented", message, 501, Header="Transfer-Encoding")


def read_document(request: Any) -> bytes:
    """Return a small body, like a configuration, under the same promises."""
    if request.headers.get("Content-Length", "0") == "0" and "wsgi.input_terminated" not in request.environ:
        return b""
    return b"".join(receive(request).body.blocks())


def _promises(headers: Mapping[str, str]) -> _Promises:
    given = {name: headers[checksums.header(name)] for name in ALGORITHMS if checksums.header(name) in headers}
    trailer = str(headers.get("x-amz-trailer", "")).lower()
    trailing = [name for name in ALGORITHMS if checksums.header(name) == trailer]
    for name in checksums.ELSEWHERE:
        if checksums.header(name) in headers or checksums.header(name) == trailer:
            checksums.named(name)
    if len(given) + len(trailing) > 1:
        raise invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    for algorithm, value in given.items():
        _check_form(algorithm, value)
    wanted = headers.get("x-amz-sdk-checksum-algorithm")
    if wanted and checksums.named(wanted) not in {*given, *trailing} and (given or trailing):
        raise invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    sha256 = str(headers.get("x-amz-content-sha256", ""))
    if sha256 not in ("", "UNSIGNED-PAYLOAD", *_STREAMED) and not _HEX_SHA256.fullmatch(sha256):
        message = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid sha256 value."
        raise S3Refusal("InvalidArgument", message, ArgumentName="x-amz-content-sha256", ArgumentValue=sha256)
    chosen = next(iter([*given, *trailing]), wanted.upper() if wanted else None)
    return _Promises(
        _md5(headers),
        sha256 if _HEX_SHA256.fullmatch(sha256) else None,
        chosen,
        given.get(chosen or ""),
        bool(trailing),
    )


def _md5(headers: Mapping[str, str]) -> str | None:
    given = headers.get("Content-MD5")
    if given is not None and not _is_base64(given, 16):
        raise S3Refusal("InvalidDigest", "The Content-MD5 you specified was invalid.", ContentMD5=given)
    return given


def _check_form(algorithm: str, value: str) -> None:
    if not _is_base64(value, SIZES[algorithm]):
        raise invalid_request(f"Value for {checksums.header(algorithm)} header is invalid.")


def _is_base64(text: str, size: int) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == size
    except binascii.Error:
        return False


def _decoded(request: Any, trailers: dict[str, str]) -> Iterator[bytes]:
    """Return the body's blocks without the chunks they came in; put the trailers where asked."""
    stream = io.BufferedReader(request.stream, BLOCK)
    try:
        if str(request.headers.get("x-amz-content-sha256", "")).startswith("STREAMING-"):
            yield from _chunks(stream, trailers, request.environ.get(CHAIN))
        else:
            while block := stream.read(BLOCK):
                yield block
    except ClientDisconnected:
        raise _incomplete() from None


def _chunks(stream: io.BufferedReader, trailers: dict[str, str], chain: Chain | None) -> Iterator[bytes]:
    size = -1
    while size:
        size, signature = _head(stream.readline(_LONGEST_LINE))
        digest, left = hashlib.sha256(), size
        while left:
            block = stream.read(min(BLOCK, left))
            if not block:
                raise _incomplete()
            left -= len(block)
            digest.update(block)
            yield block
        if chain and not chain.continues_with(signature, digest.hexdigest()):
            raise _wrong_signature()
        if size:
            stream.readline(_LONGEST_LINE)
    while line := stream.readline(_LONGEST_LINE).strip():
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise _bad_trailer()
        trailers[name.strip().lower()] = value.strip()
    signature = trailers.pop(_TRAILER_SIGNATURE, "")
    if chain and trailers and not chain.ends_with(signature, trailers):
        raise _wrong_signature()


def _head(line: bytes) -> tuple[int, str]:
    """Return the size that a chunk's first line gives, and its signature, if it has one."""
    size, _, extension = line.partition(b";")
    try:
        return int(size.strip(), 16), extension.strip().decode("latin-1").removeprefix("chunk-signature=")
    except ValueError:
        raise _incomplete() from None


def _check_length(headers: Mapping[str, str], size: int) -> None:
    promised = headers.get("x-amz-decoded-content-length")
    if promised is not None and promised != str(size):
        raise _incomplete()
    if size > LARGEST:
        raise S3Refusal(
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
            ProposedSize=str(size),
            MaxSizeAllowed=str(LARGEST),
        )


def _compare(promises: _Promises, md5: bytes, sha256: str, checksum: str) -> None:
    if promises.sha256 and promises.sha256 != sha256:
        raise S3Refusal(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ClientComputedContentSHA256=promises.sha256,
            S3ComputedContentSHA256=sha256,
        )
    if promises.md5 and promises.md5 != encoded(md5):
        raise S3Refusal(
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
            ExpectedDigest=promises.md5,
            CalculatedDigest=encoded(md5),
        )
    name = str(promises.algorithm)
    if promises.in_trailer:
        promises.value = promises.trailers.get(checksums.header(name))
        if promises.value is None:
            raise _bad_trailer()
        _check_form(name, promises.value)
    if promises.value is not None and promises.value != checksum:
        raise S3Refusal("BadDigest", f"The {name} you specified did not match the calculated checksum.")


def _incomplete() -> S3Refusal:
    return S3Refusal(
        "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )


def _wrong_signature() -> S3Refusal:
    message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )
    return S3Refusal("SignatureDoesNotMatch", message, 403)


def _bad_trailer() -> S3Refusal:
    return S3Refusal(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    )
