"""DeleteObject and DeleteObjects: one by one, each with its own answer."""

from typing import Any

import xmltodict  # type: ignore[import-untyped]
from moto.core.common_types import TYPE_RESPONSE
from moto.s3.exceptions import AccessDeniedByLock, MissingKey

from localaws.s3 import checksums
from localaws.s3.errors import invalid_request, malformed_xml
from localaws.s3.listing import Listing

_MOST_KEYS = 1000  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html


class Deleting(Listing):
    """The part of S3 that deletes objects."""

    def _bucket_response_delete_keys(self, bucket_name: str, authenticated: bool = True) -> TYPE_RESPONSE:
        bucket, (listed, is_quiet) = self.backend.get_bucket(bucket_name), _listed(self.body)
        if "Content-MD5" not in self.headers and not any(
            checksums.header(each) in self.headers for each in checksums.ALGORITHMS
        ):
            raise invalid_request("Missing required header for this request: Content-Md5 OR x-amz-checksum-*")
        bypass = self.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"
        deleted, errors = [], []
        for each in listed:
            try:
                _, told = self.backend.delete_object(bucket.name, each["Key"], each.get("VersionId"), bypass)
            except AccessDeniedByLock:
                message = "Access Denied because object protected by object lock."
                errors.append(each | {"Code": "AccessDenied", "Message": message})
            else:
                deleted.append(each | _marker(each, told))
        return self.document("DeleteObjects", {"Deleted": [] if is_quiet else deleted, "Errors": errors}, {})

    def delete_object_tagging(self) -> TYPE_RESPONSE:
        """Delete the tags of an object that is there."""
        key = self.parse_key_name()
        if self.backend.get_object(self.bucket_name, key, version_id=self._get_param("versionId")) is None:
            raise MissingKey(key=key)
        return super().delete_object_tagging()


def _listed(document: bytes) -> tuple[list[dict[str, str]], bool]:
    """Return what is to be deleted, by Key and perhaps VersionId, and whether only errors are to be told."""
    try:
        given = xmltodict.parse(document, force_list=("Object",), strip_whitespace=False)["Delete"]
        objects = [{name: each[name] for name in ("Key", "VersionId") if each.get(name)} for each in given["Object"]]
    except (KeyError, TypeError, AttributeError, ValueError, xmltodict.expat.ExpatError):
        raise malformed_xml() from None
    if not 1 <= len(objects) <= _MOST_KEYS or not all("Key" in each for each in objects):
        raise malformed_xml()
    if not all(isinstance(value, str) for each in objects for value in each.values()):
        raise malformed_xml()  # two keys, or one with elements: the gate has asked for one text
    return objects, str(given.get("Quiet", "false")).strip() == "true"


def _marker(asked: dict[str, str], told: dict[str, Any]) -> dict[str, Any]:
    """Return what is told of a delete marker that was made, or that was itself deleted."""
    if told.get("delete-marker") != "true":
        return {}
    return {"DeleteMarker": True, "DeleteMarkerVersionId": asked.get("VersionId", told["version-id"])}
