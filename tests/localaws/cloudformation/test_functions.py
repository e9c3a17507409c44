"""Intrinsic functions, conditions, mappings and pseudo parameters: an expression a row, and what it is worth."""

from collections.abc import Callable
from typing import Any

import pytest

SECTIONS = {
    "Parameters": {
        "Text": {"Type": "String", "Default": "a-b"},
        "List": {"Type": "CommaDelimitedList", "Default": "x, y ,z"},
        "Number": {"Type": "Number", "Default": 3},
    },
    "Mappings": {"Sizes": {"us-east-1": {"Big": "9", "All": ["p", "q"]}}},
    "Conditions": {
        "Yes": {"Fn::Equals": [{"Ref": "Text"}, "a-b"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "NumberIsText": {"Fn::Equals": [{"Ref": "Number"}, 3]},
        "BooleanIsText": {"Fn::Equals": ["true", True]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
    },
    "Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}},
}
GET_ARN = {"Fn::GetAtt": ["Logs", "Arn"]}


def output_of(stack: Any, expression: Any) -> str:
    """Return what an expression is worth as an output of a stack."""
    after = stack.create(SECTIONS | {"Outputs": {"Value": {"Value": expression}}})
    assert after["StackStatus"] == "CREATE_COMPLETE", after["StackStatusReason"]
    return str(after["Outputs"][0]["OutputValue"])


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("plain", "plain"),
        (5, "5"),
        (True, "true"),
        ({"Ref": "Text"}, "a-b"),
        ({"Ref": "Number"}, "3"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Fn::Join": ["+", {"Ref": "List"}]}, "x+y+z"),
        ({"Fn::Join": ["", ["a", {"Ref": "Text"}, 1, False]]}, "aa-b1false"),
        ({"Fn::Join": ["", [{"Ref": "AWS::NoValue"}, "a"]]}, "a"),
        ({"Fn::Join": [",", {"Ref": "AWS::NotificationARNs"}]}, ""),
        ({"Fn::Select": [1, {"Ref": "List"}]}, "y"),
        ({"Fn::Select": ["0", {"Fn::Split": ["-", {"Ref": "Text"}]}]}, "a"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Big"]}, "9"),
        ({"Fn::Select": [1, {"Fn::FindInMap": ["Sizes", "us-east-1", "All"]}]}, "q"),
        ({"Fn::Base64": {"Ref": "Text"}}, "YS1i"),
        ({"Fn::Sub": "${Text}/${AWS::Region}/${!Text}/$Text"}, "a-b/us-east-1/${Text}/$Text"),
        ({"Fn::Sub": ["${Text}-${Own}", {"Own": {"Ref": "Number"}, "Text": "own"}]}, "own-3"),
        ({"Fn::If": ["Yes", "then", "else"]}, "then"),
        ({"Fn::If": ["No", "then", {"Fn::If": ["Yes", "inner", "x"]}]}, "inner"),
        ({"Fn::If": ["NumberIsText", "1", "0"]}, "1"),
        ({"Fn::If": ["BooleanIsText", "1", "0"]}, "1"),
        ({"Fn::If": ["Both", "1", "0"]}, "0"),
        ({"Fn::If": ["Either", "1", "0"]}, "1"),
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html
        ({"Fn::Select": [5, {"Fn::Cidr": ["192.168.0.0/24", "6", "5"]}]}, "192.168.0.160/27"),
        ({"Fn::Select": [1, {"Fn::Cidr": ["2001:db8::/56", 2, 64]}]}, "2001:db8:0:1::/64"),
        ({"Fn::Select": [1, {"Fn::GetAZs": ""}]}, "us-east-1b"),
        ({"Fn::Select": [0, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}, "us-east-1a"),
    ],
)
def test_an_expression_is_worth(stack: Any, expression: Any, value: str) -> None:
    assert output_of(stack, expression) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Ref": "AWS::StackName"}, "{name}"),
        ({"Ref": "AWS::StackId"}, "{id}"),
        ({"Ref": "Logs"}, "{logs}"),
        (GET_ARN, "arn:aws:logs:us-east-1:123456789012:log-group:{logs}:*"),
        ({"Fn::GetAtt": "Logs.Arn"}, "arn:aws:logs:us-east-1:123456789012:log-group:{logs}:*"),
        ({"Fn::Sub": "${Logs}+${Logs.Arn}"}, "{logs}+arn:aws:logs:us-east-1:123456789012:log-group:{logs}:*"),
    ],
)
def test_an_expression_names_what_was_made(stack: Any, expression: Any, value: str) -> None:
    found = output_of(stack, expression)

    assert found == value.format(name=stack.name, id=stack.id, logs=stack.physical_id("Logs"))


MALFORMED_SUB = (
    "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as "
    "first argument, and an optional second argument to specify a mapping of values to replace in the string"
)
MALFORMED_JOIN = (
    "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings "
    "to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined"
)


def test_an_import_of_nothing_rolls_back(stack: Any) -> None:
    after = stack.create(SECTIONS | {"Outputs": {"Value": {"Value": {"Fn::ImportValue": "nobodys"}}}})

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    expected = "No export named nobodys found. Rollback requested by user."
    assert stack.reason(stack.name, "ROLLBACK_IN_PROGRESS") == expected


def test_what_only_the_resources_tell_to_be_nothing_rolls_back(stack: Any) -> None:
    selected = {"Fn::Select": [9, {"Fn::Split": [":", GET_ARN]}]}

    after = stack.create(SECTIONS | {"Outputs": {"Value": {"Value": selected}}})

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stack.reason(stack.name, "ROLLBACK_IN_PROGRESS")
    assert reason == (
        "Template error: Fn::Select cannot select nonexistent value at index 9 Rollback requested by user."
    )


@pytest.mark.parametrize("place", ["output", "property"])
@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"Fn::Join": [",", "text"]}, MALFORMED_JOIN),
        ({"Fn::Select": [3, {"Ref": "List"}]}, "Template error: Fn::Select cannot select nonexistent value at index 3"),
        (
            {"Fn::FindInMap": ["Sizes", "eu-west-1", "Big"]},
            "Template error: Unable to get mapping for Sizes::eu-west-1::Big",
        ),
        ({"Fn::Sub": "${List}"}, "Template error: every Fn::Sub object must have a string-typed value"),
        ({"Fn::If": ["Nothing", "a", "b"]}, "Template error: unresolved condition dependency Nothing in Fn::If"),
        ({"Fn::Not": [True]}, "Template error: Fn::Not cannot be used outside of a condition"),
        (
            {"Fn::Join": ["", {"Fn::Cidr": ["10.0.0.0/24", 3, 8]}]},
            "Template error: Fn::Cidr cannot make 3 blocks of 8 bits in 10.0.0.0/24",
        ),
        (
            {"Fn::Join": ["", {"Fn::Cidr": ["10.0.0/24", 1, 8]}]},
            "Template error: Fn::Cidr cannot divide 10.0.0/24: '10.0.0/24' does not appear to be an IPv4 or IPv6 "
            "network",
        ),
        ({"Fn::Join": ["", {"Fn::GetAZs": "mars-1"}]}, "Template error: Fn::GetAZs knows no region mars-1"),
    ],
)
def test_an_expression_that_is_worth_nothing_is_refused_at_once(
    stack: Any, refusal: Callable[..., Any], place: str, expression: Any, message: str
) -> None:
    template = SECTIONS | {"Outputs": {"Value": {"Value": expression}}}
    if place == "property":
        logs = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": ["${A}", {"A": expression}]}}}
        template = SECTIONS | {"Resources": {"Logs": logs}}

    assert refusal(stack.create, template=template) == ("ValidationError", message)


def test_an_output_is_a_text(stack: Any, refusal: Callable[..., Any]) -> None:
    template = SECTIONS | {"Outputs": {"Value": {"Value": {"Ref": "List"}}}}

    assert refusal(stack.create, template=template) == (
        "ValidationError",
        "Template format error: The Value field of every Outputs member must evaluate to a String.",
    )


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"Fn::If": ["Yes", "a"]}, "Template error: Fn::If object requires a list of 3 arguments"),
        (
            {"Fn::GetAtt": ["Logs"]},
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the "
            "resource attribute",
        ),
        (
            {"Fn::Sub": "${a b}"},
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, "
            "periods, and colons",
        ),
        ({"Fn::Sub": ["a", "b"]}, MALFORMED_SUB),
        (
            {"Fn::GetAtt": ["Logs", {"Ref": "AWS::Region"}]},
            "Template error: resource Logs does not support attribute type us-east-1 in Fn::GetAtt (local AWS knows "
            "[Arn] of AWS::Logs::LogGroup)",
        ),
        ({"Fn::Sub": ["a"]}, MALFORMED_SUB),
        ({"Fn::Sub": 5}, MALFORMED_SUB),
    ],
)
def test_a_malformed_expression_is_refused_at_once(
    stack: Any, refusal: Callable[..., Any], expression: Any, message: str
) -> None:
    template = SECTIONS | {"Outputs": {"Value": {"Value": expression}}}

    assert refusal(stack.create, template=template) == ("ValidationError", message)


def test_no_value_takes_a_property_away(stack: Any) -> None:
    retention = {"Fn::If": ["No", 7, {"Ref": "AWS::NoValue"}]}
    logs = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": retention}}

    stack.create(SECTIONS | {"Resources": {"Logs": logs}})

    group = stack.client("logs").describe_log_groups(logGroupNamePrefix=stack.physical_id("Logs"))["logGroups"][0]
    assert "retentionInDays" not in group


def test_an_output_without_its_condition_is_left_out(stack: Any) -> None:
    outputs = {"Kept": {"Value": "a", "Condition": "Yes"}, "Left": {"Value": "b", "Condition": "No"}}

    after = stack.create(SECTIONS | {"Outputs": outputs})

    assert [output["OutputKey"] for output in after["Outputs"]] == ["Kept"]
