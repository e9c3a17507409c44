"""Rules: what parameters must be to each other, in the template author's own words."""

import json
from collections.abc import Callable
from typing import Any

import pytest


def template(*assertions: Any, condition: Any = None) -> dict[str, Any]:
    """Return a template with parameters A = a, B = b, L = x,y and a rule of these assertions."""
    listed = [{"Assert": assertion, "AssertDescription": "must be so"} for assertion in assertions]
    rule = {"Assertions": listed} | ({"RuleCondition": condition} if condition else {})
    return {
        "Parameters": {
            "A": {"Type": "String", "Default": "a"},
            "B": {"Type": "String", "Default": "b"},
            "L": {"Type": "CommaDelimitedList", "Default": "x,y"},
        },
        "Rules": {"Rule": rule},
        "Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}},
    }


def equal(left: Any, right: Any) -> dict[str, Any]:
    """Return an assertion that two values are equal."""
    return {"Fn::Equals": [left, right]}


A, B, LIST = {"Ref": "A"}, {"Ref": "B"}, {"Ref": "L"}
TRUE, FALSE = equal(A, "a"), equal(A, "b")


@pytest.mark.parametrize(
    ("assertion", "holds"),
    [
        (equal(A, "a"), True),
        (equal(A, B), False),
        (equal({"Ref": "AWS::Region"}, "us-east-1"), True),
        ({"Fn::Not": [FALSE]}, True),
        ({"Fn::Not": [TRUE]}, False),
        ({"Fn::And": [TRUE, TRUE]}, True),
        ({"Fn::And": [TRUE, FALSE]}, False),
        ({"Fn::Or": [FALSE, TRUE]}, True),
        ({"Fn::Or": [FALSE, FALSE]}, False),
        ({"Fn::Contains": [["a", "c"], A]}, True),
        ({"Fn::Contains": [["c"], A]}, False),
        ({"Fn::Contains": [LIST, "y"]}, True),
        ({"Fn::EachMemberEquals": [["a", A], "a"]}, True),
        ({"Fn::EachMemberEquals": [LIST, "x"]}, False),
        ({"Fn::EachMemberIn": [LIST, ["x", "y", "z"]]}, True),
        ({"Fn::EachMemberIn": [LIST, ["x"]]}, False),
        ({"Fn::Contains": [{"Fn::RefAll": "String"}, "b"]}, True),
        ({"Fn::Contains": [{"Fn::RefAll": "String"}, "c"]}, False),
        (equal(5, "5"), True),
    ],
)
def test_a_rule_decides_by_its_functions(
    stack: Any, refusal: Callable[..., Any], assertion: dict[str, Any], holds: bool
) -> None:
    if holds:
        assert stack.create(template(assertion))["StackStatus"] == "CREATE_COMPLETE"
    else:
        expected = ("ValidationError", "Template validation error: must be so")
        assert refusal(stack.create, template=template(assertion)) == expected


@pytest.mark.parametrize(("condition", "applies"), [(TRUE, True), (FALSE, False)])
def test_a_rule_applies_under_its_condition(
    stack: Any, refusal: Callable[..., Any], condition: dict[str, Any], applies: bool
) -> None:
    document = template(FALSE, condition=condition)

    if applies:
        assert refusal(stack.create, template=document)[0] == "ValidationError"
    else:
        assert stack.create(document)["StackStatus"] == "CREATE_COMPLETE"


def test_every_assertion_counts_also_in_updates(stack: Any, refusal: Callable[..., Any]) -> None:
    document = template(TRUE, equal(B, "b"))
    stack.create(document)

    refused = refusal(stack.update, template=document, Parameters=[{"ParameterKey": "B", "ParameterValue": "other"}])

    assert refused == ("ValidationError", "Template validation error: must be so")


def test_an_assertion_without_a_description_is_named(stack: Any, refusal: Callable[..., Any]) -> None:
    document = template(FALSE)
    del document["Rules"]["Rule"]["Assertions"][0]["AssertDescription"]

    assert refusal(stack.create, template=document) == (
        "ValidationError",
        "Template validation error: Assertion 1 of the rule Rule is not met",
    )


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "Template format error: the rule R must have a list of Assertions"),
        (
            {"Assertions": [{"AssertDescription": "a"}]},
            "Template format error: the rule R has an assertion without Assert",
        ),
        (
            {"Assertions": [{"Assert": {"Condition": "C"}}]},
            "Template format error: the rule R must decide by one of Fn::And, Fn::Contains, Fn::EachMemberEquals, "
            "Fn::EachMemberIn, Fn::Equals, Fn::Not, Fn::Or",
        ),
        (
            {"Assertions": [{"Assert": equal(A, {"Fn::Sub": "a"})}]},
            "Template format error: the rule R can compare texts, lists, Ref and Fn::RefAll, not Fn::Sub",
        ),
        (
            {"Assertions": [{"Assert": {"Fn::Equals": ["a"]}}]},
            "Template error: Fn::Equals object requires a list of 2 arguments",
        ),
        (
            {"Assertions": [{"Assert": equal({"Ref": "Logs"}, "a")}]},
            "Template format error: Unresolved dependencies [Logs]. Cannot reference resources in the Rules block of "
            "the template",
        ),
        (
            {"Assertions": [{"Assert": equal({"Fn::ValueOf": ["A", "VpcId"]}, "a")}]},
            "Local AWS does not support the function Fn::ValueOf (of the rule R).",
        ),
    ],
)
def test_a_malformed_rule_is_refused(
    validate: Any, refusal: Callable[..., Any], rule: dict[str, Any], message: str
) -> None:
    document = template(TRUE) | {"Rules": {"R": rule}}

    assert refusal(validate, body=json.dumps(document)) == ("ValidationError", message)
