"""Roles and policies."""

import json
from typing import Any

from localaws.cloudformation.providers.base import Clients, Provider, Work, given, tags_of

_ROLE_NAME_LIMIT = 64
_POLICY_NAME_LIMIT = 128
_HOLDERS = {"Groups": "group", "Roles": "role", "Users": "user"}
_Holder = tuple[str, str]
_ROLE_DEFAULTS = {"Description": "", "MaxSessionDuration": 3600}


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _holders(properties: dict[str, Any]) -> set[_Holder]:
    """Return whom a policy is for: what each is, and its name."""
    return {(kind, name) for several, kind in _HOLDERS.items() for name in properties.get(several, [])}


def _call(work: Work, operation: str, holder: _Holder, **parameters: str) -> None:
    """Call IAM's operation for the kind that this holder of a policy is."""
    kind, name = holder
    getattr(work.client("iam"), operation.format(kind))(**{f"{kind.title()}Name": name}, **parameters)


class Role(Provider):
    """AWS::IAM::Role."""

    type = "AWS::IAM::Role"
    effective = (
        "AssumeRolePolicyDocument",
        "Description",
        "ManagedPolicyArns",
        "Path",
        "PermissionsBoundary",
        "Policies",
        "RoleName",
        "Tags",
    )
    stored = ("MaxSessionDuration",)  # services take an hour
    attribute_names = ("Arn", "RoleId")
    name_property = "RoleName"

    def exists(self, client: Clients, name: str) -> bool:
        return bool(client("iam").get_role(RoleName=name))

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        name = properties.get("RoleName") or work.generated_name(_ROLE_NAME_LIMIT)
        work.client("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=_text(properties["AssumeRolePolicyDocument"]),
            Tags=properties.get("Tags", []),
            **given(properties, "Description", "MaxSessionDuration", "Path", "PermissionsBoundary"),
        )
        work.identified(name)
        self._set_policies(work, name, {}, properties)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        iam = work.client("iam")
        if old["AssumeRolePolicyDocument"] != new["AssumeRolePolicyDocument"]:
            document = _text(new["AssumeRolePolicyDocument"])
            iam.update_assume_role_policy(RoleName=physical_id, PolicyDocument=document)
        settings = {**_ROLE_DEFAULTS, **given(new, *_ROLE_DEFAULTS)}
        if settings != {**_ROLE_DEFAULTS, **given(old, *_ROLE_DEFAULTS)}:
            iam.update_role(RoleName=physical_id, **settings)
        if "PermissionsBoundary" in new:
            iam.put_role_permissions_boundary(**given(new, "PermissionsBoundary"), RoleName=physical_id)
        elif "PermissionsBoundary" in old:
            iam.delete_role_permissions_boundary(RoleName=physical_id)
        if gone := tags_of(old).keys() - tags_of(new).keys():
            iam.untag_role(RoleName=physical_id, TagKeys=sorted(gone))
        if tags := new.get("Tags"):
            iam.tag_role(RoleName=physical_id, Tags=tags)
        self._set_policies(work, physical_id, old, new)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        iam = work.client("iam")
        for policy in iam.list_attached_role_policies(RoleName=physical_id)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=physical_id, PolicyArn=policy["PolicyArn"])
        for name in iam.list_role_policies(RoleName=physical_id)["PolicyNames"]:
            iam.delete_role_policy(RoleName=physical_id, PolicyName=name)
        iam.delete_role(RoleName=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        role = work.client("iam").get_role(RoleName=physical_id)["Role"]
        return {"Arn": role["Arn"], "RoleId": role["RoleId"]}

    def _set_policies(self, work: Work, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        iam = work.client("iam")
        attached, wanted = old.get("ManagedPolicyArns", []), new.get("ManagedPolicyArns", [])
        for arn in wanted:
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in set(attached) - set(wanted):
            iam.detach_role_policy(RoleName=name, PolicyArn=arn)
        inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in new.get("Policies", [])}
        for policy_name, document in inline.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=_text(document))
        for policy in old.get("Policies", []):
            if policy["PolicyName"] not in inline:
                iam.delete_role_policy(RoleName=name, PolicyName=policy["PolicyName"])


class Policy(Provider):
    """AWS::IAM::Policy: an inline policy of groups, roles and users."""

    type = "AWS::IAM::Policy"
    effective = ("PolicyDocument", "PolicyName", *_HOLDERS)

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        work.identified(work.generated_name(_POLICY_NAME_LIMIT))
        self._put(work, properties)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        self._put(work, new)
        kept = _holders(new) if old["PolicyName"] == new["PolicyName"] else set()
        self._remove(work, old["PolicyName"], _holders(old) - kept)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        self._remove(work, properties["PolicyName"], _holders(properties))

    def _put(self, work: Work, properties: dict[str, Any]) -> None:
        document = _text(properties["PolicyDocument"])
        for holder in _holders(properties):
            _call(work, "put_{}_policy", holder, PolicyName=properties["PolicyName"], PolicyDocument=document)

    def _remove(self, work: Work, name: str, holders: set[_Holder]) -> None:
        for holder in holders:
            _call(work, "delete_{}_policy", holder, PolicyName=name)


class ManagedPolicy(Provider):
    """AWS::IAM::ManagedPolicy."""

    type = "AWS::IAM::ManagedPolicy"
    effective = ("Description", "ManagedPolicyName", "Path", "PolicyDocument", *_HOLDERS)
    attribute_names = ("PolicyArn",)
    name_property = "ManagedPolicyName"

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        policy = work.client("iam").create_policy(
            PolicyName=properties.get("ManagedPolicyName") or work.generated_name(_POLICY_NAME_LIMIT),
            PolicyDocument=_text(properties["PolicyDocument"]),
            **given(properties, "Description", "Path"),
        )["Policy"]
        work.identified(policy["Arn"])
        self._attach(work, policy["Arn"], _holders(properties))

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        iam = work.client("iam")
        if old["PolicyDocument"] != new["PolicyDocument"]:
            self._delete_old_versions(iam, physical_id)  # a policy has five at most
            iam.create_policy_version(
                PolicyArn=physical_id, PolicyDocument=_text(new["PolicyDocument"]), SetAsDefault=True
            )
        before, after = _holders(old), _holders(new)
        self._attach(work, physical_id, after - before)
        self._detach(work, physical_id, before - after)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        iam = work.client("iam")
        self._detach(work, physical_id, _holders(properties))
        self._delete_old_versions(iam, physical_id)
        iam.delete_policy(PolicyArn=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"PolicyArn": physical_id}

    def _attach(self, work: Work, arn: str, holders: set[_Holder]) -> None:
        for holder in holders:
            _call(work, "attach_{}_policy", holder, PolicyArn=arn)

    def _detach(self, work: Work, arn: str, holders: set[_Holder]) -> None:
        for holder in holders:
            _call(work, "detach_{}_policy", holder, PolicyArn=arn)

    def _delete_old_versions(self, iam: Any, arn: str) -> None:
        for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
