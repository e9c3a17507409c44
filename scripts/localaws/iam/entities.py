"""Who has a policy: all of them, where moto looks through the first hundred roles.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
"""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse


def list_entities_for_policy(response: IamResponse) -> ActionResult:
    """Return the users, roles and groups that a managed policy is attached to."""
    arn, iam = response._get_param("PolicyArn"), response.backend
    if arn not in iam.managed_policies:
        raise NotFoundException(f"Policy {arn} was not found.")
    kind, prefix = response._get_param("EntityFilter"), response._get_param("PathPrefix") or "/"

    def having(kind_of_these: str, entities: Mapping[str, Any]) -> list[Any]:
        if kind not in (None, kind_of_these):
            return []
        return [
            each for each in list(entities.values()) if each.path.startswith(prefix) and arn in each.managed_policies
        ]

    return ActionResult(
        {
            "PolicyUsers": having("User", iam.users),
            "PolicyRoles": having("Role", iam.roles),
            "PolicyGroups": having("Group", iam.groups),
            "IsTruncated": False,
        }
    )
