"""A decision names the statement that made it, or what is missing in AWS's words; a malformed policy is refused."""

import json
from typing import Any

import pytest

from localaws.authorization.evaluate import Decision, Policies, Principal, Request, decide
from localaws.authorization.policy import Kind, MalformedPolicyError, Policy, parse

ROLE = "arn:aws:iam::123456789012:role/service-role/worker"
SESSION = "arn:aws:sts::123456789012:assumed-role/worker/s"
OBJECT = "arn:aws:s3:::data/a.csv"
WORKER = Principal("session", SESSION, "123456789012", ROLE)
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/*"}
NO_READ = {"Sid": "NoRead", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
WRITE = {"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}
TO_ROLE = READ | {"Principal": {"AWS": ROLE}}
TO_SESSION = READ | {"Principal": {"AWS": SESSION}}
TO_ACCOUNT = READ | {"Principal": {"AWS": "123456789012"}}


def policy(name: str, *statements: dict[str, Any], kind: Kind = "identity") -> Policy:
    """Return a policy of this name."""
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), name, kind)


def policies(**statements: dict[str, Any]) -> Policies:
    """Return policies of one statement each, named after what they limit or belong to."""
    made = {
        name: policy(name, statement, kind="resource" if name == "resource" else "identity")
        for name, statement in statements.items()
    }
    identity = (made.pop("identity"),) if "identity" in made else ()
    return Policies(identity, **made)


@pytest.mark.parametrize(
    ("given", "decided_by"),
    [
        (policies(identity=READ), ("identity", "Read")),
        (policies(identity=ALL), ("identity", "1")),
        (policies(resource=TO_ROLE), ("resource", "Read")),
        (policies(resource=TO_SESSION, boundary=WRITE, session=WRITE), ("resource", "Read")),
        (policies(identity=ALL, resource=TO_ACCOUNT), ("identity", "1")),
        (policies(identity=READ, boundary=ALL, session=ALL), ("identity", "Read")),
    ],
    ids=["identity", "number", "resource to role", "resource to session", "resource to account", "all"],
)
def test_an_allowing_statement_is_named(given: Policies, decided_by: tuple[str, str]) -> None:
    assert decide(Request(WORKER, "s3:GetObject", OBJECT), given) == Decision(True, "", *decided_by)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (policies(), "because no identity-based policy allows the s3:GetObject action"),
        (policies(resource=TO_ACCOUNT), "because no identity-based policy allows the s3:GetObject action"),
        (policies(identity=ALL, boundary=WRITE), "because no permissions boundary allows the s3:GetObject action"),
        (policies(resource=TO_ROLE, boundary=WRITE), "because no permissions boundary allows the s3:GetObject action"),
        (policies(identity=ALL, session=WRITE), "because no session policy allows the s3:GetObject action"),
    ],
)
def test_a_missing_permission_is_named(given: Policies, reason: str) -> None:
    assert decide(Request(WORKER, "s3:GetObject", OBJECT), given) == Decision(False, reason)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (policies(identity=NO_READ), "an identity-based policy"),
        (policies(identity=ALL, boundary=NO_READ), "a permissions boundary"),
        (policies(identity=ALL, session=NO_READ), "a session policy"),
        (policies(identity=ALL, resource=NO_READ | {"Principal": "*"}), "a resource-based policy"),
    ],
)
def test_a_denying_statement_is_named(given: Policies, where: str) -> None:
    decision = decide(Request(WORKER, "s3:GetObject", OBJECT), given)
    assert (decision.allowed, decision.reason) == (False, f"with an explicit deny in {where}")
    assert decision.statement == "NoRead"


TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("kind", "statement", "words"),
    [
        ("identity", ALL | {"Effect": "allow"}, "Invalid effect: allow"),
        ("identity", ALL | {"Principal": "*"}, "Policy document should not specify a principal."),
        ("identity", ALL | {"Action": "GetObject"}, "Actions/Conditions must be prefaced by a vendor"),
        ("identity", ALL | {"Resource": "data"}, 'Resource data must be in ARN format or "\\*".'),
        ("identity", ALL | {"NotAction": "s3:*"}, "Syntax errors in policy."),
        ("identity", ALL | {"Condition": {"StringAlike": {"aws:username": "x"}}}, "Syntax errors in policy."),
        ("identity", {"Effect": "Allow", "Resource": "*"}, "Policy statement must contain actions."),
        ("identity", {"Effect": "Allow", "Action": "*"}, "Policy statement must contain resources."),
        ("resource", ALL, "Missing required field Principal"),
        ("resource", ALL | {"Principal": {"Somebody": "x"}}, "Invalid principal in policy"),
        ("resource", ALL | {"NotPrincipal": "*"}, "Allow with NotPrincipal is not allowed."),
        ("trust", TRUST | {"Resource": "*"}, "Has prohibited field Resource"),
    ],
)
def test_a_malformed_policy_is_refused(kind: Kind, statement: dict[str, Any], words: str) -> None:
    with pytest.raises(MalformedPolicyError, match=words):
        policy("p", statement, kind=kind)
