"""Whom a resource's policy speaks of, and what limits whom it allows. The pages are of IAM's guide, but for two.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.authorization.evaluate import Policies, Principal, Request, decide
from localaws.authorization.policy import Kind, Policy, parse
from localaws.wire import Credentials

ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/ana"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/teams/worker"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/s1"
STRANGER_ARN = f"arn:aws:iam::{ACCOUNT}:role/stranger"
USER = Principal("user", USER_ARN, ACCOUNT)
SESSION = Principal("session", SESSION_ARN, ACCOUNT, ROLE_ARN)
EVENTS = Principal("service", "events.amazonaws.com")
OBJECT = "arn:aws:s3:::data/a.csv"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NOTHING_HERE = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
Named = dict[str, Any] | str


def policy(statement: dict[str, Any], kind: Kind = "identity") -> Policy:
    """Return a policy of one statement."""
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statement}), kind, kind)


def granting(named: Named, **fields: Any) -> Policy:
    """Return a resource's policy that allows everything to whom it names."""
    return policy(EVERYTHING | {"Principal": named} | fields, "resource")


def limited(named: Named, limit: str, by: Policy) -> Policies:
    """Return a resource's policy that grants everything, and a boundary or a session policy."""
    return Policies(
        resource=granting(named),
        boundary=by if limit == "boundary" else None,
        session=by if limit == "session" else None,
    )


def is_allowed(principal: Principal, policies: Policies, resource: str = OBJECT, **context: str) -> bool:
    """Return whether somebody may read an object, or decrypt with a key."""
    action = "kms:Decrypt" if resource == KEY else "s3:GetObject"
    return decide(Request(principal, action, resource, context), policies).allowed


@pytest.mark.parametrize("limit", ["boundary", "session"])
@pytest.mark.parametrize(
    ("principal", "named", "allowed"),
    [
        # "Resource-based policies that grant permissions to an IAM role ARN are limited by an implicit deny in a
        # permissions boundary or session policy."
        (SESSION, {"AWS": ROLE_ARN}, False),
        # "Permissions granted directly to a session are not limited by an implicit deny in an identity-based policy, a
        # permissions boundary, or session policy."
        (SESSION, {"AWS": SESSION_ARN}, True),
        # "Resource-based policies that grant permissions to an IAM user ARN (that is not a federated user session) are
        # not limited by an implicit deny in an identity-based policy or permissions boundary."
        (USER, {"AWS": USER_ARN}, True),
        # "Permissions boundaries or session policies do not limit permissions granted using the aws:PrincipalArn
        # condition key with a wildcard(*) in the Principal element": reference_policies_elements_principal.html
        (SESSION, "*", True),
        (SESSION, {"AWS": "*"}, True),
        (USER, "*", True),
        (SESSION, {"AWS": [ROOT, ROLE_ARN]}, False),
        (SESSION, {"AWS": [ROLE_ARN, SESSION_ARN]}, True),
    ],
)
def test_an_implicit_denial_limits_what_a_role_is_granted(
    principal: Principal, named: Named, allowed: bool, limit: str
) -> None:
    assert is_allowed(principal, Policies(resource=granting(named)))
    assert is_allowed(principal, limited(named, limit, policy(NOTHING_HERE))) is allowed


@pytest.mark.parametrize("limit", ["boundary", "session"])
@pytest.mark.parametrize("named", ["*", {"AWS": SESSION_ARN}])
def test_an_explicit_denial_limits_everybody(named: Named, limit: str) -> None:
    assert not is_allowed(SESSION, limited(named, limit, policy(EVERYTHING | {"Effect": "Deny"})))


@pytest.mark.parametrize(
    ("principal", "named"),
    [
        (USER, {"AWS": USER_ARN.replace("ana", "Ana")}),  # "the user name part of the ARN is case sensitive"
        (USER, {"AWS": STRANGER_ARN}),
        (USER, {"AWS": "999988887777"}),
        (USER, {"Service": "events.amazonaws.com"}),
        (SESSION, {"AWS": SESSION_ARN.replace("s1", "s2")}),
        (SESSION, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/worker"}),  # another role: this one has a path
        (EVENTS, {"Service": "sns.amazonaws.com"}),
        (EVENTS, {"AWS": ACCOUNT}),
    ],
)
def test_whom_a_policy_does_not_name_it_does_not_allow(principal: Principal, named: Named) -> None:
    assert not is_allowed(principal, Policies(resource=granting(named)))


@pytest.mark.parametrize("principal", [USER, SESSION])
@pytest.mark.parametrize("named", [{"AWS": ACCOUNT}, {"AWS": ROOT}])
def test_an_account_is_delegated_to(principal: Principal, named: Named) -> None:
    # "Both delegate permissions to the account", whose administrator "must then grant access to an identity"
    assert not is_allowed(principal, Policies(resource=granting(named)))
    assert is_allowed(principal, Policies((policy(EVERYTHING),), granting(named)))


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_grants_the_strongest_counts(order: int) -> None:
    statements = [EVERYTHING | {"Principal": {"AWS": each}} for each in (ROOT, ROLE_ARN, SESSION_ARN)][::order]
    resource = parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), "p", "resource")
    assert is_allowed(SESSION, Policies(resource=resource, session=policy(NOTHING_HERE)))


@pytest.mark.parametrize("named", [{"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}, "*", {"AWS": "*"}])
def test_a_service_is_allowed(named: Named) -> None:
    assert is_allowed(EVENTS, Policies(resource=granting(named)))


@pytest.mark.parametrize(
    ("principal", "named", "denied"),
    [
        (USER, {"AWS": USER_ARN}, True),
        (USER, {"AWS": ACCOUNT}, True),
        (USER, {"AWS": STRANGER_ARN}, False),
        (SESSION, {"AWS": ROLE_ARN}, True),
        (SESSION, {"AWS": SESSION_ARN}, True),
        (SESSION, {"AWS": SESSION_ARN.replace("s1", "s2")}, False),
        (SESSION, "*", True),
        (EVENTS, "*", True),
        (EVENTS, {"Service": "events.amazonaws.com"}, True),
        (EVENTS, {"AWS": ACCOUNT}, False),
    ],
)
def test_a_denial_is_of_whom_it_names(principal: Principal, named: Named, denied: bool) -> None:
    statements = [EVERYTHING | {"Principal": "*"}, EVERYTHING | {"Effect": "Deny", "Principal": named}]
    resource = parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), "p", "resource")
    assert is_allowed(principal, Policies(resource=resource)) is not denied


@pytest.mark.parametrize(("is_service", "allowed"), [("true", True), ("false", False)])
def test_a_denial_of_all_but_services_spares_services(is_service: str, allowed: bool) -> None:
    # reference_policies_condition-keys.html#condition-keys-principalisawsservice
    condition = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    denial = EVERYTHING | {"Effect": "Deny", "Principal": "*", "Condition": condition}
    statements = [EVERYTHING | {"Principal": "*"}, denial]
    resource = parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), "p", "resource")
    context = {"aws:principalisawsservice": is_service}
    assert is_allowed(EVENTS, Policies(resource=resource), **context) is allowed


@pytest.mark.parametrize(
    ("principal", "named", "spared"),
    [
        # "You must also specify the account ARN of the not-denied principal. Otherwise, the policy might deny access to
        # the entire account": unverified, so denied. reference_policies_elements_notprincipal.html
        (USER, {"AWS": [USER_ARN, ROOT]}, True),
        (USER, {"AWS": [USER_ARN, ACCOUNT]}, True),
        (USER, {"AWS": [USER_ARN]}, False),
        (USER, {"AWS": [ROOT]}, False),
        (USER, {"AWS": [STRANGER_ARN, ROOT]}, False),
        # "You must list the role session name of every user":
        # https://aws.amazon.com/premiumsupport/knowledge-center/explicit-deny-principle-elements-s3/
        (SESSION, {"AWS": [SESSION_ARN, ROLE_ARN, ROOT]}, True),
        (SESSION, {"AWS": [ROLE_ARN, ROOT]}, False),
        (SESSION, {"AWS": [SESSION_ARN, ROOT]}, False),
        (SESSION, {"AWS": [SESSION_ARN, ROLE_ARN]}, False),
        (SESSION, {"AWS": [SESSION_ARN.replace("s1", "s2"), ROLE_ARN, ROOT]}, False),
        (EVENTS, {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}, True),
        (EVENTS, {"Service": "sns.amazonaws.com", "AWS": ACCOUNT}, False),
        (USER, "*", True),
        (EVENTS, {"AWS": "*"}, True),
    ],
)
def test_not_principal_spares_whom_it_names_in_full(principal: Principal, named: Named, spared: bool) -> None:
    denial = EVERYTHING | {"Effect": "Deny", "NotPrincipal": named}
    statements = [EVERYTHING | {"Principal": "*"}, denial]
    resource = parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), "p", "resource")
    assert is_allowed(principal, Policies(resource=resource)) is spared


def test_not_principal_spares_nobody_with_a_boundary() -> None:
    # "The NotPrincipal element with a Deny effect will always deny any IAM principal that has a permissions boundary
    # policy attached, regardless of the values specified in the NotPrincipal element": access_policies_boundaries.html
    denial = policy(EVERYTHING | {"Effect": "Deny", "NotPrincipal": {"AWS": [USER_ARN, ROOT]}}, "resource")
    assert is_allowed(USER, Policies((policy(EVERYTHING),), denial))
    assert not is_allowed(USER, Policies((policy(EVERYTHING),), denial, boundary=policy(EVERYTHING)))


@pytest.mark.parametrize(("account", "allowed"), [(ACCOUNT, True), ("999988887777", False)])
def test_a_key_is_for_all_of_an_account(account: str, allowed: bool) -> None:
    # "The syntax for the Principal element does not provide a way to specify all identities in an AWS account. But you
    # can achieve this effect by combining this condition key with a Principal element that specifies all AWS
    # identities": https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account
    wanted = {"kms:CallerAccount": ACCOUNT, "kms:ViaService": "s3.eu-west-1.amazonaws.com"}
    key_policy = granting({"AWS": "*"}, Condition={"StringEquals": wanted})
    context = {"kms:calleraccount": account, "kms:viaservice": "s3.eu-west-1.amazonaws.com"}
    assert is_allowed(USER, Policies(resource=key_policy), KEY, **context) is allowed
    assert not is_allowed(USER, Policies((policy(EVERYTHING),), key_policy), KEY, **{"kms:calleraccount": account})


@pytest.mark.parametrize(("named", "allowed"), [(ROLE_ARN, False), (ROOT, True), (USER_ARN, True)])
def test_only_a_key_s_policy_lets_identity_based_policies_speak(named: str, allowed: bool) -> None:
    # "Unless the key policy explicitly allows it, you cannot use IAM policies to allow access to a KMS key":
    # https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    assert is_allowed(USER, Policies((policy(EVERYTHING),), granting({"AWS": named})), KEY) is allowed


def test_a_key_without_a_policy_is_one_that_is_about_to_be_made() -> None:
    assert is_allowed(USER, Policies((policy(EVERYTHING),)), KEY)
    assert not is_allowed(USER, Policies(), KEY)


@pytest.mark.parametrize(
    ("action", "named", "allowed"),
    [
        ("sts:AssumeRole", {"AWS": USER_ARN}, False),
        ("sts:AssumeRole", {"AWS": ROOT}, True),
        ("sts:TagSession", {"AWS": ROOT}, False),
    ],
)
def test_a_role_that_trusts_an_account_lets_identity_based_policies_speak(
    action: str, named: Named, allowed: bool
) -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html
    trust = policy({"Effect": "Allow", "Principal": named, "Action": action}, "trust")
    request = Request(SESSION, "sts:AssumeRole", STRANGER_ARN)
    assert decide(request, Policies((policy(EVERYTHING),), trust)).allowed is allowed


@pytest.mark.parametrize(("names_the_role", "allowed"), [(True, True), (False, False)])
def test_a_session_s_principal_arn_is_its_role_s(
    client: Callable[[str], Any], names_the_role: bool, allowed: bool
) -> None:
    # "For IAM roles, the request context returns the ARN of the role, not the ARN of the user that assumed the role":
    # reference_policies_condition-keys.html#condition-keys-principalarn. A boundary does not limit what is granted so.
    iam, name = client("iam"), f"principal-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": each}) for each in (trust, NOTHING_HERE)]
    boundary = iam.create_policy(PolicyName=name, PolicyDocument=documents[1])["Policy"]["Arn"]
    role = iam.create_role(
        RoleName=name, Path="/teams/", AssumeRolePolicyDocument=documents[0], PermissionsBoundary=boundary
    )["Role"]["Arn"]
    assumed = client("sts").assume_role(RoleArn=role, RoleSessionName="s1")
    wanted = role if names_the_role else assumed["AssumedRoleUser"]["Arn"]
    condition = {"ArnEquals": {"aws:PrincipalArn": wanted}}
    grant = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    client("s3").create_bucket(Bucket=name)
    client("s3").put_object(Bucket=name, Key="k", Body=b"x")
    document = {"Version": "2012-10-17", "Statement": {**grant, "Condition": condition}}
    client("s3").put_bucket_policy(Bucket=name, Policy=json.dumps(document))
    found = assumed["Credentials"]
    keys = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    session = keys.client("s3", "us-east-1")
    if allowed:
        assert session.get_object(Bucket=name, Key="k")["Body"].read() == b"x"
        return
    with pytest.raises(ClientError) as refused:
        session.get_object(Bucket=name, Key="k")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
