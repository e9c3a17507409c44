"""Buckets: names, owners, policies, ACLs, and configurations that S3 refuses."""

import json
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
ACCOUNT = "123456789012"


def _refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call()
    return refusal.value.response["Error"]["Code"], refusal.value.response["Error"]["Message"]


def _policy(bucket: str, **changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | changes]})


@pytest.mark.parametrize(
    "name", ["Upper", "under_score", "a..b", "-a-b", "a-b-", "192.168.5.4", "xn--abc", "abc-s3alias", "abc--ol-s3"]
)
def test_a_name_that_no_bucket_may_have(local_aws: Any, name: str) -> None:
    s3 = local_aws.administrator.client("s3", "us-east-1")
    s3.meta.events.unregister("before-parameter-build.s3", s3._client_config)  # the client has rules of its own
    assert _refusal(lambda: s3.create_bucket(Bucket=name)) == (
        "InvalidBucketName",
        "The specified bucket is not valid.",
    )


def test_the_owner_may_create_again_in_the_first_region_alone(local_aws: Any, s3: Any, bucket: str) -> None:
    s3.create_bucket(Bucket=bucket)
    elsewhere = local_aws.administrator.client("s3", "eu-west-1")
    request = {
        "Bucket": f"bucket-{uuid.uuid4().hex}",
        "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"},
    }
    elsewhere.create_bucket(**request)
    assert _refusal(lambda: elsewhere.create_bucket(**request)) == (
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
    )


def test_a_new_bucket_is_closed(s3: Any, bucket: str) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert len(block) == 4
    rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Effect": "Maybe"}, "Invalid effect: Maybe"),
        ({"Action": "sqs:SendMessage"}, "Policy has invalid action"),
        ({"Resource": "arn:aws:s3:::another/*"}, "Policy has invalid resource"),
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/absent"}}, "Invalid principal in policy"),
        ({"Principal": {"Planet": "Mars"}}, "Invalid principal in policy"),
    ],
)
def test_a_malformed_policy(s3: Any, bucket: str, changes: dict[str, Any], message: str) -> None:
    policy = _policy(bucket, **changes)
    assert _refusal(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=policy)) == ("MalformedPolicy", message)


def test_a_policy_that_is_no_json(s3: Any, bucket: str) -> None:
    assert _refusal(lambda: s3.put_bucket_policy(Bucket=bucket, Policy="{")) == (
        "MalformedPolicy",
        "This policy contains invalid Json",
    )


PUBLIC = [
    {"Principal": "*"},
    {"Principal": {"AWS": "*"}},
    {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    {"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}},
    {"Principal": "*", "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}},
    {"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}},
]
CLOSED = [
    {},
    {"Principal": "*", "Effect": "Deny"},
    {"Principal": "*", "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}},
    {"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
    {"Principal": {"Service": "cloudtrail.amazonaws.com"}},
]


@pytest.mark.parametrize("changes", PUBLIC)
def test_a_public_policy_is_blocked(s3: Any, bucket: str, changes: dict[str, Any]) -> None:
    policy = _policy(bucket, **changes)
    assert _refusal(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=policy)) == (
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:user/local is not authorized to perform: s3:PutBucketPolicy on resource: "
        f'"arn:aws:s3:::{bucket}" because public policies are prevented by the BlockPublicPolicy setting in '
        "S3 Block Public Access.",
    )
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True


@pytest.mark.parametrize("changes", CLOSED)
def test_a_policy_for_some_is_taken(s3: Any, bucket: str, changes: dict[str, Any]) -> None:
    policy = _policy(bucket, **changes)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(policy)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False


@pytest.mark.parametrize(
    "call",
    [
        lambda s3, bucket: s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="private"),
        lambda s3, bucket: s3.put_object(Bucket=bucket, Key="k", Body=b"", GrantRead="id=1"),
        lambda s3, bucket: s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read"),
        lambda s3, bucket: s3.put_bucket_acl(Bucket=bucket, ACL="public-read"),
        lambda s3, bucket: s3.create_multipart_upload(Bucket=bucket, Key="k", ACL="public-read"),
    ],
)
def test_acls_where_the_owner_owns_all(s3: Any, bucket: str, call: Callable[[Any, str], Any]) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert _refusal(lambda: call(s3, bucket)) == ("AccessControlListNotSupported", "The bucket does not allow ACLs")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ACL": "public"}, {"Code": "InvalidArgument", "ArgumentName": "x-amz-acl", "ArgumentValue": "public"}),
        (
            {"GrantRead": "id=1, somebody"},
            {
                "Code": "InvalidArgument",
                "Message": "Argument format not recognized",
                "ArgumentName": "x-amz-grant-read",
                "ArgumentValue": "id=1, somebody",
            },
        ),
    ],
)
@pytest.mark.parametrize("operation", ["put_object", "put_object_acl", "create_multipart_upload"])
def test_acls_that_cannot_be_read(
    s3: Any, bucket: str, operation: str, given: dict[str, str], told: dict[str, str]
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    with pytest.raises(ClientError) as refused:
        getattr(s3, operation)(Bucket=bucket, Key="k", **given)
    assert {name: text for name, text in refused.value.response["Error"].items() if text} == told


def test_an_acl_as_a_document_is_refused_by_name(s3: Any, bucket: str) -> None:
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    owner = s3.list_buckets()["Owner"]
    refusal = _refusal(
        lambda: s3.put_object_acl(Bucket=bucket, Key="k", AccessControlPolicy={"Owner": owner, "Grants": []})
    )
    assert refusal == (
        "NotImplemented",
        "Local AWS does not support an object's ACL as a document (AccessControlPolicy).",
    )


def test_acls_where_there_are_some(s3: Any, bucket: str) -> None:
    rules = [{"ObjectOwnership": "ObjectWriter"}]
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": rules})
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="private")
    assert _refusal(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="public-read"))[0] == "AccessDenied"
    s3.put_object(Bucket=bucket, Key="l", Body=b"", ACL="bucket-owner-full-control")


def test_a_bucket_with_an_acl_that_its_ownership_forbids(s3: Any) -> None:
    request = {"Bucket": f"bucket-{uuid.uuid4().hex}", "ACL": "public-read"}
    assert _refusal(lambda: s3.create_bucket(**request))[0] == "InvalidBucketAclWithObjectOwnership"


RULE = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "runs/"}, "Expiration": {"Days": 30}}


def test_lifecycle_rules_come_back(s3: Any, bucket: str) -> None:
    sized = {"And": {"Prefix": "a/", "ObjectSizeGreaterThan": 5, "Tags": [{"Key": "t", "Value": "1"}]}}
    rules = [
        RULE,
        {"ID": "sized", "Status": "Disabled", "Filter": sized, "NoncurrentVersionExpiration": {"NoncurrentDays": 3}},
        {
            "ID": "whole",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules
    s3.delete_bucket_lifecycle(Bucket=bucket)
    code, _ = _refusal(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket))
    assert code == "NoSuchLifecycleConfiguration"


@pytest.mark.parametrize(
    ("rules", "code", "message"),
    [
        (
            [RULE | {"Expiration": {"Days": 0}}],
            "InvalidArgument",
            "'Days' for Expiration action must be a positive integer",
        ),
        ([RULE | {"Status": "On"}], "MalformedXML", None),
        ([RULE | {"Prefix": "x"}], "MalformedXML", None),
        ([RULE, RULE], "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule"),
        (
            [{"Status": "Enabled", "Filter": {"Prefix": ""}}],
            "InvalidRequest",
            "At least one action needs to be specified in a rule",
        ),
        (
            [
                {
                    "Status": "Enabled",
                    "Filter": {"Tag": {"Key": "t", "Value": "1"}},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                }
            ],
            "InvalidRequest",
            "AbortIncompleteMultipartUpload cannot be specified with Tags.",
        ),
    ],
)
def test_lifecycle_rules_that_cannot_be(s3: Any, bucket: str, rules: list[Any], code: str, message: str | None) -> None:
    request = {"Bucket": bucket, "LifecycleConfiguration": {"Rules": rules}}
    refusal = _refusal(lambda: s3.put_bucket_lifecycle_configuration(**request))
    assert refusal == (code, message or refusal[1])


@pytest.mark.parametrize(
    "call",
    [
        lambda s3, name: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "On"}),
        lambda s3, name: s3.put_bucket_ownership_controls(
            Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "Nobody"}]}
        ),
        lambda s3, name: s3.put_bucket_encryption(
            Bucket=name,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "rot13"}}]
            },
        ),
    ],
)
def test_a_configuration_that_is_not_of_the_schema(s3: Any, bucket: str, call: Callable[[Any, str], Any]) -> None:
    assert _refusal(lambda: call(s3, bucket))[0] == "MalformedXML"


def test_a_bucket_that_is_not_there(s3: Any) -> None:
    name = f"bucket-{uuid.uuid4().hex}"
    for call in (s3.list_objects_v2, s3.get_bucket_versioning, s3.delete_bucket, s3.get_bucket_policy):
        assert _refusal(partial(call, Bucket=name)) == ("NoSuchBucket", "The specified bucket does not exist")


def test_where_a_bucket_is(local_aws: Any, s3: Any, bucket: str) -> None:
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"


@pytest.fixture
def distant(local_aws: Any) -> str:
    """A bucket in another Region, with an object."""
    name = f"bucket-{uuid.uuid4().hex}"
    there = local_aws.administrator.client("s3", "eu-west-1")
    there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    there.put_object(Bucket=name, Key="k", Body=b"there")
    return name


def test_a_bucket_of_another_region_is_elsewhere(s3: Any, distant: str) -> None:
    with pytest.raises(ClientError) as refusal:
        s3.get_object(Bucket=distant, Key="k")
    answer = refusal.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 301
    assert answer["Error"]["Code"] == "PermanentRedirect"
    assert answer["Error"]["Endpoint"] == f"{distant}.s3.eu-west-1.amazonaws.com"
    assert s3.get_bucket_location(Bucket=distant)["LocationConstraint"] == "eu-west-1"


def test_boto3_follows_a_bucket_into_its_region(local_aws: Any, distant: str) -> None:
    keys = local_aws.administrator.environment("us-east-1")
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=keys["AWS_ENDPOINT_URL"],
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    assert client.get_object(Bucket=distant, Key="k")["Body"].read() == b"there"
    assert client.head_bucket(Bucket=distant)["BucketRegion"] == "eu-west-1"
    assert client.put_object(Bucket=distant, Key="l", Body=b"new")["ETag"]


@pytest.mark.parametrize("call", ["list_objects_v2", "get_bucket_policy", "delete_bucket"])
def test_a_bucket_of_another_owner_than_expected(s3: Any, bucket: str, call: str) -> None:
    refusal = _refusal(lambda: getattr(s3, call)(Bucket=bucket, ExpectedBucketOwner="111111111111"))
    assert refusal == ("AccessDenied", "Access Denied")
    s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="123456789012")


def test_a_bucket_with_what_is_not_here_is_not_made(s3: Any) -> None:
    tagged = {"LocationConstraint": "eu-west-1", "Tags": [{"Key": "Team", "Value": "wine"}]}
    assert _refusal(lambda: s3.create_bucket(Bucket="tagged-when-made", CreateBucketConfiguration=tagged)) == (
        "NotImplemented",
        "Local AWS does not support Tags of a new bucket.",
    )


@pytest.mark.parametrize("member", ["AllowedHeaders", "ExposeHeaders"])
@pytest.mark.parametrize("value", ["a\nb", "倉"])
def test_a_cors_rule_names_what_can_be_a_header(s3: Any, bucket: str, member: str, value: str) -> None:
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], member: [value]}
    with pytest.raises(ClientError) as refusal:
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert refusal.value.response["Error"]["Code"] == "InvalidArgument"
    assert refusal.value.response["Error"]["ArgumentName"] == member[:-1]


def test_cors_rules_come_back_and_are_told(s3: Any, unchecked: Any, bucket: str) -> None:
    rule = {
        "AllowedMethods": ["GET"],
        "AllowedOrigins": ["http://127.0.0.1"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 60,
    }
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = unchecked.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    told = requests.get(url, headers={"Origin": "http://127.0.0.1"}, timeout=10).headers
    names = ("allow-origin", "expose-headers", "max-age")
    assert [told[f"access-control-{name}"] for name in names] == ["http://127.0.0.1", "ETag", "60"]
