"""Lists: pages, prefixes, delimiters, versions and delete markers."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

KEYS = ["a", "b/1", "b/2", "b/c/3", "d/4", "e", "ü +&"]


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    """A bucket with some keys."""
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


@pytest.fixture
def versioned(create_bucket: Callable[..., str]) -> str:
    """A bucket with versioning."""
    return create_bucket("Enabled")


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_pages_hold_every_key_once(s3: Any, filled: str, operation: str, size: int) -> None:
    pages = s3.get_paginator(operation).paginate(Bucket=filled, PaginationConfig={"PageSize": size})
    assert [item["Key"] for page in pages for item in page["Contents"]] == KEYS


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions"])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_pages_hold_every_common_prefix_once(s3: Any, filled: str, operation: str, size: int) -> None:
    settings = {"PageSize": size}
    pages = list(s3.get_paginator(operation).paginate(Bucket=filled, Delimiter="/", PaginationConfig=settings))
    name = "Versions" if operation == "list_object_versions" else "Contents"
    assert [item["Key"] for page in pages for item in page.get(name, [])] == ["a", "e", "ü +&"]
    assert [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])] == ["b/", "d/"]


@pytest.mark.parametrize(
    ("prefix", "keys", "prefixes"),
    [("b/", ["b/1", "b/2"], ["b/c/"]), ("b", [], ["b/"]), ("x", [], []), ("b/c/", ["b/c/3"], [])],
)
def test_prefix_and_delimiter(s3: Any, filled: str, prefix: str, keys: list[str], prefixes: list[str]) -> None:
    page = s3.list_objects_v2(Bucket=filled, Prefix=prefix, Delimiter="/")
    assert [item["Key"] for item in page.get("Contents", [])] == keys
    assert [each["Prefix"] for each in page.get("CommonPrefixes", [])] == prefixes
    assert page["KeyCount"] == len(keys) + len(prefixes)


def test_start_after(s3: Any, filled: str) -> None:
    assert s3.list_objects_v2(Bucket=filled, StartAfter="b/c/3")["Contents"][0]["Key"] == "d/4"


@pytest.mark.parametrize("token", ["!", "é"])
def test_a_token_that_was_never_given_is_refused(s3: Any, filled: str, token: str) -> None:
    with pytest.raises(ClientError) as refusal:
        s3.list_objects_v2(Bucket=filled, ContinuationToken=token)
    assert refusal.value.response["Error"]["Code"] == "InvalidArgument"
    assert refusal.value.response["Error"]["Message"] == "The continuation token provided is incorrect"


def test_no_keys_are_asked_for(s3: Any, filled: str) -> None:
    page = s3.list_objects_v2(Bucket=filled, MaxKeys=0)
    assert (page["KeyCount"], page["IsTruncated"]) == (0, False)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_versions_and_delete_markers_come_newest_first(s3: Any, versioned: str, size: int) -> None:
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=versioned, Key="k", Body=b"2")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    other = s3.put_object(Bucket=versioned, Key="l", Body=b"3")["VersionId"]
    pages = list(
        s3.get_paginator("list_object_versions").paginate(Bucket=versioned, PaginationConfig={"PageSize": size})
    )
    versions = [(each["VersionId"], each["IsLatest"]) for page in pages for each in page.get("Versions", [])]
    markers = [(each["VersionId"], each["IsLatest"]) for page in pages for each in page.get("DeleteMarkers", [])]
    assert versions == [(second, False), (first, False), (other, True)]
    assert markers == [(marker, True)]


def test_a_hidden_object_is_not_listed(s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    s3.delete_object(Bucket=versioned, Key="k")
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0


@pytest.mark.parametrize(
    ("operation", "argument"),
    [
        ("list_objects", "MaxKeys"),
        ("list_objects_v2", "MaxKeys"),
        ("list_object_versions", "MaxKeys"),
        ("list_multipart_uploads", "MaxUploads"),
    ],
)
@pytest.mark.parametrize("number", ["abc", "-1", str(2**31)])
def test_what_is_no_number_is_refused(unchecked: Any, bucket: str, operation: str, argument: str, number: str) -> None:
    name = argument.replace("Max", "max-").lower()
    with pytest.raises(ClientError) as refusal:
        getattr(unchecked, operation)(Bucket=bucket, **{argument: number})
    assert refusal.value.response["Error"] == {
        "Code": "InvalidArgument",
        "Message": f"Provided {name} not an integer or within integer range",
        "ArgumentName": name,
        "ArgumentValue": number,
    }


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_pages_hold_every_bucket_once(s3: Any, create_bucket: Callable[..., str], size: int) -> None:
    made = sorted(create_bucket() for _ in range(3))
    pages = s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": size})
    listed = [each["Name"] for page in pages for each in page["Buckets"]]
    assert [name for name in listed if name in made] == made


@pytest.mark.parametrize("number", ["abc", "0", "10001"])
def test_a_page_of_buckets_has_a_size(unchecked: Any, number: str) -> None:
    with pytest.raises(ClientError) as refusal:
        unchecked.list_buckets(MaxBuckets=number)
    error = refusal.value.response["Error"]
    assert error["Code"] == "InvalidArgument"
    assert error["Message"] == "Argument max-buckets must be an integer between 1 and 10000"


@pytest.mark.parametrize("key", ["a\nb", "a\n", "\na", "a\r\nb", "\n", "//a", "a\x0bb", "a\\b"])
def test_a_key_may_have_any_character(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x"
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_directory_buckets_are_refused_by_name(s3: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        s3.list_directory_buckets()
    error = refusal.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("NotImplemented", "Local AWS does not have the service s3express.")
