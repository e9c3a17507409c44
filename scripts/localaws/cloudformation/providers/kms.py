"""Keys and their aliases."""

import json
from typing import Any

from localaws.cloudformation.providers.base import Clients, Provider, Work, given, tags_of

_FIXED = ("KeySpec", "KeyUsage", "MultiRegion", "Origin")
_LONGEST_WINDOW = 30  # days, and what KMS takes when nobody says


class Key(Provider):
    """AWS::KMS::Key. Deleting it schedules its deletion, as on AWS."""

    type = "AWS::KMS::Key"
    effective = (
        "BypassPolicyLockoutSafetyCheck",
        "Description",
        "EnableKeyRotation",
        "Enabled",
        "KeyPolicy",
        "KeySpec",
        "KeyUsage",
        "MultiRegion",
        "Origin",
        "PendingWindowInDays",
        "Tags",
    )
    attribute_names = ("Arn", "KeyId")
    fixed = _FIXED

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        key = work.client("kms").create_key(
            Tags=[{"TagKey": key, "TagValue": value} for key, value in tags_of(properties).items()],
            **given(properties, "BypassPolicyLockoutSafetyCheck", "Description", *_FIXED),
            **({"Policy": _text(properties["KeyPolicy"])} if "KeyPolicy" in properties else {}),
        )["KeyMetadata"]
        work.identified(key["KeyId"])
        self._set_state(work, key["KeyId"], {}, properties)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        kms = work.client("kms")
        if old.get("KeyPolicy") != new.get("KeyPolicy") and "KeyPolicy" in new:
            kms.put_key_policy(KeyId=physical_id, PolicyName="default", Policy=_text(new["KeyPolicy"]))
        kms.update_key_description(KeyId=physical_id, Description=new.get("Description", ""))
        self._set_state(work, physical_id, old, new)
        if gone := tags_of(old).keys() - tags_of(new).keys():
            kms.untag_resource(KeyId=physical_id, TagKeys=sorted(gone))
        if tags := [{"TagKey": key, "TagValue": value} for key, value in tags_of(new).items()]:
            kms.tag_resource(KeyId=physical_id, Tags=tags)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        days = properties.get("PendingWindowInDays", _LONGEST_WINDOW)
        work.client("kms").schedule_key_deletion(KeyId=physical_id, PendingWindowInDays=days)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"Arn": work.arn("kms", f"key/{physical_id}"), "KeyId": physical_id}

    def _set_state(self, work: Work, key_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        kms = work.client("kms")
        states = [
            ("Enabled", True, kms.enable_key, kms.disable_key),
            ("EnableKeyRotation", False, kms.enable_key_rotation, kms.disable_key_rotation),
        ]
        # The rotation of a disabled key cannot be changed.
        for name, default, switch_on, switch_off in states if new.get("Enabled", True) else reversed(states):
            if old.get(name, default) != new.get(name, default):
                (switch_on if new.get(name, default) else switch_off)(KeyId=key_id)


class Alias(Provider):
    """AWS::KMS::Alias."""

    type = "AWS::KMS::Alias"
    effective = ("AliasName", "TargetKeyId")
    name_property = "AliasName"

    def exists(self, client: Clients, name: str) -> bool:
        return bool(client("kms").describe_key(KeyId=name))

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        work.client("kms").create_alias(**properties)
        work.identified(properties["AliasName"])

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        work.client("kms").update_alias(**new)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("kms").delete_alias(AliasName=physical_id)


def _text(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)
