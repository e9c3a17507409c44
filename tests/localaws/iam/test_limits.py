"""What IAM refuses of names and texts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
OTHER_SIGNS = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
LIMIT = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must "


@pytest.mark.parametrize(
    ("operation", "given", "message"),
    [
        ("create_user", {"UserName": "a b"}, f"The specified value for userName is invalid. {OTHER_SIGNS}"),
        ("create_user", {"UserName": "日"}, f"The specified value for userName is invalid. {OTHER_SIGNS}"),
        ("create_role", {"RoleName": "a/b"}, f"The specified value for roleName is invalid. {OTHER_SIGNS}"),
        ("create_policy", {"PolicyName": "a:b"}, f"The specified value for policyName is invalid. {OTHER_SIGNS}"),
        (
            "create_role",
            {"RoleName": "r" * 65},
            LIMIT.format("r" * 65, "roleName") + "have length less than or equal to 64",
        ),
        (
            "create_role",
            {"RoleName": "r", "Description": "d" * 1001},
            LIMIT.format("d" * 1001, "description") + "have length less than or equal to 1000",
        ),
        (
            "create_role",
            {"RoleName": "r", "MaxSessionDuration": 43201},
            LIMIT.format(43201, "maxSessionDuration") + "have value less than or equal to 43200",
        ),
    ],
)
def test_what_breaks_a_limit_is_refused(client: Client, operation: str, given: dict[str, Any], message: str) -> None:
    more = {
        "create_role": {"AssumeRolePolicyDocument": json.dumps({"Statement": [TRUST]})},
        "create_policy": {"PolicyDocument": json.dumps(ALLOW)},
    }
    with pytest.raises(ClientError) as refused:
        getattr(client("iam"), operation)(**given, **more.get(operation, {}))
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("ValidationError", message)


def test_every_sign_of_a_name_is_taken(client: Client) -> None:
    name = "a_Z0+=,.@-"
    assert client("iam").create_user(UserName=name)["User"]["UserName"] == name
    client("iam").delete_user(UserName=name)
