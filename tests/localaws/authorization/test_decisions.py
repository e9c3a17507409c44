"""A decision names the statement that made it, or what is missing in AWS's words."""

import json
from typing import Any

import pytest

from localaws.authorization.evaluate import Decision, Policies, Principal, Request, decide
from localaws.authorization.policy import Kind, Policy, parse

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
    ("principal", "action", "given", "missing"),
    [
        (Principal("service", "events.amazonaws.com"), "sqs:SendMessage", policies(), "resource-based policy"),
        (WORKER, "sts:AssumeRole", policies(identity=ALL), "role trust policy"),
    ],
)
def test_a_missing_grant_of_the_resource_is_named(
    principal: Principal, action: str, given: Policies, missing: str
) -> None:
    decision = decide(Request(principal, action, ROLE), given)
    assert decision == Decision(False, f"because no {missing} allows the {action} action")


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
