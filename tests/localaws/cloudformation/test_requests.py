"""Requests: names, capabilities, parameters of operations, and stacks that are not there."""

import json
from collections.abc import Callable
from typing import Any

import pytest

BUCKET = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


def role(**properties: Any) -> dict[str, Any]:
    """Return a template with a role."""
    properties = {"AssumeRolePolicyDocument": TRUST} | properties
    return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("1st", "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"),
        ("a_b", "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"),
        ("a" * 129, "Member must have length less than or equal to 128"),
    ],
)
def test_a_stack_has_a_name_of_its_rules(client: Any, refusal: Callable[..., Any], name: str, problem: str) -> None:
    call = client("cloudformation").create_stack

    assert refusal(call, StackName=name, TemplateBody=json.dumps(BUCKET)) == (
        "ValidationError",
        f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: {problem}",
    )


def test_a_name_is_taken_while_its_stack_lives(stack: Any, refusal: Callable[..., Any]) -> None:
    stack.create(BUCKET)

    assert refusal(stack.create, template=BUCKET) == ("AlreadyExistsException", f"Stack [{stack.name}] already exists")

    stack.delete()
    assert stack.create(BUCKET)["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("template", "capabilities", "missing"),
    [
        (role(), [], "CAPABILITY_IAM"),
        (role(RoleName="named"), [], "CAPABILITY_NAMED_IAM"),
        (role(RoleName="named"), ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
    ],
)
def test_iam_needs_an_acknowledgement(
    stack: Any, refusal: Callable[..., Any], template: dict[str, Any], capabilities: list[str], missing: str
) -> None:
    assert refusal(stack.create, template=template, Capabilities=capabilities) == (
        "InsufficientCapabilitiesException",
        f"Requires capabilities : [{missing}]",
    )


@pytest.mark.parametrize("capability", ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
def test_an_unnamed_role_is_content_with_either_capability(stack: Any, capability: str) -> None:
    assert stack.create(role(), Capabilities=[capability])["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        ("describe_stacks", {}, "Stack with id nobody does not exist"),
        ("describe_stack_events", {}, "Stack [nobody] does not exist"),
        ("describe_stack_resources", {}, "Stack with id nobody does not exist"),
        ("describe_stack_resource", {"LogicalResourceId": "X"}, "Stack 'nobody' does not exist"),
        ("list_stack_resources", {}, "Stack with id nobody does not exist"),
        ("get_template", {}, "Stack with id nobody does not exist"),
        ("update_stack", {"TemplateBody": json.dumps(BUCKET)}, "Stack [nobody] does not exist"),
        ("list_change_sets", {}, "Stack [nobody] does not exist"),
    ],
)
def test_a_stack_that_does_not_exist(
    client: Any, refusal: Callable[..., Any], operation: str, request_: dict[str, Any], message: str
) -> None:
    call = getattr(client("cloudformation"), operation)

    assert refusal(call, StackName="nobody", **request_) == ("ValidationError", message)


def test_deleting_what_does_not_exist_is_no_error(client: Any) -> None:
    client("cloudformation").delete_stack(StackName="nobody")


@pytest.mark.parametrize(
    ("operation", "parameter", "value"),
    [
        ("CreateStack", "RollbackConfiguration", {"MonitoringTimeInMinutes": 5}),
        ("CreateStack", "StackPolicyBody", "{}"),
        ("UpdateStack", "StackPolicyBody", "{}"),
        ("CreateChangeSet", "ImportExistingResources", True),
    ],
)
def test_a_parameter_that_would_be_ignored_is_refused(
    stack: Any, refusal: Callable[..., Any], operation: str, parameter: str, value: Any
) -> None:
    calls = {"CreateStack": "create_stack", "UpdateStack": "update_stack", "CreateChangeSet": "create_change_set"}
    names = {"StackName": stack.name} | ({"ChangeSetName": "c"} if operation == "CreateChangeSet" else {})
    call = getattr(stack.cloudformation, calls[operation])

    assert refusal(call, **names, TemplateBody=json.dumps(BUCKET), **{parameter: value}) == (
        "ValidationError",
        f"Local AWS does not support the parameter {parameter} of {operation}.",
    )


@pytest.mark.parametrize("operation", ["set_stack_policy", "get_stack_policy", "detect_stack_drift"])
def test_an_operation_that_is_not_built_is_refused(stack: Any, refusal: Callable[..., Any], operation: str) -> None:
    name = "".join(word.capitalize() for word in operation.split("_"))

    code, message = refusal(getattr(stack.cloudformation, operation), StackName=stack.name)

    assert (code, message) == ("NotImplemented", f"Local AWS does not implement cloudformation:{name}.")


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (
            {"OnFailure": "KEEP"},
            "ValidationError",
            "1 validation error detected: Value 'KEEP' at 'onFailure' failed to satisfy constraint: Member must "
            "satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]",
        ),
        (
            {"ClientRequestToken": "a b"},
            "ValidationError",
            "1 validation error detected: Value 'a b' at 'clientRequestToken' failed to satisfy constraint: Member "
            "must satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*",
        ),
        (
            {"ResourceTypes": ["AWS::SNS::*", "Custom::*"]},
            "ValidationError",
            "Resource type AWS::S3::Bucket is not allowed by parameter ResourceTypes [AWS::SNS::*, Custom::*]",
        ),
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
            "ValidationError",
            "Duplicate tag key a",
        ),
        (
            {"Tags": [{"Key": "aws:a", "Value": "1"}]},
            "ValidationError",
            "aws: prefixed tag key names are not allowed for external use.",
        ),
    ],
)
def test_a_request_that_breaks_a_limit_is_refused(
    stack: Any, refusal: Callable[..., Any], request_: dict[str, Any], code: str, message: str
) -> None:
    assert refusal(stack.create, template=BUCKET, **request_) == (code, message)


def test_the_types_that_a_request_allows_are_made(stack: Any) -> None:
    assert stack.create(BUCKET, ResourceTypes=["AWS::S3::*"])["StackStatus"] == "CREATE_COMPLETE"


def test_a_request_that_is_sent_again_is_done_once(stack: Any, refusal: Callable[..., Any]) -> None:
    stack.create(BUCKET, ClientRequestToken="first")
    created, story = stack.id, stack.story()

    assert stack.create(BUCKET, ClientRequestToken="first")["StackStatus"] == "CREATE_COMPLETE"
    assert (stack.id, stack.story()) == (created, story)
    changed = BUCKET | {"Outputs": {"O": {"Value": "x"}}}
    for operation in (stack.create, stack.update):
        assert refusal(operation, template=changed, ClientRequestToken="first") == (
            "TokenAlreadyExistsException",
            "The client request token first has already been used for this stack. Retry the request with a different "
            "client request token",
        )
    stack.update(changed, ClientRequestToken="second")
    story = stack.story()
    stack.update(changed, ClientRequestToken="second")
    assert stack.story() == story


def test_events_come_in_pages(stack: Any, refusal: Callable[..., Any]) -> None:
    topics = {f"T{number:02}": {"Type": "AWS::SNS::Topic"} for number in range(40)}
    stack.create({"Resources": topics})

    look = stack.cloudformation.describe_stack_events
    first = look(StackName=stack.name)
    second = look(StackName=stack.name, NextToken=first["NextToken"])

    assert [len(page["StackEvents"]) for page in (first, second)] == [100, 22]
    assert "NextToken" not in second
    assert first["StackEvents"][0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert second["StackEvents"][-1]["ResourceStatusReason"] == "User Initiated"
    listed = stack.cloudformation.list_stack_resources(StackName=stack.name)["StackResourceSummaries"]
    assert [resource["LogicalResourceId"] for resource in listed] == [*topics]
    assert refusal(look, StackName=stack.name, NextToken="nothing") == ("ValidationError", "NextToken is not valid")


def test_a_template_without_text_is_refused(stack: Any, refusal: Callable[..., Any]) -> None:
    assert refusal(stack.cloudformation.create_stack, StackName=stack.name) == (
        "ValidationError",
        "Either Template URL or Template Body must be specified.",
    )


def test_a_template_that_is_too_long_must_come_from_s3(
    stack: Any, refusal: Callable[..., Any], bucket_name: str
) -> None:
    body = json.dumps(BUCKET | {"Metadata": {"Long": "x" * 51_200}})
    code, message = refusal(stack.cloudformation.create_stack, StackName=stack.name, TemplateBody=body)
    assert (code, message.rpartition(": ")[2]) == (
        "ValidationError",
        "Member must have length less than or equal to 51200",
    )

    stack.client("s3").create_bucket(Bucket=bucket_name)
    stack.client("s3").put_object(Bucket=bucket_name, Key="a b.json", Body=body.encode())
    url = f"https://{bucket_name}.s3.us-east-1.amazonaws.com/a%20b.json"
    stack.id = stack.cloudformation.create_stack(StackName=stack.name, TemplateURL=url)["StackId"]

    assert stack.settled()["StackStatus"] == "CREATE_COMPLETE"
    assert stack.cloudformation.get_template(StackName=stack.name)["TemplateBody"] == json.loads(body)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://example.com/t.yaml", "TemplateURL must be a supported URL."),
        ("http://bucket.s3.amazonaws.com/t.yaml", "TemplateURL must be a supported URL."),
        ("https://s3.amazonaws.com/bucket", "TemplateURL must reference a valid S3 object to which you have access."),
        ("https://s3.us-east-1.amazonaws.com/nobodys-bucket/t", "S3 error: The specified bucket does not exist"),
    ],
)
def test_a_template_url_is_an_object_in_s3(stack: Any, refusal: Callable[..., Any], url: str, message: str) -> None:
    call = stack.cloudformation.create_stack

    assert refusal(call, StackName=stack.name, TemplateURL=url) == ("ValidationError", message)


def test_a_template_may_lie_in_another_region(stack: Any, local_aws: Any, bucket_name: str) -> None:
    there = local_aws.administrator.client("s3", "eu-west-1")
    there.create_bucket(Bucket=bucket_name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    there.put_object(Bucket=bucket_name, Key="t.json", Body=json.dumps(BUCKET))

    url = f"https://{bucket_name}.s3.eu-west-1.amazonaws.com/t.json"
    stack.cloudformation.create_stack(StackName=stack.name, TemplateURL=url)
    assert stack.settled()["StackStatus"] == "CREATE_COMPLETE"


def test_a_template_is_text(stack: Any, refusal: Callable[..., Any], bucket_name: str) -> None:
    stack.client("s3").create_bucket(Bucket=bucket_name)
    stack.client("s3").put_object(Bucket=bucket_name, Key="t.zip", Body=b"PK\xff")
    url = f"https://{bucket_name}.s3.us-east-1.amazonaws.com/t.zip"

    answer = refusal(stack.cloudformation.create_stack, StackName=stack.name, TemplateURL=url)
    assert answer == ("ValidationError", "Template contains invalid characters")


def test_a_stack_works_as_its_role(stack: Any, refusal: Callable[..., Any], create_role: Callable[[str], str]) -> None:
    stranger = create_role("lambda")
    code, message = refusal(stack.create, template=BUCKET, RoleARN=stranger)
    assert code == "ValidationError"
    assert message == f"Role {stranger} is invalid or cannot be assumed"

    assert stack.create(BUCKET, RoleARN=create_role("cloudformation"))["StackStatus"] == "CREATE_COMPLETE"


def test_a_resource_fails_with_what_the_stacks_role_may_not(stack: Any) -> None:
    iam, name = stack.client("iam"), f"{stack.name}-role"
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role_arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"][
        "Arn"
    ]
    template = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "denied"}}}}

    assert stack.create(template, RoleARN=role_arn)["StackStatus"] == "ROLLBACK_COMPLETE"

    reason = stack.reason("Logs", "CREATE_FAILED")
    assert reason.startswith(
        f'Resource handler returned message: "User: arn:aws:sts::123456789012:assumed-role/{name}/AWSCloudFormation is '
        "not authorized to perform: logs:CreateLogGroup on resource: arn:aws:logs:us-east-1:123456789012:log-group:den"
    )
    assert reason.endswith("HandlerErrorCode: AccessDenied)")
