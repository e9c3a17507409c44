"""KMS keys as others use them: found by any of their names, refused in their states, AWS managed ones made when first
used. https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"""

import json
import re
import threading
from datetime import UTC, datetime

from moto.core.exceptions import ServiceException
from moto.kms.models import Key, KmsBackend, kms_backends
from moto.kms.utils import AbstractPrivateKey, generate_private_key

from localaws.clock import clock

_KEY_ID = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
MANAGED_S3 = "alias/aws/s3"
_MANAGED = {MANAGED_S3: "s3", "alias/aws/sns": "sns"}  # those that services here use
UNVERIFIED_NOT_SYMMETRIC = "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec {}."
_making = threading.Lock()


class KeyRefusal(ServiceException):
    """A refusal by KMS with its code and message."""


def find(identifier: str, account_id: str, region: str) -> Key:
    """Return the key behind a key id, key ARN, alias name or alias ARN; make an AWS managed key at its first use.

    Raises KeyRefusal when there is none.
    """
    backend = kms_backends[account_id][region]
    drop_deleted(backend)
    here = f"arn:aws:kms:{region}:{account_id}:"
    name = identifier.removeprefix(here).removeprefix("key/")
    if name.startswith("alias/"):
        key = alias_owner(backend, name) or _managed(backend, name)
        if key is None:
            raise KeyRefusal("NotFoundException", f"Alias {here}{name} is not found.")
        return key
    if identifier.startswith("arn:") and name == identifier:
        place = identifier.split(":")
        if len(place) == 6 and place[3] != region:
            raise KeyRefusal("NotFoundException", f"Invalid arn {place[3]}")
        raise KeyRefusal("NotFoundException", f"Key '{identifier}' does not exist")
    if not _KEY_ID.fullmatch(name):
        raise KeyRefusal("NotFoundException", f"Invalid keyId {name}")
    if name not in backend.keys:
        raise KeyRefusal("NotFoundException", f"Key '{here}key/{name}' does not exist")
    return backend.keys[name]


def drop_deleted(backend: KmsBackend) -> None:
    """Forget the keys, with their aliases, whose waiting period is over by the clock."""
    now = datetime.fromtimestamp(clock.now(), UTC).replace(tzinfo=None)  # as moto keeps times
    for key in list(backend.keys.values()):
        if key.key_state == "PendingDeletion" and key.deletion_date <= now:
            for alias in list(key.aliases):
                backend.delete_alias(alias)
            backend.keys.pop(key.id, None)


def usable_for_data(key: Key, operation: str) -> None:
    """Raise KeyRefusal when a key may not encrypt and decrypt now, or never could."""
    if key.key_usage not in (None, "ENCRYPT_DECRYPT"):
        raise KeyRefusal(
            "InvalidKeyUsageException",
            f"{key.arn} key usage is {key.key_usage} which is not valid for {operation}.",
        )
    if key.key_spec != "SYMMETRIC_DEFAULT":
        raise KeyRefusal("InvalidKeyUsageException", UNVERIFIED_NOT_SYMMETRIC.format(key.key_spec))
    check_state(key)


def check_state(key: Key, *, disabled_is_fine: bool = False) -> None:
    """Raise KeyRefusal when a key rests or is on its way out."""
    if key.key_state == "PendingDeletion":
        raise KeyRefusal("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_state == "Disabled" and not disabled_is_fine:
        raise KeyRefusal("DisabledException", f"{key.arn} is disabled.")


def alias_owner(backend: KmsBackend, name: str) -> Key | None:
    """Return the key that has this alias."""
    return next((key for key in list(backend.keys.values()) if name in key.aliases), None)


def _managed(backend: KmsBackend, alias: str) -> Key | None:
    service = _MANAGED.get(alias)
    if service is None:
        return None
    with _making:
        if key := alias_owner(backend, alias):
            return key
        policy = json.dumps(_managed_policy(service, backend.account_id, backend.region_name))
        kept = "objects" if service == "s3" else "data"
        described = f"Default key that protects my {service.upper()} {kept} when no other key is defined"
        key = backend.create_key(policy, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", described, None)
        key.key_manager, key.key_rotation_status = "AWS", True
        backend.create_alias(key.id, alias)
        return key


def _managed_policy(service: str, account_id: str, region: str) -> dict[str, object]:
    """Return the policy of a key that AWS manages: everybody in the account may use it, through its service alone."""
    through = {"kms:CallerAccount": account_id, "kms:ViaService": f"{service}.{region}.amazonaws.com"}
    name = service.upper()
    allowed = f"Allow access through {name} for all principals in the account that are authorized to use {name}"
    return {
        "Version": "2012-10-17",
        "Id": "auto-s3-2" if service == "s3" else f"auto-{service}-1",
        "Statement": [
            {
                "Sid": allowed,
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"StringEquals": through},
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
                "Resource": "*",
            },
        ],
    }


def private_key_of(key_spec: str) -> AbstractPrivateKey | None:
    """Stand in for moto's, which takes the time to make an RSA key for symmetric keys as well."""
    return generate_private_key(key_spec) if key_spec.startswith(("RSA", "ECC")) else None
