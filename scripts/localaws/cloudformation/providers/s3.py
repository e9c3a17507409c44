"""Buckets and their policies."""

import json
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.providers.base import Clients, Provider, Work, given

_NAME_LIMIT = 63


class Bucket(Provider):
    """AWS::S3::Bucket. What it does not set is off, also after an update that takes a property away."""

    type = "AWS::S3::Bucket"
    effective = (
        "AccessControl",
        "BucketName",
        "BucketEncryption",
        "CorsConfiguration",
        "NotificationConfiguration.EventBridgeConfiguration",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "Tags",
        "VersioningConfiguration",
    )
    stored = (
        "LifecycleConfiguration.Rules.Id",
        "LifecycleConfiguration.Rules.Status",
        "LifecycleConfiguration.Rules.Prefix",
        "LifecycleConfiguration.Rules.ExpirationInDays",
        "LifecycleConfiguration.Rules.NoncurrentVersionExpiration",
        "LifecycleConfiguration.Rules.AbortIncompleteMultipartUpload",
    )
    attribute_names = ("Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL")
    name_property = "BucketName"

    def exists(self, client: Clients, name: str) -> bool:
        return bool(client("s3").head_bucket(Bucket=name))

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        _check_access(properties)
        s3 = work.client("s3")
        name = properties.get("BucketName") or work.generated_name(_NAME_LIMIT, lower=True)
        # S3 itself answers success to the owner of an existing bucket in us-east-1; CloudFormation does not.
        if _exists(s3, name):
            raise ResourceError(f"{name} already exists")
        elsewhere = {} if work.region == "us-east-1" else {"LocationConstraint": work.region}
        s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": elsewhere} if elsewhere else {}))
        work.identified(name)
        self.update(work, name, {}, properties)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        _check_access(new)
        s3 = work.client("s3")
        for name, (put, remove) in self._settings.items():
            if old.get(name) == new.get(name):
                continue
            if name in new:
                put(s3, physical_id, _with_system_tags(work, new[name]) if name == "Tags" and old else new[name])
            else:
                remove(s3, physical_id)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("s3").delete_bucket(Bucket=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {
            "Arn": f"arn:{work.partition}:s3:::{physical_id}",
            "DomainName": f"{physical_id}.s3.amazonaws.com",
            "DualStackDomainName": f"{physical_id}.s3.dualstack.{work.region}.amazonaws.com",
            "RegionalDomainName": f"{physical_id}.s3.{work.region}.amazonaws.com",
            "WebsiteURL": f"http://{physical_id}.s3-website-{work.region}.amazonaws.com",
        }

    _settings: ClassVar[dict[str, Any]] = {
        "Tags": (
            lambda s3, name, value: s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": value}),
            lambda s3, name: s3.delete_bucket_tagging(Bucket=name),
        ),
        "VersioningConfiguration": (
            lambda s3, name, value: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=value),
            lambda s3, name: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"}),
        ),
        "BucketEncryption": (
            lambda s3, name, value: s3.put_bucket_encryption(
                Bucket=name, ServerSideEncryptionConfiguration=_encryption(value)
            ),
            lambda s3, name: s3.delete_bucket_encryption(Bucket=name),
        ),
        "PublicAccessBlockConfiguration": (
            lambda s3, name, value: s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=value),
            lambda s3, name: s3.delete_public_access_block(Bucket=name),
        ),
        "OwnershipControls": (
            lambda s3, name, value: s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=value),
            lambda s3, name: s3.delete_bucket_ownership_controls(Bucket=name),
        ),
        "LifecycleConfiguration": (
            lambda s3, name, value: s3.put_bucket_lifecycle_configuration(
                Bucket=name, LifecycleConfiguration={"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}
            ),
            lambda s3, name: s3.delete_bucket_lifecycle(Bucket=name),
        ),
        "CorsConfiguration": (
            lambda s3, name, value: s3.put_bucket_cors(Bucket=name, CORSConfiguration=_cors(value)),
            lambda s3, name: s3.delete_bucket_cors(Bucket=name),
        ),
        "NotificationConfiguration": (
            lambda s3, name, value: s3.put_bucket_notification_configuration(
                Bucket=name, NotificationConfiguration=_notifications(value)
            ),
            lambda s3, name: s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={}),
        ),
    }


class BucketPolicy(Provider):
    """AWS::S3::BucketPolicy."""

    type = "AWS::S3::BucketPolicy"
    effective = ("Bucket", "PolicyDocument")

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        bucket = properties["Bucket"]
        if _has_policy(work.client("s3"), bucket):
            raise ResourceError(f"The bucket policy already exists on bucket {bucket}.")
        self.update(work, bucket, {}, properties)
        work.identified(bucket)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        work.client("s3").put_bucket_policy(Bucket=physical_id, Policy=json.dumps(new["PolicyDocument"]))

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("s3").delete_bucket_policy(Bucket=physical_id)


def _check_access(properties: dict[str, Any]) -> None:
    """Raise ResourceError for a canned ACL that would give others access.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html: of a bucket S3 ignores the bucket owner's.
    """
    access = properties.get("AccessControl", "Private")
    if access in ("Private", "BucketOwnerFullControl", "BucketOwnerRead"):
        return
    if "OwnershipControls" not in properties:
        raise ResourceError("Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
    raise ResourceError(f"Local AWS does not apply the AccessControl {access} of AWS::S3::Bucket")


def _with_system_tags(work: Work, tags: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return a bucket's new tags with those of the system, which S3 lets nobody take away."""
    return tags + [{"Key": key, "Value": value} for key, value in work.system_tags.items()]


def _exists(s3: Any, name: str) -> bool:
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"]) != 404  # 403: somebody else's
    return True


def _has_policy(s3: Any, name: str) -> bool:
    try:
        s3.get_bucket_policy(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return False
    return True


def _encryption(value: dict[str, Any]) -> dict[str, Any]:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        default = rule.get("ServerSideEncryptionByDefault", {})
        applied = given(default, "SSEAlgorithm", "KMSMasterKeyID")
        rules.append(given(rule, "BucketKeyEnabled") | {"ApplyServerSideEncryptionByDefault": applied})
    return {"Rules": rules}


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    days = rule.get("ExpirationInDays")
    return (
        given(rule, "Status", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
        | {"Filter": {"Prefix": rule.get("Prefix", "")}}
        | ({"ID": rule["Id"]} if "Id" in rule else {})
        | ({"Expiration": {"Days": days}} if days else {})
    )


def _cors(value: dict[str, Any]) -> dict[str, Any]:
    names = {"Id": "ID", "MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders"}
    return {"CORSRules": [{names.get(key, key): item for key, item in rule.items()} for rule in value["CorsRules"]]}


def _notifications(value: dict[str, Any]) -> dict[str, Any]:
    enabled = value.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", True)
    return {"EventBridgeConfiguration": {}} if "EventBridgeConfiguration" in value and enabled else {}
