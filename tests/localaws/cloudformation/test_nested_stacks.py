"""Nested stacks: made, changed and deleted with their parent, and what of a failure reaches it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Upload = Callable[..., str]


@pytest.fixture
def upload(client: Any, bucket_name: str) -> Upload:
    """A function that puts a template into a bucket and returns its URL."""
    client("s3").create_bucket(Bucket=bucket_name)

    def put(name: str, **resources: Any) -> str:
        document = {
            "Parameters": {"Days": {"Type": "Number", "Default": 7}},
            "Resources": {"Logs": logs(RetentionInDays={"Ref": "Days"})} | resources,
            "Outputs": {"Days": {"Value": {"Ref": "Days"}}},
        }
        client("s3").put_object(Bucket=bucket_name, Key=name, Body=json.dumps(document).encode())
        return f"https://{bucket_name}.s3.amazonaws.com/{name}"

    return put


FAILING = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}


def logs(**properties: Any) -> dict[str, Any]:
    """Return a log group."""
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}


def parent(url: str, output: str = "Days", **properties: Any) -> dict[str, Any]:
    """Return a template with one nested stack, and an output of the nested stack's."""
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url} | properties}
    value = {"Fn::GetAtt": f"Nested.Outputs.{output}"}
    return {"Resources": {"Nested": nested}, "Outputs": {"Told": {"Value": value}}}


def described(stack: Any, stack_id: str) -> dict[str, Any]:
    """Return a stack as DescribeStacks tells it."""
    found: dict[str, Any] = stack.cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
    return found


def test_a_nested_stack_lives_with_its_parent(stack: Any, upload: Upload) -> None:
    url = upload("a.json")
    tags = [{"Key": "a", "Value": "b"}]
    after = stack.create(parent(url, Parameters={"Days": 14}), Tags=tags)
    assert (after["StackStatus"], after["Outputs"][0]["OutputValue"]) == ("CREATE_COMPLETE", "14")
    nested_id = stack.physical_id("Nested")
    nested = described(stack, nested_id)
    assert nested["StackName"].startswith(f"{stack.name}-Nested-")
    assert (nested["StackStatus"], nested["ParentId"], nested["RootId"]) == ("CREATE_COMPLETE", stack.id, stack.id)
    assert nested["Tags"] == tags

    assert stack.update(parent(url, Parameters={"Days": 30}))["Outputs"][0]["OutputValue"] == "30"
    assert described(stack, nested_id)["StackStatus"] == "UPDATE_COMPLETE"

    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert described(stack, nested_id)["StackStatus"] == "DELETE_COMPLETE"


def test_an_update_looks_at_the_nested_template_again(stack: Any, upload: Upload) -> None:
    document = parent(upload("a.json"))
    stack.create(document)
    nested_id = stack.physical_id("Nested")
    names = {"StackName": stack.name, "ChangeSetName": "c"}
    stack.cloudformation.create_change_set(**names, TemplateBody=json.dumps(document))
    change = stack.cloudformation.describe_change_set(**names)["Changes"][0]["ResourceChange"]
    assert [(detail["ChangeSource"], detail["Evaluation"]) for detail in change["Details"]] == [
        ("Automatic", "Dynamic")
    ]

    upload("a.json", More=logs())
    assert stack.update(document)["StackStatus"] == "UPDATE_COMPLETE"

    found = stack.cloudformation.list_stack_resources(StackName=nested_id)["StackResourceSummaries"]
    assert [resource["LogicalResourceId"] for resource in found] == ["Logs", "More"]
    assert stack.update(document)["StackStatus"] == "UPDATE_COMPLETE"
    assert described(stack, nested_id)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_creation_that_fails_inside_takes_the_parent_back(stack: Any, upload: Upload) -> None:
    after = stack.create(parent(upload("a.json", Bad=FAILING)))

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    failed = next(event for event in stack.events() if event["ResourceStatus"] == "CREATE_FAILED")
    nested_id = failed["PhysicalResourceId"]
    told = failed["ResourceStatusReason"]
    words = f"Embedded stack {nested_id} was not successfully created: The following resource(s) failed to create: ["
    assert told.startswith(words)
    assert described(stack, nested_id)["StackStatus"] == "DELETE_COMPLETE"


def test_an_update_that_fails_inside_takes_the_parent_back(stack: Any, upload: Upload) -> None:
    stack.create(parent(upload("a.json")))
    nested_id = stack.physical_id("Nested")

    after = stack.update(parent(upload("b.json", Bad=FAILING), Parameters={"Days": 3}))

    assert (after["StackStatus"], after["Outputs"][0]["OutputValue"]) == ("UPDATE_ROLLBACK_COMPLETE", "7")
    assert stack.reason("Nested", "UPDATE_FAILED").startswith(
        f"Embedded stack {nested_id} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with "
        "reason: The following resource(s) failed to "
    )
    assert described(stack, nested_id)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_an_update_that_fails_outside_takes_the_nested_stack_back(stack: Any, upload: Upload) -> None:
    stack.create(parent(upload("a.json")))
    document = parent(upload("b.json", More=logs()))
    document["Resources"]["Bad"] = FAILING | {"DependsOn": "Nested"}

    assert stack.update(document)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    found = stack.cloudformation.list_stack_resources(StackName=stack.physical_id("Nested"))["StackResourceSummaries"]
    assert [resource["LogicalResourceId"] for resource in found] == ["Logs"]


def test_a_nested_stack_that_stays_keeps_its_parent(stack: Any, upload: Upload, client: Any) -> None:
    name = f"kept-{stack.name}"
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}
    stack.create(parent(upload("a.json", Bucket=bucket)))
    client("s3").put_object(Bucket=name, Key="a", Body=b"")

    assert stack.delete()["StackStatus"] == "DELETE_FAILED"

    assert stack.reason("Nested", "DELETE_FAILED") == (
        f"Embedded stack {stack.physical_id('Nested')} was not successfully deleted: The following resource(s) failed "
        "to delete: [Bucket]. "
    )


def test_what_a_nested_stack_does_not_tell(stack: Any, upload: Upload, refusal: Callable[..., Any]) -> None:
    url = upload("a.json")
    document = parent(url, "Colour")

    assert stack.create(document)["StackStatus"] == "ROLLBACK_COMPLETE"

    words = "Template error: resource Nested does not support attribute type Outputs.Colour in Fn::GetAtt"
    assert stack.reason(stack.name, "ROLLBACK_IN_PROGRESS").startswith(words)
    document["Outputs"]["Told"]["Value"] = {"Fn::GetAtt": "Nested.Arn"}
    assert refusal(stack.update, template=document)[0] == "ValidationError"


def test_a_nested_role_needs_the_parents_acknowledgement(stack: Any, another_stack: Any, upload: Upload) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}}
    document = parent(upload("a.json", Role=role))

    assert stack.create(document)["StackStatus"] == "ROLLBACK_COMPLETE"

    assert stack.reason("Nested", "CREATE_FAILED") == "Requires capabilities : [CAPABILITY_IAM]"
    assert another_stack.create(document, Capabilities=["CAPABILITY_IAM"])["StackStatus"] == "CREATE_COMPLETE"


def test_a_template_that_is_not_there(stack: Any, upload: Upload) -> None:
    url = upload("a.json").replace("a.json", "b.json")

    assert stack.create(parent(url))["StackStatus"] == "ROLLBACK_COMPLETE"

    assert stack.reason("Nested", "CREATE_FAILED") == "S3 error: The specified key does not exist."
