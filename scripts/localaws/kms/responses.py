"""KMS's API where moto's differs: keys by any name, states that forbid, policies that are read."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from moto.core.utils import unix_time
from moto.kms.exceptions import AccessDeniedException, InvalidCiphertextException
from moto.kms.models import Key
from moto.kms.responses import KmsResponse

from localaws.clock import clock
from localaws.constraints import check
from localaws.gate.caller import caller_of
from localaws.kms import policies
from localaws.kms.keys import KeyRefusal, alias_owner, check_state, drop_deleted, find, usable_for_data

UNVERIFIED_NO_PUBLIC_KEY = "{arn} key spec is {spec} which is not valid for GetPublicKey."
_DAY = 24 * 60 * 60
_SHORTEST_WAIT, _LONGEST_WAIT = (
    7,
    30,
)  # days: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html


class KeysResponse(KmsResponse):
    """moto's KMS with keys that have states."""

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    def create_key(self) -> str:
        """Create a key; its policy must let the caller change it again, unless told otherwise."""
        given = self._checked("CreateKey")
        for name, only in (("Origin", "AWS_KMS"), ("CustomKeyStoreId", None), ("XksKeyId", None)):
            if given.get(name, only) != only:
                raise _unsupported(f"{name} of CreateKey other than {only}")
        spec = given.get("KeySpec") or given.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT"
        usage = given.get("KeyUsage")
        if usage is None and spec != "SYMMETRIC_DEFAULT":
            raise _invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
        usage = usage or "ENCRYPT_DECRYPT"
        if spec == "SYMMETRIC_DEFAULT" and usage != "ENCRYPT_DECRYPT":
            raise _invalid(f"KeyUsage {usage} is not compatible with KeySpec {spec}")
        if policy := given.get("Policy"):
            self._check_policy(policy, bypasses=given.get("BypassPolicyLockoutSafetyCheck", False))
        about = (given.get("Description"), given.get("Tags"), given.get("MultiRegion", False))
        key = self.kms_backend.create_key(policy, usage, spec, *about)
        return json.dumps(key.to_dict())

    def describe_key(self) -> str:
        """Return what is known of a key."""
        return json.dumps(self._key().to_dict())

    def list_keys(self) -> str:
        """Return all keys of the Region, a page at a time."""
        drop_deleted(self.kms_backend)
        keys = [{"KeyId": key.id, "KeyArn": key.arn} for key in list(self.kms_backend.keys.values())]
        return self._page("Keys", keys, 100)

    def update_key_description(self) -> str:
        """Change what a key says of itself."""
        key = self._key(not_by_alias=True)
        check_state(key, disabled_is_fine=True)
        key.description = self._checked("UpdateKeyDescription")["Description"]
        return "{}"

    def enable_key(self) -> str:
        """Let a key be used again."""
        return self._turn(on=True)

    def disable_key(self) -> str:
        """Keep a key from being used."""
        return self._turn(on=False)

    def schedule_key_deletion(self) -> str:
        """Let a key go in some days; until then it can be kept, and cannot be used."""
        key = self._key(not_by_alias=True)
        check_state(key, disabled_is_fine=True)
        days = self.params.get("PendingWindowInDays", _LONGEST_WAIT)
        if not _SHORTEST_WAIT <= days <= _LONGEST_WAIT:
            raise _invalid(f"PendingWindowInDays must be between {_SHORTEST_WAIT} and {_LONGEST_WAIT}")
        key.enabled, key.key_state = False, "PendingDeletion"
        key.deletion_date = datetime.fromtimestamp(clock.now() + days * _DAY, UTC).replace(tzinfo=None)
        told = {"KeyId": key.arn, "KeyState": key.key_state, "PendingWindowInDays": days}
        return json.dumps(told | {"DeletionDate": unix_time(key.deletion_date)})

    def cancel_key_deletion(self) -> str:
        """Keep a key that was to go; it is disabled then."""
        key = self._key(not_by_alias=True)
        if key.key_state != "PendingDeletion":
            raise KeyRefusal("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
        key.key_state, key.deletion_date = "Disabled", None
        return json.dumps({"KeyId": key.arn})

    def get_key_policy(self) -> str:
        """Return a key's policy."""
        self._check_policy_name()
        return json.dumps({"Policy": self._key(not_by_alias=True).policy, "PolicyName": "default"})

    def put_key_policy(self) -> str:
        """Replace a key's policy by one that lets the caller change it again, unless told otherwise."""
        self._check_policy_name()
        key, policy = self._key(not_by_alias=True), self.params["Policy"]
        self._check_policy(policy, bypasses=self.params.get("BypassPolicyLockoutSafetyCheck", False))
        key.policy = policy
        return "{}"

    def list_key_policies(self) -> str:
        """Return the names of a key's policies; there is one."""
        self._key(not_by_alias=True)
        return json.dumps({"PolicyNames": ["default"], "Truncated": False})

    def enable_key_rotation(self) -> str:
        """Have a key's material replaced now and then; nobody sees that here."""
        key = self._rotatable()
        key.key_rotation_status = True
        key.rotation_period = self.params.get("RotationPeriodInDays", 365)
        return "{}"

    def disable_key_rotation(self) -> str:
        """Keep a key's material."""
        self._rotatable().key_rotation_status = False
        return "{}"

    def get_key_rotation_status(self) -> str:
        """Return whether a key's material is replaced now and then."""
        key = self._key(not_by_alias=True)
        told = {"KeyId": key.arn, "KeyRotationEnabled": key.key_rotation_status}
        if key.key_rotation_status:
            told["RotationPeriodInDays"] = getattr(key, "rotation_period", 365)
        return json.dumps(told)

    def tag_resource(self) -> str:
        """Add tags to a key."""
        key = self._key(not_by_alias=True)
        check_state(key, disabled_is_fine=True)
        self.kms_backend.tag_resource(key.id, {tag["TagKey"]: tag["TagValue"] for tag in self.params["Tags"]})
        return "{}"

    def untag_resource(self) -> str:
        """Remove tags from a key."""
        key = self._key(not_by_alias=True)
        check_state(key, disabled_is_fine=True)
        self.kms_backend.untag_resource(key.id, self.params["TagKeys"])
        return "{}"

    def list_resource_tags(self) -> str:
        """Return a key's tags, a page at a time."""
        return self._page("Tags", self.kms_backend.list_resource_tags(self._key(not_by_alias=True).id)["Tags"], 50)

    def encrypt(self) -> str:
        """Encipher up to 4 KB under a key."""
        key = self._usable("Encrypt")
        blob, _ = self.kms_backend.encrypt(key.id, self._blob("Plaintext"), self._context())
        return json.dumps(
            {"CiphertextBlob": _encoded(blob), "KeyId": key.arn, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
        )

    def decrypt(self) -> str:
        """Decipher what a key of the Region enciphered."""
        plaintext, key = self._deciphered("KeyId", "EncryptionContext")
        told = {"KeyId": key.arn, "Plaintext": _encoded(plaintext)}
        return json.dumps(told | {"EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})

    def re_encrypt(self) -> str:
        """Decipher under one key and encipher under another."""
        plaintext, source = self._deciphered("SourceKeyId", "SourceEncryptionContext")
        target = self._usable("ReEncrypt", "DestinationKeyId")
        context = self.params.get("DestinationEncryptionContext") or {}
        blob, _ = self.kms_backend.encrypt(target.id, plaintext, context)
        told = {"CiphertextBlob": _encoded(blob), "KeyId": target.arn, "SourceKeyId": source.arn}
        algorithms = ("SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm")
        return json.dumps(told | dict.fromkeys(algorithms, "SYMMETRIC_DEFAULT"))

    def get_public_key(self) -> str:
        """Return the public half of a key pair."""
        key = self._key()
        if key.private_key is None:
            told = UNVERIFIED_NO_PUBLIC_KEY.format(arn=key.arn, spec=key.key_spec)
            raise KeyRefusal("UnsupportedOperationException", told)
        check_state(key)
        told = json.loads(super().get_public_key())
        return json.dumps(told | {"KeyId": key.arn, "KeySpec": key.key_spec})

    def generate_random(self) -> str:
        """Return bytes of chance."""
        self._given("NumberOfBytes")
        return str(super().generate_random())

    def generate_data_key(self) -> str:
        """Return a new data key, plain and enciphered."""
        return json.dumps(self._data_key("GenerateDataKey"))

    def generate_data_key_without_plaintext(self) -> str:
        """Return a new data key, enciphered alone."""
        made = self._data_key("GenerateDataKeyWithoutPlaintext")
        return json.dumps({name: value for name, value in made.items() if name != "Plaintext"})

    def create_alias(self) -> str:
        """Give a key another name."""
        name, key = self._alias_name(), self._key("TargetKeyId", not_by_alias=True)
        check_state(key, disabled_is_fine=True)
        if alias_owner(self.kms_backend, name):
            arn = self._display_arn(name)
            raise KeyRefusal("AlreadyExistsException", f"An alias with the name {arn} already exists")
        self.kms_backend.create_alias(key.id, name)
        return "{}"

    def update_alias(self) -> str:
        """Give a name to another key of the same kind."""
        name, key = self._alias_name(), self._key("TargetKeyId", not_by_alias=True)
        owner = find(name, self.current_account, self.region)
        if (owner.key_spec, owner.key_usage) != (key.key_spec, key.key_usage):
            raise _invalid(f"Alias {name} cannot be changed from {owner.arn} to {key.arn}: they are of different kinds")
        check_state(key, disabled_is_fine=True)
        self.kms_backend.update_alias(key.id, name)
        return "{}"

    def delete_alias(self) -> str:
        """Take a name away."""
        name = self._alias_name()
        if alias_owner(self.kms_backend, name) is None:
            raise KeyRefusal("NotFoundException", f"Alias {self._display_arn(name)} is not found.")
        self.kms_backend.delete_alias(name)
        return "{}"

    def list_aliases(self) -> str:
        """Return the names of a key, or of all, a page at a time."""
        drop_deleted(self.kms_backend)
        of = self._key(not_by_alias=True).id if self.params.get("KeyId") else None
        aliases = [
            {"AliasName": alias.alias_name, "AliasArn": alias.alias_arn, "TargetKeyId": alias.target_key_id}
            for alias in list(self.kms_backend.list_aliases(of))
        ]
        return self._page("Aliases", sorted(aliases, key=lambda alias: str(alias["AliasName"])), 50)

    def _checked(self, operation: str) -> dict[str, Any]:
        given: dict[str, Any] = self.params
        check("kms", operation, given)
        return given

    def _key(self, name: str = "KeyId", *, not_by_alias: bool = False) -> Key:
        identifier = self._checked(self._get_action())[name]
        if not_by_alias and "alias/" in identifier:
            raise KeyRefusal("NotFoundException", f"Invalid keyId {identifier}")
        return find(identifier, self.current_account, self.region)

    def _usable(self, operation: str, name: str = "KeyId") -> Key:
        key = self._key(name)
        usable_for_data(key, operation)
        return key

    def _turn(self, *, on: bool) -> str:
        key = self._key(not_by_alias=True)
        check_state(key, disabled_is_fine=True)
        key.enabled, key.key_state = on, "Enabled" if on else "Disabled"
        return "{}"

    def _rotatable(self) -> Key:
        key = self._key(not_by_alias=True)
        if key.key_spec != "SYMMETRIC_DEFAULT":
            raise KeyRefusal("UnsupportedOperationException", f"{key.arn} key spec {key.key_spec} cannot be rotated.")
        check_state(key)
        return key

    def _check_policy_name(self) -> None:
        if self.params.get("PolicyName", "default") != "default":
            raise KeyRefusal("NotFoundException", "No such policy exists")

    def _check_policy(self, document: str, *, bypasses: bool) -> None:
        policies.check(document, caller_of(self.get_access_key()), self._display_arn("*"), bypasses=bypasses)

    def _context(self) -> dict[str, str]:
        return self.params.get("EncryptionContext") or {}

    def _given(self, name: str) -> Any:
        """Return a parameter that the model does not demand and KMS does."""
        if self.params.get(name) is None:
            path = f"{name[0].lower()}{name[1:]}"
            rule = f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
            raise _invalid(f"1 validation error detected: {rule}")
        return self.params[name]

    def _blob(self, name: str) -> bytes:
        given = self._given(name)
        return given if isinstance(given, bytes) else base64.b64decode(given)

    def _deciphered(self, name: str, context: str) -> tuple[bytes, Key]:
        """Return what the ciphertext says and its key, which must be usable still, and the one named, if any."""
        expected = self._key(name) if self.params.get(name) else None
        try:
            plaintext, arn = self.kms_backend.decrypt(self._blob("CiphertextBlob"), self.params.get(context) or {})
        except AccessDeniedException:  # moto's, for a blob of a key that is not here
            raise InvalidCiphertextException from None
        key = find(arn, self.current_account, self.region)
        if expected is not None and expected is not key:
            raise KeyRefusal(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation.",
            )
        usable_for_data(key, "Decrypt")
        return plaintext, key

    def _data_key(self, operation: str) -> dict[str, str]:
        given, key = self._checked(operation), self._usable(operation)
        size, spec = given.get("NumberOfBytes"), given.get("KeySpec")
        if bool(size) == bool(spec):
            raise _invalid("Please specify either number of bytes or key spec.")
        plain, blob, arn = self.kms_backend.generate_data_key(key.id, self._context(), size, spec)
        return {"CiphertextBlob": _encoded(blob), "Plaintext": _encoded(plain), "KeyId": arn}

    def _alias_name(self) -> str:
        name: str = self._checked(self._get_action())["AliasName"]
        if not name.startswith("alias/"):
            raise _invalid("Invalid identifier")
        if name.startswith("alias/aws/"):
            raise KeyRefusal("NotAuthorizedException", "")
        if ":" in name:
            raise _invalid(f"{name} contains invalid characters for an alias")
        return name

    def _page(self, member: str, items: list[Any], default: int) -> str:
        start, size = int(self.params.get("Marker") or 0), self.params.get("Limit") or default
        shown = items[start : start + size]
        is_truncated = start + size < len(items)
        more = {"NextMarker": str(start + size)} if is_truncated else {}
        return json.dumps({member: shown, "Truncated": is_truncated} | more)


def _encoded(blob: bytes) -> str:
    return base64.b64encode(blob).decode()


def _invalid(message: str) -> KeyRefusal:
    return KeyRefusal("ValidationException", message)


def _unsupported(what: str) -> KeyRefusal:
    return KeyRefusal("UnsupportedOperationException", f"Local AWS does not support {what}.")
