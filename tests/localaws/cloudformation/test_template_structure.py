"""What a template is made of: everything CloudFormation refuses before it makes anything, in its words."""

import json
from collections.abc import Callable
from typing import Any

import pytest

BUCKET = {"Type": "AWS::S3::Bucket"}


def template(**sections: Any) -> dict[str, Any]:
    """Return a template with one bucket, and what the sections say instead."""
    return {"Resources": {"Bucket": BUCKET}, **sections}


def bucket(**members: Any) -> dict[str, Any]:
    """Return a template whose one bucket has more members."""
    return {"Resources": {"Bucket": BUCKET | members}}


def named(name: Any) -> dict[str, Any]:
    """Return a template whose one bucket is called by this expression."""
    return bucket(Properties={"BucketName": name})


def exporting(name: Any) -> dict[str, Any]:
    """Return outputs of which one is exported by this expression."""
    return {"X": {"Value": "x", "Export": {"Name": name}}}


UNNAMEABLE = (
    "Template format error: Output X is malformed. The Name field of every Export member must be specified and consist "
    "only of alphanumeric characters, colons, or hyphens."
)
UNRESOLVED = "Template format error: Unresolved resource dependencies [{}] in the {} block of the template"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"Description": "x"}, "Template format error: At least one Resources member must be defined."),
        (template(Resources={}), "Template format error: At least one Resources member must be defined."),
        (template(Foo={}, Bar={}), "Invalid template property or properties [Foo, Bar]"),
        (
            template(Transform="AWS::Serverless-2016-10-31"),
            "Local AWS does not support the template section Transform (AWS::Serverless-2016-10-31).",
        ),
        (template(Hooks={}), "Local AWS does not support the template section Hooks."),
        (template(Mappings={"M": {"a": "b"}}), "Template format error: Every Mappings member M must be a map of maps"),
        (
            template(Mappings={"M": {"a": {"b": {"c": "d"}}}}),
            "Template format error: Every Mappings attribute must be a String or a List.",
        ),
        (
            bucket(DeletionPolicy="Snapshot"),
            "Template error: resource type AWS::S3::Bucket does not support deletion policy Snapshot",
        ),
        (
            bucket(UpdateReplacePolicy="Snapshot"),
            "Template error: resource type AWS::S3::Bucket does not support UpdateReplacePolicy Snapshot",
        ),
        (
            bucket(DeletionPolicy={"Ref": "AWS::Region"}),
            "Template format error: Every DeletionPolicy member must be a string.",
        ),
        (
            template(AWSTemplateFormatVersion="2011-01-01"),
            "Template format error: Template format version not supported.",
        ),
        (template(Description=["x"]), "Template format error: Description must be a string."),
        (template(Description="x" * 1025), "Template format error: 'Description' length is greater than 1024."),
        (template(Mappings=[]), "Template format error: Any Mappings member must be an object."),
        ({"Resources": ""}, "Template format error: Any Resources member must be an object."),
        (
            template(Resources={"my-bucket": BUCKET}),
            "Template format error: Resource name my-bucket is non alphanumeric.",
        ),
        (
            template(Metadata={"a": None}),
            "[/Metadata/a] 'null' values are not allowed in templates",
        ),
        (
            template(Resources={"X": {}}),
            "Template format error: [/Resources/X] Every Resources object must contain a Type member.",
        ),
        (
            template(Resources={f"B{number}": BUCKET for number in range(501)}),
            "Template format error: Number of resources, 501, is greater than maximum allowed, 500",
        ),
        (
            template(Parameters={f"P{number}": {"Type": "String"} for number in range(201)}),
            "Template format error: Number of parameters, 201, is greater than maximum allowed, 200",
        ),
        (bucket(Colour="red"), "Invalid template resource property 'Colour'"),
        (bucket(CreationPolicy={}), "Local AWS does not support the resource attribute CreationPolicy (of Bucket)."),
        (
            bucket(DeletionPolicy="Keep"),
            "Template format error: Unrecognized DeletionPolicy Keep for resource Bucket",
        ),
        (
            bucket(UpdateReplacePolicy="RetainExceptOnCreate"),
            "Template format error: Unrecognized UpdateReplacePolicy RetainExceptOnCreate for resource Bucket",
        ),
        (template(Outputs={"X": {}}), "Template format error: Every Outputs member must contain a Value object"),
        (
            template(Outputs={"X": {"Value": "x", "Description": {"Ref": "Bucket"}}}),
            "Template format error: Every Description member must be a string.",
        ),
        (template(Outputs=exporting("")), UNNAMEABLE),
        (template(Outputs=exporting("my_name")), UNNAMEABLE),
        (template(Outputs=exporting(["a"])), UNNAMEABLE),
        (
            template(Outputs=exporting({"Fn::Sub": "${AWS::StackName}-${Bucket}"})),
            "Template format error: Output X is malformed.  The Name field of Export must not depend on any resources, "
            "imported values, or Fn::GetAZs.",
        ),
        (
            template(Resources={"A": {"Type": "AWS::S3::Buckets"}, "B": {"Type": "Foo::Bar"}}),
            "Template format error: Unrecognized resource types: [AWS::S3::Buckets, Foo::Bar]",
        ),
        (
            template(Resources={"A": {"Type": "AWS::EC2::VPC"}}),
            "Local AWS does not provision the resource types [AWS::EC2::VPC]",
        ),
        (
            template(Resources={"A": {"Type": "AWS::CloudFormation::WaitCondition"}}),
            "Local AWS does not provision the resource types [AWS::CloudFormation::WaitCondition]",
        ),
        (named({"Ref": "Nothing"}), UNRESOLVED.format("Nothing", "Resources")),
        (named({"Fn::Sub": "${AWS::Nothing}-${Other}"}), UNRESOLVED.format("AWS::Nothing, Other", "Resources")),
        (bucket(DependsOn=["Bucket", 5]), "Template format error: Every DependsOn value must be a string."),
        (bucket(DependsOn={"Ref": "Bucket"}), "Template format error: Every DependsOn value must be a string."),
        (bucket(DependsOn=["Nothing"]), UNRESOLVED.format("Nothing", "Resources")),
        (template(Outputs={"X": {"Value": {"Ref": "Nothing"}}}), UNRESOLVED.format("Nothing", "Outputs")),
        (
            named({"Fn::GetAtt": ["Nothing", "Arn"]}),
            "Template error: instance of Fn::GetAtt references undefined resource Nothing",
        ),
        (
            template(Outputs={"X": {"Value": {"Fn::GetAtt": "Bucket.Colour"}}}),
            "Template error: resource Bucket does not support attribute type Colour in Fn::GetAtt (local AWS knows "
            "[Arn, DomainName, DualStackDomainName, RegionalDomainName, WebsiteURL] of AWS::S3::Bucket)",
        ),
        (named({"Fn::Shout": "x"}), "Template error: local AWS does not know the function Fn::Shout"),
        (
            named({"Fn::Length": [1]}),
            "Template error: Fn::Length needs the transform AWS::LanguageExtensions, which local AWS does not support",
        ),
        (
            named({"Fn::ForEach::Each": []}),
            "Template error: Fn::ForEach::Each needs the transform AWS::LanguageExtensions, which local AWS does not "
            "support",
        ),
        (
            named({"Fn::Sub": "x", "More": 1}),
            "Template error: Fn::Sub cannot stand beside other keys (Fn::Sub, More)",
        ),
        (
            template(Conditions={"C": {"Fn::Equals": [{"Ref": "Bucket"}, "x"]}}),
            "Template format error: Unresolved dependencies [Bucket]. Cannot reference resources in the Conditions "
            "block of the template",
        ),
        (
            template(
                Resources={
                    "A": BUCKET | {"DependsOn": "B"},
                    "B": BUCKET | {"Properties": {"BucketName": {"Ref": "A"}}},
                }
            ),
            "Circular dependency between resources: [A, B]",
        ),
    ],
)
def test_a_malformed_template_is_refused(
    validate: Any, refusal: Callable[..., Any], document: dict[str, Any], message: str
) -> None:
    assert refusal(validate, body=json.dumps(document)) == ("ValidationError", message)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            bucket(Condition="Nothing"),
            "Template format error: Unresolved condition dependency Nothing in the Resources block of the template",
        ),
        (
            template(
                Conditions={"A": {"Condition": "B"}, "B": {"Condition": "A"}},
                Resources={"Bucket": BUCKET | {"Condition": "A"}},
            ),
            "Template error: Found circular condition dependency with condition A",
        ),
        (
            template(
                Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
                Resources={
                    "Left": BUCKET | {"Condition": "Never"},
                    "Made": BUCKET | {"Properties": {"BucketName": {"Ref": "Left"}}},
                },
            ),
            UNRESOLVED.format("Left", "Resources"),
        ),
        (
            template(
                Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
                Resources={"Left": BUCKET | {"Condition": "Never"}, "Made": BUCKET},
                Outputs={"X": {"Value": {"Ref": "Left"}}},
            ),
            UNRESOLVED.format("Left", "Outputs"),
        ),
        (
            bucket(Properties={"BucketName": {"Fn::ImportValue": {"Ref": "Bucket"}}}, Condition="C")
            | {"Conditions": {"C": {"Fn::Equals": ["a", "a"]}}},
            "Circular dependency between resources: [Bucket]",
        ),
        (
            template(Outputs={"X": {"Value": {"Fn::ImportValue": {"Ref": "Bucket"}}}}),
            "Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or "
            "Fn::GetAZs",
        ),
        (
            template(Conditions={"A": "yes"}, Resources={"Bucket": BUCKET | {"Condition": "A"}}),
            "Template format error: Every condition is one of Condition, Fn::And, Fn::Equals, Fn::Not, Fn::Or",
        ),
        (
            template(Conditions={"Unused": {"Fn::Not": [{"Condition": "Nothing"}]}}),
            "Template format error: Unresolved condition dependency Nothing in the Conditions block of the template",
        ),
    ],
)
def test_conditions_are_checked_before_a_stack_exists(
    stack: Any, refusal: Callable[..., Any], document: dict[str, Any], message: str
) -> None:
    request = {"StackName": stack.name, "TemplateBody": json.dumps(document)}

    assert refusal(stack.cloudformation.create_stack, **request) == ("ValidationError", message)
    assert refusal(stack.cloudformation.describe_stacks, StackName=stack.name)[0] == "ValidationError"


def test_a_branch_that_is_not_taken_may_name_what_is_not_made(stack: Any) -> None:
    document = template(
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
        Resources={
            "Left": BUCKET | {"Condition": "Never"},
            "Made": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": {"Fn::If": ["Never", {"Ref": "Left"}, "not-left"]}},
            },
        },
    )

    assert stack.create(document)["StackStatus"] == "CREATE_COMPLETE"
    assert [event for event in stack.story() if event[0] == "Left"] == []


def test_a_template_is_described(client: Any) -> None:
    document = template(
        Description="What it is for",
        Metadata={"Note": "x"},
        Parameters={"Size": {"Type": "Number", "Default": 5, "AllowedValues": [5, 6], "Description": "How big"}},
        Resources={"Role": {"Type": "AWS::IAM::Role"}, "Bucket": BUCKET},
    )

    summary = client("cloudformation").get_template_summary(TemplateBody=json.dumps(document))

    assert {name: summary[name] for name in summary if name not in ("ResponseMetadata", "DeclaredTransforms")} == {
        "Description": "What it is for",
        "Metadata": '{"Note": "x"}',
        "Capabilities": ["CAPABILITY_IAM"],
        "CapabilitiesReason": "The following resource(s) require capabilities: [AWS::IAM::Role]",
        "ResourceTypes": ["AWS::IAM::Role", "AWS::S3::Bucket"],
        "Parameters": [
            {
                "ParameterKey": "Size",
                "ParameterType": "Number",
                "DefaultValue": "5",
                "NoEcho": False,
                "Description": "How big",
                "ParameterConstraints": {"AllowedValues": ["5", "6"]},
            }
        ],
    }
