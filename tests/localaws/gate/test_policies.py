"""Every kind of policy has its say, and a denial says who, what, on what and why."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
READ = {"Action": "s3:GetObject", "Resource": "*"}
LIST = {"Action": "s3:ListBucket", "Resource": "*"}


def _denial(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        act()
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def _reads(credentials: Any, bucket: str) -> Callable[[], bytes]:
    s3 = credentials.client("s3", "us-east-1")
    return lambda: bytes(s3.get_object(Bucket=bucket, Key="data/a.csv")["Body"].read())


def test_without_a_policy_nothing_is_allowed(person: Any, bucket: str) -> None:
    assert _denial(_reads(person.credentials, bucket)) == (
        "AccessDenied",
        f"User: {person.arn} is not authorized to perform: s3:GetObject "
        f'on resource: "arn:aws:s3:::{bucket}/data/a.csv" '
        "because no identity-based policy allows the s3:GetObject action",
    )


@pytest.mark.parametrize(
    ("service", "operation", "denial"),
    [
        ("sagemaker", "list_models", ("AccessDeniedException", "sagemaker:ListModels on resource: *")),
        ("lambda", "list_functions", ("AccessDeniedException", "lambda:ListFunctions on resource: *")),
        ("iam", "list_roles", ("AccessDenied", "iam:ListRoles on resource: *")),
        (
            "cloudformation",
            "list_stacks",
            (
                "AccessDenied",
                "cloudformation:ListStacks on resource: arn:aws:cloudformation:us-east-1:123456789012:stack/*/*",
            ),
        ),
        (
            "sns",
            "list_topics",
            ("AuthorizationError", "SNS:ListTopics on resource: arn:aws:sns:us-east-1:123456789012:*"),
        ),
    ],
)
def test_each_service_denies_in_its_own_way(person: Any, service: str, operation: str, denial: tuple[str, str]) -> None:
    code, what = denial
    assert _denial(getattr(person.client(service), operation)) == (
        code,
        f"User: {person.arn} is not authorized to perform: {what} "
        f"because no identity-based policy allows the {what.split()[0]} action",
    )


def test_a_users_inline_policy_allows(person: Any, bucket: str) -> None:
    assert _reads(person.may(READ).credentials, bucket)() == b"1,2\n"


def test_a_groups_policy_allows(client: Client, person: Any, bucket: str, unique: Callable[[str], str]) -> None:
    group = unique("group")
    client("iam").create_group(GroupName=group)
    client("iam").add_user_to_group(GroupName=group, UserName=person.name)
    client("iam").put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=_document(READ))
    assert _reads(person.credentials, bucket)() == b"1,2\n"


def test_an_aws_managed_policy_allows(client: Client, person: Any, bucket: str) -> None:
    client("iam").attach_user_policy(UserName=person.name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert _reads(person.credentials, bucket)() == b"1,2\n"


def test_a_customer_managed_policy_speaks_by_its_default_version(
    client: Client, person: Any, bucket: str, unique: Callable[[str], str]
) -> None:
    iam = client("iam")
    arn = iam.create_policy(PolicyName=unique("managed"), PolicyDocument=_document(LIST))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=person.name, PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=_document(READ))
    assert _denial(_reads(person.credentials, bucket))[0] == "AccessDenied"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert _reads(person.credentials, bucket)() == b"1,2\n"


def test_an_explicit_deny_wins(person: Any, bucket: str) -> None:
    person.may(READ).may({"Effect": "Deny", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/data/*"})
    code, message = _denial(_reads(person.credentials, bucket))
    assert (code, message.split('" ')[1]) == ("AccessDenied", "with an explicit deny in an identity-based policy")


@pytest.mark.parametrize(
    ("attach", "of"),
    [
        ("attach_role_policy", "an identity-based policy"),
        ("put_role_permissions_boundary", "a permissions boundary"),
    ],
)
def test_a_managed_policy_that_denies_is_named(  # noqa: PLR0917 - fixtures and a row
    client: Client, role: Any, bucket: str, unique: Callable[[str], str], attach: str, of: str
) -> None:
    denial = _document({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"})
    arn = client("iam").create_policy(PolicyName=unique("no"), PolicyDocument=denial)["Policy"]["Arn"]
    name = "PermissionsBoundary" if "boundary" in attach else "PolicyArn"
    getattr(client("iam"), attach)(RoleName=role.name, **{name: arn})
    code, message = _denial(_reads(role.may(READ).session(), bucket))
    assert (code, message.split('" ')[1]) == ("AccessDenied", f"with an explicit deny in {of}: {arn}")


def test_a_trust_policy_that_denies_is_the_role_s(client: Client, person: Any, role: Any) -> None:
    person.may({"Action": "sts:AssumeRole", "Resource": "*"})
    allowed = {"Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    trust = _document(allowed, allowed | {"Effect": "Deny", "Principal": {"AWS": person.arn}})
    client("iam").update_assume_role_policy(RoleName=role.name, PolicyDocument=trust)
    assert _denial(lambda: person.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="s1")) == (
        "AccessDenied",
        f"User: {person.arn} is not authorized to perform: sts:AssumeRole on resource: {role.arn} "
        "with an explicit deny in the role trust policy",
    )


def test_a_boundary_limits_a_role(client: Client, role: Any, bucket: str, unique: Callable[[str], str]) -> None:
    boundary = client("iam").create_policy(PolicyName=unique("b"), PolicyDocument=_document(LIST))["Policy"]["Arn"]
    client("iam").put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=boundary)
    code, message = _denial(_reads(role.may(READ, LIST).session(), bucket))
    assert (code, message.split('" ')[1]) == (
        "AccessDenied",
        "because no permissions boundary allows the s3:GetObject action",
    )


def test_a_session_policy_limits_a_session(role: Any, bucket: str) -> None:
    session = role.may(READ, LIST).session(Policy=_document(LIST))
    code, message = _denial(_reads(session, bucket))
    assert (code, message.split('" ')[1]) == (
        "AccessDenied",
        "because no session policy allows the s3:GetObject action",
    )
    assert session.client("s3", "us-east-1").list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_bucket_policy_allows_who_has_no_other(client: Client, person: Any, bucket: str) -> None:
    allowed = {"Principal": {"AWS": person.arn}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    client("s3").put_bucket_policy(Bucket=bucket, Policy=_document(allowed))
    assert _reads(person.credentials, bucket)() == b"1,2\n"


def test_a_bucket_policy_denies_who_may_do_anything(client: Client, person: Any, bucket: str) -> None:
    person.may({"Action": "*", "Resource": "*"})
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": person.arn}},
    }
    client("s3").put_bucket_policy(Bucket=bucket, Policy=_document(denied))
    code, message = _denial(_reads(person.credentials, bucket))
    assert (code, message.split('" ')[1]) == ("AccessDenied", "with an explicit deny in a resource-based policy")


def test_a_tls_only_policy_locks_nobody_out(client: Client, person: Any, bucket: str) -> None:
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    client("s3").put_bucket_policy(Bucket=bucket, Policy=_document(denied))
    assert _reads(person.may(READ).credentials, bucket)() == b"1,2\n"


def test_a_role_is_assumed_only_by_whom_it_trusts(client: Client, person: Any, role: Any) -> None:
    person.may({"Action": "sts:AssumeRole", "Resource": "*"})
    trust = {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    client("iam").update_assume_role_policy(RoleName=role.name, PolicyDocument=_document(trust))
    assert _denial(lambda: person.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="s1")) == (
        "AccessDenied",
        f"User: {person.arn} is not authorized to perform: sts:AssumeRole on resource: {role.arn} "
        "because no role trust policy allows the sts:AssumeRole action",
    )


def test_a_role_that_trusts_the_account_is_assumed_by_who_is_allowed_to(person: Any, role: Any) -> None:

    def assume() -> Any:
        return person.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="s1")

    assert _denial(assume)[0] == "AccessDenied"
    person.may({"Action": "sts:AssumeRole", "Resource": role.arn})
    assert assume()["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::123456789012:assumed-role/{role.name}/s1"


def test_a_role_that_does_not_exist_is_not_assumed(client: Client) -> None:
    missing = "arn:aws:iam::123456789012:role/nobody"
    assert _denial(lambda: client("sts").assume_role(RoleArn=missing, RoleSessionName="s1"))[0] == "AccessDenied"


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]})
