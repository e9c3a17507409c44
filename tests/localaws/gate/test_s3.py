"""S3's rules: versions, what is missing, copies, conditions, and the keys of KMS by way of S3."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


def _denied(act: Callable[[], object]) -> str:
    """What a denial says, after "is not authorized to perform: "."""
    with pytest.raises(ClientError) as error:
        act()
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    return str(error.value.response["Error"]["Message"]).partition("is not authorized to perform: ")[2]


def _on(bucket: str, *actions: str, path: str = "/*", **condition: Any) -> dict[str, Any]:
    about = {"Condition": condition["condition"]} if condition else {}
    return {"Action": [f"s3:{each}" for each in actions], "Resource": f"arn:aws:s3:::{bucket}{path}", **about}


def test_a_missing_object_is_a_secret_to_who_may_not_list(person: Any, bucket: str) -> None:
    s3 = person.may(_on(bucket, "GetObject")).client("s3")
    assert _denied(lambda: s3.get_object(Bucket=bucket, Key="no")) == (
        f's3:ListBucket on resource: "arn:aws:s3:::{bucket}" '
        "because no identity-based policy allows the s3:ListBucket action"
    )
    person.may(_on(bucket, "ListBucket", path=""))
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="no")


def test_a_head_denial_has_no_body(person: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as error:
        person.client("s3").head_object(Bucket=bucket, Key="data/a.csv")
    assert error.value.response["Error"] == {"Code": "403", "Message": "Forbidden"}


def test_a_version_needs_an_action_of_its_own(client: Client, person: Any, bucket: str) -> None:
    client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = client("s3").put_object(Bucket=bucket, Key="k", Body=b"v")["VersionId"]
    s3 = person.may(_on(bucket, "GetObject")).client("s3")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"v"
    assert _denied(lambda: s3.get_object(Bucket=bucket, Key="k", VersionId=version)).startswith("s3:GetObjectVersion ")
    person.may(_on(bucket, "GetObjectVersion"))
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=version)["Body"].read() == b"v"


def test_a_copy_reads_its_source_and_writes_its_target(person: Any, bucket: str) -> None:
    s3 = person.may(_on(bucket, "PutObject", path="/out/*")).client("s3")

    def copy() -> Any:
        return s3.copy_object(Bucket=bucket, Key="out/a", CopySource={"Bucket": bucket, "Key": "data/a.csv"})

    assert _denied(copy).startswith(f's3:GetObject on resource: "arn:aws:s3:::{bucket}/data/a.csv"')
    person.may(_on(bucket, "GetObject", path="/data/*"))
    assert "ETag" in copy()["CopyObjectResult"]


def test_each_object_of_a_mass_deletion_is_asked_about(person: Any, bucket: str) -> None:
    s3 = person.may(_on(bucket, "DeleteObject", path="/old/*")).client("s3")
    keys = [{"Key": "old/x"}, {"Key": "data/a.csv"}]
    assert _denied(lambda: s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})).startswith(
        f's3:DeleteObject on resource: "arn:aws:s3:::{bucket}/data/a.csv"'
    )


@pytest.mark.parametrize(("prefix", "allowed"), [("data/", True), ("other/", False), ("", False)])
def test_listing_may_be_limited_to_a_prefix(person: Any, bucket: str, prefix: str, allowed: bool) -> None:
    s3 = person.may(_on(bucket, "ListBucket", path="", condition={"StringLike": {"s3:prefix": "data/*"}})).client("s3")
    if allowed:
        assert s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"] == 1
    else:
        assert _denied(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=prefix)).startswith("s3:ListBucket ")


def test_encryption_may_be_demanded(client: Client, person: Any, bucket: str, key: str) -> None:
    condition = {
        "StringEquals": {
            "s3:x-amz-server-side-encryption": "aws:kms",
            "s3:x-amz-server-side-encryption-aws-kms-key-id": key,
        }
    }
    s3 = person.may(_on(bucket, "PutObject", condition=condition), _uses(key)).client("s3")
    assert _denied(lambda: s3.put_object(Bucket=bucket, Key="x", Body=b"")).startswith("s3:PutObject ")
    assert s3.put_object(Bucket=bucket, Key="x", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)["ETag"]


def _uses(key: str, **condition: Any) -> dict[str, Any]:
    about = {"Condition": condition["condition"]} if condition else {}
    return {"Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key, **about}


@pytest.fixture
def encrypted_bucket(client: Client, bucket: str, key: str) -> str:
    """A bucket whose objects are encrypted with the key unless a request says otherwise."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    client("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    client("s3").put_object(Bucket=bucket, Key="secret", Body=b"s")
    return bucket


@pytest.mark.parametrize(
    ("call", "action"),
    [(("get_object", {}), "kms:Decrypt"), (("put_object", {"Body": b""}), "kms:GenerateDataKey")],
)
def test_an_encrypted_object_needs_the_key(
    person: Any, encrypted_bucket: str, key: str, call: tuple[str, dict[str, Any]], action: str
) -> None:
    operation, extra = call
    s3 = person.may(_on(encrypted_bucket, "GetObject", "PutObject")).client("s3")

    def act() -> Any:
        return getattr(s3, operation)(Bucket=encrypted_bucket, Key="secret", **extra)

    assert _denied(act) == f"{action} on resource: {key} because no identity-based policy allows the {action} action"
    person.may(_uses(key))
    assert act()["ETag"]


@pytest.mark.parametrize(("service", "allowed"), [("s3", True), ("secretsmanager", False)])
def test_a_key_may_be_given_by_way_of_a_service(
    person: Any, encrypted_bucket: str, key: str, service: str, allowed: bool
) -> None:
    condition = {
        "StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com", "kms:CallerAccount": "123456789012"}
    }
    s3 = person.may(_on(encrypted_bucket, "GetObject"), _uses(key, condition=condition)).client("s3")

    def act() -> Any:
        return s3.get_object(Bucket=encrypted_bucket, Key="secret")

    if allowed:
        assert act()["Body"].read() == b"s"
    else:
        assert _denied(act).startswith(f"kms:Decrypt on resource: {key}")


def test_a_key_by_way_of_s3_is_none_to_use_directly(person: Any, key: str) -> None:
    condition = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    kms = person.may(_uses(key, condition=condition)).client("kms")
    with pytest.raises(ClientError) as error:
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_key_of_others_policy_counts(client: Client, person: Any, encrypted_bucket: str, key: str) -> None:
    person.may(_on(encrypted_bucket, "GetObject"), _uses(key))
    nobody = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:user/local"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(nobody))
    denied = _denied(lambda: person.client("s3").get_object(Bucket=encrypted_bucket, Key="secret"))
    assert denied == f"kms:Decrypt on resource: {key} because no resource-based policy allows the kms:Decrypt action"


def test_parts_of_an_upload_need_to_read_as_well(person: Any, encrypted_bucket: str, key: str) -> None:
    writes = {"Action": "kms:GenerateDataKey", "Resource": key}
    s3 = person.may(_on(encrypted_bucket, "PutObject"), writes).client("s3")
    upload = s3.create_multipart_upload(Bucket=encrypted_bucket, Key="big")["UploadId"]

    def part() -> Any:
        return s3.upload_part(Bucket=encrypted_bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"x")

    assert _denied(part).startswith(f"kms:Decrypt on resource: {key}")
    person.may(_uses(key))
    assert part()["ETag"]


def test_where_a_bucket_is_made_may_be_demanded(person: Any, unique: Callable[[str], str]) -> None:
    """The place is in the body, unlike what else S3's policies ask of."""
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html, s3:LocationConstraint
    condition = {"StringEquals": {"s3:LocationConstraint": "eu-west-1"}}
    s3 = person.may({"Action": "s3:CreateBucket", "Resource": "*", "Condition": condition}).client("s3")
    s3.create_bucket(Bucket=unique("b"), CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(ClientError) as denied:
        s3.create_bucket(Bucket=unique("b"), CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    assert denied.value.response["Error"]["Code"] == "AccessDenied"
