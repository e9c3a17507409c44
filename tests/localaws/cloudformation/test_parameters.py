"""Parameters: types, constraints and values, in CloudFormation's words."""

import json
from collections.abc import Callable
from typing import Any

import pytest


def with_parameter(**members: Any) -> str:
    """Return a template that puts one parameter, P, into an output."""
    return json.dumps(
        {
            "Parameters": {"P": {"Type": "String"} | members},
            "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
            "Outputs": {"P": {"Value": {"Fn::Join": ["|", [{"Fn::Sub": "${P}"}]]}}},
        }
    )


def given(value: str) -> list[dict[str, str]]:
    """Return a request's parameters that give P this value."""
    return [{"ParameterKey": "P", "ParameterValue": value}]


@pytest.mark.parametrize(
    ("members", "value", "message"),
    [
        ({"AllowedPattern": "[a-z]+"}, "abc1", "Parameter 'P' must match pattern [a-z]+"),
        (
            {"AllowedPattern": "[a-z]+", "ConstraintDescription": "must be letters"},
            "1",
            "Parameter P failed to satisfy constraint: must be letters",
        ),
        ({"AllowedValues": ["a", "b"]}, "c", "Parameter 'P' must be one of AllowedValues"),
        ({"AllowedValues": [True, 5]}, "6", "Parameter 'P' must be one of AllowedValues"),
        ({"MinLength": 2}, "a", "Parameter 'P' must contain at least 2 characters"),
        ({"MaxLength": 2}, "abc", "Parameter 'P' must contain at most 2 characters"),
        ({"Type": "Number"}, "five", "Parameter 'P' must be a number"),
        ({"Type": "Number"}, "nan", "Parameter 'P' must be a number"),
        ({"Type": "Number"}, "1_000", "Parameter 'P' must be a number"),
        ({"AllowedPattern": r"\p{Alpha}+"}, "a1", r"Parameter 'P' must match pattern \p{Alpha}+"),
        ({"Type": "Number", "MinValue": 5}, "4.9", "Parameter 'P' must be a number not less than 5"),
        ({"Type": "Number", "MaxValue": 5}, "5.1", "Parameter 'P' must be a number not greater than 5"),
        ({"Type": "List<Number>"}, "1,x", "Parameter 'P' must be a list of numbers"),
        (
            {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
            "a, c",
            "Parameter 'P' must be one of AllowedValues",
        ),
        ({}, "x" * 4097, "Parameter 'P' must be 4096 bytes or shorter"),
    ],
)
def test_a_value_that_breaks_its_constraints_is_refused(
    stack: Any, refusal: Callable[..., Any], members: dict[str, Any], value: str, message: str
) -> None:
    request = {"StackName": stack.name, "TemplateBody": with_parameter(**members), "Parameters": given(value)}

    assert refusal(stack.cloudformation.create_stack, **request) == ("ValidationError", message)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ([], "Parameters: [P] must have values"),
        (
            [{"ParameterKey": "P", "ParameterValue": "x"}, {"ParameterKey": "Q", "ParameterValue": "x"}],
            "Parameters: [Q] do not exist in the template",
        ),
        (
            [{"ParameterKey": "P", "UsePreviousValue": True}],
            "Invalid input for parameter key P. Cannot specify usePreviousValue as true for a parameter key not in the "
            "previous template",
        ),
    ],
)
def test_parameters_that_do_not_fit_the_template_are_refused(
    stack: Any, refusal: Callable[..., Any], parameters: list[dict[str, Any]], message: str
) -> None:
    request = {"StackName": stack.name, "TemplateBody": with_parameter(), "Parameters": parameters}

    assert refusal(stack.cloudformation.create_stack, **request) == ("ValidationError", message)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Type": "Boolean"}, "Template format error: Unrecognized parameter type: Boolean"),
        (
            {"Type": "AWS::EC2::VPC::Id"},
            "Local AWS does not support the parameter type AWS::EC2::VPC::Id (of P).",
        ),
        (
            {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"},
            "Local AWS does not support the parameter type AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>> "
            "(of P).",
        ),
        (
            {"Type": "AWS::S3::Bucket::Name"},
            "Template format error: Unrecognized parameter type: AWS::S3::Bucket::Name",
        ),
        (
            {"Type": "AWS::SSM::Parameter::Value<Number>"},
            "Template format error: Unrecognized parameter type: AWS::SSM::Parameter::Value<Number>",
        ),
        (
            {"Default": "{{resolve:ssm:/name}}"},
            "Template error: parameter P should not contain ssm versionless resolver",
        ),
        ({"Colour": "red"}, "Invalid template parameter property 'Colour'"),
        (
            {"AllowedPattern": "[a"},
            "Template format error: AllowedPattern of parameter P must be a regular expression (unterminated character "
            "set at position 2)",
        ),
        ({"Default": ["a"]}, "Template format error: Every Default member must be a string."),
        ({"Default": {"Ref": "AWS::Region"}}, "Template format error: Every Default member must be a string."),
        ({"Description": ["a"]}, "Template format error: Every Description member must be a string."),
        ({"AllowedValues": ["a"], "Default": "b"}, "Parameter 'P' must be one of AllowedValues"),
        ({"MinLength": "some"}, "Template format error: MinLength of parameter P must be a number"),
        ({"AllowedValues": "a"}, "Template format error: AllowedValues of parameter P must be a list"),
    ],
)
def test_a_malformed_declaration_is_refused(
    validate: Any, refusal: Callable[..., Any], members: dict[str, Any], message: str
) -> None:
    assert refusal(validate, body=with_parameter(**members)) == ("ValidationError", message)


@pytest.mark.parametrize(
    ("members", "parameters", "value"),
    [
        ({}, given("text"), "text"),
        ({"Default": "fallback"}, [], "fallback"),
        ({"Default": ""}, [], ""),
        ({"Default": True}, [], "true"),
        ({"Type": "Number", "Default": 1.5}, [], "1.5"),
        ({"Type": "Number"}, given("-1.5e3"), "-1.5e3"),
        ({"AllowedPattern": r"\p{Alpha}+"}, given("ab"), "ab"),
        ({"Type": "Number", "MinValue": "1", "MaxValue": "5"}, given("5"), "5"),
        ({"AllowedPattern": "^[a-z]{2}$", "MinLength": "2", "MaxLength": "2"}, given("ab"), "ab"),
        ({"AllowedValues": ["a", ""]}, given(""), ""),
    ],
)
def test_a_value_reaches_the_template(
    stack: Any, members: dict[str, Any], parameters: list[dict[str, str]], value: str
) -> None:
    after = stack.create(with_parameter(**members), Parameters=parameters)

    assert after["Outputs"] == [{"OutputKey": "P", "OutputValue": value}]


def test_a_hidden_value_is_never_shown(stack: Any) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    properties = {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Description": {"Fn::Sub": "is ${P}"}}
    document = {
        "Parameters": {"P": {"Type": "String", "NoEcho": True}},
        "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}},
    }

    after = stack.create(document, Parameters=given("secret"), Capabilities=["CAPABILITY_IAM"])

    assert after["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "****"}]
    shown = [event["ResourceProperties"] for event in stack.events() if "ResourceProperties" in event]
    assert [json.loads(properties)["Description"] for properties in shown] == ["****", "****"]
    role = stack.client("iam").get_role(RoleName=stack.physical_id("Role"))["Role"]
    assert role["Description"] == "is secret"
