"""What is found before anything is made: by CreateStack, by UpdateStack, and by a change set.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

LOGS = {"Type": "AWS::Logs::LogGroup"}
UNFIT = (
    "Validation failed with {} error(s). Call DescribeEvents to retrieve the full list of issues with resource and "
    "property details, resolve each error, then retry the operation."
)
FOUND_UNFIT = "Validation failure detected. See the operation's FAILED event for details."
HOOKS = (
    "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use the DescribeEvents "
    "API for detailed failure information."
)
PROPERTY, CONFLICT = "AWS::EarlyValidation::PropertyValidation", "AWS::EarlyValidation::ResourceExistenceCheck"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def bucket(**properties: Any) -> dict[str, Any]:
    """Return a template of a bucket."""
    return {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}


def found(stack: Any, **request: Any) -> list[tuple[str, str, str]]:
    """Return what a validation has found: its name, where, and what."""
    request = request or {"StackName": stack.id}
    events = stack.cloudformation.describe_events(Filters={"FailedEvents": True}, **request)["OperationEvents"]
    return [
        (event["ValidationName"], event["ValidationPath"], event["ValidationStatusReason"])
        for event in reversed(events)
        if event["EventType"] == "VALIDATION_ERROR"
    ]


def change_set(stack: Any, template: dict[str, Any], kind: str, **request: Any) -> dict[str, Any]:
    """Create a change set and return what it says."""
    names = {"StackName": stack.name, "ChangeSetName": "c", "ChangeSetType": kind}
    made = stack.cloudformation.create_change_set(**names, TemplateBody=json.dumps(template), **request)
    stack.id = made["StackId"]
    described: dict[str, Any] = stack.cloudformation.describe_change_set(ChangeSetName=made["Id"])
    return described


def test_a_creation_ends_before_it_has_begun(stack: Any) -> None:
    after = stack.create(bucket(BucketNam="a") | {"Resources": bucket(BucketNam="a")["Resources"] | {"Logs": LOGS}})

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    told = [(e["ResourceStatus"], e.get("ResourceStatusReason"), e.get("DetailedStatus")) for e in stack.events()]
    assert told == [
        ("CREATE_IN_PROGRESS", "User Initiated", None),
        ("CREATE_FAILED", UNFIT.format(1), "VALIDATION_FAILED"),
        ("ROLLBACK_IN_PROGRESS", FOUND_UNFIT, None),
        ("ROLLBACK_COMPLETE", None, None),
    ]
    assert {name for name, _ in stack.story()} == {stack.name}, "no resource is begun"
    assert found(stack) == [("PROPERTY_VALIDATION", "/Resources/Bucket/Properties", "Unsupported property [BucketNam]")]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"DisableRollback": True}, "CREATE_FAILED"),
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED"),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE"),
    ],
)
def test_the_caller_decides_what_follows(stack: Any, request_: dict[str, Any], status: str) -> None:
    assert stack.create(bucket(BucketNam="a"), **request_)["StackStatus"] == status


def test_an_update_ends_before_it_has_begun(stack: Any) -> None:
    stack.create({"Resources": {"Logs": LOGS}})
    changed = LOGS | {"Properties": {"RetentionInDays": 7, "Colour": "red"}}

    assert stack.update({"Resources": {"Logs": changed}})["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    start = stack.story().index((stack.name, "UPDATE_IN_PROGRESS"))
    assert stack.story()[start + 1 :] == [
        (stack.name, "UPDATE_FAILED"),
        (stack.name, "UPDATE_ROLLBACK_IN_PROGRESS"),
        (stack.name, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        (stack.name, "UPDATE_ROLLBACK_COMPLETE"),
    ]
    assert stack.reason(stack.name, "UPDATE_FAILED") == UNFIT.format(1)
    assert stack.update({"Resources": {"Logs": changed}}, DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
    assert stack.update({"Resources": {"Logs": LOGS}}, DisableRollback=True)["StackStatus"] == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    ("properties", "problems"),
    [
        ({"BucketNam": "a"}, {"": "Unsupported property [BucketNam]"}),
        ({"Arn": "a"}, {"": "Unsupported property [Arn]"}),
        ({"VersioningConfiguration": {}}, {"/VersioningConfiguration": "Required property [Status] not found"}),
        ({"Tags": {"a": "b"}}, {"/Tags": "expected type: JSONArray, found: JSONObject"}),
        (
            {"Tags": [{"Key": {"Ref": "Logs"}}], "BucketNam": {"Ref": "Logs"}},
            {"": "Unsupported property [BucketNam]", "/Tags/0": "Required property [Value] not found"},
        ),
        ({"BucketName": {"Ref": "Logs"}, "Tags": [{"Key": "a", "Value": {"Fn::GetAtt": "Logs.Arn"}}]}, {}),
        ({"VersioningConfiguration": {"Status": {"Fn::Select": [0, {"Fn::Split": [":", {"Ref": "Logs"}]}]}}}, {}),
    ],
)
def test_properties_are_looked_at_as_far_as_they_are_known(
    stack: Any, properties: dict[str, Any], problems: dict[str, str]
) -> None:
    template = bucket(**properties)
    template["Resources"]["Logs"] = LOGS

    described = change_set(stack, template, "CREATE")

    rows = [("PROPERTY_VALIDATION", f"/Resources/Bucket/Properties{where}", what) for where, what in problems.items()]
    assert found(stack, ChangeSetName=described["ChangeSetId"]) == rows
    assert (described["Status"], described.get("StatusReason")) == (
        ("FAILED", HOOKS.format(PROPERTY)) if problems else ("CREATE_COMPLETE", None)
    )


@pytest.mark.parametrize(
    ("kind", "properties", "service", "operation", "arguments"),
    [
        ("AWS::S3::Bucket", {"BucketName": "{}"}, "s3", "create_bucket", {"Bucket": "{}"}),
        ("AWS::Logs::LogGroup", {"LogGroupName": "{}"}, "logs", "create_log_group", {"logGroupName": "{}"}),
        (
            "AWS::SSM::Parameter",
            {"Name": "{}", "Type": "String", "Value": "a"},
            "ssm",
            "put_parameter",
            {"Name": "{}", "Value": "a", "Type": "String"},
        ),
        (
            "AWS::IAM::Role",
            {"RoleName": "{}", "AssumeRolePolicyDocument": {"Statement": [TRUST]}},
            "iam",
            "create_role",
            {"RoleName": "{}", "AssumeRolePolicyDocument": json.dumps({"Statement": [TRUST]})},
        ),
        (
            "AWS::CloudWatch::Alarm",
            {"AlarmName": "{}", "ComparisonOperator": "LessThanThreshold", "EvaluationPeriods": 1},
            "cloudwatch",
            "put_metric_alarm",
            {
                "AlarmName": "{}",
                "ComparisonOperator": "LessThanThreshold",
                "EvaluationPeriods": 1,
                "MetricName": "m",
                "Namespace": "n",
                "Period": 60,
                "Statistic": "Sum",
                "Threshold": 1,
            },
        ),
    ],
)
def test_a_name_that_is_taken_is_found(  # noqa: PLR0917 - fixtures and a row
    stack: Any, client: Any, kind: str, properties: Any, service: str, operation: str, arguments: Any
) -> None:
    named = {name: value if value != "{}" else stack.name for name, value in properties.items()}
    getattr(client(service), operation)(**{n: v if v != "{}" else stack.name for n, v in arguments.items()})
    template = {"Resources": {"Taken": {"Type": kind, "Properties": named}}}

    described = change_set(stack, template, "CREATE", Capabilities=["CAPABILITY_NAMED_IAM"])

    assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert described["StatusReason"] == HOOKS.format(CONFLICT)
    assert found(stack, ChangeSetName=described["ChangeSetId"]) == [
        (
            "NAME_CONFLICT_VALIDATION",
            "/Resources/Taken",
            f"Resource of type '{kind}' with identifier '{stack.name}' already exists.",
        )
    ]


def test_what_the_stack_has_itself_is_no_conflict(stack: Any, bucket_name: str) -> None:
    stack.create(bucket(BucketName=bucket_name))
    tagged = bucket(BucketName=bucket_name, Tags=[{"Key": "a", "Value": "b"}])

    assert change_set(stack, tagged, "UPDATE")["Status"] == "CREATE_COMPLETE"


def test_who_may_not_look_is_told_when_it_is_made(stack: Any, client: Any, bucket_name: str) -> None:
    client("s3").create_bucket(Bucket=bucket_name)
    iam, trust = client("iam"), TRUST | {"Principal": {"Service": "cloudformation.amazonaws.com"}}
    arn = iam.create_role(RoleName=stack.name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"][
        "Arn"
    ]

    assert stack.create(bucket(BucketName=bucket_name), RoleARN=arn)["StackStatus"] == "ROLLBACK_COMPLETE"

    assert found(stack) == []
    assert stack.reason("Bucket", "CREATE_FAILED")


def test_a_bucket_that_is_not_empty_is_a_warning(stack: Any, client: Any, bucket_name: str) -> None:
    template = bucket(BucketName=bucket_name)
    template["Resources"]["Logs"] = LOGS
    stack.create(template)
    client("s3").put_object(Bucket=bucket_name, Key="k", Body=b"")

    described = change_set(stack, {"Resources": {"Logs": LOGS}}, "UPDATE")

    assert described["Status"] == "CREATE_COMPLETE"
    assert found(stack, ChangeSetName=described["ChangeSetId"]) == [
        (
            "BUCKET_EMPTINESS_VALIDATION",
            "/Resources/Bucket",
            f"The bucket '{bucket_name}' is not empty. You must either delete all objects and versions or use the "
            "deletion policy to retain it, otherwise the delete operation will fail.",
        )
    ]


def test_nobody_need_look(stack: Any) -> None:
    described = change_set(stack, bucket(BucketNam="a"), "CREATE", DisableValidation=True)
    assert described["Status"] == "CREATE_COMPLETE"

    stack.cloudformation.execute_change_set(StackName=stack.name, ChangeSetName="c")

    assert stack.settled()["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "extraneous key [BucketNam]" in stack.reason("Bucket", "CREATE_FAILED")


def test_events_are_told_by_operation(stack: Any) -> None:
    """As captured on AWS: https://github.com/radkawar/stackd, function_resource_policy_validation.json."""
    stack.create(bucket(BucketNam="a"), ClientRequestToken="token")
    stack.delete()

    told = stack.cloudformation.describe_events(StackName=stack.id)["OperationEvents"][::-1]

    rows = [(e["EventType"], e.get("OperationType"), e.get("OperationStatus") or e.get("ResourceStatus")) for e in told]
    assert rows == [
        ("STACK_EVENT", "CREATE_STACK", "IN_PROGRESS"),
        ("PROGRESS", None, "CREATE_IN_PROGRESS"),
        ("VALIDATION_ERROR", "CREATE_STACK", None),
        ("PROVISIONING_ERROR", None, "CREATE_FAILED"),
        ("STACK_EVENT", "CREATE_STACK", "FAILED"),
        ("STACK_EVENT", "ROLLBACK", "IN_PROGRESS"),
        ("PROGRESS", None, "ROLLBACK_IN_PROGRESS"),
        ("PROGRESS", None, "ROLLBACK_COMPLETE"),
        ("STACK_EVENT", "ROLLBACK", "SUCCEEDED"),
        ("STACK_EVENT", "DELETE_STACK", "IN_PROGRESS"),
        ("PROGRESS", None, "DELETE_IN_PROGRESS"),
        ("PROGRESS", None, "DELETE_COMPLETE"),
        ("STACK_EVENT", "DELETE_STACK", "SUCCEEDED"),
    ]
    creation = [event for event in told if event["OperationId"] == told[0]["OperationId"]]
    by_id = stack.cloudformation.describe_events(OperationId=told[0]["OperationId"])["OperationEvents"]
    assert by_id == creation[::-1]
    assert len({event["EventId"] for event in told}) == len(told)


def test_who_begins_an_operation_learns_its_id(stack: Any) -> None:
    request = {"StackName": stack.name, "TemplateBody": json.dumps({"Resources": {"Logs": LOGS}})}

    answer = stack.cloudformation.create_stack(**request)

    stack.settled()
    told = stack.cloudformation.describe_events(OperationId=answer["OperationId"])["OperationEvents"]
    assert told[-1]["OperationType"] == "CREATE_STACK"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "One of ChangeSetName, OperationId or StackName must be specified"),
        ({"StackName": "nobody"}, "Stack [nobody] does not exist"),
        ({"OperationId": "11111111-2222-3333-4444-555555555555"}, "Operation ID does not exist"),
    ],
)
def test_events_of_nothing(client: Any, refusal: Callable[..., Any], request_: dict[str, str], message: str) -> None:
    assert refusal(client("cloudformation").describe_events, **request_) == ("ValidationError", message)
