"""ListEntitiesForPolicy tells of all who have a policy."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def iam(client: Any) -> Any:
    """A client of IAM."""
    return client("iam")


@pytest.fixture
def policy(iam: Any) -> Iterator[str]:
    """The ARN of a managed policy."""
    document = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]})
    arn = iam.create_policy(PolicyName=uuid.uuid4().hex, PolicyDocument=document)["Policy"]["Arn"]
    yield arn
    found = iam.list_entities_for_policy(PolicyArn=arn)
    for role in found["PolicyRoles"]:
        iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
        iam.delete_role(RoleName=role["RoleName"])
    for user in found["PolicyUsers"]:
        iam.detach_user_policy(UserName=user["UserName"], PolicyArn=arn)
        iam.delete_user(UserName=user["UserName"])
    iam.delete_policy(PolicyArn=arn)


def roles_with(iam: Any, policy: str, number: int, path: str = "/") -> set[str]:
    """Create so many roles with a policy, and return their names."""
    names = {f"r-{uuid.uuid4().hex[:12]}" for _ in range(number)}
    for name in names:
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]}))
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return names


def test_more_than_a_hundred_roles_are_told(iam: Any, policy: str) -> None:
    names = roles_with(iam, policy, 101)
    assert {role["RoleName"] for role in iam.list_entities_for_policy(PolicyArn=policy)["PolicyRoles"]} == names


def test_they_are_told_by_kind_and_path(iam: Any, policy: str) -> None:
    roles_with(iam, policy, 1)
    below = roles_with(iam, policy, 1, "/below/")
    iam.create_user(UserName=f"u-{policy[-12:]}")
    iam.attach_user_policy(UserName=f"u-{policy[-12:]}", PolicyArn=policy)
    users = iam.list_entities_for_policy(PolicyArn=policy, EntityFilter="User")
    assert (len(users["PolicyUsers"]), users["PolicyRoles"]) == (1, [])
    roles = iam.list_entities_for_policy(PolicyArn=policy, PathPrefix="/below/")
    assert ({role["RoleName"] for role in roles["PolicyRoles"]}, roles["PolicyUsers"]) == (below, [])


def test_a_policy_that_does_not_exist_has_nobody(iam: Any) -> None:
    arn = "arn:aws:iam::123456789012:policy/no-such"
    with pytest.raises(ClientError) as refused:
        iam.list_entities_for_policy(PolicyArn=arn)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("NoSuchEntity", f"Policy {arn} was not found.")
