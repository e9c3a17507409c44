"""Buckets: how they are made and configured, and which configurations S3 refuses."""

from typing import Any
from xml.parsers.expat import ExpatError

from moto.core.common_types import TYPE_RESPONSE
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model
from moto.s3.exceptions import NoSuchBucketPolicy, NoSuchLifecycleConfiguration
from moto.s3.models import FakeBucket

from localaws.gate.caller import caller_of
from localaws.s3 import expiry
from localaws.s3.bucket_policy import is_public, parsed
from localaws.s3.deleting import Deleting
from localaws.s3.encryption import default_of
from localaws.s3.errors import S3Refusal, invalid_argument, malformed_xml, not_implemented
from localaws.s3.headers import check_value
from localaws.s3.lifecycle import checked
from localaws.s3.notifications import shown, taken
from localaws.s3.ownership import ENFORCED, OWNERSHIPS, acl_not_supported, read_acl


class Buckets(Deleting):
    """The part of S3 that makes and configures buckets."""

    def _bucket_response_put(self, request: Any, bucket_name: str, querystring: dict[str, Any]) -> TYPE_RESPONSE:
        changes = {
            "acl": self._check_acl,
            "cors": self._check_cors,
            "encryption": self._check_encryption,
            "lifecycle": self._put_lifecycle,
            "notification": self._put_notification,
            "ownershipControls": self._put_ownership,
            "policy": self._put_policy,
            "tagging": self._put_tagging,
            "versioning": self._check_versioning,
        }
        name = next((each for each in changes if each in querystring), None)
        try:
            if name:
                answer = changes[name](self.backend.get_bucket(bucket_name))
                if answer is not None:
                    return answer
            elif not querystring.keys() - {"x-id"}:
                self._check_new()
            return super()._bucket_response_put(request, bucket_name, querystring)
        except (ExpatError, KeyError, TypeError, AttributeError, AssertionError):
            raise malformed_xml() from None  # documents are trusted to be complete

    def get_bucket_encryption(self) -> TYPE_RESPONSE:
        """Return how a bucket encrypts; each does."""
        bucket = self.backend.get_bucket(self.bucket_name)
        default = default_of(bucket)
        applied = {"SSEAlgorithm": default.algorithm, "KMSMasterKeyID": default.key_arn}
        rule = {"ApplyServerSideEncryptionByDefault": applied, "BucketKeyEnabled": default.bucket_key}
        return self.document("GetBucketEncryption", {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}, {})

    def get_bucket_lifecycle(self) -> TYPE_RESPONSE:
        """Return a bucket's lifecycle rules as they were put."""
        bucket = self.backend.get_bucket(self.bucket_name)
        if not bucket.rules:
            raise NoSuchLifecycleConfiguration(bucket_name=bucket.name)
        size = "all_storage_classes_128K"
        result = {"Rules": bucket.rules, "TransitionDefaultMinimumObjectSize": size}
        return self.document("GetBucketLifecycleConfiguration", result, {})

    def get_bucket_notification(self) -> TYPE_RESPONSE:
        """Return whom a bucket tells of its objects."""
        bucket = self.backend.get_bucket(self.bucket_name)
        return self.document("GetBucketNotificationConfiguration", shown(bucket.notification_configuration), {})

    def get_bucket_policy_status(self) -> TYPE_RESPONSE:
        """Return whether a bucket's policy lets anybody in."""
        bucket = self.backend.get_bucket(self.bucket_name)
        if bucket.policy is None:
            raise NoSuchBucketPolicy(bucket_name=bucket.name)
        result = {"PolicyStatus": {"IsPublic": is_public(parsed(bucket.policy, bucket))}}
        return self.document("GetBucketPolicyStatus", result, {})

    def delete_bucket_tagging(self) -> TYPE_RESPONSE:
        """Take away the tags of a bucket that are not the system's."""
        bucket = self.backend.get_bucket(self.bucket_name)
        self.backend.put_bucket_tagging(bucket.name, _of_system(self._tags_of(bucket)))
        return 204, {}, ""

    def put_object_acl(self) -> TYPE_RESPONSE:
        """Change an object's ACL where its bucket has ACLs."""
        read_acl(self.headers, self._acl_from_headers)
        self._check_acl(self.backend.get_bucket(self.bucket_name))
        if self.body:
            raise not_implemented("an object's ACL as a document (AccessControlPolicy)")
        return super().put_object_acl()

    def _check_new(self) -> None:
        """Raise S3Refusal when a new bucket's headers contradict each other, or ask for what is not here."""
        ownership = self.headers.get("x-amz-object-ownership", ENFORCED)
        if ownership not in OWNERSHIPS:
            raise invalid_argument(
                f"Invalid x-amz-object-ownership header: {ownership}", "x-amz-object-ownership", ownership
            )
        if ownership == ENFORCED and self.headers.get("x-amz-acl", "private") != "private":
            message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
            raise S3Refusal("InvalidBucketAclWithObjectOwnership", message)
        given = self._configuration("CreateBucket", "CreateBucketConfiguration") if self.body else {}
        if refused := sorted(given.keys() - {"LocationConstraint"}):
            raise S3Refusal("NotImplemented", f"Local AWS does not support {', '.join(refused)} of a new bucket.")

    def _check_acl(self, bucket: FakeBucket) -> None:
        if bucket.ownership_rule == ENFORCED and self.headers.get("x-amz-acl") != "bucket-owner-full-control":
            raise acl_not_supported()

    def _check_cors(self, _bucket: FakeBucket) -> None:
        for rule in self._configuration("PutBucketCors", "CORSConfiguration")["CORSRules"]:
            for element, member in (("AllowedHeader", "AllowedHeaders"), ("ExposeHeader", "ExposeHeaders")):
                for value in rule.get(member) or ():
                    check_value(element, value)

    def _check_encryption(self, _bucket: FakeBucket) -> None:
        rules = self._configuration("PutBucketEncryption", "ServerSideEncryptionConfiguration")["Rules"]
        if len(rules) != 1:
            raise malformed_xml()
        default = rules[0]["ApplyServerSideEncryptionByDefault"]
        if default["SSEAlgorithm"] not in ("AES256", "aws:kms"):
            raise malformed_xml()
        if default["SSEAlgorithm"] == "AES256" and default.get("KMSMasterKeyID"):
            message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
            raise S3Refusal("InvalidArgument", message)

    def _tags_of(self, bucket: FakeBucket) -> dict[str, str]:
        tags: dict[str, str] = self.backend.tagger.get_tag_dict_for_resource(bucket.arn)
        return tags

    def _put_tagging(self, bucket: FakeBucket) -> TYPE_RESPONSE:
        """Take a bucket's new tags, which repeat those of the system, if it has any, and add none to them."""
        given = self._configuration("PutBucketTagging", "Tagging")["TagSet"]
        tags = {tag["Key"]: tag["Value"] for tag in given}
        if len(tags) < len(given):
            raise S3Refusal("InvalidTag", "Cannot provide multiple Tags with the same key")
        present = _of_system(self._tags_of(bucket))
        if _of_system(tags).items() - present.items():
            raise S3Refusal("InvalidTag", "System tags cannot be added/updated by requester")
        if present.keys() - tags.keys():  # https://github.com/cloud-custodian/cloud-custodian/issues/2834
            raise S3Refusal("InvalidTag", "System Tags cannot be removed by requester")
        self.backend.put_bucket_tagging(bucket.name, tags)
        return 204, {}, ""

    def _put_lifecycle(self, bucket: FakeBucket) -> TYPE_RESPONSE:
        configuration = self._configuration("PutBucketLifecycleConfiguration", "LifecycleConfiguration")
        bucket.rules = checked(configuration["Rules"])
        expiry.timetable.look_again()
        return 200, {}, ""

    def _put_notification(self, bucket: FakeBucket) -> TYPE_RESPONSE:
        given = self._configuration("PutBucketNotificationConfiguration", "NotificationConfiguration")
        is_skipped = self.headers.get("x-amz-skip-destination-validation", "").lower() == "true"
        bucket.notification_configuration = taken(given or {}, bucket, must_exist=not is_skipped)
        return 200, {}, ""

    def _put_ownership(self, bucket: FakeBucket) -> TYPE_RESPONSE:
        rules = self._configuration("PutBucketOwnershipControls", "OwnershipControls")["Rules"]
        if len(rules) != 1 or rules[0]["ObjectOwnership"] not in OWNERSHIPS:
            raise malformed_xml()
        if rules[0]["ObjectOwnership"] == ENFORCED and len(bucket.acl.grants) > 1:
            message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
            raise S3Refusal("InvalidBucketAclWithObjectOwnership", message)
        bucket.ownership_rule = rules[0]["ObjectOwnership"]
        return 200, {}, ""

    def _put_policy(self, bucket: FakeBucket) -> TYPE_RESPONSE:
        policy, block = parsed(self.body, bucket), bucket.public_access_block
        if block and block.block_public_policy and is_public(policy):
            caller = caller_of(self.get_access_key()).principal
            raise S3Refusal(
                "AccessDenied",
                f"User: {caller.arn} is not authorized to perform: s3:PutBucketPolicy on "
                f'resource: "{bucket.arn}" because public policies are prevented by the BlockPublicPolicy setting in '
                "S3 Block Public Access.",
                403,
            )
        bucket.policy = self.body
        return 204, {}, ""

    def _check_versioning(self, bucket: FakeBucket) -> None:
        given = self._configuration("PutBucketVersioning", "VersioningConfiguration")
        if given.get("MFADelete") == "Enabled":
            raise S3Refusal("NotImplemented", "Local AWS does not support MFADelete of PutBucketVersioning.")
        if given.get("Status") not in ("Enabled", "Suspended"):
            raise malformed_xml()
        if given["Status"] == "Suspended" and bucket.object_lock_enabled:
            message = (
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            )
            raise S3Refusal("InvalidBucketState", message, 409)

    def _configuration(self, operation: str, member: str) -> Any:
        """Return a request's document as botocore's model of the operation names its members."""
        model = get_service_model("s3").operation_model(operation)
        request = {
            "method": "PUT",
            "values": self.normalized_request.values,
            "headers": self.headers,
            "body": self.body,
            "url_path": self.normalized_request.path,
            "url_params": {"Bucket": self.bucket_name},
        }
        try:
            return PROTOCOL_PARSERS["rest-xml"](model).parse(request).get(member)
        except Exception as error:  # the parser's own errors have no common class
            raise malformed_xml() from error


def _of_system(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key.lower().startswith("aws:")}
