"""KMS keys: their states and what each forbids, policies, aliases, and what they encipher.

https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from localaws.clock import clock
from localaws.kms.responses import UNVERIFIED_NO_PUBLIC_KEY

DAY = 24 * 60 * 60
Client = Callable[[str], Any]
ACCOUNT = "123456789012"
HERE = f"arn:aws:kms:us-east-1:{ACCOUNT}:"
ABSENT = "11111111-1111-1111-1111-111111111111"
ALLOW = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
INVALID_PRINCIPALS = "Policy contains a statement with one or more invalid principals."


@pytest.fixture
def kms(client: Client) -> Any:
    """KMS as the administrator's client sees it."""
    return client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    """The ARN of a symmetric key."""
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def alias(kms: Any, key: str) -> str:
    """An alias of the key."""
    name = f"alias/{uuid.uuid4().hex}"
    kms.create_alias(AliasName=name, TargetKeyId=key)
    return name


def _refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call()
    return refusal.value.response["Error"]["Code"], refusal.value.response["Error"]["Message"]


def _policy(principal: Any, action: str = "kms:*") -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_new_key(kms: Any, key: str) -> None:
    told = kms.describe_key(KeyId=key)["KeyMetadata"]
    expected = {
        "KeyState": "Enabled",
        "Enabled": True,
        "KeyManager": "CUSTOMER",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "MultiRegion": False,
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
    }
    assert {name: told[name] for name in expected} == expected
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


@pytest.mark.parametrize("form", ["arn", "id", "alias", "alias arn"])
def test_a_key_has_four_names(kms: Any, key: str, alias: str, form: str) -> None:
    names = {"arn": key, "id": key.rpartition("/")[2], "alias": alias, "alias arn": f"{HERE}{alias}"}
    assert kms.describe_key(KeyId=names[form])["KeyMetadata"]["Arn"] == key
    assert kms.encrypt(KeyId=names[form], Plaintext=b"x")["KeyId"] == key


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        (ABSENT, f"Key '{HERE}key/{ABSENT}' does not exist"),
        (f"{HERE}key/{ABSENT}", f"Key '{HERE}key/{ABSENT}' does not exist"),
        ("alias/absent", f"Alias {HERE}alias/absent is not found."),
        ("nonsense", "Invalid keyId nonsense"),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{ABSENT}", "Invalid arn eu-west-1"),
        (f"arn:aws:kms:mars:{ACCOUNT}:key/{ABSENT}", "Invalid arn mars"),
    ],
)
def test_a_key_that_is_not_there(kms: Any, identifier: str, message: str) -> None:
    for call in (kms.describe_key, kms.generate_data_key_without_plaintext):
        given = {"KeySpec": "AES_256"} if call == kms.generate_data_key_without_plaintext else {}
        assert _refusal(lambda call=call, given=given: call(KeyId=identifier, **given)) == (  # type: ignore[misc]
            "NotFoundException",
            message,
        )


def test_what_is_enciphered_is_deciphered_in_its_context_alone(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "b"})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"secret"
    assert _refusal(lambda: kms.decrypt(CiphertextBlob=blob))[0] == "InvalidCiphertextException"
    assert _refusal(lambda: kms.decrypt(CiphertextBlob=b"nonsense" * 20))[0] == "InvalidCiphertextException"


def test_a_key_that_is_named_is_the_one_that_deciphers(kms: Any, key: str) -> None:
    """Or else who may use one key could read by it what any other enciphered."""
    blob, other = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"], kms.create_key()["KeyMetadata"]["Arn"]
    refusal = (
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
    assert _refusal(lambda: kms.decrypt(CiphertextBlob=blob, KeyId=other)) == refusal
    anew = {"CiphertextBlob": blob, "DestinationKeyId": other}
    assert _refusal(lambda: kms.re_encrypt(SourceKeyId=other, **anew)) == refusal
    assert kms.re_encrypt(SourceKeyId=key, **anew)["SourceKeyId"] == key


def test_data_keys(kms: Any, key: str) -> None:
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert (len(made["Plaintext"]), made["KeyId"]) == (32, key)
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    hidden = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=5)
    assert "Plaintext" not in hidden
    assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == 5


@pytest.mark.parametrize("size", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 5}, {"NumberOfBytes": 1025}])
def test_a_data_key_of_no_size(kms: Any, key: str, size: dict[str, Any]) -> None:
    assert _refusal(lambda: kms.generate_data_key(KeyId=key, **size))[0] == "ValidationException"


def test_re_encryption(kms: Any, key: str) -> None:
    target = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=target)
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, target)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], KeyId=target)["Plaintext"] == b"secret"


USES: dict[str, Callable[[Any, str, bytes], Any]] = {
    "Encrypt": lambda kms, key, _: kms.encrypt(KeyId=key, Plaintext=b"x"),
    "Decrypt": lambda kms, _, blob: kms.decrypt(CiphertextBlob=blob),
    "GenerateDataKey": lambda kms, key, _: kms.generate_data_key(KeyId=key, KeySpec="AES_128"),
    "WithoutPlaintext": lambda kms, key, _: kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_128"),
    "EnableKeyRotation": lambda kms, key, _: kms.enable_key_rotation(KeyId=key),
}
CHANGES: dict[str, Callable[[Any, str, bytes], Any]] = {
    "EnableKey": lambda kms, key, _: kms.enable_key(KeyId=key),
    "DisableKey": lambda kms, key, _: kms.disable_key(KeyId=key),
    "CreateAlias": lambda kms, key, _: kms.create_alias(AliasName=f"alias/{uuid.uuid4().hex}", TargetKeyId=key),
    "TagResource": lambda kms, key, _: kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "b"}]),
    "UpdateKeyDescription": lambda kms, key, _: kms.update_key_description(KeyId=key, Description="d"),
    "ScheduleKeyDeletion": lambda kms, key, _: kms.schedule_key_deletion(KeyId=key),
}


@pytest.mark.parametrize("use", USES)
def test_a_disabled_key_is_not_used(kms: Any, key: str, use: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert _refusal(lambda: USES[use](kms, key, blob)) == ("DisabledException", f"{key} is disabled.")
    kms.enable_key(KeyId=key)
    USES[use](kms, key, blob)


@pytest.mark.parametrize("change", CHANGES)
def test_a_disabled_key_is_changed(kms: Any, key: str, change: str) -> None:
    kms.disable_key(KeyId=key)
    CHANGES[change](kms, key, b"")


@pytest.mark.parametrize("use", USES | CHANGES)
def test_a_key_on_its_way_out_is_left_alone(kms: Any, key: str, use: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    call = (USES | CHANGES)[use]
    assert _refusal(lambda: call(kms, key, blob)) == ("KMSInvalidStateException", f"{key} is pending deletion.")


def test_a_deletion_can_be_cancelled(kms: Any, key: str) -> None:
    assert _refusal(lambda: kms.cancel_key_deletion(KeyId=key)) == (
        "KMSInvalidStateException",
        f"{key} is not pending deletion.",
    )
    scheduled = kms.schedule_key_deletion(KeyId=key)
    assert (scheduled["KeyState"], scheduled["PendingWindowInDays"]) == ("PendingDeletion", 30)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["DeletionDate"] == scheduled["DeletionDate"]
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


@pytest.mark.parametrize("days", [6, 31])
def test_a_deletion_takes_7_to_30_days(kms: Any, key: str, days: int) -> None:
    assert _refusal(lambda: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days)) == (
        "ValidationException",
        "PendingWindowInDays must be between 7 and 30",
    )
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("{", ""),  # https://github.com/aws/aws-sdk-ruby/issues/1784
        # https://github.com/terraform-aws-modules/terraform-aws-eks/pull/2163
        (
            json.dumps({"Statement": ALLOW | {"Principal": {"AWS": []}}}),
            "Policy contains a statement with no principal.",
        ),
        (json.dumps({"Statement": ALLOW}), "Policy contains a statement with no principal."),
        (_policy({"Planet": "Mars"}), INVALID_PRINCIPALS),
        (_policy({"AWS": f"arn:aws:iam::{ACCOUNT}:role/nobody"}), INVALID_PRINCIPALS),
        (
            _policy({"AWS": "arn:aws:iam::999999999999:user/of-another-account"}),
            "The new key policy will not allow you to update the key policy in the future.",
        ),
        (
            _policy({"AWS": f"arn:aws:iam::{ACCOUNT}:user/local"}, "kms:Encrypt"),
            "The new key policy will not allow you to update the key policy in the future.",
        ),
    ],
)
def test_a_policy_that_kms_does_not_take(kms: Any, key: str, policy: str, message: str) -> None:
    refusal = ("MalformedPolicyDocumentException", message)
    assert _refusal(lambda: kms.create_key(Policy=policy)) == refusal
    assert _refusal(lambda: kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)) == refusal


def test_a_policy_is_kept(kms: Any, key: str) -> None:
    policy = _policy({"AWS": f"arn:aws:iam::{ACCOUNT}:user/local"})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    assert kms.get_key_policy(KeyId=key)["Policy"] == policy
    locked = _policy({"Service": "s3.amazonaws.com"})
    made = kms.create_key(Policy=locked, BypassPolicyLockoutSafetyCheck=True)
    assert made["KeyMetadata"]["KeyState"] == "Enabled"


def test_aliases_move_and_go(kms: Any, key: str, alias: str) -> None:
    assert _refusal(lambda: kms.create_alias(AliasName=alias, TargetKeyId=key)) == (
        "AlreadyExistsException",
        f"An alias with the name {HERE}{alias} already exists",
    )
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.update_alias(AliasName=alias, TargetKeyId=other)
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == other
    assert [each["AliasName"] for each in kms.list_aliases(KeyId=other)["Aliases"]] == [alias]
    kms.delete_alias(AliasName=alias)
    assert _refusal(lambda: kms.delete_alias(AliasName=alias)) == (
        "NotFoundException",
        f"Alias {HERE}{alias} is not found.",
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nonsense", "ValidationException"),
        ("alias/aws/mine", "NotAuthorizedException"),
        ("alias/a b", "ValidationException"),
    ],
)
def test_a_name_that_no_alias_may_have(kms: Any, key: str, name: str, code: str) -> None:
    assert _refusal(lambda: kms.create_alias(AliasName=name, TargetKeyId=key))[0] == code


def test_rotation_and_tags(kms: Any, key: str) -> None:
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}])
    kms.untag_resource(KeyId=key, TagKeys=["a"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "b", "TagValue": "2"}]


def test_keys_are_listed_by_pages(kms: Any) -> None:
    made = {kms.create_key()["KeyMetadata"]["Arn"] for _ in range(3)}
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert made <= {each["KeyArn"] for page in pages for each in page["Keys"]}
    assert max(len(page["Keys"]) for page in pages) == 2


@pytest.mark.parametrize(
    "call",
    [
        lambda kms: kms.create_key(CustomKeyStoreId="cks-1"),
        lambda kms: kms.create_key(Origin="EXTERNAL"),
    ],
)
def test_what_there_is_not_is_refused_by_name(kms: Any, call: Callable[[Any], Any]) -> None:
    code, message = _refusal(lambda: call(kms))
    assert code == "UnsupportedOperationException"
    assert "Local AWS does not support" in message


def test_there_are_no_grants(kms: Any, key: str) -> None:
    assert _refusal(lambda: kms.create_grant(KeyId=key, GranteePrincipal=key, Operations=["Decrypt"])) == (
        "NotImplemented",
        "Local AWS does not implement kms:CreateGrant.",
    )


def test_an_asymmetric_key_enciphers_nothing_symmetrically(kms: Any) -> None:
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    assert _refusal(lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"))[0] == "InvalidKeyUsageException"
    assert _refusal(lambda: kms.create_key(KeySpec="RSA_2048"))[0] == "ValidationException"


def test_a_key_is_gone_when_its_days_are_over(kms: Any, key: str, alias: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.move(7 * DAY - 60)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    clock.move(120)
    assert _refusal(lambda: kms.describe_key(KeyId=key)) == ("NotFoundException", f"Key '{key}' does not exist")
    assert _refusal(lambda: kms.describe_key(KeyId=alias)) == (
        "NotFoundException",
        f"Alias {HERE}{alias} is not found.",
    )
    assert key not in [each["KeyArn"] for each in kms.list_keys()["Keys"]]


def test_a_symmetric_key_has_no_public_half(kms: Any, key: str) -> None:
    code, message = _refusal(lambda: kms.get_public_key(KeyId=key))
    assert code == "UnsupportedOperationException"
    assert message == UNVERIFIED_NO_PUBLIC_KEY.format(arn=key, spec="SYMMETRIC_DEFAULT")


def test_the_public_half_of_a_pair(kms: Any) -> None:
    pair = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    told = kms.get_public_key(KeyId=pair)
    signature = kms.sign(KeyId=pair, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    public = load_der_public_key(told["PublicKey"])
    assert isinstance(public, EllipticCurvePublicKey)
    public.verify(signature, b"m", ECDSA(SHA256()))
    assert (told["KeyId"], told["KeySpec"], told["KeyUsage"]) == (pair, "ECC_NIST_P256", "SIGN_VERIFY")
