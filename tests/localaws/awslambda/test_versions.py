"""Versions and aliases name code that stays, lists come in pages, and policies say who may invoke."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
Create = Callable[..., str]
INVALID_PRINCIPAL = "The provided principal was invalid. Please check the principal and try again."
SAYS_ITS_ARN = "def handler(event, context):\n    return [context.function_version, context.invoked_function_arn]\n"


@pytest.fixture
def published(client: Client, create_function: Create) -> str:
    """A function with a version 1 and an alias "live" of it."""
    name = create_function(SAYS_ITS_ARN)
    assert client("lambda").publish_version(FunctionName=name)["Version"] == "1"
    client("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    return name


@pytest.mark.parametrize(("qualifier", "version"), [("1", "1"), ("live", "1"), ("$LATEST", "$LATEST")])
def test_a_qualifier_is_in_the_arn_that_the_function_sees(
    client: Client, published: str, qualifier: str, version: str
) -> None:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{published}:{qualifier}"
    for call in ({"FunctionName": published, "Qualifier": qualifier}, {"FunctionName": arn}):
        answer = client("lambda").invoke(**call)
        assert json.loads(answer["Payload"].read()) == [version, arn]
        assert answer["ExecutedVersion"] == version


def test_an_alias_moves_and_goes(client: Client, published: str) -> None:
    functions = client("lambda")
    functions.update_function_configuration(FunctionName=published, Description="newer")
    functions.publish_version(FunctionName=published)
    functions.update_alias(FunctionName=published, Name="live", Description="said")
    assert functions.get_alias(FunctionName=published, Name="live")["FunctionVersion"] == "1"
    functions.update_alias(FunctionName=published, Name="live", FunctionVersion="2")
    found = functions.get_alias(FunctionName=published, Name="live")
    assert (found["FunctionVersion"], found["Description"]) == ("2", "said")
    assert json.loads(functions.invoke(FunctionName=published, Qualifier="live")["Payload"].read())[0] == "2"
    assert functions.delete_alias(FunctionName=published, Name="live")["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(ClientError) as gone:
        functions.invoke(FunctionName=published, Qualifier="live")
    assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_weights_of_an_alias_are_refused(client: Client, published: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("lambda").update_alias(
            FunctionName=published, Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}}
        )
    assert "RoutingConfig" in refused.value.response["Error"]["Message"]


def test_lists_come_in_pages(client: Client, create_function: Create, published: str) -> None:
    other = create_function(SAYS_ITS_ARN)
    pages = list(client("lambda").get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1}))
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    assert {published, other} <= set(names)
    assert len(names) == len(set(names)) == len(pages)
    versions = client("lambda").list_versions_by_function(FunctionName=published, MaxItems=1)
    assert [version["Version"] for version in versions["Versions"]] == ["$LATEST"]
    rest = client("lambda").list_versions_by_function(FunctionName=published, Marker=versions["NextMarker"])
    assert [version["Version"] for version in rest["Versions"]] == ["1"]


def policy_of(client: Client, name: str) -> list[Any]:
    """Return the statements of a function's policy."""
    return list(json.loads(client("lambda").get_policy(FunctionName=name)["Policy"])["Statement"])


def test_a_permission_is_a_statement_until_it_is_removed(client: Client, create_function: Create) -> None:
    name = create_function(SAYS_ITS_ARN)
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    topic = f"arn:aws:sns:us-east-1:123456789012:{uuid.uuid4().hex}"
    for sid, principal in (("service", "sns.amazonaws.com"), ("account", "123456789012")):
        client("lambda").add_permission(
            FunctionName=name, StatementId=sid, Action="lambda:InvokeFunction", Principal=principal, SourceArn=topic
        )
    common = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}
    condition = {"Condition": {"ArnLike": {"AWS:SourceArn": topic}}}
    assert policy_of(client, name) == [
        {"Sid": "service", "Principal": {"Service": "sns.amazonaws.com"}} | common | condition,
        {"Sid": "account", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}} | common | condition,
    ]
    with pytest.raises(ClientError) as refused:
        client("lambda").add_permission(
            FunctionName=name, StatementId="service", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
        )
    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"
    client("lambda").remove_permission(FunctionName=name, StatementId="service")
    assert [statement["Sid"] for statement in policy_of(client, name)] == ["account"]


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1189
        ({"Principal": principal}, "InvalidParameterValueException", INVALID_PRINCIPAL)
        for principal in ("ana", "amazonaws.com", "arn:aws:iam::123456789012:role/nobody")
    ]
    + [
        (
            {"Action": "nonsense"},
            "ValidationException",
            "1 validation error detected: Value 'nonsense' at 'action' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])",
        )
    ],
)
def test_a_permission_that_nobody_could_read_is_refused(
    client: Client, create_function: Create, given: dict[str, str], code: str, message: str
) -> None:
    """Or else every call of the function would fail that its policy decides."""
    name, functions = create_function("handler = str"), client("lambda")
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "123456789012"} | given
    with pytest.raises(ClientError) as refused:
        functions.add_permission(FunctionName=name, **permission)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)
    assert functions.get_function(FunctionName=name)["Configuration"]["FunctionName"] == name


def test_a_version_is_made_of_changes_alone(client: Client, create_function: Create) -> None:
    name, functions = create_function("def handler(event, context):\n    return 1\n"), client("lambda")
    digest = functions.get_function_configuration(FunctionName=name)["CodeSha256"]
    assert functions.publish_version(FunctionName=name, CodeSha256=digest)["Version"] == "1"
    assert functions.publish_version(FunctionName=name)["Version"] == "1"
    functions.update_function_configuration(FunctionName=name, Timeout=7)
    assert functions.publish_version(FunctionName=name, Description="slower")["Version"] == "2"


def test_a_version_of_other_code_than_expected_is_refused(client: Client, create_function: Create) -> None:
    name, functions = create_function("def handler(event, context):\n    return 1\n"), client("lambda")
    digest = functions.get_function_configuration(FunctionName=name)["CodeSha256"]
    with pytest.raises(ClientError) as refused:
        functions.publish_version(FunctionName=name, CodeSha256="another")
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": f"CodeSHA256 (another) is different from current CodeSHA256 in $LATEST ({digest}). Please try again"
        " with the CodeSHA256 in $LATEST.",
    }
