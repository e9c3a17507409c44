"""Encryption: which key an object gets, and what its state forbids. Errors as S3 passes on those of KMS."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


@pytest.fixture
def key(client: Client) -> str:
    """The ARN of a symmetric key."""
    return str(client("kms").create_key()["KeyMetadata"]["Arn"])


def _refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call()
    return refusal.value.response["Error"]["Code"], refusal.value.response["Error"]["Message"]


def _encrypted(key: str | None = None) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms"} | ({"SSEKMSKeyId": key} if key else {})


def _default(s3: Any, bucket: str, rule: dict[str, Any], bucket_key: bool = False) -> None:
    rules = [{"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": bucket_key}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def test_every_bucket_encrypts(s3: Any, bucket: str) -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert rules[0]["BucketKeyEnabled"] is False
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("form", ["arn", "id", "alias"])
def test_a_key_by_any_name_is_told_by_its_arn(s3: Any, client: Client, bucket: str, key: str, form: str) -> None:
    identifier = key.rpartition("/")[2]
    client("kms").create_alias(AliasName=f"alias/{bucket}", TargetKeyId=identifier)
    names = {"arn": key, "id": identifier, "alias": f"alias/{bucket}"}
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"body", **_encrypted(names[form]))
    got = s3.get_object(Bucket=bucket, Key="k")
    for answer in (put, got):
        assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)
    assert got["Body"].read() == b"body"


def test_the_etag_of_what_kms_encrypts_is_no_md5(s3: Any, bucket: str, key: str) -> None:
    etags = {s3.put_object(Bucket=bucket, Key="k", Body=b"body", **_encrypted(key))["ETag"] for _ in range(2)}
    assert len(etags) == 2


def test_the_buckets_default_is_applied(s3: Any, bucket: str, key: str) -> None:
    _default(s3, bucket, {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, bucket_key=True)
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert (put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == (key, True)
    plain = s3.put_object(Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="AES256")
    assert (plain["ServerSideEncryption"], plain.get("SSEKMSKeyId")) == ("AES256", None)


def test_uploads_in_parts_and_copies_are_encrypted_alike(s3: Any, bucket: str, key: str) -> None:
    _default(s3, bucket, {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key})
    place = {"Bucket": bucket, "Key": "k"}
    upload = s3.create_multipart_upload(**place)
    part = s3.upload_part(**place, UploadId=upload["UploadId"], PartNumber=1, Body=b"x")
    listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    done = s3.complete_multipart_upload(**place, UploadId=upload["UploadId"], MultipartUpload=listed)
    copy = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    assert [each["SSEKMSKeyId"] for each in (upload, part, done, copy)] == [key] * 4


def test_the_key_of_s3_is_made_at_its_first_use(s3: Any, client: Client, bucket: str) -> None:
    arn = s3.put_object(Bucket=bucket, Key="k", Body=b"", **_encrypted())["SSEKMSKeyId"]
    kms = client("kms")
    told = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (told["Arn"], told["KeyManager"], told["KeyState"]) == (arn, "AWS", "Enabled")
    assert '"kms:ViaService": "s3.us-east-1.amazonaws.com"' in kms.get_key_policy(KeyId=arn)["Policy"]
    assert s3.put_object(Bucket=bucket, Key="l", Body=b"", **_encrypted())["SSEKMSKeyId"] == arn


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("11111111-1111-1111-1111-111111111111", "Key '{here}key/{given}' does not exist"),
        ("alias/absent", "Alias {here}alias/absent is not found."),
        ("nonsense", "Invalid keyId nonsense"),
        ("arn:aws:kms:eu-west-1:123456789012:key/11111111-1111-1111-1111-111111111111", "Invalid arn eu-west-1"),
    ],
)
def test_a_key_that_is_not_there(s3: Any, bucket: str, given: str, message: str) -> None:
    expected = message.format(given=given, here="arn:aws:kms:us-east-1:123456789012:")
    refusal = _refusal(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"", **_encrypted(given)))
    assert refusal == ("KMS.NotFoundException", expected)


def test_a_disabled_key(s3: Any, client: Client, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"body", **_encrypted(key))
    client("kms").disable_key(KeyId=key)
    disabled = ("KMS.DisabledException", f"{key} is disabled.")
    assert _refusal(lambda: s3.get_object(Bucket=bucket, Key="k")) == disabled
    assert _refusal(lambda: s3.put_object(Bucket=bucket, Key="l", Body=b"", **_encrypted(key))) == disabled
    assert _refusal(lambda: s3.copy_object(Bucket=bucket, Key="l", CopySource=f"{bucket}/k")) == disabled
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key
    client("kms").enable_key(KeyId=key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"body"


def test_a_key_on_its_way_out(s3: Any, client: Client, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"body", **_encrypted(key))
    client("kms").schedule_key_deletion(KeyId=key)
    pending = ("KMS.KMSInvalidStateException", f"{key} is pending deletion.")
    assert _refusal(lambda: s3.get_object(Bucket=bucket, Key="k")) == pending
    assert _refusal(lambda: s3.put_object(Bucket=bucket, Key="l", Body=b"", **_encrypted(key))) == pending


def test_the_keys_state_at_a_part(s3: Any, client: Client, bucket: str, key: str) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    upload = s3.create_multipart_upload(**place, **_encrypted(key))["UploadId"]
    client("kms").disable_key(KeyId=key)
    request = place | {"UploadId": upload, "PartNumber": 1, "Body": b"x"}
    assert _refusal(lambda: s3.upload_part(**request))[0] == "KMS.DisabledException"


def test_an_asymmetric_key(s3: Any, client: Client, bucket: str) -> None:
    made = client("kms").create_key(KeyUsage="ENCRYPT_DECRYPT", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]
    code, _ = _refusal(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"", **_encrypted(made)))
    assert code == "KMS.InvalidKeyUsageException"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ServerSideEncryption": "AES128"}, "InvalidArgument"),
        ({"ServerSideEncryption": "AES256", "SSEKMSKeyId": "alias/aws/s3"}, "InvalidArgument"),
        ({"SSEKMSKeyId": "alias/aws/s3"}, "InvalidArgument"),
        ({"ServerSideEncryption": "aws:kms:dsse"}, "NotImplemented"),
        ({"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}, "NotImplemented"),
    ],
)
def test_what_cannot_be_asked_for(s3: Any, bucket: str, given: dict[str, str], code: str) -> None:
    assert _refusal(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"", **given))[0] == code
