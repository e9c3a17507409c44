"""What IAM refuses as a policy, found by the parser that reads policies when they decide."""

import functools
from collections.abc import Callable
from typing import Any

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import BaseIAMPolicyValidator

from localaws.authorization.policy import Kind, MalformedPolicyError, parse
from localaws.iam import principals


def also_parsed(validate: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return moto's validation followed by ours: moto's knows more of AWS's messages, ours reads more."""

    @functools.wraps(validate)
    def call(self: BaseIAMPolicyValidator) -> None:
        validate(self)
        _check(self._policy_document, "identity")

    return call


def check_trust(validator: BaseIAMPolicyValidator) -> None:
    """Check a role's new trust policy as that of a new role is checked; moto's validation takes less than IAM does.

    It wants the version of 2012, and no number in a condition.
    """
    _check(validator._policy_document, "trust")


def with_trust_checked(create_role: Callable[..., Any]) -> Callable[..., Any]:
    """Return moto's CreateRole with its trust policy checked; moto checks one only when it is updated."""

    @functools.wraps(create_role)
    def call(self: Any, role_name: str, assume_role_policy_document: str, *others: Any, **named: Any) -> Any:
        _check(assume_role_policy_document, "trust")
        return create_role(self, role_name, assume_role_policy_document, *others, **named)

    return call


def with_boundary(create_user: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return moto's CreateUser with the permissions boundary kept that moto forgets."""

    @functools.wraps(create_user)
    def call(self: Any) -> Any:
        answer = create_user(self)
        if boundary := self._get_param("PermissionsBoundary"):
            self.backend.users[self._get_param("UserName")].permissions_boundary_arn = boundary
        return answer

    return call


def _check(document: str, kind: Kind) -> None:
    try:
        policy = parse(document, "", kind)
    except MalformedPolicyError as error:
        raise MalformedPolicyDocument(str(error)) from None
    for principal in principals.missing(policy):
        of, _, name = principal.partition(":")
        # https://github.com/opstrace/opstrace/issues/88
        raise MalformedPolicyDocument(f'Invalid principal in policy: "{of.upper()}":"{name}"')
