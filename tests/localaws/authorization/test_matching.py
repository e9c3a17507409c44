"""How names, wildcards and variables of a policy match a request. The pages are of IAM's guide."""

import json
from collections.abc import Mapping

import pytest

from localaws.authorization.evaluate import Policies, Principal, Request, decide
from localaws.authorization.matching import Context
from localaws.authorization.policy import parse

USER = Principal("user", "arn:aws:iam::123456789012:user/ana", "123456789012")
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/prod-1"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f:live"
BUCKET = "arn:aws:s3:::bucket"


def is_allowed(
    statement: Mapping[str, object],
    action: str = "s3:GetObject",
    resource: str = "*",
    context: Context | None = None,
    version: str = "2012-10-17",
) -> bool:
    """Return whether a statement of an identity-based policy allows it."""
    document = {"Version": version, "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", **statement}}
    policies = Policies((parse(json.dumps(document), "p", "identity"),))
    return decide(Request(USER, action, resource, context or {}), policies).allowed


@pytest.mark.parametrize(
    ("wanted", "given", "allowed"),
    [
        # "The prefix and the action name are case insensitive": reference_policies_elements_action.html
        ("S3:getOBJECT", "s3:GetObject", True),
        ("s3:get*", "s3:GetObject", True),
        ("s3:G?tObject", "s3:GetObject", True),
        ("s3:Get?", "s3:GetObject", False),
        ("s3:GetObject", "s3:GetObjectVersion", False),
        ("s3:*", "s3-object-lambda:GetObject", False),
        ("s3.GetObject:*", "s3xGetObject:A", False),
        ("iam:*AccessKey*", "iam:CreateAccessKey", True),
    ],
)
def test_an_action(wanted: str, given: str, allowed: bool) -> None:
    assert is_allowed({"Action": wanted}, action=given) is allowed


@pytest.mark.parametrize(
    ("wanted", "given", "allowed"),
    [
        # The examples of reference_policies_elements_resource.html
        (f"{BUCKET}/*/test/*", f"{BUCKET}/1/test/object.jpg", True),
        (f"{BUCKET}/*/test/*", f"{BUCKET}/1/2/test/3/object.jpg", True),
        (f"{BUCKET}/*/test/*", f"{BUCKET}/1///test///object.jpg", True),
        (f"{BUCKET}/*/test/*", f"{BUCKET}//test/object.jpg", True),
        (f"{BUCKET}/*/test/*", f"{BUCKET}/1/test/", True),
        (f"{BUCKET}/*/test/*", f"{BUCKET}/1-test/object.jpg", False),
        (f"{BUCKET}/*/test/*", f"{BUCKET}/test/object.jpg", False),
        (f"{BUCKET}/*/test/*", f"{BUCKET}/1/2/test.jpg", False),
        # "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon
        # boundaries"
        ("arn:aws:dynamodb:*:table/prod-*", TABLE, True),
        ("arn:aws:dynamodb:*:table/dev-*", TABLE, False),
        ("arn:aws:dynamodb:us-*:table/prod-1", TABLE, True),
        ("arn:aws:dynamodb:*-1:table/prod-1", TABLE, False),
        ("arn:aws:dynamodb:us?east?1:123456789012:table/*", TABLE, True),
        ("arn:aws:dynamodb:us-*2:table/prod-1", TABLE, False),  # not the last character
        ("arn:aws:dynamodb:us-east-1?123456789012:table/prod-1", TABLE, False),
        # ... and after the fifth colon any wildcard does: AWS Lambda's versions and aliases follow one
        ("arn:aws:lambda:*:*:function:f*", FUNCTION, True),
        ("arn:aws:lambda:*:*:function:?:live", FUNCTION, True),
        ("arn:aws:lambda:*:*:function:f", FUNCTION, False),
        # "When you specify an incomplete ARN (one with fewer than the standard six fields) in an identity-based policy,
        # AWS automatically completes the ARN by adding wildcard characters": reference_identifiers.html
        ("arn:aws:dynamodb", TABLE, True),
        ("arn:aws:dynamodb:us-east-1", TABLE, True),
        ("arn:aws:dynamodb:eu-west-1", TABLE, False),
        ("arn:aws:dynamo", TABLE, False),
        ("*", TABLE, True),
        # "The IAM user name is case sensitive"
        ("arn:aws:iam::123456789012:user/Bob", "arn:aws:iam::123456789012:user/bob", False),
        ("arn:aws:s3:::b.cket/*", f"{BUCKET}/k", False),
    ],
)
def test_a_resource(wanted: str, given: str, allowed: bool) -> None:
    assert is_allowed({"Resource": wanted}, resource=given) is allowed
    assert is_allowed({"Resource": wanted}, resource=given, version="2008-10-17") is allowed


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        # The example of reference_policies_elements_condition_operators.html#Conditions_ARN
        ("arn:aws:someservice:*:111122223333:finance/*", False),
        ("arn:aws:someservice:*:999999999999:store/*", True),
        ("arn:aws:someservice:us-*:*:*", True),
        ("arn:aws:someservice:*", False),
        ("arn:aws:SomeService:*:*:*", False),
    ],
)
@pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals"])
def test_an_arn_of_a_condition_is_compared_part_by_part(operator: str, pattern: str, allowed: bool) -> None:
    given = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
    condition = {operator: {"aws:SourceArn": pattern}}
    assert is_allowed({"Condition": condition}, context={"aws:sourcearn": given}) is allowed


def test_a_text_is_compared_whole() -> None:
    # The same example: "With a StringLike condition, the match succeeds."
    given = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
    condition = {"StringLike": {"aws:SourceArn": "arn:aws:someservice:*:111122223333:finance/*"}}
    assert is_allowed({"Condition": condition}, context={"aws:sourcearn": given})


@pytest.mark.parametrize(("wanted", "given"), [(True, "true"), (5, "5"), (["a", 5], "5")])
def test_values_of_json_are_texts(wanted: object, given: str) -> None:
    # "Values can be strings, numbers or booleans": reference_policies_grammar.html
    assert is_allowed({"Condition": {"StringEquals": {"s3:prefix": wanted}}}, context={"s3:prefix": given})


@pytest.mark.parametrize("key", ["aws:PrincipalTag/Team", "AWS:principaltag/TEAM"])
def test_the_case_of_a_condition_key_does_not_matter(key: str) -> None:
    # "Condition key names are not case-sensitive", and of tags: "Key names are not case-sensitive. This means that if
    # you specify "ec2:ResourceTag/TagKey1": "Value1" ..., then the condition matches a resource tag key named either
    # TagKey1 or tagkey1": reference_policies_elements_condition.html
    context = {"aws:principaltag/team": "red"}
    assert is_allowed({"Condition": {"StringEquals": {key: "red"}}}, context=context)
    assert not is_allowed({"Condition": {"StringEquals": {key: "Red"}}}, context=context)
    assert is_allowed({"Resource": f"{BUCKET}/${{{key}}}/*"}, resource=f"{BUCKET}/red/k", context=context)


@pytest.mark.parametrize(
    ("wanted", "given", "allowed"),
    [
        # reference_policies_variables.html
        ("${aws:username}", "ana", True),
        ("${aws:username}", "bo", False),
        ("${aws:PrincipalTag/team, 'company-wide'}", "company-wide", True),
        ("${aws:username, 'company-wide'}", "ana", True),
        ("${aws:username, 'company-wide'}", "company-wide", False),
        # "separate the variable text and the default value with a comma and space"
        ("${aws:PrincipalTag/team,'company-wide'}", "company-wide", False),
        ("${aws:PrincipalTag/team, ''}", "", True),
        ("${ aws:username }", "ana", False),
        ("${aws:PrincipalTag/team}", "", False),
        ("${aws:PrincipalTag/team}", "${aws:PrincipalTag/team}", False),
        # "You can use any available single-valued context key as a policy variable, but you can't use a multivalued":
        # reference_policies_condition-single-vs-multi-valued-context-keys.html
        ("${aws:TagKeys}", "a", False),
        # "Use where you need an * (asterisk) character"
        ("a${*}c", "a*c", True),
        ("a${*}c", "abc", False),
        ("a${?}c", "abc", False),
        ("${$}{x}", "${x}", True),
        # A value's own wildcards are none.
        ("${aws:PrincipalTag/wild}", "anything", False),
        ("${aws:PrincipalTag/wild}", "*", True),
    ],
)
@pytest.mark.parametrize("place", ["resource", "condition"])
def test_a_variable(wanted: str, given: str, allowed: bool, place: str) -> None:
    context: Context = {"aws:username": "ana", "aws:principaltag/wild": "*", "aws:tagkeys": ("a",), "s3:prefix": given}
    statement: Mapping[str, object] = {"Condition": {"StringLike": {"s3:prefix": wanted}}}
    if place == "resource":
        statement = {"Resource": f"{BUCKET}/{wanted}"}
    assert is_allowed(statement, resource=f"{BUCKET}/{given}", context=context) is allowed


def test_a_variable_may_stand_for_an_account() -> None:
    # As in the AWS managed policy AmazonTimestreamInfluxDBServiceRolePolicy, though reference_policies_variables.html
    # knows variables "only in the resource portion of the ARN".
    statement = {"Resource": "arn:*:dynamodb:*:${aws:PrincipalAccount}:table/*"}
    assert is_allowed(statement, resource=TABLE, context={"aws:principalaccount": "123456789012"})
    assert not is_allowed(statement, resource=TABLE, context={"aws:principalaccount": "999988887777"})


@pytest.mark.parametrize("element", ["NotResource", "StringNotEquals", "StringNotLike", "ArnNotLike"])
def test_a_variable_without_a_value_makes_a_negated_element_match_nothing(element: str) -> None:
    # "Any attempt to match it fails and causes the statement to be invalid": reference_policies_variables.html
    context = {"s3:prefix": "arn:aws:s3:::x"}
    statement: Mapping[str, object] = {"Condition": {element: {"s3:prefix": "arn:aws:s3:::${aws:username}"}}}
    if element == "NotResource":
        document = {"Effect": "Allow", "Action": "*", "NotResource": f"{BUCKET}/${{aws:username}}"}
        policy = parse(json.dumps({"Version": "2012-10-17", "Statement": document}), "p", "identity")
        assert not decide(Request(USER, "s3:GetObject", f"{BUCKET}/k", {}), Policies((policy,))).allowed
        return
    assert not is_allowed(statement, context=context)
    assert is_allowed(statement, context=context | {"aws:username": "ana"})


def test_variables_came_with_the_second_version() -> None:
    # "Variables like ${aws:username} are treated as literal strings in the policy": reference_policies_variables.html
    statement: Mapping[str, object] = {"Resource": f"{BUCKET}/${{aws:username}}"}
    context = {"aws:username": "ana"}
    assert is_allowed(statement, resource=f"{BUCKET}/ana", context=context)
    assert not is_allowed(statement, resource=f"{BUCKET}/ana", context=context, version="2008-10-17")
    assert is_allowed(statement, resource=f"{BUCKET}/${{aws:username}}", context=context, version="2008-10-17")
