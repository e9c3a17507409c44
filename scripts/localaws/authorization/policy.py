"""Policy documents. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from localaws.authorization.conditions import Condition, UnknownOperatorError, condition
from localaws.authorization.matching import is_whole_arn

Kind = Literal["identity", "resource", "trust"]
"""Boundaries and session policies are of the identity kind; a role's trust policy names no resource."""

_FIELDS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_VERSIONS = ("2008-10-17", "2012-10-17")
_PRINCIPALS = {"trust": {"AWS", "Service", "Federated"}, "resource": {"AWS", "Service", "Federated", "CanonicalUser"}}
_PRINCIPAL_NAMES = {
    "AWS": re.compile(r"\*|\d{12}|arn:[^*?]+|A[A-Z]{3}[A-Z0-9]{12,}"),  # the last: a unique id of IAM
    "Service": re.compile(r"([a-z0-9-]+\.)+(amazonaws\.com(\.cn)?|aws\.internal)"),
}
# IAM's message names AssumeRole's actions; that it takes any of STS is unverified.
UNVERIFIED_TRUST_ACTIONS = "sts:"
_UNREADABLE = "Syntax errors in policy."


class MalformedPolicyError(ValueError):
    """A document that AWS would refuse (MalformedPolicyDocument), in its words.

    IAM has words of its own for identity-based policies, as moto's tests show them; those for trust policies, buckets
    and keys are alike, as people quote them in issues.
    """


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
        body = None
    if not isinstance(body, dict):
        raise MalformedPolicyError("This policy contains invalid Json")
    _check_names(body, {"Version", "Id", "Statement"}, kind)
    version = body.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise _malformed(kind, "The policy must contain a valid version string")
    if "Statement" not in body:
        raise _malformed(kind, "Missing required field Statement")
    given = body["Statement"] if isinstance(body["Statement"], list) else [body["Statement"]]
    if not given:
        raise _malformed(kind, "Could not parse the policy: Statement is empty!")
    # Variables came with the second version: reference_policies_elements_version.html
    statements = tuple(_statement(each, number, kind, version == _VERSIONS[1]) for number, each in enumerate(given, 1))
    _check_sids([each["Sid"] for each in given if each.get("Sid")], kind)
    return Policy(name, statements)


def _malformed(kind: Kind, words: str, of_identity: str = _UNREADABLE) -> MalformedPolicyError:
    return MalformedPolicyError(of_identity if kind == "identity" else words)


def _check_names(given: Mapping[str, Any], known: set[str], kind: Kind) -> None:
    if unknown := sorted(given.keys() - known):
        raise _malformed(kind, f"Unknown field {unknown[0]}")


def _check_sids(sids: list[str], kind: Kind) -> None:
    """Raise MalformedPolicyError for Sids that are not unique or that IAM does not take; S3 and KMS take spaces too."""
    if kind == "identity" and not all(re.fullmatch("[0-9A-Za-z]*", sid) for sid in sids):
        raise MalformedPolicyError(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*"
        )
    if len(set(sids)) < len(sids):
        words = "The Statement Ids in the policy are not unique"
        raise _malformed(kind, words, "Statement IDs (SID) in a single policy must be unique.")


def _statement(given: Any, number: int, kind: Kind, has_variables: bool) -> Statement:
    if not isinstance(given, dict) or not isinstance(given.get("Sid", ""), str):
        raise MalformedPolicyError(_UNREADABLE)
    _check_names(given, _FIELDS, kind)
    if given.get("Effect") not in ("Allow", "Deny"):
        words = f"Invalid effect: {given['Effect']}" if "Effect" in given else "Missing required field Effect"
        raise _malformed(kind, words)
    return Statement(
        given.get("Sid") or str(number),
        given["Effect"] == "Allow",
        principal=_principal_element(given, kind),
        action=_action_element(given, kind),
        resource=_resource_element(given, kind),
        conditions=_conditions(given.get("Condition", {}), kind),
        has_variables=has_variables,
    )


def _element(given: Mapping[str, Any], name: str, kind: Kind) -> Element | None:
    present = [each for each in (name, f"Not{name}") if each in given]
    if len(present) > 1:
        raise _malformed(kind, f"Statement/policy already has instance of {name}")
    return Element(_texts(given[present[0]]), present[0] != name) if present else None


def _filled(given: Mapping[str, Any], name: str, kind: Kind) -> Element:
    """Return an element that a statement must have."""
    element = _element(given, name, kind)
    if element is None or not element.values:
        words = f"Missing required field {name}" + (" cannot be empty!" if element else "")
        raise _malformed(kind, words, f"Policy statement must contain {name.lower()}s.")
    return element


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise MalformedPolicyError(_UNREADABLE)
    return tuple(values)


def _action_element(given: Mapping[str, Any], kind: Kind) -> Element:
    element = _filled(given, "Action", kind)
    for value in element.values:
        if kind == "trust" and not value.lower().startswith(UNVERIFIED_TRUST_ACTIONS):
            raise MalformedPolicyError("AssumeRole policy may only specify STS AssumeRole actions.")
        if value != "*" and not value.partition(":")[2]:
            words = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
            raise _malformed(kind, "Policy has invalid action", words)
        if value.count(":") > 1:
            raise _malformed(kind, "Policy has invalid action", "Actions/Condition can contain only one colon.")
    return element


def _resource_element(given: Mapping[str, Any], kind: Kind) -> Element | None:
    if kind == "trust":
        if "Resource" in given:
            raise MalformedPolicyError("Has prohibited field Resource")
        if "NotResource" in given:
            raise MalformedPolicyError("AssumeRole policy must not contain resources.")
        return None
    element = _filled(given, "Resource", kind)
    for value in element.values:
        if value != "*" and not value.startswith("arn:"):
            words = f'Resource {value} must be in ARN format or "*".'
            raise _malformed(kind, "Policy has invalid resource", words)
        if kind == "resource" and value != "*" and not is_whole_arn(value):
            raise MalformedPolicyError("Policy has invalid resource")  # IAM alone completes ARNs
        vendor = value.split(":", 3)[2:3]
        if value != "*" and (not vendor or "*" in vendor[0] or "?" in vendor[0]):
            words = "Resource vendor must be fully qualified and cannot contain regexes."
            raise _malformed(kind, "Policy has invalid resource", words)
    return element


def _principal_element(given: Mapping[str, Any], kind: Kind) -> Element | None:
    """Return whom a statement names, as ``*``, ``AWS:<ARN>``, ``Service:<name>`` and so on; an account as its root.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    named = {field: given[field] for field in ("Principal", "NotPrincipal") if field in given}
    if kind == "identity":
        if named:
            raise MalformedPolicyError("Policy document should not specify a principal.")
        return None
    if "NotPrincipal" in named and given["Effect"] == "Allow":
        raise MalformedPolicyError("Allow with NotPrincipal is not allowed.")
    if "NotPrincipal" in named and kind == "trust":
        raise MalformedPolicyError("AssumeRole policy must not contain NotPrincipal field.")
    return _filled({field: _principals(value, kind) for field, value in named.items()}, "Principal", kind)


def _principals(value: Any, kind: Kind) -> list[str]:
    if value == "*" and kind == "trust":
        # While {"AWS": "*"} is taken: https://github.com/aws/aws-cdk/issues/5732
        raise MalformedPolicyError('AssumeRolepolicy contained an invalid principal: "STAR":"*".')
    if value == "*":
        return ["*"]
    if not isinstance(value, dict) or not value.keys() <= _PRINCIPALS[kind]:
        raise MalformedPolicyError("Invalid principal in policy")
    return [_principal(of, each, kind) for of, values in value.items() for each in _texts(values)]


def _principal(of: str, name: str, kind: Kind) -> str:
    if (pattern := _PRINCIPAL_NAMES.get(of)) and not pattern.fullmatch(name):
        # IAM names it: https://github.com/aws-samples/aws-cdk-examples/issues/801
        words = f': "{of.upper()}":"{name}"' if kind == "trust" else ""
        raise MalformedPolicyError(f"Invalid principal in policy{words}")
    if of == "AWS" and name == "*":
        return "*"
    return f"AWS:arn:aws:iam::{name}:root" if of == "AWS" and name.isdecimal() else f"{of}:{name}"


def _conditions(given: Any, kind: Kind) -> tuple[Condition, ...]:
    if not isinstance(given, dict) or not all(isinstance(keys, dict) for keys in given.values()):
        raise MalformedPolicyError(_UNREADABLE)
    try:
        return tuple(
            condition(name, key, _condition_values(values))
            for name, keys in given.items()
            for key, values in keys.items()
        )
    except UnknownOperatorError as error:
        raise _malformed(kind, f"Invalid Condition type : {error}") from None


def _condition_values(given: Any) -> tuple[str, ...]:
    """Return values as text: JSON's true and 5 are as good as "true" and "5"."""
    values = given if isinstance(given, list) else [given]
    if not all(isinstance(value, str | bool | int | float) for value in values):
        raise MalformedPolicyError(_UNREADABLE)
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in values)
