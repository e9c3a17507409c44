"""Lifecycle rules act at midnight, UTC, by the clock.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localaws.clock import clock

Client = Callable[[str], Any]
DAY = 24 * 60 * 60


def let_days_pass(days: int) -> None:
    """Move the clock to a minute after the midnight that ends so many whole days from now."""
    clock.move((clock.now() // DAY + days + 1) * DAY + 60 - clock.now())


def keys(s3: Any, bucket: str) -> list[str]:
    """Return the keys of a bucket's current objects."""
    return [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def eventually(look: Callable[[], Any], expected: Any) -> None:
    """Wait until what is looked at is as expected."""
    deadline = time.monotonic() + 20
    while (found := look()) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)


@pytest.fixture
def put_rules(s3: Any) -> Callable[..., None]:
    """A function that gives a bucket lifecycle rules, each with its filter (a prefix: all keys) and what it does."""

    def put(bucket: str, *rules: dict[str, Any]) -> None:
        whole = [{"ID": f"rule {n}", "Status": "Enabled", "Filter": {}} | rule for n, rule in enumerate(rules)]
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": whole})

    return put


def test_an_object_goes_at_the_midnight_after_its_days(s3: Any, bucket: str, put_rules: Any) -> None:
    put_rules(bucket, {"Expiration": {"Days": 2}})
    s3.put_object(Bucket=bucket, Key="old", Body=b"")
    let_days_pass(1)
    s3.put_object(Bucket=bucket, Key="young", Body=b"")
    assert keys(s3, bucket) == ["old", "young"]
    let_days_pass(1)
    eventually(lambda: keys(s3, bucket), ["young"])


def test_an_answer_tells_when_an_object_goes(s3: Any, bucket: str, put_rules: Any) -> None:
    put_rules(bucket, {"Expiration": {"Days": 3}, "Filter": {"Prefix": "a"}})
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=4)
    told = f'expiry-date="{midnight:%a, %d %b %Y} 00:00:00 GMT", rule-id="rule%200"'
    assert s3.put_object(Bucket=bucket, Key="a", Body=b"")["Expiration"] == told
    assert s3.head_object(Bucket=bucket, Key="a")["Expiration"] == told
    s3.put_object(Bucket=bucket, Key="b", Body=b"")
    assert "Expiration" not in s3.head_object(Bucket=bucket, Key="b")


TAGS = [{"Key": "t", "Value": "1"}]
FILTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a prefix": ({"Prefix": "in/"}, ["big", "small"]),
    "a tag": ({"Tag": TAGS[0]}, ["in/plain", "small"]),
    "more than": ({"ObjectSizeGreaterThan": 3}, ["in/plain", "small"]),
    "less than": ({"ObjectSizeLessThan": 4}, ["big"]),
    "all of them": ({"And": {"Prefix": "b", "Tags": TAGS, "ObjectSizeGreaterThan": 3}}, ["in/plain", "small"]),
    "not all": ({"And": {"Prefix": "b", "Tags": TAGS, "ObjectSizeGreaterThan": 4}}, ["big", "in/plain", "small"]),
}


@pytest.mark.parametrize(("wanted", "left"), FILTERS.values(), ids=FILTERS)
def test_a_filter_chooses_what_goes(
    s3: Any, bucket: str, put_rules: Any, wanted: dict[str, Any], left: list[str]
) -> None:
    s3.put_object(Bucket=bucket, Key="in/plain", Body=b"123")
    s3.put_object(Bucket=bucket, Key="big", Body=b"1234", Tagging="t=1")
    s3.put_object(Bucket=bucket, Key="small", Body=b"1", Tagging="t=2")
    s3.put_object(Bucket=bucket, Key="goes/anyway", Body=b"")
    put_rules(
        bucket,
        {"Filter": wanted, "Expiration": {"Days": 1}},
        {"Filter": {"Prefix": "goes/"}, "Expiration": {"Days": 1}},
    )
    let_days_pass(1)
    eventually(lambda: keys(s3, bucket), left)


def test_a_disabled_rule_does_nothing(s3: Any, bucket: str, put_rules: Any) -> None:
    s3.put_object(Bucket=bucket, Key="kept", Body=b"")
    s3.put_object(Bucket=bucket, Key="gone", Body=b"")
    put_rules(
        bucket,
        {"Status": "Disabled", "Expiration": {"Days": 1}},
        {"Filter": {"Prefix": "gone"}, "Expiration": {"Days": 1}},
    )
    let_days_pass(1)
    eventually(lambda: keys(s3, bucket), ["kept"])


def test_a_date_is_a_day_for_all(s3: Any, bucket: str, put_rules: Any) -> None:
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=3)
    put_rules(bucket, {"Expiration": {"Date": day}})
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    let_days_pass(1)
    assert keys(s3, bucket) == ["k"]
    let_days_pass(0)
    eventually(lambda: keys(s3, bucket), [])


def test_a_current_version_is_hidden_and_then_goes_with_its_marker(s3: Any, create_bucket: Any, put_rules: Any) -> None:
    bucket = create_bucket("Enabled")
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"")["VersionId"]
    put_rules(bucket, {"Expiration": {"Days": 1}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}})

    def held() -> tuple[list[str], int]:
        listed = s3.list_object_versions(Bucket=bucket)
        return [each["VersionId"] for each in listed.get("Versions", [])], len(listed.get("DeleteMarkers", []))

    let_days_pass(1)
    eventually(held, ([version], 1))
    let_days_pass(1)
    eventually(held, ([], 1))
    let_days_pass(1)
    eventually(held, ([], 0))


def test_the_newest_noncurrent_versions_may_stay(s3: Any, create_bucket: Any, put_rules: Any) -> None:
    bucket = create_bucket("Enabled")
    versions = [s3.put_object(Bucket=bucket, Key="k", Body=b"")["VersionId"] for _ in range(4)]
    kept = {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1}
    put_rules(bucket, {"NoncurrentVersionExpiration": kept})
    let_days_pass(1)
    eventually(
        lambda: [each["VersionId"] for each in s3.list_object_versions(Bucket=bucket)["Versions"]],
        [versions[3], versions[2]],
    )


def test_a_marker_that_hides_nothing_goes(s3: Any, create_bucket: Any, put_rules: Any) -> None:
    bucket = create_bucket("Enabled")
    s3.delete_object(Bucket=bucket, Key="never")
    s3.put_object(Bucket=bucket, Key="hidden", Body=b"")
    s3.delete_object(Bucket=bucket, Key="hidden")
    put_rules(bucket, {"Expiration": {"ExpiredObjectDeleteMarker": True}})
    let_days_pass(0)
    eventually(lambda: [each["Key"] for each in s3.list_object_versions(Bucket=bucket)["DeleteMarkers"]], ["hidden"])


def test_an_upload_that_is_not_completed_is_aborted(s3: Any, bucket: str, put_rules: Any) -> None:
    s3.create_multipart_upload(Bucket=bucket, Key="in/one")
    s3.create_multipart_upload(Bucket=bucket, Key="two")
    put_rules(bucket, {"Filter": {"Prefix": "in/"}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}})

    def going_on() -> list[str]:
        return [each["Key"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]]

    let_days_pass(1)
    assert going_on() == ["in/one", "two"]
    let_days_pass(1)
    eventually(going_on, ["two"])
