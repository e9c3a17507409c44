"""KMS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html

There are no grants, and no replicas of keys in other regions.
"""

import base64
import binascii
from collections.abc import Callable, Iterable

from localaws.authorization.matching import Context
from localaws.gate.call import Call
from localaws.gate.permissions.rows import Need, Row, Table, nothing, rows
from localaws.kms.keys import KeyRefusal, find

_KEY_ID_LENGTH = 36  # moto begins every ciphertext with its key's id


def _arn(call: Call, name: str) -> str:
    """Return the ARN of the key behind an id, an ARN, an alias or an alias's ARN.

    What leads to no key stands for itself: KMS will say so.
    """
    try:
        return str(find(name, call.account, call.region).arn)
    except KeyRefusal:
        return name if name.startswith("arn:") else call.arn(name if name.startswith("alias/") else f"key/{name}")


def _key(call: Call) -> list[str]:
    """Return the key that a call names or, to decrypt without a name, the one in the ciphertext."""
    name = call.parameters.get("KeyId") or call.parameters.get("SourceKeyId")
    return [_arn(call, name or _in(call.parameters["CiphertextBlob"]))]


def _in(ciphertext: str) -> str:
    try:
        return base64.b64decode(ciphertext)[:_KEY_ID_LENGTH].decode("ascii")
    except (binascii.Error, ValueError):
        return "*"


def _alias(call: Call) -> list[str]:
    """Return what an alias is made or changed with: itself, and the keys that it leaves and comes to."""
    alias, target = call.parameters["AliasName"], call.parameters.get("TargetKeyId")
    keys = [_arn(call, name) for name in (alias, target) if name]
    return list(dict.fromkeys([call.arn(alias), *(key for key in keys if ":key/" in key)]))


def _context(call: Call) -> Context:
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""
    return {"kms:calleraccount": call.account}


def _cryptography(call: Call) -> Context:
    return _encryption(call, call.parameters.get("EncryptionContext"))


def _encryption(call: Call, encryption_context: dict[str, str] | None) -> Context:
    name = str(call.parameters.get("KeyId") or "")
    context = {
        **_context(call),
        "kms:encryptionalgorithm": call.parameters.get("EncryptionAlgorithm") or "SYMMETRIC_DEFAULT",
        **{f"kms:encryptioncontext:{key.lower()}": value for key, value in (encryption_context or {}).items()},
    }
    if "alias/" in name:
        context["kms:requestalias"] = f"alias/{name.partition('alias/')[2]}"
    return context | ({"kms:encryptioncontextkeys": tuple(encryption_context)} if encryption_context else {})


def _re_encrypt(call: Call) -> Iterable[Need]:
    given = call.parameters
    destination = _arn(call, given["DestinationKeyId"])
    yield Need("kms:ReEncryptFrom", _key(call)[0], _encryption(call, given.get("SourceEncryptionContext")))
    yield Need("kms:ReEncryptTo", destination, _encryption(call, given.get("DestinationEncryptionContext")))


def _create_key(call: Call) -> Context:
    given = call.parameters
    return {
        **_context(call),
        "kms:keyspec": given.get("KeySpec") or given.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT",
        "kms:keyusage": given.get("KeyUsage", "ENCRYPT_DECRYPT"),
        "kms:keyorigin": given.get("Origin", "AWS_KMS"),
        "kms:multiregion": str(bool(given.get("MultiRegion"))),
        "kms:bypasspolicylockoutsafetycheck": str(bool(given.get("BypassPolicyLockoutSafetyCheck"))),
    }


def _on_key(keys: Callable[[Call], Context], *operations: str) -> dict[str, Row]:
    return {operation: Row(_key, keys=keys) for operation in operations}


TABLE: Table = {
    "CreateKey": Row("*", keys=_create_key, tags="Tags", tagging="kms:TagResource", tagged="key/*"),
    **_on_key(_context, "DescribeKey", "EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion"),
    **_on_key(_context, "GetKeyPolicy", "PutKeyPolicy", "ListKeyPolicies", "UpdateKeyDescription"),
    **_on_key(_context, "GetKeyRotationStatus", "EnableKeyRotation", "DisableKeyRotation"),
    **_on_key(_context, "ListResourceTags", "GetPublicKey", "Sign", "Verify", "GenerateMac", "VerifyMac"),
    "TagResource": Row(_key, keys=_context, tags="Tags"),
    "UntagResource": Row(_key, keys=lambda call: {**_context(call), "aws:tagkeys": tuple(call.parameters["TagKeys"])}),
    **_on_key(_cryptography, "Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
    "ReEncrypt": Row(nothing, also=_re_encrypt),
    **{operation: Row(_alias, keys=_context) for operation in ("CreateAlias", "UpdateAlias", "DeleteAlias")},
    **rows("*", "ListKeys", "ListAliases", "GenerateRandom"),
}
