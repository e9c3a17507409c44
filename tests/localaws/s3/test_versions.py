"""Versions: kept, hidden, brought back, and what suspension does to them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def versioned(create_bucket: Callable[..., str]) -> str:
    """A bucket with versioning."""
    return create_bucket("Enabled")


def _refusal(call: Callable[[], Any]) -> tuple[str, dict[str, str]]:
    with pytest.raises(ClientError) as refusal:
        call()
    answer = refusal.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPHeaders"]


def test_every_version_stays(s3: Any, versioned: str) -> None:
    versions = [s3.put_object(Bucket=versioned, Key="k", Body=body)["VersionId"] for body in (b"1", b"2")]
    bodies = [s3.get_object(Bucket=versioned, Key="k", VersionId=each)["Body"].read() for each in versions]
    assert bodies == [b"1", b"2"]
    assert s3.get_object(Bucket=versioned, Key="k")["VersionId"] == versions[1]


def test_a_delete_marker_hides_and_its_deletion_brings_back(s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    marker = s3.delete_object(Bucket=versioned, Key="k")
    assert marker["DeleteMarker"] is True
    code, headers = _refusal(lambda: s3.get_object(Bucket=versioned, Key="k"))
    assert (code, headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == (
        "NoSuchKey",
        "true",
        marker["VersionId"],
    )
    assert _refusal(lambda: s3.get_object(Bucket=versioned, Key="k", VersionId=marker["VersionId"]))[0] == (
        "MethodNotAllowed"
    )
    s3.delete_object(Bucket=versioned, Key="k", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=versioned, Key="k")["Body"].read() == b"1"


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("11111111-1111-1111-1111-111111111111", "NoSuchVersion"),
        ("nonsense", "InvalidArgument"),
        ("null", "NoSuchVersion"),
    ],
)
def test_a_version_that_is_not_there(s3: Any, versioned: str, version: str, code: str) -> None:
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    assert _refusal(lambda: s3.get_object(Bucket=versioned, Key="k", VersionId=version))[0] == code


def test_what_was_there_before_is_the_null_version(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"after")
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"before"


def test_suspension_keeps_versions_and_replaces_the_null_version(s3: Any, versioned: str) -> None:
    kept = s3.put_object(Bucket=versioned, Key="k", Body=b"kept")["VersionId"]
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=versioned, Key="k", Body=b"gone")
    assert s3.put_object(Bucket=versioned, Key="k", Body=b"null")["VersionId"] == "null"
    listed = [each["VersionId"] for each in s3.list_object_versions(Bucket=versioned)["Versions"]]
    assert listed == ["null", kept]
    assert s3.delete_object(Bucket=versioned, Key="k")["VersionId"] == "null"
    after = s3.list_object_versions(Bucket=versioned)
    assert [each["VersionId"] for each in after["Versions"]] == [kept]
    assert [each["VersionId"] for each in after["DeleteMarkers"]] == ["null"]


def test_many_are_deleted_at_once(s3: Any, versioned: str) -> None:
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="l", Body=b"1")
    objects = [{"Key": "k", "VersionId": version}, {"Key": "l"}, {"Key": "absent"}]
    deleted = s3.delete_objects(Bucket=versioned, Delete={"Objects": objects})["Deleted"]
    assert [(each["Key"], each.get("DeleteMarker", False)) for each in deleted] == [
        ("k", False),
        ("l", True),
        ("absent", True),
    ]
    assert [each["Key"] for each in s3.list_object_versions(Bucket=versioned)["Versions"]] == ["l"]


def test_a_bucket_with_versions_or_markers_alone_is_not_empty(s3: Any, versioned: str) -> None:
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    for each in (version, marker):
        assert _refusal(lambda: s3.delete_bucket(Bucket=versioned))[0] == "BucketNotEmpty"
        s3.delete_object(Bucket=versioned, Key="k", VersionId=each)
    s3.delete_bucket(Bucket=versioned)
    assert _refusal(lambda: s3.get_bucket_versioning(Bucket=versioned))[0] == "NoSuchBucket"


def test_a_copy_of_a_version(s3: Any, versioned: str) -> None:
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="k", Body=b"2")
    copy = s3.copy_object(Bucket=versioned, Key="k", CopySource={"Bucket": versioned, "Key": "k", "VersionId": first})
    assert copy["CopySourceVersionId"] == first
    assert s3.get_object(Bucket=versioned, Key="k", VersionId=copy["VersionId"])["Body"].read() == b"1"


def test_what_is_deleted_quietly_is_not_told(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}], "Quiet": True})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_delete_marker_that_is_deleted_is_told_of(s3: Any, versioned: str) -> None:
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    objects = [{"Key": "k", "VersionId": marker}]
    deleted = s3.delete_objects(Bucket=versioned, Delete={"Objects": objects})["Deleted"]
    assert deleted == [{"Key": "k", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker}]


def test_no_more_than_1000_are_deleted_at_once(s3: Any, bucket: str) -> None:
    objects = [{"Key": str(number)} for number in range(1001)]
    assert _refusal(lambda: s3.delete_objects(Bucket=bucket, Delete={"Objects": objects}))[0] == "MalformedXML"
