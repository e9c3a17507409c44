"""S3's API where moto's differs: bodies stay out of memory, and what a request promises is checked."""

from collections.abc import Callable
from typing import Any
from xml.parsers.expat import ExpatError

from moto.core.common_types import TYPE_RESPONSE
from moto.core.request import Request
from moto.s3.models import s3_backends
from werkzeug.datastructures import ImmutableMultiDict

from localaws.refusals import region_of
from localaws.s3.buckets import Buckets
from localaws.s3.errors import S3Refusal, malformed_xml, not_implemented, redirect
from localaws.s3.models import Storage
from localaws.s3.payload import read_document
from localaws.s3.writing import checked_tags

# What PUT changes of an object that is there, by documents. https://docs.aws.amazon.com/AmazonS3/latest/API/
_SUBRESOURCES = {"acl", "tagging", "retention", "legal-hold"}


class StorageResponse(Buckets):
    """moto's S3 with our objects."""

    @property
    def backend(self) -> Storage:
        """Return the state of the caller's account."""
        return s3_backends[self.current_account][self.partition]  # type: ignore[no-any-return]

    def setup_class(self, request: Request, full_url: str | None = None, headers: Any = None) -> None:
        """Read a request but its body, which is read where it is known what it is; no body is a form."""
        request._cached_data = b""
        request.__dict__ |= {"form": ImmutableMultiDict(), "files": ImmutableMultiDict()}
        super().setup_class(request, full_url, headers)

    def _key_response(self, request: Any, full_url: str) -> TYPE_RESPONSE:
        return self._answered(lambda: self._object_response(request, full_url))

    def _check_bucket(self, request: Any, full_url: str) -> None:
        """Raise S3Refusal when a bucket is not its caller's, or in another Region, than the request believes."""
        if self.headers.get("x-amz-expected-bucket-owner", self.current_account) != self.current_account:
            raise S3Refusal("AccessDenied", "Access Denied", 403)
        name = self.parse_bucket_name_from_url(request, full_url)
        bucket = self.backend.buckets.get(name)
        # A presigned request tells its Region elsewhere. Where a bucket is may be asked from everywhere.
        if bucket is None or "HTTP_AUTHORIZATION" not in request.environ or "location" in request.args:
            return
        if region_of(request.environ) != bucket.region_name:
            raise redirect(name, bucket.region_name)

    def _object_response(self, request: Any, full_url: str) -> TYPE_RESPONSE:
        self._check_bucket(request, full_url)
        names = set(request.args)
        if self.method != "PUT" or names & _SUBRESOURCES:
            self.body = self.raw_body = read_document(request)
        if self.method == "POST" and "uploads" in names:
            return self.create_multipart_upload()
        if self.method == "POST" and "uploadId" in names:
            return self.complete_multipart_upload()
        return super()._key_response(request, full_url)

    def _tagging_from_xml(self) -> dict[str, str]:
        try:
            given = self._configuration("PutObjectTagging", "Tagging")["TagSet"]
            return checked_tags([(tag["Key"], tag["Value"]) for tag in given])
        except (KeyError, TypeError):
            raise malformed_xml() from None

    def _bucket_response(self, request: Any, full_url: str) -> TYPE_RESPONSE:
        return self._answered(lambda: self._bucket_response_of_document(request, full_url))

    def _bucket_response_of_document(self, request: Any, full_url: str) -> TYPE_RESPONSE:
        if self.method == "POST" and "delete" not in request.args:
            raise not_implemented("uploads by browsers (POST Object)")
        if self.method != "PUT" or request.args:  # not for a bucket that is to be made
            self._check_bucket(request, full_url)
        self.body = self.raw_body = read_document(request)
        return super()._bucket_response(request, full_url)

    def _answered(self, answer: Callable[[], TYPE_RESPONSE]) -> TYPE_RESPONSE:
        try:
            return answer()
        except (S3Refusal, ExpatError) as error:
            status, headers, body = (error if isinstance(error, S3Refusal) else malformed_xml()).answer()
            return status, headers, body if self.method != "HEAD" else ""

    def _handle_range_header(self, _request: Any, response_headers: Any, response_content: Any) -> TYPE_RESPONSE:
        return 200, response_headers, response_content  # ranges are seen to where objects are read
