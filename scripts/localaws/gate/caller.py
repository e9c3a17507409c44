"""Who calls: the principal behind an access key, and the condition keys that tell of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from localaws.authorization.evaluate import Principal
from localaws.gate.resource_tags import tags_of
from localaws.identity import session_of


class DeletedCallerError(Exception):
    """A user, or the role of a session, that is no more."""


@dataclass(frozen=True)
class Caller:
    """A user, or a role's session, with the IAM entity whose policies apply and the session's own."""

    principal: Principal
    entity: Any
    user_id: str
    session_policies: tuple[str, ...] = ()
    issued: str = ""
    """When a session began, as IAM writes dates."""

    @cached_property
    def context(self) -> dict[str, str]:
        """Condition keys about the principal.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        # MFA is a key of temporary credentials alone; here nobody has it.
        session = {"aws:tokenissuetime": self.issued, "aws:multifactorauthpresent": "false"}
        named = {"aws:username": self.entity.name} if self.principal.kind == "user" else session
        return {
            "aws:principalarn": self.principal.role_arn or self.principal.arn,
            "aws:principalaccount": self.principal.account,
            "aws:principaltype": "User" if self.principal.kind == "user" else "AssumedRole",
            "aws:principalisawsservice": "false",
            "aws:userid": self.user_id,
            **named,
            **{f"aws:principaltag/{key.lower()}": value for key, value in tags_of(self.entity.arn).items()},
        }


def caller_of(access_key_id: str) -> Caller:
    """Return who is behind an access key that exists; raises DeletedCallerError when who was is no more."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    if session := session_of(access_key_id):
        role = next((role for role in list(iam.roles.values()) if role.arn == session.role_arn), None)
        if role is None:
            raise DeletedCallerError
        principal = Principal("session", session.arn, session.account_id, session.role_arn)
        return Caller(principal, role, session.user_id, session.policies, session.issued)
    user = iam.users.get(iam.access_keys[access_key_id].user_name)
    if user is None:
        raise DeletedCallerError
    return Caller(Principal("user", user.arn, user.account_id), user, user.id)
