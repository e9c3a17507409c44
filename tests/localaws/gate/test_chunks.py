"""A body in signed chunks is what was signed, chunk by chunk, and its trailers too."""

import hashlib
import hmac
import http.client
import zlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials

from localaws.gate.chunks import Chain
from localaws.gate.signature import Signature

PIECES = (b"one,", b"two\n", b"")
TRAILER = ("x-amz-checksum-crc32", b64encode(zlib.crc32(b"".join(PIECES)).to_bytes(4, "big")).decode())
Upload = Callable[..., tuple[int, bytes]]


@pytest.fixture
def chain() -> Chain:
    """The chain of the example at https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html."""
    seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    headers = ("content-encoding", "content-length", "host", "x-amz-content-sha256", "x-amz-date")
    signature = Signature("AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3", headers, seed, "20130524T000000Z", "")
    return Chain(signature, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


def test_awss_example(chain: Chain) -> None:
    for data, signature in (
        (b"a" * 65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (b"a" * 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (b"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ):
        assert chain.continues_with(signature, hashlib.sha256(data).hexdigest())


@pytest.fixture
def upload(local_aws: Any, bucket: str) -> Upload:
    """A function that puts the object ``k`` in signed chunks, after ``edit`` has changed the body."""

    def put(edit: Callable[[bytes], bytes] = bytes, *, trailer: bool = False, kind: str = "") -> tuple[int, bytes]:
        kind = kind or "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
        headers = {"x-amz-content-sha256": kind, "x-amz-decoded-content-length": str(sum(map(len, PIECES)))}
        headers |= {"Content-Encoding": "aws-chunked"} | ({"x-amz-trailer": TRAILER[0]} if trailer else {})
        request = AWSRequest("PUT", f"{local_aws.endpoint}/{bucket}/k", headers, b"")
        request.context["client_config"] = None
        key = SigningCredentials(local_aws.administrator.access_key_id, local_aws.administrator.secret_access_key)
        signer = S3SigV4Auth(key, "s3", "us-east-1")
        signer.payload = lambda _: kind
        signer.add_auth(request)
        body = edit(_signed(request, key.secret_key, trailer=trailer))
        connection = http.client.HTTPConnection(urlsplit(local_aws.endpoint).netloc, timeout=10)
        connection.request("PUT", f"/{bucket}/k", body, dict(request.headers.items()))
        answer = connection.getresponse()
        return answer.status, answer.read()

    return put


def _signed(request: AWSRequest, secret: str, *, trailer: bool) -> bytes:
    """The body, signed anew by what AWS's pages say."""
    last, when = request.headers["Authorization"].rpartition("=")[2], request.headers["X-Amz-Date"]
    scope = f"{when[:8]}/us-east-1/s3/aws4_request"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()

    def signature(kind: str, *digests: bytes) -> str:
        hashes = "\n".join(hashlib.sha256(each).hexdigest() for each in digests)
        return hmac.new(key, f"{kind}\n{when}\n{scope}\n{last}\n{hashes}".encode(), hashlib.sha256).hexdigest()

    body = b""
    for piece in PIECES:
        last = signature("AWS4-HMAC-SHA256-PAYLOAD", b"", piece)
        body += b"%x;chunk-signature=%s\r\n%s" % (len(piece), last.encode(), piece + b"\r\n" if piece else b"")
    if trailer:
        last = signature("AWS4-HMAC-SHA256-TRAILER", f"{':'.join(TRAILER)}\n".encode())
        body += f"{':'.join(TRAILER)}\r\nx-amz-trailer-signature:{last}\r\n".encode()
    return body + b"\r\n"


@pytest.mark.parametrize("trailer", [False, True])
def test_what_was_signed_is_kept(local_aws: Any, bucket: str, upload: Upload, trailer: bool) -> None:
    assert upload(trailer=trailer)[0] == 200
    s3 = local_aws.administrator.client("s3", "us-east-1")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"".join(PIECES)


@pytest.mark.parametrize(
    ("old", "new", "trailer"),
    [
        (b"two", b"six", False),
        (b"chunk-signature=", b"chunk-signature=0", False),
        (b";chunk-signature=", b";x=", False),
        (b"crc32:", b"crc32:AAAA", True),
        (b"trailer-signature:", b"trailer-signature:0", True),
        (b"x-amz-trailer-signature:", b"x-amz-other:", True),
    ],
)
def test_what_was_not_signed_is_refused(  # noqa: PLR0917 - fixtures and a row
    local_aws: Any, bucket: str, upload: Upload, old: bytes, new: bytes, trailer: bool
) -> None:
    status, answer = upload(lambda body: body.replace(old, new), trailer=trailer)
    assert (status, b"<Code>SignatureDoesNotMatch</Code>" in answer) == (403, True)
    s3 = local_aws.administrator.client("s3", "us-east-1")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize("kind", ["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-", "abc"])
def test_another_way_to_sign_a_body_is_refused(upload: Upload, kind: str) -> None:
    status, answer = upload(kind=kind)
    assert (status, b"<Code>InvalidArgument</Code>" in answer) == (400, True)
    assert b"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid sha256 value." in answer
