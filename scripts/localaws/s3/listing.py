"""Lists of objects and of versions: prefixes, delimiters and pages, decided without knowing what is listed.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from moto.core.common_types import TYPE_RESPONSE
from moto.s3.models import FakeBucket, FakeDeleteMarker

from localaws.s3.errors import S3Refusal, invalid_argument
from localaws.s3.uploads import Uploads

_LONGEST_PAGE = 1000
_MOST_BUCKETS = 10_000
_OWNER = {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a", "DisplayName": "webfile"}


@dataclass
class Page:
    """A page of a list: entries and common prefixes, which count alike, and the last of them."""

    entries: list[Any] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: Any = None
    is_truncated: bool = False


def page(names: Iterable[tuple[str, Any]], prefix: str, delimiter: str, most: int, after: str = "") -> Page:
    """Return a page of a sorted list of (name, entry) without what ``after`` names or what was rolled up into it."""
    result = Page()
    seen = after if delimiter and after.endswith(delimiter) else None
    for name, entry in names:
        if not name.startswith(prefix) or (seen is not None and name.startswith(seen)):
            continue
        rest, found, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
        if len(result.entries) + len(result.prefixes) == most:
            result.is_truncated = most > 0
            break
        if found:
            seen = prefix + rest + delimiter
            result.prefixes.append(seen)
            result.last = seen
        else:
            result.entries.append(entry)
            result.last = entry
    return result


class Listing(Uploads):
    """The part of S3 that lists what a bucket holds."""

    def all_buckets(self) -> TYPE_RESPONSE:
        """Return the account's buckets by name, in pages for who asks for some (moto leaves the rest out)."""
        asked = {name: self.querystring.get(name, [""])[0] for name in ("prefix", "bucket-region", "max-buckets")}
        token, most = self.querystring.get("continuation-token", [None])[0], _most_buckets(asked["max-buckets"])
        buckets = {
            name: bucket
            for name, bucket in sorted(dict(self.backend.buckets).items())
            if asked["bucket-region"] in ("", bucket.region_name) and name > (_untokened(token) if token else "")
        }
        found = page(buckets.items(), asked["prefix"], "", most)
        result = {
            "Owner": _OWNER,
            "Prefix": asked["prefix"] or None,
            "Buckets": [_shown_bucket(bucket) for bucket in found.entries],
            "ContinuationToken": _token(found.last.name) if found.is_truncated else None,
        }
        return self.document("ListBuckets", result, {})

    def list_objects_v2(self) -> TYPE_RESPONSE:
        """Return current objects by key."""
        bucket, asked = self.backend.get_bucket(self.bucket_name), self._asked()
        token = self.querystring.get("continuation-token", [None])[0]
        start_after = self.querystring.get("start-after", [""])[0]
        found = _current(bucket, asked, _untokened(token) if token is not None else start_after)
        last = getattr(found.last, "name", found.last)
        result = self._listed(bucket, asked, found) | {
            "KeyCount": len(found.entries) + len(found.prefixes),
            "ContinuationToken": token,
            "StartAfter": asked.shown(start_after) or None,
            "NextContinuationToken": _token(last) if found.is_truncated else None,
        }
        wants_owner = self.querystring.get("fetch-owner", ["false"])[0] == "true"
        result["Contents"] = [_shown(item, asked.shown, wants_owner) for item in found.entries]
        return self.document("ListObjectsV2", result, {})

    def list_objects(self) -> TYPE_RESPONSE:
        """Return current objects by key, as before there were continuation tokens."""
        bucket, asked = self.backend.get_bucket(self.bucket_name), self._asked()
        marker = self.querystring.get("marker", [""])[0]
        found = _current(bucket, asked, marker)
        result = self._listed(bucket, asked, found) | {"Marker": asked.shown(marker)}
        if found.is_truncated and asked.delimiter:
            result["NextMarker"] = asked.shown(getattr(found.last, "name", found.last))
        result["Contents"] = [_shown(item, asked.shown, True) for item in found.entries]
        return self.document("ListObjects", result, {})

    def list_object_versions(self) -> TYPE_RESPONSE:
        """Return all versions and delete markers: by key, the newest first."""
        bucket, asked = self.backend.get_bucket(self.bucket_name), self._asked()
        key, version = (self.querystring.get(name, [""])[0] for name in ("key-marker", "version-id-marker"))
        if version and not key:
            message = "A version-id marker cannot be specified without a key marker."
            raise invalid_argument(message, "version-id-marker", version)
        found = page(_versions(bucket, key, version), asked.prefix, asked.delimiter, asked.most, "" if version else key)
        result = self._listed(bucket, asked, found) | {
            "KeyMarker": asked.shown(key),
            "VersionIdMarker": version,
            "Versions": [_shown_version(each, asked.shown) for each in found.entries if not _is_marker(each)],
            "DeleteMarkers": [_shown_marker(each, asked.shown) for each in found.entries if _is_marker(each)],
        }
        if found.is_truncated:
            is_prefix = isinstance(found.last, str)
            result["NextKeyMarker"] = asked.shown(found.last if is_prefix else found.last[0].name)
            result["NextVersionIdMarker"] = None if is_prefix else found.last[0].version_id
        return self.document("ListObjectVersions", result, {})

    def _asked(self) -> "_Asked":
        text = {name: self.querystring.get(name, [""])[0] for name in ("prefix", "delimiter", "max-keys")}
        encoding = self.querystring.get("encoding-type", [""])[0]
        if encoding not in ("", "url"):
            raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", encoding)
        number = text["max-keys"] or str(_LONGEST_PAGE)
        if not number.isdecimal() or int(number) > 2**31 - 1:
            message = "Provided max-keys not an integer or within integer range"
            raise invalid_argument(message, "max-keys", number)
        return _Asked(text["prefix"], text["delimiter"], min(int(number), _LONGEST_PAGE), encoding == "url")

    def _listed(self, bucket: FakeBucket, asked: "_Asked", found: Page) -> dict[str, Any]:
        """Return what all lists tell."""
        return {
            "Name": bucket.name,
            "Prefix": asked.shown(asked.prefix),
            "Delimiter": asked.shown(asked.delimiter) or None,
            "MaxKeys": asked.most,
            "EncodingType": "url" if asked.is_encoded else None,
            "IsTruncated": found.is_truncated,
            "CommonPrefixes": [{"Prefix": asked.shown(each)} for each in found.prefixes],
        }


@dataclass(frozen=True)
class _Asked:
    prefix: str
    delimiter: str
    most: int
    is_encoded: bool

    def shown(self, name: str) -> str:
        """Return a name as the answer spells it: XML cannot hold every key."""
        return quote(name, safe="/") if self.is_encoded else name


def _most_buckets(number: str) -> int:
    """Return how many buckets a page has at most. The words: MinIO's cmd/api-errors.go and others that copy S3's."""
    if not number:
        return _MOST_BUCKETS
    if not (number.isdecimal() and 1 <= int(number) <= _MOST_BUCKETS):
        message = f"Argument max-buckets must be an integer between 1 and {_MOST_BUCKETS}"
        raise invalid_argument(message, "max-buckets", number)
    return int(number)


def _shown_bucket(bucket: FakeBucket) -> dict[str, str]:
    created = bucket.creation_date_ISO8601
    return {"Name": bucket.name, "CreationDate": created, "BucketRegion": bucket.region_name}


def _current(bucket: FakeBucket, asked: _Asked, after: str) -> Page:
    """Return the page of current objects whose keys come after this one."""
    current = {name: versions[-1] for name, versions in dict(bucket.keys).items() if name > after}
    names = ((name, current[name]) for name in sorted(current) if not isinstance(current[name], FakeDeleteMarker))
    return page(names, asked.prefix, asked.delimiter, asked.most, after)


def _versions(bucket: FakeBucket, key: str, version: str) -> Iterable[tuple[str, tuple[Any, bool]]]:
    """Return (name, (version, whether it is the latest)) after a version or, without one, after a whole key."""
    for name, versions in sorted(dict(bucket.keys).items()):
        if name < key or (name == key and not version):
            continue
        newest_first = [(name, (each, number == 0)) for number, each in enumerate(reversed(versions))]
        passed = [each.version_id for each in reversed(versions)]
        skipped = passed.index(version) + 1 if name == key and version in passed else 0
        yield from newest_first[skipped:]


def _is_marker(entry: tuple[Any, bool]) -> bool:
    return isinstance(entry[0], FakeDeleteMarker)


def _shown(item: Any, shown: Callable[[str], str], with_owner: bool) -> dict[str, Any]:
    told = {
        "Key": shown(item.name),
        "LastModified": item.last_modified,
        "ETag": item.etag,
        "Size": item.size,
        "StorageClass": item.storage_class,
    }
    if item.checksum:
        told |= {"ChecksumAlgorithm": [item.checksum.algorithm], "ChecksumType": item.checksum_type}
    return told | ({"Owner": _OWNER} if with_owner else {})


def _shown_version(entry: tuple[Any, bool], shown: Callable[[str], str]) -> dict[str, Any]:
    item, is_latest = entry
    return _shown(item, shown, True) | {"VersionId": item.version_id, "IsLatest": is_latest}


def _shown_marker(entry: tuple[Any, bool], shown: Callable[[str], str]) -> dict[str, Any]:
    marker, is_latest = entry
    modified = marker.last_modified
    key = {"Key": shown(marker.name), "VersionId": marker.version_id}
    return key | {"IsLatest": is_latest, "LastModified": modified, "Owner": _OWNER}


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _untokened(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise S3Refusal("InvalidArgument", "The continuation token provided is incorrect") from None
