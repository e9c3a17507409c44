"""A service acts in the name of its role or of who called it, and may no more than they may."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
STACKS = {"Action": "cloudformation:*", "Resource": "*"}
GROUPS = {"Action": ["logs:*"], "Resource": "*"}


@pytest.fixture
def create_stack(unique: Callable[[str], str]) -> Callable[[Any], str]:
    """A function that creates a stack of one log group as a person, and returns what became of the group and why."""

    def create(person: Any) -> str:
        cloudformation, name = person.client("cloudformation"), unique("stack")
        group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Group": group}}))
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            ended = [each for each in events if each["ResourceStatus"] in ("CREATE_COMPLETE", "CREATE_FAILED")]
            if found := [each for each in ended if each["LogicalResourceId"] == "Group"]:
                return f"{found[0]['ResourceStatus']} {found[0].get('ResourceStatusReason', '')}"
            time.sleep(0.01)
        raise AssertionError("the stack did nothing")

    return create


def test_cloudformation_may_what_its_caller_may(person: Any, create_stack: Callable[[Any], str]) -> None:
    assert create_stack(person.may(STACKS)).startswith(
        f'CREATE_FAILED Resource handler returned message: "User: {person.arn} is not authorized to perform: '
        "logs:CreateLogGroup on resource: arn:aws:logs:us-east-1:123456789012:log-group:stack-"
    )
    assert create_stack(person.may(GROUPS)) == "CREATE_COMPLETE "


@pytest.mark.parametrize(
    ("condition", "by_stack"),
    [
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}}, True),
        ({"StringEquals": {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}}, True),
        ({"Bool": {"aws:ViaAWSService": "true"}}, True),
        ({"Bool": {"aws:ViaAWSService": "false"}}, False),
    ],
)
def test_what_only_cloudformation_may_do_for_somebody(
    person: Any, create_stack: Callable[[Any], str], unique: Callable[[str], str], condition: Any, by_stack: bool
) -> None:
    person.may(STACKS, GROUPS | {"Condition": condition})
    assert create_stack(person).startswith("CREATE_COMPLETE") is by_stack
    logs = person.client("logs")
    if by_stack:
        with pytest.raises(logs.exceptions.ClientError, match="not authorized to perform: logs:CreateLogGroup"):
            logs.create_log_group(logGroupName=unique("group"))
    else:
        logs.create_log_group(logGroupName=unique("group"))


def test_nobody_calls_via_cloudformation_by_saying_so(person: Any, unique: Callable[[str], str]) -> None:
    person.may(GROUPS | {"Condition": {"Bool": {"aws:ViaAWSService": "true"}}})
    logs = person.client("logs")
    forged = {"X-Localaws-Via": " cloudformation.amazonaws.com"}
    logs.meta.events.register("before-call", lambda params, **_: params["headers"].update(forged))
    with pytest.raises(logs.exceptions.ClientError, match="not authorized to perform: logs:CreateLogGroup"):
        logs.create_log_group(logGroupName=unique("group"))


def test_a_function_writes_its_log_as_its_role(client: Client, create_function: Any, role: Any) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    client("iam").update_assume_role_policy(RoleName=role.name, PolicyDocument=document)
    name = create_function("def handler(event, context):\n    print(event)\n    return event", Role=role.arn)
    answer = client("lambda").invoke(FunctionName=name, Payload=b"1")
    assert (answer["Payload"].read(), "FunctionError" in answer) == (b"1", False)
    assert client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"] == []


def test_a_rule_starts_a_pipeline_as_its_target_s_role(
    client: Client, role: Any, unique: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    client("iam").update_assume_role_policy(RoleName=role.name, PolicyDocument=document)
    events, rule = client("events"), unique("rule")
    pipeline = "arn:aws:codepipeline:us-east-1:123456789012:some"
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": pipeline, "RoleArn": role.arn}])
    events.put_events(Entries=[{"Source": rule, "DetailType": "d", "Detail": "{}"}])
    said = f"not authorized to perform: codepipeline:StartPipelineExecution on resource: {pipeline} "
    deadline = time.monotonic() + 20
    while said not in caplog.text:
        assert time.monotonic() < deadline, caplog.text
        time.sleep(0.01)
    events.remove_targets(Rule=rule, Ids=["1"])
    events.delete_rule(Name=rule)
