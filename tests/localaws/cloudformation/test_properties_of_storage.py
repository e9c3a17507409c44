"""Buckets, keys, logs, topics, parameters, repositories: each property is seen in its service, also after a change.

A row is a type, properties, how to look at the resource, and what is seen; then other properties, what is seen after
an update to them, and the resources that it needs.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest


def tag(value: str) -> list[dict[str, str]]:
    """Return one tag."""
    return [{"Key": "colour", "Value": value}]


def encryption(algorithm: str) -> dict[str, Any]:
    """Return a bucket's default encryption."""
    by_default = {"SSEAlgorithm": algorithm}
    rule = {"BucketKeyEnabled": algorithm == "aws:kms", "ServerSideEncryptionByDefault": by_default}
    return {"ServerSideEncryptionConfiguration": [rule]}


def public_access(is_blocked: bool) -> dict[str, bool]:
    """Return a bucket's public access block."""
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return dict.fromkeys(names, is_blocked)


def ownership(owner: str) -> dict[str, Any]:
    """Return who owns a bucket's objects."""
    return {"Rules": [{"ObjectOwnership": owner}]}


def bucket_policy(name: str) -> dict[str, Any]:
    """Return a policy with an id for a bucket."""
    secure = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Version": "2012-10-17", "Id": name, "Statement": [secure]}}


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function"


def key_policy(name: str) -> dict[str, Any]:
    """Return a key policy with an id."""
    account = {"AWS": "arn:aws:iam::123456789012:root"}
    allow = {"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Id": name, "Statement": [allow]}


def see_encryption(client: Any, name: str) -> Any:
    rule = client("s3").get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    return rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], rule.get("BucketKeyEnabled", False)


def see_policy(client: Any, name: str) -> Any:
    return json.loads(client("s3").get_bucket_policy(Bucket=name)["Policy"])["Id"]


def see_log_group(client: Any, name: str) -> Any:
    logs = client("logs")
    group = next(g for g in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] if g["logGroupName"] == name)
    return name, group.get("retentionInDays"), logs.list_tags_log_group(logGroupName=name)["tags"]


def see_key(client: Any, key_id: str) -> Any:
    kms = client("kms")
    key = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    return {
        "names": [key[name] for name in ("Description", "KeyUsage", "KeySpec", "Origin")],
        "is": (key["Enabled"], key["MultiRegion"]),
        "rotates": key["Enabled"] and kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"],
        "policy": json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])["Id"],
        "tags": [found["TagValue"] for found in kms.list_resource_tags(KeyId=key_id)["Tags"]],
    }


def see_topic(client: Any, arn: str) -> Any:
    sns = client("sns")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    tags = sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
    return {
        "name": attributes["DisplayName"],
        "key": attributes.get("KmsMasterKeyId", ""),
        "endpoints": [found["Endpoint"] for found in subscriptions],
        "tags": [tag["Value"] for tag in tags if not tag["Key"].startswith("aws:")],
    }


def see_parameter(client: Any, name: str) -> Any:
    ssm = client("ssm")
    found = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"][0]
    value = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    value = (value, {each["Key"]: each["Value"] for each in tags})
    return value, found.get("Description"), found.get("AllowedPattern"), found.get("Tier"), found.get("DataType")


def see_repository(client: Any, _: str) -> Any:
    codecommit = client("codecommit")
    found = codecommit.get_repository(repositoryName="a-repository")["repositoryMetadata"]
    return found["repositoryDescription"], codecommit.list_tags_for_resource(resourceArn=found["Arn"])["tags"]


FIXED_KEY = {"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False, "Origin": "AWS_KMS"}
ROWS: list[tuple[Any, ...]] = [
    (
        "AWS::S3::Bucket",
        {"AccessControl": "BucketOwnerFullControl"},
        lambda client, name: [grant["Permission"] for grant in client("s3").get_bucket_acl(Bucket=name)["Grants"]],
        ["FULL_CONTROL"],
        {"AccessControl": "Private"},
        ["FULL_CONTROL"],
    ),
    (
        "AWS::S3::Bucket",
        {"VersioningConfiguration": {"Status": "Enabled"}},
        lambda client, name: client("s3").get_bucket_versioning(Bucket=name)["Status"],
        "Enabled",
        {},
        "Suspended",
    ),
    (
        "AWS::S3::Bucket",
        {"BucketEncryption": encryption("aws:kms")},
        see_encryption,
        ("aws:kms", True),
        {"BucketEncryption": encryption("AES256")},
        ("AES256", False),
    ),
    (
        "AWS::S3::Bucket",
        {"PublicAccessBlockConfiguration": public_access(True)},
        lambda client, name: client("s3").get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
        public_access(True),
        {"PublicAccessBlockConfiguration": public_access(False)},
        public_access(False),
    ),
    (
        "AWS::S3::Bucket",
        {"OwnershipControls": ownership("BucketOwnerEnforced")},
        lambda client, name: client("s3").get_bucket_ownership_controls(Bucket=name)["OwnershipControls"],
        ownership("BucketOwnerEnforced"),
        {"OwnershipControls": ownership("ObjectWriter")},
        ownership("ObjectWriter"),
    ),
    (
        "AWS::S3::Bucket",
        {
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "Expire",
                        "Status": "Enabled",
                        "Prefix": "a/",
                        "ExpirationInDays": 9,
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            }
        },
        lambda client, name: client("s3").get_bucket_lifecycle_configuration(Bucket=name)["Rules"],
        [
            {
                "ID": "Expire",
                "Status": "Enabled",
                "Filter": {"Prefix": "a/"},
                "Expiration": {"Days": 9},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            }
        ],
        {"LifecycleConfiguration": {"Rules": [{"Id": "Keep", "Status": "Disabled", "ExpirationInDays": 1}]}},
        [{"ID": "Keep", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}],
    ),
    (
        "AWS::S3::Bucket",
        {"CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 5}]}},
        lambda client, name: client("s3").get_bucket_cors(Bucket=name)["CORSRules"],
        [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 5}],
    ),
    (
        "AWS::S3::Bucket",
        {"Tags": tag("red")},
        lambda client, name: client("s3").get_bucket_tagging(Bucket=name)["TagSet"],
        tag("red"),
        {"Tags": tag("blue")},
        tag("blue"),
    ),
    (
        "AWS::S3::Bucket",
        {"BucketName": "a-bucket-by-name"},
        lambda _client, name: name,
        "a-bucket-by-name",
        {"BucketName": "another-bucket-by-name"},
        "another-bucket-by-name",
    ),
    (
        "AWS::S3::BucketPolicy",
        bucket_policy("one"),
        see_policy,
        "one",
        bucket_policy("two"),
        "two",
        {"Bucket": {"Type": "AWS::S3::Bucket"}},
    ),
    (
        "AWS::Logs::LogGroup",
        {"LogGroupName": "/a/b", "RetentionInDays": 7, "Tags": tag("red")},
        see_log_group,
        ("/a/b", 7, {"colour": "red"}),
        {"LogGroupName": "/a/b"},
        ("/a/b", None, {}),
    ),
    (
        "AWS::KMS::Key",
        FIXED_KEY
        | {
            "BypassPolicyLockoutSafetyCheck": True,
            "Description": "one",
            "Enabled": True,
            "EnableKeyRotation": True,
            "KeyPolicy": key_policy("one"),
            "Tags": tag("red"),
        },
        see_key,
        {
            "names": ["one", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "AWS_KMS"],
            "is": (True, False),
            "rotates": True,
            "policy": "one",
            "tags": ["red"],
        },
        FIXED_KEY | {"Enabled": False, "KeyPolicy": key_policy("two")},
        {
            "names": ["", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "AWS_KMS"],
            "is": (False, False),
            "rotates": False,
            "policy": "two",
            "tags": [],
        },
    ),
    (
        "AWS::KMS::Alias",
        {"AliasName": "alias/a-key-by-name", "TargetKeyId": {"Ref": "First"}},
        lambda client, name: client("kms").describe_key(KeyId=name)["KeyMetadata"]["Description"],
        "first",
        {"AliasName": "alias/a-key-by-name", "TargetKeyId": {"Ref": "Second"}},
        "second",
        {
            "First": {"Type": "AWS::KMS::Key", "Properties": {"Description": "first"}},
            "Second": {"Type": "AWS::KMS::Key", "Properties": {"Description": "second"}},
        },
    ),
    (
        "AWS::SNS::Topic",
        {
            "DisplayName": "one",
            "KmsMasterKeyId": "alias/aws/sns",
            "Subscription": [{"Protocol": "lambda", "Endpoint": f"{FUNCTION}:a"}],
            "Tags": tag("red"),
        },
        see_topic,
        {"name": "one", "key": "alias/aws/sns", "endpoints": [f"{FUNCTION}:a"], "tags": ["red"]},
        {"Subscription": [{"Protocol": "lambda", "Endpoint": f"{FUNCTION}:b"}]},
        {"name": "", "key": "", "endpoints": [f"{FUNCTION}:b"], "tags": []},
    ),
    (
        "AWS::SNS::Topic",
        {"TopicName": "a-topic-by-name"},
        lambda _client, arn: arn.rpartition(":")[2],
        "a-topic-by-name",
    ),
    (
        "AWS::SSM::Parameter",
        {
            "AllowedPattern": "[a-z]+",
            "DataType": "text",
            "Description": "what",
            "Name": "/a/parameter",
            "Tags": {"colour": "red", "size": "1"},
            "Tier": "Standard",
            "Type": "String",
            "Value": "one",
        },
        see_parameter,
        (("one", {"colour": "red", "size": "1"}), "what", "[a-z]+", "Standard", "text"),
        {
            "AllowedPattern": "[a-z]+",
            "Name": "/a/parameter",
            "Tags": {"colour": "blue"},
            "Type": "String",
            "Value": "two",
        },
        (("two", {"colour": "blue"}), None, "[a-z]+", "Standard", "text"),
    ),
    (
        "AWS::CodeCommit::Repository",
        {"RepositoryName": "a-repository", "RepositoryDescription": "one", "Tags": tag("red")},
        see_repository,
        ("one", {"colour": "red"}),
        {"RepositoryName": "a-repository"},
        ("", {}),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{'-'.join(row[1])[:60]}")
def test_properties_are_seen_in_the_service(prove: Callable[..., None], row: tuple[Any, ...]) -> None:
    prove(*row)


@pytest.mark.parametrize("kind", sorted({row[0] for row in ROWS}))
def test_every_property_of_a_provider_has_a_row(unproved: Callable[..., set[str]], kind: str) -> None:
    assert unproved(kind, ROWS) == set()
