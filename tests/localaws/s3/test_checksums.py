"""Checksums: compared on the way in, in headers and trailers, kept, and returned to who asks.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

import base64
import hashlib
import http.client
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

BODY = b"123456789"
# The check values of https://reveng.sourceforge.io/crc-catalogue/ and FIPS 180 (sha1sum, sha256sum).
CHECKSUMS = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "MD5": "25f9e794323b453885f5181f1b624d0b",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    "SHA512": (
        "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
        "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"
    ),
}
Send = Callable[..., tuple[int, dict[str, str], bytes]]


def _base64(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


def _wrong(algorithm: str) -> str:
    return base64.b64encode(bytes(len(CHECKSUMS[algorithm]) // 2)).decode()


@pytest.fixture
def send(local_aws: Any, bucket: str) -> Send:
    """A function that sends a signed PUT of an object k with these headers and bytes, as they are."""

    def put(headers: dict[str, str], content: bytes, *, chunked: bool = False) -> tuple[int, dict[str, str], bytes]:
        place = urlsplit(local_aws.endpoint)
        request = AWSRequest("PUT", f"{local_aws.endpoint}/{bucket}/k", headers, b"")
        request.context["client_config"] = None
        keys = Credentials(local_aws.administrator.access_key_id, local_aws.administrator.secret_access_key)
        signer = S3SigV4Auth(keys, "s3", "us-east-1")
        signer.payload = lambda _: headers["x-amz-content-sha256"]
        signer.add_auth(request)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=30)
        sent = dict(request.headers.items())
        body = iter([content[:3], content[3:]]) if chunked else content
        connection.request("PUT", f"/{bucket}/k", body, sent, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    return put


def _error(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call()
    return refusal.value.response["Error"]["Code"], refusal.value.response["Error"]["Message"]


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_a_checksum_is_kept_and_returned(s3: Any, bucket: str, algorithm: str) -> None:
    name, value = f"Checksum{algorithm}", _base64(CHECKSUMS[algorithm])
    put = s3.put_object(Bucket=bucket, Key="k", Body=BODY, **{name: value})
    assert (put[name], put["ChecksumType"]) == (value, "FULL_OBJECT")
    got = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (got[name], got["ChecksumType"]) == (value, "FULL_OBJECT")
    assert name not in s3.head_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_a_wrong_checksum_is_refused(s3: Any, bucket: str, algorithm: str) -> None:
    wrong = {f"Checksum{algorithm}": _wrong(algorithm)}
    assert _error(lambda: s3.put_object(Bucket=bucket, Key="k", Body=BODY, **wrong)) == (
        "BadDigest",
        f"The {algorithm} you specified did not match the calculated checksum.",
    )
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_an_algorithm_that_is_not_had_here(s3: Any, bucket: str) -> None:
    refused = ("NotImplemented", "Local AWS does not support the checksum algorithm XXHASH64.")
    assert _error(lambda: s3.put_object(Bucket=bucket, Key="k", Body=BODY, ChecksumXXHASH64="AAAAAAAAAAA=")) == refused
    upload = {"Bucket": bucket, "Key": "k", "ChecksumAlgorithm": "XXHASH64"}
    assert _error(lambda: s3.create_multipart_upload(**upload)) == refused


@pytest.mark.parametrize("given", ["no base64", "AAAA", ""])
def test_a_checksum_that_is_none(s3: Any, bucket: str, given: str) -> None:
    assert _error(lambda: s3.put_object(Bucket=bucket, Key="k", Body=BODY, ChecksumSHA256=given)) == (
        "InvalidRequest",
        "Value for x-amz-checksum-sha256 header is invalid.",
    )


def test_two_checksums(send: Send) -> None:
    headers = {f"x-amz-checksum-{each.lower()}": _base64(CHECKSUMS[each]) for each in ("CRC32", "SHA1")}
    status, _, answer = send(headers | {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, BODY)
    assert (status, b"Expecting a single x-amz-checksum- header." in answer) == (400, True)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("nonsense", ("InvalidDigest", "The Content-MD5 you specified was invalid.")),
        (_base64("00" * 16), ("BadDigest", "The Content-MD5 you specified did not match what we received.")),
    ],
)
def test_a_wrong_md5(s3: Any, bucket: str, given: str, error: tuple[str, str]) -> None:
    assert _error(lambda: s3.put_object(Bucket=bucket, Key="k", Body=BODY, ContentMD5=given)) == error


def test_a_body_that_was_not_signed_like_this(send: Send) -> None:
    status, _, answer = send({"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()}, BODY)
    assert (status, b"<Code>XAmzContentSHA256Mismatch</Code>" in answer) == (400, True)


def test_without_a_checksum_s3_makes_one(s3: Any, bucket: str, send: Send) -> None:
    _, headers, _ = send({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, BODY)
    assert headers["x-amz-checksum-crc64nvme"] == _base64(CHECKSUMS["CRC64NVME"])
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["ChecksumCRC64NVME"] == _base64(CHECKSUMS["CRC64NVME"])


def test_a_body_of_no_announced_length(send: Send) -> None:
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "Transfer-Encoding": "chunked"}
    status, _, answer = send(headers, BODY, chunked=True)
    assert (status, b"<Code>NotImplemented</Code>" in answer) == (501, True)


def _in_chunks(trailers: str) -> bytes:
    pieces = (BODY[:4], BODY[4:], b"")
    chunks = [b"%x\r\n%s" % (len(piece), piece + b"\r\n" if piece else b"") for piece in pieces]
    return b"".join(chunks) + trailers.encode() + b"\r\n"


@pytest.mark.parametrize("algorithm", CHECKSUMS)
@pytest.mark.parametrize("chunked", [False, True])
def test_chunks_with_a_trailer(s3: Any, bucket: str, send: Send, algorithm: str, chunked: bool) -> None:
    name, value = f"x-amz-checksum-{algorithm.lower()}", _base64(CHECKSUMS[algorithm])
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(BODY)),
        "x-amz-trailer": name,
        "Content-Encoding": "aws-chunked",
    }
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    status, told, _ = send(headers, _in_chunks(f"{name}:{value}\r\n"), chunked=chunked)
    assert (status, told[name]) == (200, value)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["Body"].read(), got.get("ContentEncoding")) == (BODY, None)


@pytest.mark.parametrize(
    ("trailers", "length", "code"),
    [
        (f"x-amz-checksum-crc32:{_wrong('CRC32')}\r\n", 9, b"BadDigest"),
        ("", 9, b"MalformedTrailerError"),
        ("nonsense\r\n", 9, b"MalformedTrailerError"),
        (f"x-amz-checksum-crc32:{_base64(CHECKSUMS['CRC32'])}\r\n", 8, b"IncompleteBody"),
    ],
)
def test_chunks_that_are_not_as_announced(send: Send, trailers: str, length: int, code: bytes) -> None:
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(length),
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    status, _, answer = send(headers, _in_chunks(trailers))
    assert (status, b"<Code>%s</Code>" % code in answer) == (400, True)


def test_a_large_body_has_the_checksum_of_its_bytes(s3: Any, bucket: str, send: Send) -> None:
    body = bytes(range(251)) * 12_345  # lanes, blocks and a rest
    _, headers, _ = send({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, body)
    value = (1 << 64) - 1
    table = [_advanced(byte) for byte in range(256)]
    for byte in body:
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    assert headers["x-amz-checksum-crc64nvme"] == _base64(f"{value ^ ((1 << 64) - 1):016x}")


def _advanced(byte: int) -> int:
    value = byte
    for _ in range(8):
        value = (value >> 1) ^ (0x9A6C9329AC4BC9B5 if value & 1 else 0)
    return value


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("SHA256", "COMPOSITE"), ("CRC64NVME", "FULL_OBJECT")],
)
def test_the_checksum_of_an_upload_in_parts(s3: Any, bucket: str, algorithm: str, kind: str) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    upload = s3.create_multipart_upload(**place, ChecksumAlgorithm=algorithm, ChecksumType=kind)["UploadId"]
    name, value = f"Checksum{algorithm}", _base64(CHECKSUMS[algorithm])
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=BODY, **{name: value})
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"], name: value}]}
    done = s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=listed)
    got = s3.head_object(**place, ChecksumMode="ENABLED")
    assert (got[name], got["ChecksumType"]) == (done[name], kind) == (done[name], done["ChecksumType"])
    if kind == "FULL_OBJECT":
        assert done[name] == value
    elif algorithm == "SHA256":
        assert done[name] == _base64(hashlib.sha256(bytes.fromhex(CHECKSUMS[algorithm])).hexdigest()) + "-1"


def test_a_part_with_another_checksum_than_its_upload(s3: Any, bucket: str) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    upload = s3.create_multipart_upload(**place, ChecksumAlgorithm="SHA256")["UploadId"]
    request = place | {"UploadId": upload, "PartNumber": 1, "Body": BODY, "ChecksumAlgorithm": "CRC32"}
    assert _error(lambda: s3.upload_part(**request)) == (
        "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    )


@pytest.mark.parametrize(("algorithm", "kind"), [("SHA1", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")])
def test_a_type_that_an_algorithm_has_not(s3: Any, bucket: str, algorithm: str, kind: str) -> None:
    request = {"Bucket": bucket, "Key": "k", "ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    assert _error(lambda: s3.create_multipart_upload(**request)) == (
        "InvalidRequest",
        f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm.",
    )


def test_a_copy_has_its_sources_checksum_or_another(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, ChecksumSHA1=_base64(CHECKSUMS["SHA1"]))
    source = {"Bucket": bucket, "CopySource": f"{bucket}/k"}
    assert s3.copy_object(**source, Key="same")["CopyObjectResult"]["ChecksumSHA1"] == _base64(CHECKSUMS["SHA1"])
    other = s3.copy_object(**source, Key="other", ChecksumAlgorithm="SHA256")["CopyObjectResult"]
    assert other["ChecksumSHA256"] == _base64(CHECKSUMS["SHA256"])


def test_configurations_are_checked_as_well(s3: Any, bucket: str) -> None:
    request = {"Bucket": bucket, "Tagging": {"TagSet": []}, "ContentMD5": _base64("00" * 16)}
    assert _error(lambda: s3.put_bucket_tagging(**request))[0] == "BadDigest"
