"""A service assumes a role when the role's trust policy allows it, for this account and this resource."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.identity import AccessDeniedException, assume_role

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
SERVICE = "lambda.amazonaws.com"
Conditions = dict[str, dict[str, str]]


@pytest.fixture
def create_trusting_role(client: Callable[[str], Any]) -> Callable[..., str]:
    """A function that creates a role which trusts Lambda under conditions, and returns its ARN."""

    def create(condition: Conditions, **fields: Any) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"} | fields
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust | {"Condition": condition}]})
        role = client("iam").create_role(RoleName=f"trust-{uuid.uuid4().hex[:8]}", AssumeRolePolicyDocument=document)
        return str(role["Role"]["Arn"])

    return create


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": FUNCTION}},
        {"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:*:{ACCOUNT}:function:*"}},
    ],
)
def test_the_service_gets_credentials(create_trusting_role: Callable[..., str], condition: Conditions) -> None:
    role = create_trusting_role(condition)
    assert assume_role(role, SERVICE, "session", "us-east-1", FUNCTION).session_token


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        ({"StringEquals": {"aws:SourceAccount": "999988887777"}}, {}),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:g"}}, {}),
        (
            {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnEquals": {"aws:SourceArn": f"{FUNCTION}2"}},
            {},
        ),
        ({}, {"Effect": "Deny"}),
        ({}, {"Action": "sts:TagSession"}),
        ({}, {"Principal": {"Service": ["events.amazonaws.com", "codepipeline.amazonaws.com"]}}),
    ],
    ids=["account", "ARN", "one of two", "denied", "action", "service"],
)
def test_the_service_is_refused(
    create_trusting_role: Callable[..., str], condition: Conditions, fields: dict[str, Any]
) -> None:
    role = create_trusting_role(condition, **fields)
    with pytest.raises(AccessDeniedException) as refused:
        assume_role(role, SERVICE, "session", "us-east-1", FUNCTION)
    assert refused.value.code == "AccessDenied"
    assert refused.value.message == f"User: {SERVICE} is not authorized to perform: sts:AssumeRole on resource: {role}"


@pytest.fixture
def create_function(client: Callable[[str], Any], zipped: Callable[..., bytes]) -> Callable[[str, str], Any]:
    """A function that creates a Lambda function of this name with this role."""
    code = zipped({"m.py": "def handler(event, context): pass"})
    return lambda name, role: client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="m.handler", Code={"ZipFile": code}
    )


def test_lambda_asks_for_the_function_that_the_policy_names(
    client: Callable[[str], Any], create_function: Callable[[str, str], Any], create_trusting_role: Callable[..., str]
) -> None:
    name = f"f-{uuid.uuid4().hex[:8]}"
    role = create_trusting_role({"ArnLike": {"aws:SourceArn": f"{FUNCTION[:-1]}{name}"}})
    create_function(name, role)
    assert client("lambda").invoke(FunctionName=name)["Payload"].read() == b"null"


def test_lambda_is_refused_for_another_function(
    create_function: Callable[[str, str], Any], create_trusting_role: Callable[..., str]
) -> None:
    role = create_trusting_role({"ArnLike": {"aws:SourceArn": f"{FUNCTION}-other"}})
    with pytest.raises(ClientError) as refused:
        create_function(f"f-{uuid.uuid4().hex[:8]}", role)
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"] == "The role defined for the function cannot be assumed by Lambda."
