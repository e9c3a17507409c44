"""Objects: conditions, ranges, parts, copies, and what comes back with them."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

BODY = b"0123456789"
PART = 5 << 20
LATER, EARLIER = datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def etag(s3: Any, bucket: str) -> str:
    """The ETag of an object k."""
    return str(s3.put_object(Bucket=bucket, Key="k", Body=BODY)["ETag"])


def _code(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refusal:
        call()
    return str(refusal.value.response["Error"]["Code"])


def test_headers_and_metadata_come_back(s3: Any, bucket: str) -> None:
    given = {
        "CacheControl": "no-cache",
        "ContentDisposition": "attachment",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "text/csv",
        "Metadata": {"source": "wine", "with_underscore": "kept"},
    }
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, **given)
    got = s3.head_object(Bucket=bucket, Key="k")
    assert {name: got[name] for name in given} == given


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        ("bytes=2-4", (b"234", "bytes 2-4/10")),
        ("bytes=7-", (b"789", "bytes 7-9/10")),
        ("bytes=-3", (b"789", "bytes 7-9/10")),
        ("bytes=8-99", (b"89", "bytes 8-9/10")),
        ("bytes=-99", (BODY, "bytes 0-9/10")),
        ("bytes=4-2", (BODY, None)),
        ("lines=1-2", (BODY, None)),
    ],
)
def test_ranges(s3: Any, bucket: str, etag: str, wanted: str, answer: tuple[bytes, str | None]) -> None:
    got = s3.get_object(Bucket=bucket, Key="k", Range=wanted)
    assert (got["Body"].read(), got.get("ContentRange")) == answer
    assert got["ETag"] == etag


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=-0", "bytes=99-100"])
def test_a_range_that_cannot_be(s3: Any, bucket: str, etag: str, wanted: str) -> None:
    assert _code(lambda: s3.get_object(Bucket=bucket, Key="k", Range=wanted)) == "InvalidRange"


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ({"IfMatch": '"other"'}, "PreconditionFailed"),
        ({"IfUnmodifiedSince": EARLIER}, "PreconditionFailed"),
        ({"IfNoneMatch": "ETAG"}, "304"),
        ({"IfModifiedSince": LATER}, "304"),
        ({"IfMatch": "ETAG", "IfNoneMatch": "ETAG"}, "304"),
    ],
)
def test_a_read_whose_condition_fails(s3: Any, bucket: str, etag: str, condition: dict[str, Any], code: str) -> None:
    given = {name: etag if value == "ETAG" else value for name, value in condition.items()}
    assert _code(lambda: s3.get_object(Bucket=bucket, Key="k", **given)) == code


@pytest.mark.parametrize(
    "condition",
    [
        {"IfMatch": "ETAG"},
        {"IfMatch": "ETAG", "IfUnmodifiedSince": EARLIER},  # API_GetObject: If-Match prevails
        {"IfNoneMatch": '"other"', "IfModifiedSince": LATER},  # RFC 9110: If-None-Match prevails
        {"IfModifiedSince": EARLIER},
    ],
)
def test_a_read_whose_condition_holds(s3: Any, bucket: str, etag: str, condition: dict[str, Any]) -> None:
    given = {name: etag if value == "ETAG" else value for name, value in condition.items()}
    assert s3.get_object(Bucket=bucket, Key="k", **given)["Body"].read() == BODY


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"Key": "k", "IfNoneMatch": "*"}, "PreconditionFailed"),
        ({"Key": "k", "IfMatch": '"other"'}, "PreconditionFailed"),
        ({"Key": "absent", "IfMatch": '"other"'}, "NoSuchKey"),
    ],
)
def test_a_write_whose_condition_fails(s3: Any, bucket: str, etag: str, request_: dict[str, str], code: str) -> None:
    assert _code(lambda: s3.put_object(Bucket=bucket, Body=b"new", **request_)) == code
    assert s3.get_object(Bucket=bucket, Key="k")["ETag"] == etag


def test_a_write_whose_condition_holds(s3: Any, bucket: str, etag: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"new", IfMatch=etag)
    s3.put_object(Bucket=bucket, Key="other", Body=b"new", IfNoneMatch="*")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"new"


def test_an_upload_in_parts(s3: Any, bucket: str) -> None:
    body = bytes(range(256)) * (PART // 128)
    s3.upload_fileobj(io.BytesIO(body), bucket, "k", Config=TransferConfig(multipart_chunksize=PART))
    whole = s3.get_object(Bucket=bucket, Key="k")
    assert whole["ETag"].endswith('-2"')
    assert whole["Body"].read() == body
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (second["PartsCount"], second["Body"].read()) == (2, body[PART:])
    assert _code(lambda: s3.get_object(Bucket=bucket, Key="k", PartNumber=3)) == "InvalidPartNumber"
    across = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={PART - 2}-{PART + 1}")
    assert across["Body"].read() == body[PART - 2 : PART + 2]


def test_parts_of_an_upload_are_listed_by_pages(s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    for number in (7, 2, 5):
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=b"x")
    pages = s3.get_paginator("list_parts").paginate(
        Bucket=bucket, Key="k", UploadId=upload, PaginationConfig={"PageSize": 2}
    )
    assert [part["PartNumber"] for page in pages for part in page["Parts"]] == [2, 5, 7]
    assert [each["UploadId"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    assert _code(lambda: s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)) == "NoSuchUpload"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([(2, None), (1, None)], "InvalidPartOrder"),
        ([(1, '"other"')], "InvalidPart"),
        ([(3, None)], "InvalidPart"),
        ([(1, None), (2, None)], "EntityTooSmall"),
        ([], "MalformedXML"),
    ],
)
def test_a_completion_that_cannot_be(s3: Any, bucket: str, parts: list[tuple[int, str | None]], code: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    etags = {
        number: s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=b"x")["ETag"]
        for number in (1, 2)
    }
    listed = [{"PartNumber": number, "ETag": etag or etags.get(number, "x")} for number, etag in parts]
    request = {"Bucket": bucket, "Key": "k", "UploadId": upload, "MultipartUpload": {"Parts": listed}}
    assert _code(lambda: s3.complete_multipart_upload(**request)) == code


def test_a_completion_may_be_repeated(s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
    request = {
        "Bucket": bucket,
        "Key": "k",
        "UploadId": upload,
        "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    }
    assert s3.complete_multipart_upload(**request)["ETag"] == s3.complete_multipart_upload(**request)["ETag"]


def test_no_tags_in_place_of_some(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, Tagging="t=1")
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": []})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


def test_more_tags_than_an_object_may_have(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    tags = [{"Key": f"t{number}", "Value": ""} for number in range(11)]
    with pytest.raises(ClientError) as refused:
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("BadRequest", "Object tags cannot be greater than 10")


def test_a_copy_keeps_or_replaces(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, Metadata={"a": "1"}, ContentType="text/csv", Tagging="t=1")
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=f"{bucket}/k")
    kept = s3.head_object(Bucket=bucket, Key="kept")
    assert (kept["Metadata"], kept["ContentType"], kept["ContentLength"]) == ({"a": "1"}, "text/csv", 10)
    assert s3.get_object_tagging(Bucket=bucket, Key="kept")["TagSet"] == [{"Key": "t", "Value": "1"}]
    replacing = {"MetadataDirective": "REPLACE", "TaggingDirective": "REPLACE", "Metadata": {"b": "2"}}
    s3.copy_object(Bucket=bucket, Key="new", CopySource=f"{bucket}/k", **replacing)
    assert s3.head_object(Bucket=bucket, Key="new")["Metadata"] == {"b": "2"}
    assert s3.get_object_tagging(Bucket=bucket, Key="new")["TagSet"] == []


def test_a_copy_to_itself_must_change_something(s3: Any, bucket: str, etag: str) -> None:
    source = {"Bucket": bucket, "Key": "k", "CopySource": f"{bucket}/k"}
    assert _code(lambda: s3.copy_object(**source)) == "InvalidRequest"
    assert s3.copy_object(**source, MetadataDirective="REPLACE")["CopyObjectResult"]["ETag"] == etag


@pytest.mark.parametrize(
    "condition",
    [{"CopySourceIfMatch": '"other"'}, {"CopySourceIfNoneMatch": "ETAG"}, {"CopySourceIfModifiedSince": LATER}],
)
def test_a_copy_whose_condition_fails(s3: Any, bucket: str, etag: str, condition: dict[str, Any]) -> None:
    given = {name: etag if value == "ETAG" else value for name, value in condition.items()}
    call = {"Bucket": bucket, "Key": "new", "CopySource": f"{bucket}/k"} | given
    assert _code(lambda: s3.copy_object(**call)) == "PreconditionFailed"


def test_a_key_that_is_too_long(s3: Any, bucket: str) -> None:
    assert _code(lambda: s3.put_object(Bucket=bucket, Key="ü" * 513, Body=b"")) == "KeyTooLongError"


def test_response_headers_may_be_chosen(s3: Any, bucket: str, etag: str) -> None:
    got = s3.get_object(Bucket=bucket, Key="k", ResponseContentType="text/plain", ResponseCacheControl="no-store")
    assert (got["ContentType"], got["CacheControl"]) == ("text/plain", "no-store")


@pytest.mark.parametrize("value", ["a\r\nx-more: 1", "a\nb", "a\rb", "倉.csv"])
def test_what_no_header_can_hold_is_refused(s3: Any, unchecked: Any, bucket: str, etag: str, value: str) -> None:
    asked = {"Bucket": bucket, "Key": "k", "ResponseContentDisposition": value}
    answer = requests.get(unchecked.generate_presigned_url("get_object", Params=asked), timeout=10)
    assert answer.status_code == 400
    assert "<Code>InvalidArgument</Code><Message>Header value cannot be represented using ISO-8859-1." in answer.text
    assert "<ArgumentName>response-content-disposition</ArgumentName>" in answer.text
    assert _code(lambda: s3.head_object(**asked)) == "400"
    assert _code(lambda: s3.get_object(**asked)) == "InvalidArgument"


def test_a_header_has_the_letters_of_latin(s3: Any, bucket: str, etag: str) -> None:
    got = s3.get_object(Bucket=bucket, Key="k", ResponseContentDisposition="naïve")
    assert got["ContentDisposition"] == "naïve"


def test_attributes(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=BODY, ChecksumAlgorithm="SHA256")["ETag"]
    names = ["ETag", "Checksum", "ObjectSize", "StorageClass"]
    got = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=names)
    assert (got["ETag"], got["ObjectSize"], got["StorageClass"]) == (etag.strip('"'), len(BODY), "STANDARD")
    assert set(got["Checksum"]) == {"ChecksumSHA256", "ChecksumType"}


@pytest.mark.parametrize(
    ("call", "more"),
    [("upload_part", {"PartNumber": 1, "Body": b""}), ("list_parts", {}), ("abort_multipart_upload", {})],
)
def test_an_upload_is_of_its_key_alone(s3: Any, bucket: str, call: str, more: dict[str, Any]) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    with pytest.raises(ClientError) as refusal:
        getattr(s3, call)(Bucket=bucket, Key="another", UploadId=upload, **more)
    error = refusal.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed.",
    )
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


@pytest.mark.parametrize(
    ("expires", "message"),
    [
        (
            604_801,
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            "604800 seconds",
        ),
        (-1, "X-Amz-Expires must be non-negative"),
    ],
)
def test_a_presigned_request_holds_a_week_at_most(unchecked: Any, bucket: str, expires: int, message: str) -> None:
    url = unchecked.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=expires)
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 400
    assert f"<Code>AuthorizationQueryParametersError</Code><Message>{message}</Message>" in answer.text


def test_a_presigned_request_of_a_week_is_served(s3: Any, unchecked: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = unchecked.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=604_800)
    assert requests.get(url, timeout=10).content == b"x"


def test_a_form_of_a_browser_is_refused_by_name(unchecked: Any, bucket: str) -> None:
    form = unchecked.generate_presigned_post(bucket, "k")
    answer = requests.post(form["url"], data=form["fields"], files={"file": b"x"}, timeout=10)
    assert answer.status_code == 400
    assert "<Code>NotImplemented</Code><Message>Local AWS does not support uploads by browsers" in answer.text


def test_a_part_is_a_range_of_an_object_that_is_not_small(s3: Any, bucket: str) -> None:
    size = 5 * 1024**2  # botocore, CopySourceRange: "greater than 5 MB"
    s3.put_object(Bucket=bucket, Key="small", Body=bytes(size))
    s3.put_object(Bucket=bucket, Key="large", Body=bytes(size) + b"x")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="cut")
    part = {"Bucket": bucket, "Key": "cut", "UploadId": upload["UploadId"], "PartNumber": 1}
    with pytest.raises(ClientError) as error:
        s3.upload_part_copy(**part, CopySource=f"{bucket}/small", CopySourceRange="bytes=0-1")
    assert error.value.response["Error"]["Code"] == "InvalidRequest"
    assert "not supported as a byte-range copy source" in error.value.response["Error"]["Message"]
    copied = s3.upload_part_copy(**part, CopySource=f"{bucket}/large", CopySourceRange=f"bytes={size - 1}-{size}")[
        "CopyPartResult"
    ]
    del part["PartNumber"]
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": copied["ETag"]}]})
    assert s3.get_object(Bucket=bucket, Key="cut")["Body"].read() == b"\0x"
