"""Custom resources: what a function is asked, what it may answer, and what becomes of the stack."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from localaws.clock import durations

# Tells the test what it is asked, and answers as the properties say.
SOURCE = """
import json, os, urllib.request

def handler(event, context):
    urllib.request.urlopen(os.environ["LISTENER"], json.dumps(event).encode())
    wanted = event["ResourceProperties"]
    if wanted.get("SilentOn") == event["RequestType"]:
        return
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": wanted.get("Name", "thing")}
    if event["RequestType"] == "Update" and "Renamed" in wanted:
        answer["PhysicalResourceId"] = wanted["Renamed"]
    answer["Data"] = {"Size": wanted.get("Size")}
    if wanted.get("FailOn") == event["RequestType"]:
        answer |= {"Status": "FAILED", "Reason": "because"}
    answer |= json.loads(wanted.get("Answer", "{}"))
    body = wanted.get("Body") or json.dumps(answer)
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body.encode(), method="PUT"))
"""


@pytest.fixture
def asked(listener: Any) -> Callable[[int], list[dict[str, Any]]]:
    """A function that returns what the functions were asked, the first request first, once there are so many."""
    return lambda count: [json.loads(body) for _, body in listener.got(count)]


@pytest.fixture
def create_maker(client: Any, create_function: Callable[..., str], listener: Any) -> Callable[..., str]:
    """A function that creates a Lambda function which makes custom resources, and returns its ARN."""

    def create(more: str = "", **settings: Any) -> str:
        environment = {"Environment": {"Variables": {"LISTENER": listener.url}}}
        name = create_function(SOURCE + more, **environment, **settings)
        return str(client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"])

    return create


@pytest.fixture
def function(create_maker: Callable[..., str]) -> str:
    """The ARN of a function that makes custom resources."""
    return create_maker()


def template(token: Any, kind: str = "Custom::Thing", **properties: Any) -> dict[str, Any]:
    """Return a template of a custom resource, with an output of what it is worth."""
    thing = {"Type": kind, "Properties": {"ServiceToken": token} | properties}
    outputs = {"Size": {"Value": {"Fn::GetAtt": "Thing.Size"}}, "Id": {"Value": {"Ref": "Thing"}}}
    return {"Resources": {"Thing": thing}, "Outputs": outputs}


@pytest.mark.parametrize("kind", ["Custom::Thing", "AWS::CloudFormation::CustomResource"])
def test_a_function_makes_changes_and_deletes_a_resource(stack: Any, function: str, kind: str, asked: Any) -> None:
    after = stack.create(template(function, kind, Size=5, Deep={"On": True, "List": [1, "a"]}))
    outputs = {output["OutputKey"]: output["OutputValue"] for output in after["Outputs"]}
    assert (after["StackStatus"], outputs) == ("CREATE_COMPLETE", {"Size": "5", "Id": "thing"})
    assert stack.story()[1:4] == [
        ("Thing", "CREATE_IN_PROGRESS"),
        ("Thing", "CREATE_IN_PROGRESS"),
        ("Thing", "CREATE_COMPLETE"),
    ]
    assert stack.update(template(function, kind, Size=6))["Outputs"][0]["OutputValue"] == "6"
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"

    first, second, third = asked(3)
    known = {"StackId": stack.id, "ServiceToken": function, "LogicalResourceId": "Thing", "ResourceType": kind}
    old = {"ServiceToken": function, "Size": "5", "Deep": {"On": "true", "List": ["1", "a"]}}
    new = {"ServiceToken": function, "Size": "6"}
    for request in (first, second, third):
        assert request.pop("ResponseURL").startswith("http://127.0.0.1:")
        assert request.pop("RequestId")
    assert first == known | {"RequestType": "Create", "ResourceProperties": old}
    changed = {"RequestType": "Update", "PhysicalResourceId": "thing", "ResourceProperties": new}
    assert second == known | changed | {"OldResourceProperties": old}
    assert third == known | {"RequestType": "Delete", "PhysicalResourceId": "thing", "ResourceProperties": new}


def test_another_physical_id_means_that_the_old_one_is_deleted(stack: Any, function: str, asked: Any) -> None:
    stack.create(template(function, Name="old", Size=1))

    assert stack.update(template(function, Name="new", Size=1))["StackStatus"] == "UPDATE_COMPLETE"

    assert stack.physical_id("Thing") == "new"
    reason = "Requested update required the provider to create a new physical resource"
    assert stack.reason("Thing", "UPDATE_IN_PROGRESS") == reason
    assert stack.story()[-4:-1] == [
        (stack.name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Thing", "DELETE_IN_PROGRESS"),
        ("Thing", "DELETE_COMPLETE"),
    ]
    assert asked(3)[-1]["PhysicalResourceId"] == "old"


def test_a_failed_update_is_sent_back(stack: Any, function: str, asked: Any) -> None:
    stack.create(template(function, Size=1))

    after = stack.update(template(function, Size=2, FailOn="Update"))

    assert after["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert after["Outputs"][0]["OutputValue"] == "1"
    sizes = [(each["RequestType"], each["ResourceProperties"]["Size"]) for each in asked(3)]
    assert sizes == [("Create", "1"), ("Update", "2"), ("Update", "1")]


def test_what_the_way_back_has_replaced_is_deleted(stack: Any, function: str, asked: Any) -> None:
    before = template(function, Size=1, Name="first", Renamed="again")
    stack.create(before)
    document = template(function, Size=2, Name="first")
    document["Resources"]["Bad"] = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"AccessControl": "PublicRead"},
        "DependsOn": "Thing",
    }

    assert stack.update(document)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    assert stack.physical_id("Thing") == "again"
    requests = [(each["RequestType"], each.get("PhysicalResourceId")) for each in asked(4)]
    assert requests == [("Create", None), ("Update", "first"), ("Update", "first"), ("Delete", "first")]


def test_what_failed_to_be_made_is_deleted(stack: Any, function: str, asked: Any) -> None:
    after = stack.create(template(function, Size=1, FailOn="Create", Name="half"))

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    request = asked(2)[-1]
    assert (request["RequestType"], request["PhysicalResourceId"]) == ("Delete", "half")
    assert stack.reason("Thing", "CREATE_FAILED") == (
        "Received response status [FAILED] from custom resource. Message returned: because (RequestId: "
        f"{asked(2)[0]['RequestId']})"
    )


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"Answer": '{"PhysicalResourceId": ""}'}, "Invalid PhysicalResourceId"),
        ({"Answer": '{"PhysicalResourceId": 5}'}, "Invalid PhysicalResourceId"),
        ({"Answer": json.dumps({"Data": {"Size": "x" * 4096}})}, "Response object is too long."),
        ({"Answer": '{"Status": "DONE"}'}, "Invalid Status"),
        ({"Body": "fine"}, "Invalid Json"),
        ({"Answer": '{"Data": "text"}'}, "Invalid Json"),
        ({"Body": "[]"}, "Invalid Json"),
    ],
)
def test_an_answer_that_is_none_fails_the_resource(
    stack: Any, function: str, properties: dict[str, Any], reason: str
) -> None:
    # Deletions answer what they are told, too: the rollback fails with the same reason.
    assert stack.create(template(function, **properties))["StackStatus"] == "ROLLBACK_FAILED"
    assert stack.reason("Thing", "CREATE_FAILED") == reason
    assert stack.reason("Thing", "DELETE_FAILED") == reason


@pytest.mark.parametrize(("properties", "usual"), [({}, 50), ({"ServiceTimeout": "50"}, 1_000_000)])
def test_a_function_that_does_not_answer_is_not_waited_for_for_ever(
    stack: Any, function: str, monkeypatch: pytest.MonkeyPatch, properties: dict[str, Any], usual: int
) -> None:
    monkeypatch.setattr(durations, "custom_resource_second", 0.001)
    monkeypatch.setattr(durations, "custom_resource_timeout", usual)

    after = stack.create(template(function, SilentOn="Create", **properties), OnFailure="DO_NOTHING")

    assert after["StackStatus"] == "CREATE_FAILED"
    told = stack.reason("Thing", "CREATE_FAILED")
    assert told.startswith(
        "CloudFormation did not receive a response from your Custom Resource. Please check your logs"
    )
    # What is made up for it, so that a deletion can name it.
    assert stack.physical_id("Thing").startswith(f"{stack.name}-Thing-")


def test_a_creation_may_take_only_so_long(
    stack: Any, function: str, listener: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "stack_minute", 0.1)

    after = stack.create(template(function, SilentOn="Create"), TimeoutInMinutes=1, OnFailure="DO_NOTHING")

    assert (after["StackStatus"], after["TimeoutInMinutes"]) == ("CREATE_FAILED", 1)
    assert after["StackStatusReason"] == "Stack creation time exceeded the specified timeout. "
    assert stack.reason("Thing", "CREATE_FAILED") == "Resource creation cancelled"


def test_an_update_can_be_cancelled(stack: Any, function: str, listener: Any, refusal: Callable[..., Any]) -> None:
    cancel = stack.cloudformation.cancel_update_stack
    stack.create(template(function, Size=1))
    listener.got(1)
    words = ("ValidationError", "CancelUpdateStack cannot be called from current stack status")
    assert refusal(cancel, StackName=stack.name) == words
    changed = template(function, Size=2)
    changed["Resources"]["Waiting"] = {
        "Type": "Custom::Thing",
        "Properties": {"ServiceToken": function, "SilentOn": "Create"},
    }
    body = json.dumps(changed)
    stack.cloudformation.update_stack(StackName=stack.name, TemplateBody=body, DisableRollback=True)
    listener.got(3)  # the function is asked for both and answers for one

    cancel(StackName=stack.name)

    after = stack.settled()
    assert (after["StackStatus"], after["Outputs"][0]["OutputValue"]) == ("UPDATE_ROLLBACK_COMPLETE", "1")
    assert stack.reason("Waiting", "CREATE_FAILED") == "Resource creation cancelled"
    assert stack.update(template(function, Size=3))["StackStatus"] == "UPDATE_COMPLETE"


def test_what_fails_cancels_a_wait(stack: Any, function: str) -> None:
    document = template(function, SilentOn="Create")
    document["Resources"]["Bad"] = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}

    assert stack.create(document)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack.reason("Thing", "CREATE_FAILED") == "Resource creation cancelled"


def test_an_attribute_that_was_not_answered(stack: Any, function: str) -> None:
    document = template(function, Size=1)
    document["Outputs"]["Colour"] = {"Value": {"Fn::GetAtt": ["Thing", "Colour"]}}

    assert stack.create(document)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack.reason(stack.name, "ROLLBACK_IN_PROGRESS").startswith(
        f"CustomResource attribute error: Vendor response doesn't contain Colour attribute in object {stack.id}|Thing"
    )


def test_who_makes_a_resource_stays(stack: Any, function: str, create_maker: Callable[..., str]) -> None:
    stack.create(template(function, Size=1))

    assert stack.update(template(create_maker(), Size=1))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reason("Thing", "UPDATE_FAILED") == "Modifying service token is not allowed."


def test_a_topic_may_be_asked(stack: Any, client: Any, create_maker: Callable[..., str]) -> None:
    topic = client("sns").create_topic(Name=stack.name)["TopicArn"]
    notified = (
        'def notified(event, context):\n    handler(json.loads(event["Records"][0]["Sns"]["Message"]), context)\n'
    )
    function = create_maker(notified, Handler="lambda_code.notified")
    client("lambda").add_permission(
        FunctionName=function, StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)

    assert stack.create(template(topic, Size=7))["Outputs"][0]["OutputValue"] == "7"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("nobody", "Invalid service token."),
        ("arn:aws:sqs:us-east-1:123456789012:queue", "Invalid service token."),
        ("arn:aws:lambda:us-east-1:123456789012:function:nobody", "Function not found"),
    ],
)
def test_a_token_of_nobody_fails_the_resource(stack: Any, token: str, reason: str) -> None:
    assert stack.create(template(token))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in stack.reason("Thing", "CREATE_FAILED")


def test_inline_code_finds_the_module_that_answers(stack: Any, create_role: Callable[[str], str]) -> None:
    code = """
        import cfnresponse
        def handler(event, context):
            cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Size": 3})
    """
    lines = "\n".join(line[8:] for line in code.splitlines())
    document = template({"Fn::GetAtt": "Function.Arn"})
    document["Resources"]["Function"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": create_role("lambda"),
            "Code": {"ZipFile": lines},
        },
    }

    after = stack.create(document)

    assert after["Outputs"][0]["OutputValue"] == "3"
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"


def put(url: str, body: dict[str, Any]) -> int:
    """Put an answer to a URL; return the status."""
    request = urllib.request.Request(url, json.dumps(body).encode(), method="PUT")  # noqa: S310 (a URL of this test)
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_only_who_is_asked_answers_and_once(stack: Any, function: str, asked: Any) -> None:
    body = json.dumps(template(function, SilentOn="Create"))
    stack.id = stack.cloudformation.create_stack(StackName=stack.name, TemplateBody=body)["StackId"]
    url = asked(1)[0]["ResponseURL"]
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "mine", "Data": {"Size": "9"}}

    assert put(f"{url}0", answer) == 403
    assert put(f"{url}%C3%A9", answer) == 403
    assert put(url.replace("%257CThing", "%257COther"), answer) == 403
    assert put(url, answer) == 200
    assert put(url, answer) == 403

    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.settled()["Outputs"]}
    assert outputs == {"Size": "9", "Id": "mine"}


def test_of_two_answers_at_once_the_first_that_is_whole_counts(stack: Any, function: str, asked: Any) -> None:
    body = json.dumps(template(function, SilentOn="Create"))
    stack.id = stack.cloudformation.create_stack(StackName=stack.name, TemplateBody=body)["StackId"]
    url = asked(1)[0]["ResponseURL"]
    place = urlsplit(url)
    slow = http.client.HTTPConnection(place.netloc)
    slow.putrequest("PUT", f"{place.path}?{place.query}")
    slow.putheader("Content-Length", "2")
    slow.endheaders(b"{")

    assert put(url, {"Status": "SUCCESS", "PhysicalResourceId": "whole", "Data": {"Size": "1"}}) == 200
    slow.send(b"}")
    assert slow.getresponse().status == 403

    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.settled()["Outputs"]}
    assert outputs["Id"] == "whole"
