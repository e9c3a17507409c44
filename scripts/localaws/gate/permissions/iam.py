"""IAM: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from moto.iam.models import iam_backends

from localaws.authorization.matching import Context
from localaws.gate.call import Call
from localaws.gate.permissions.rows import Need, Row, Table, rows

_ACCESS_KEY = re.compile(r"Credential=(\w+)/")


def _iam(call: Call) -> Any:
    return iam_backends[call.account]["aws"]


def _named(entities: Iterable[Any], name: str) -> Any:
    return next((entity for entity in list(entities) if entity.name == name), None)


def _of_account(call: Call, resource: str) -> str:
    """Return an ARN; IAM's have no region."""
    return f"arn:aws:iam::{call.account}:{resource}"


def _role(call: Call) -> list[str]:
    role = _named(_iam(call).roles.values(), call.parameters["RoleName"])
    return [role.arn if role else _of_account(call, f"role/{call.parameters['RoleName']}")]


def _user(call: Call) -> list[str]:
    """Return a user; whom a call does not name is the one who calls."""
    name = call.parameters.get("UserName") or _caller(call)
    user = _iam(call).users.get(name)
    return [user.arn if user else _of_account(call, f"user/{name}")]


def _caller(call: Call) -> str:
    signed = _ACCESS_KEY.search(call.headers.get("authorization", ""))
    key = _iam(call).access_keys.get(signed[1]) if signed else None
    return str(key.user_name) if key else "*"


def _group(call: Call) -> list[str]:
    group = _iam(call).groups.get(call.parameters["GroupName"])
    return [group.arn if group else _of_account(call, f"group/{call.parameters['GroupName']}")]


def _profile(call: Call) -> list[str]:
    name = call.parameters["InstanceProfileName"]
    profile = _iam(call).instance_profiles.get(name)
    return [profile.arn if profile else _of_account(call, f"instance-profile/{name}")]


def _new(kind: str, parameter: str) -> Callable[[Call], list[str]]:
    """Return where a new entity will be: its path is in its ARN."""
    return lambda call: [_of_account(call, f"{kind}{call.parameters.get('Path') or '/'}{call.parameters[parameter]}")]


def _boundary(call: Call) -> Context:
    """Return the boundary of the role that a call changes: the new one or, else, the one it has."""
    role = _named(_iam(call).roles.values(), call.parameters["RoleName"])
    boundary = call.parameters.get("PermissionsBoundary") or getattr(role, "permissions_boundary_arn", None)
    policy = call.parameters.get("PolicyArn")
    return {
        **({"iam:permissionsboundary": boundary} if boundary else {}),
        **({"iam:policyarn": policy} if policy else {}),
    }


def _on_role(*operations: str) -> dict[str, Row]:
    return {operation: Row(_role, keys=_boundary) for operation in operations}


def _profiled_role(call: Call) -> Iterable[Need]:
    """EC2 gets the role of a profile, so that whoever puts it there passes it on."""
    yield Need("iam:PassRole", _role(call)[0], {"iam:passedtoservice": "ec2.amazonaws.com"})


_POLICY = "{PolicyArn}"
_POLICY_KEY = {"iam:policyarn": "PolicyArn"}
_USER_KEYS = {"iam:permissionsboundary": "PermissionsBoundary"}
_UNTAGGED = {"aws:tagkeys": "TagKeys"}

TABLE: Table = {
    "CreateRole": Row(_new("role", "RoleName"), keys=_USER_KEYS, tags="Tags", tagging="iam:TagRole"),
    **rows(_role, "GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"),
    **rows(_role, "ListInstanceProfilesForRole"),
    **_on_role("DeleteRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy"),
    **_on_role("PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy"),
    **_on_role("PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"),
    "TagRole": Row(_role, tags="Tags"),
    "UntagRole": Row(_role, keys=_UNTAGGED),
    "CreateUser": Row(_new("user", "UserName"), keys=_USER_KEYS, tags="Tags", tagging="iam:TagUser"),
    **rows(_user, "GetUser", "UpdateUser", "DeleteUser", "GetUserPolicy", "ListUserPolicies", "PutUserPolicy"),
    **rows(_user, "DeleteUserPolicy", "ListAttachedUserPolicies", "ListGroupsForUser", "ListUserTags"),
    **{operation: Row(_user, keys=_POLICY_KEY) for operation in ("AttachUserPolicy", "DetachUserPolicy")},
    **rows(_user, "CreateAccessKey", "DeleteAccessKey", "ListAccessKeys", "UpdateAccessKey"),
    "TagUser": Row(_user, tags="Tags"),
    "UntagUser": Row(_user, keys=_UNTAGGED),
    "CreateGroup": Row(_new("group", "GroupName")),
    **rows(_group, "GetGroup", "UpdateGroup", "DeleteGroup", "AddUserToGroup", "RemoveUserFromGroup"),
    **rows(_group, "GetGroupPolicy", "ListGroupPolicies", "PutGroupPolicy", "DeleteGroupPolicy"),
    "ListAttachedGroupPolicies": Row(_group),
    **{operation: Row(_group, keys=_POLICY_KEY) for operation in ("AttachGroupPolicy", "DetachGroupPolicy")},
    "CreatePolicy": Row(_new("policy", "PolicyName"), tags="Tags", tagging="iam:TagPolicy"),
    **rows(_POLICY, "GetPolicy", "DeletePolicy", "ListEntitiesForPolicy", "ListPolicyTags"),
    **rows(_POLICY, "CreatePolicyVersion", "DeletePolicyVersion", "GetPolicyVersion", "ListPolicyVersions"),
    "SetDefaultPolicyVersion": Row(_POLICY),
    "TagPolicy": Row(_POLICY, tags="Tags"),
    "UntagPolicy": Row(_POLICY, keys=_UNTAGGED),
    "CreateInstanceProfile": Row(
        _new("instance-profile", "InstanceProfileName"), tags="Tags", tagging="iam:TagInstanceProfile"
    ),
    **rows(_profile, "GetInstanceProfile", "DeleteInstanceProfile", "RemoveRoleFromInstanceProfile"),
    "AddRoleToInstanceProfile": Row(_profile, also=_profiled_role),
    **rows("*", "ListRoles", "ListUsers", "ListGroups", "ListPolicies", "ListInstanceProfiles", "ListAccountAliases"),
    **rows("*", "GetAccountSummary", "GetAccountAuthorizationDetails"),
}
