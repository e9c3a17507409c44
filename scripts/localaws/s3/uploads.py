"""Multipart uploads: parts that arrive one by one, are copied, listed, and joined.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

import re
from datetime import UTC, datetime
from typing import Any

import xmltodict  # type: ignore[import-untyped]
from moto.core.common_types import TYPE_RESPONSE
from moto.s3.exceptions import InvalidPartOrder
from moto.s3.notifications import S3NotificationEvent as Event
from moto.s3.utils import metadata_from_headers

from localaws.clock import clock
from localaws.s3 import checksums
from localaws.s3.encryption import check_readable
from localaws.s3.errors import S3Refusal, invalid_argument, invalid_request, malformed_xml
from localaws.s3.models import Multipart, Object, Upload
from localaws.s3.payload import Checksum, receive
from localaws.s3.reading import part_number
from localaws.s3.writing import Writing, written

# botocore, CopySourceRange: "only if the source object is greater than 5 MB". Its words for the refusal are a
# description; some people tell of smaller sources that S3 took.
UNVERIFIED_SMALL_SOURCE = 5 * 1024**2
UNVERIFIED_NO_RANGE = "The specified copy source is not supported as a byte-range copy source"
_COPY_RANGE = re.compile(r"bytes=(\d+)-(\d+)")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html: which type is for which.
_TYPES = {"CRC64NVME": ("FULL_OBJECT",), **dict.fromkeys(("MD5", "SHA1", "SHA256", "SHA512"), ("COMPOSITE",))}


class Uploads(Writing):
    """The part of S3 that writes objects in several requests."""

    def create_multipart_upload(self) -> TYPE_RESPONSE:
        """Begin an upload."""
        bucket, name = self.backend.get_bucket(self.bucket_name), self.new_name()
        encryption, options, tags = self.choices(bucket)
        upload = Upload(*_algorithm_and_type(self.headers), encryption)
        multipart = Multipart(
            name,
            metadata_from_headers(self.headers),
            account_id=bucket.account_id,
            region_name=self.backend.region_name,
            storage=options["storage"],
            tags=tags,
            acl=self._acl_from_headers(self.headers),
            sse_encryption=encryption.algorithm,
            kms_key_id=encryption.key_arn,
        )
        multipart.upload, multipart.started = upload, datetime.fromtimestamp(clock.now(), UTC)
        bucket.multiparts[multipart.id] = multipart
        headers = encryption.headers()
        if upload.algorithm:
            headers["x-amz-checksum-algorithm"] = upload.algorithm
            headers["x-amz-checksum-type"] = multipart.checksum_type
        result = {"Bucket": bucket.name, "Key": name, "UploadId": multipart.id}
        return self.document("CreateMultipartUpload", result, headers)

    def upload_part(self) -> TYPE_RESPONSE:
        """Keep a part from the request's body."""
        multipart, number = self._addressed()
        check_readable(multipart.upload.encryption.key_arn, self.backend.get_bucket(self.bucket_name))
        payload = receive(self.request)
        wanted = multipart.upload.algorithm
        given = payload.checksum.algorithm if payload.has_own_checksum else None
        if wanted and given != wanted:
            raise invalid_request(
                f"Checksum Type mismatch occurred, expected checksum Type: {wanted.lower()}, "
                f"actual checksum Type: {given.lower() if given else 'null'}"
            )
        part = multipart.add(number, payload.body, payload.md5, payload.checksum)
        headers = {"ETag": part.etag, checksums.header(payload.checksum.algorithm): payload.checksum.value}
        return 200, self._get_cors_headers_other() | headers | multipart.upload.encryption.headers(), ""

    def upload_part_copy(self) -> TYPE_RESPONSE:
        """Keep a part that is a range of an object."""
        multipart, number = self._addressed()
        source, source_version = self.copy_source()
        body = source.body
        if given := self.headers.get("x-amz-copy-source-range"):
            found = _COPY_RANGE.fullmatch(given)
            if found is None or int(found[1]) > int(found[2]):
                raise invalid_argument(
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
                    "the zero-based offsets of the first and last bytes to copy",
                    "x-amz-copy-source-range",
                    given,
                )
            if int(found[2]) >= source.size:
                raise invalid_argument(
                    f"Range specified is not valid for source object of size: {source.size}",
                    "x-amz-copy-source-range",
                    given,
                )
            if source.size <= UNVERIFIED_SMALL_SOURCE:
                raise invalid_request(UNVERIFIED_NO_RANGE)
            body = body.part(int(found[1]), int(found[2]) - int(found[1]) + 1)
        algorithm = multipart.upload.algorithm
        checksum = Checksum(algorithm, checksums.checksum(algorithm, body.blocks())) if algorithm else None
        part = multipart.add(number, body, checksums.md5(body.blocks()), checksum)
        result = {"ETag": part.etag, "LastModified": part.last_modified}
        if checksum:
            result[f"Checksum{checksum.algorithm}"] = checksum.value
        return self.document(
            "UploadPartCopy", {"CopyPartResult": result}, source_version | multipart.upload.encryption.headers()
        )

    def complete_multipart_upload(self) -> TYPE_RESPONSE:
        """Join the listed parts; asked again, answer as before."""
        bucket, name = self.backend.get_bucket(self.bucket_name), self.parse_key_name()
        identifier = self.querystring["uploadId"][0]
        item = self.backend.get_object(bucket.name, name)
        if item is None or item.multipart is None or item.multipart.id != identifier:
            multipart = self.backend.multipart(bucket, name, identifier)
            self.check_conditions(bucket, name)
            listed = _listed(self.body)
            _check_parts(multipart, listed)
            item = self.backend.joined(bucket, multipart, [(number, etag) for number, etag, _ in listed])
            self._check_whole(item)
            with self.backend.placing:
                self.check_conditions(bucket, name)
                self.backend.place(bucket, item)
                bucket.multiparts.pop(identifier, None)
            if multipart.tags:
                self.backend.tag(item, multipart.tags)
            self.backend.tell(bucket, Event.OBJECT_CREATED_COMPLETE_MULTIPART_UPLOAD_EVENT, item)
        result = {
            "Location": f"https://{bucket.name}.s3.{bucket.region_name}.amazonaws.com/{name}",
            "Bucket": bucket.name,
            "Key": name,
            "ETag": item.etag,
            f"Checksum{item.checksum.algorithm}": item.checksum.value,
            "ChecksumType": item.checksum_type,
        }
        headers = written(bucket, item)
        return self.document("CompleteMultipartUpload", result, headers, but=("ETag", "x-amz-checksum"))

    def abort_multipart_upload(self) -> TYPE_RESPONSE:
        """Give an upload up; its parts go with it."""
        self.backend.get_bucket(self.bucket_name).multiparts.pop(self._upload().id)
        return 204, {}, ""

    def list_parts(self) -> TYPE_RESPONSE:
        """Return the parts of an upload, by number."""
        multipart = self._upload()
        marker = self._number("part-number-marker", 0)
        most = min(self._number("max-parts", 1000), 1000)
        following = [number for number in multipart.partlist if number > marker]
        shown = following[:most]
        result = {
            "Bucket": self.bucket_name,
            "Key": multipart.key_name,
            "UploadId": multipart.id,
            "StorageClass": multipart.storage,
            "PartNumberMarker": marker,
            "NextPartNumberMarker": shown[-1] if shown else 0,
            "MaxParts": most,
            "IsTruncated": len(following) > len(shown),
            "ChecksumAlgorithm": multipart.upload.algorithm,
            "ChecksumType": multipart.checksum_type if multipart.upload.algorithm else None,
            "Parts": [_shown_part(number, multipart.parts[number]) for number in shown],
        }
        return self.document("ListParts", result, {})

    def list_multipart_uploads(self) -> TYPE_RESPONSE:
        """Return the uploads that go on, by key and start."""
        bucket = self.backend.get_bucket(self.bucket_name)
        prefix = self.querystring.get("prefix", [""])[0]
        if self.querystring.get("delimiter"):
            raise S3Refusal("NotImplemented", "Local AWS does not support Delimiter of ListMultipartUploads.")
        after = (self.querystring.get("key-marker", [""])[0], self.querystring.get("upload-id-marker", [""])[0])
        most = min(self._number("max-uploads", 1000), 1000)
        going_on = sorted(bucket.multiparts.values(), key=lambda upload: (upload.key_name, upload.id))
        following = [
            upload
            for upload in going_on
            if upload.key_name.startswith(prefix) and (upload.key_name, upload.id if after[1] else "") > after
        ]
        shown = following[:most]
        is_truncated = len(following) > len(shown)
        result = {
            "Bucket": bucket.name,
            "Prefix": prefix,
            "KeyMarker": after[0],
            "UploadIdMarker": after[1],
            "MaxUploads": most,
            "IsTruncated": is_truncated,
            "NextKeyMarker": shown[-1].key_name if is_truncated else None,
            "NextUploadIdMarker": shown[-1].id if is_truncated else None,
            "Uploads": [_shown_upload(upload) for upload in shown],
        }
        return self.document("ListMultipartUploads", result, {})

    def _addressed(self) -> tuple[Multipart, int]:
        """Return the upload and the part number that a request names."""
        return self._upload(), part_number(self.querystring["partNumber"][0])

    def _upload(self) -> Multipart:
        bucket = self.backend.get_bucket(self.bucket_name)
        upload: Multipart = self.backend.multipart(bucket, self.parse_key_name(), self.querystring["uploadId"][0])
        return upload

    def _number(self, name: str, default: int) -> int:
        text = self.querystring.get(name, [str(default)])[0]
        if not text.isdecimal() or int(text) > 2**31 - 1:
            raise invalid_argument(f"Provided {name} not an integer or within integer range", name, text)
        return int(text)

    def _check_whole(self, item: Object) -> None:
        """Raise S3Refusal when the joined object is not what the request expects."""
        if (size := self.headers.get("x-amz-mp-object-size")) and size != str(item.size):
            message = f"The provided 'x-amz-mp-object-size' header value {size} does not match what was computed"
            raise invalid_request(f"{message}: {item.size}")
        own = item.checksum
        expected = self.headers.get(checksums.header(own.algorithm)) if own else None
        if own and expected and expected.partition("-")[0] != own.value.partition("-")[0]:
            message = f"The {own.algorithm.lower()} you specified did not match the calculated checksum."
            raise S3Refusal("BadDigest", message)


def _algorithm_and_type(headers: Any) -> tuple[str | None, str | None]:
    algorithm = headers.get("x-amz-checksum-algorithm")
    algorithm = checksums.named(algorithm) if algorithm else None
    kind = str(headers.get("x-amz-checksum-type", "")).upper() or None
    if kind and not algorithm:
        raise invalid_request(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
        )
    if kind and algorithm and kind not in _TYPES.get(algorithm, ("COMPOSITE", "FULL_OBJECT")):
        message = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        raise invalid_request(message)
    return algorithm, kind


def _listed(document: bytes) -> list[tuple[int, str, dict[str, str]]]:
    """Return the parts that a completion lists: number, ETag, and checksums by algorithm."""
    try:
        given = xmltodict.parse(document, force_list=("Part",))["CompleteMultipartUpload"]["Part"]
        parts = [(int(part["PartNumber"]), str(part["ETag"]), _checksums(part)) for part in given]
    except (KeyError, TypeError, ValueError, xmltodict.expat.ExpatError):
        raise malformed_xml() from None
    numbers = [number for number, _, _ in parts]
    if sorted(set(numbers)) != numbers:
        raise InvalidPartOrder
    return parts


def _checksums(part: dict[str, str]) -> dict[str, str]:
    return {name: part[f"Checksum{name}"] for name in checksums.ALGORITHMS if f"Checksum{name}" in part}


def _check_parts(multipart: Multipart, listed: list[tuple[int, str, dict[str, str]]]) -> None:
    for number, _, given in listed:
        part = multipart.parts.get(number)
        own = part.checksum if part else None
        if own and given.get(own.algorithm, own.value) != own.value:
            raise S3Refusal(
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
                "specified entity tag may not match the part's entity tag.",
                PartNumber=str(number),
            )


def _shown_part(number: int, part: Object) -> dict[str, Any]:
    checksum = {f"Checksum{part.checksum.algorithm}": part.checksum.value} if part.checksum else {}
    modified = part.last_modified
    return {"PartNumber": number, "LastModified": modified, "ETag": part.etag, "Size": part.size} | checksum


def _shown_upload(upload: Multipart) -> dict[str, Any]:
    return {
        "Key": upload.key_name,
        "UploadId": upload.id,
        "StorageClass": upload.storage,
        "Initiated": upload.started,
        "ChecksumAlgorithm": upload.upload.algorithm,
        "ChecksumType": upload.checksum_type if upload.upload.algorithm else None,
    }
