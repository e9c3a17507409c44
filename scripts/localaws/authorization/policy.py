"""Policy documents. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from localaws.authorization.conditions import Condition, condition

Kind = Literal["identity", "resource", "trust"]
"""Boundaries and session policies are of the identity kind; a role's trust policy names no resource."""

_FIELDS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_VERSIONS = ("2008-10-17", "2012-10-17")
_PRINCIPALS = {"AWS", "Service", "Federated", "CanonicalUser"}


class MalformedPolicyError(ValueError):
    """A document that AWS would refuse (MalformedPolicyDocument)."""


@dataclass(frozen=True)
class Element:
    """Action, Resource or Principal with its values, or the Not form of it."""

    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Statement:
    """A statement. Its id is the Sid or else its number, from 1."""

    id: str
    allows: bool
    action: Element
    resource: Element | None
    principal: Element | None
    conditions: tuple[Condition, ...]
    has_variables: bool


@dataclass(frozen=True)
class Policy:
    """A policy document under the name by which a decision speaks of it."""

    name: str
    statements: tuple[Statement, ...]


@lru_cache(maxsize=1024)
def parse(document: str, name: str, kind: Kind) -> Policy:
    """Return a policy from its JSON text, or raise MalformedPolicyError with AWS's words."""
    try:
        body = json.loads(document)
    except json.JSONDecodeError:
        raise MalformedPolicyError("This policy contains invalid Json") from None
    if not isinstance(body, dict) or body.keys() - {"Version", "Id", "Statement"} or not body.get("Statement"):
        raise MalformedPolicyError("Syntax errors in policy.")
    version = body.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise MalformedPolicyError("The policy must contain a valid version string")
    given = body["Statement"] if isinstance(body["Statement"], list) else [body["Statement"]]
    # Variables came with the second version: reference_policies_elements_version.html
    statements = tuple(_statement(each, number, kind, version == _VERSIONS[1]) for number, each in enumerate(given, 1))
    if len({statement.id for statement in statements}) < len(statements):
        raise MalformedPolicyError("Statement IDs (SID) in a single policy must be unique.")
    return Policy(name, statements)


def _statement(given: Any, number: int, kind: Kind, has_variables: bool) -> Statement:
    if not isinstance(given, dict) or given.keys() - _FIELDS:
        raise MalformedPolicyError("Syntax errors in policy.")
    if given.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyError(f"Invalid effect: {given['Effect']}" if "Effect" in given else "Missing Effect.")
    action, resource = _element(given, "Action"), _element(given, "Resource")
    if action is None:
        raise MalformedPolicyError("Policy statement must contain actions.")
    principal = _element(
        {name: _principals(value) for name, value in given.items() if "Principal" in name}, "Principal"
    )
    _check_fields(resource, principal, kind)
    if principal and principal.negated and given["Effect"] == "Allow":
        # reference_policies_elements_notprincipal.html: not supported
        raise MalformedPolicyError("Allow with NotPrincipal is not allowed.")
    for value in action.values:
        if value != "*" and not value.partition(":")[2]:
            raise MalformedPolicyError("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    for value in resource.values if resource else ():
        if value != "*" and not value.startswith("arn:"):
            raise MalformedPolicyError(f'Resource {value} must be in ARN format or "*".')
    return Statement(
        given.get("Sid") or str(number),
        given["Effect"] == "Allow",
        action,
        resource,
        principal,
        _conditions(given.get("Condition", {})),
        has_variables,
    )


def _check_fields(resource: Element | None, principal: Element | None, kind: Kind) -> None:
    if kind == "identity" and principal:
        raise MalformedPolicyError("Policy document should not specify a principal.")
    if kind != "identity" and not principal:
        raise MalformedPolicyError("Missing required field Principal")
    if kind == "trust" and resource:
        raise MalformedPolicyError("Has prohibited field Resource")
    if kind != "trust" and not resource:
        raise MalformedPolicyError("Policy statement must contain resources.")


def _element(given: Mapping[str, Any], name: str) -> Element | None:
    present = [each for each in (name, f"Not{name}") if each in given]
    if len(present) > 1:
        raise MalformedPolicyError("Syntax errors in policy.")
    return Element(_texts(given[present[0]]), present[0] != name) if present else None


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(each, str) for each in values):
        raise MalformedPolicyError("Syntax errors in policy.")
    return tuple(values)


def _principals(value: Any) -> list[str]:
    """Return principals as ``*``, ``AWS:<ARN>``, ``Service:<name>`` and so on; an account by its root's ARN."""
    if value == "*":
        return ["*"]
    if not isinstance(value, dict) or value.keys() - _PRINCIPALS:
        raise MalformedPolicyError("Invalid principal in policy")
    named = [(kind, each) for kind, values in value.items() for each in _texts(values)]
    return [_principal(kind, each) for kind, each in named]


def _principal(kind: str, name: str) -> str:
    if kind == "AWS" and name == "*":
        return "*"
    return f"AWS:arn:aws:iam::{name}:root" if kind == "AWS" and name.isdecimal() else f"{kind}:{name}"


def _conditions(given: Any) -> tuple[Condition, ...]:
    try:
        return tuple(
            condition(name, key, _condition_values(values))
            for name, keys in given.items()
            for key, values in keys.items()
        )
    except (AttributeError, ValueError):
        raise MalformedPolicyError("Syntax errors in policy.") from None


def _condition_values(given: Any) -> tuple[str, ...]:
    """Return values as text: JSON's true and 5 are as good as "true" and "5"."""
    values = given if isinstance(given, list) else [given]
    if not all(isinstance(value, str | bool | int | float) for value in values):
        raise MalformedPolicyError("Syntax errors in policy.")
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in values)
