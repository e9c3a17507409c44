"""Roles, policies and functions: each property is seen in its service, also after a change.

A row is a type, properties, how to look at the resource, and what is seen; then other properties, what is seen after
an update to them, and the resources that it needs.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localaws.identity import AccessDeniedException, assume_role


def trust(service: str, **condition: Any) -> dict[str, Any]:
    """Return a policy that lets a service assume a role."""
    allow = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [allow | ({"Condition": condition} if condition else {})]}


def may_assume(service: str, account: str, role_arn: str) -> bool:
    """Return whether a service gets credentials of a role, for a topic of an account."""
    topic = f"arn:aws:sns:us-east-1:{account}:topic"
    try:
        assume_role(role_arn, f"{service}.amazonaws.com", "proof", "us-east-1", topic)
    except AccessDeniedException:
        return False
    return True


def policy(action: str) -> dict[str, Any]:
    """Return an identity policy that allows an action."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def tag(value: str) -> list[dict[str, str]]:
    """Return one tag."""
    return [{"Key": "colour", "Value": value}]


SENDS = {"PolicyName": "destinations", "PolicyDocument": policy("sns:Publish")}
ROLE = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trust("lambda"), "Policies": [SENDS]},
    }
}
CODE = {
    "Code": {"ZipFile": "def handler(event, context):\n    return {}\n"},
    "Handler": "index.handler",
    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    "Runtime": "python3.13",
}
FUNCTION = {"Function": {"Type": "AWS::Lambda::Function", "Properties": CODE}, **ROLE}


def permission(principal: str, source: str, **more: str) -> dict[str, Any]:
    """Return a permission to invoke the function."""
    named = {"FunctionName": {"Ref": "Function"}, "Action": "lambda:InvokeFunction"}
    return named | {"Principal": principal, "SourceArn": source} | more


def invocation(**settings: Any) -> dict[str, Any]:
    """Return how the function is invoked asynchronously."""
    return {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST"} | settings


def see_role(client: Any, name: str) -> Any:
    iam = client("iam")
    role = iam.get_role(RoleName=name)["Role"]
    inline = [
        iam.get_role_policy(RoleName=name, PolicyName=n) for n in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {
        "assumed by": [
            (service, account)
            for service in ("lambda", "events")
            for account in ("123456789012", "111122223333")
            if may_assume(service, account, role["Arn"])
        ],
        "if": role["AssumeRolePolicyDocument"]["Statement"][0].get("Condition"),
        "says": (role.get("Description"), role["MaxSessionDuration"]),
        "boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": [found["Value"] for found in role.get("Tags", [])],
        "inline": {found["PolicyName"]: found["PolicyDocument"]["Statement"][0]["Action"] for found in inline},
        "attached": sorted(found["PolicyName"] for found in attached),
    }


def see_managed_policy(client: Any, arn: str) -> Any:
    iam = client("iam")
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])["PolicyVersion"]
    return {
        "names": (found["PolicyName"], found["Path"], found.get("Description")),
        "allows": version["Document"]["Statement"][0]["Action"],
        "for": {kind: len(iam.list_entities_for_policy(PolicyArn=arn)[f"Policy{kind}"]) for kind in HOLDERS},
    }


def see_policies_of_people(client: Any, _: str) -> Any:
    iam = client("iam")
    inline = iam.list_group_policies(GroupName=PEOPLE), iam.list_user_policies(UserName=PEOPLE)
    return [each["PolicyNames"] for each in inline]


def see_function(client: Any, name: str) -> Any:
    found = client("lambda").get_function(FunctionName=name)
    configuration = found["Configuration"]
    shown = ("Description", "Handler", "MemorySize", "Timeout", "Runtime", "PackageType", "Architectures")
    return {
        "configuration": [configuration[key] for key in shown],
        "variables": configuration.get("Environment", {}).get("Variables", {}),
        "storage": configuration["EphemeralStorage"]["Size"],
        "logs": configuration["LoggingConfig"]["LogGroup"].replace(configuration["FunctionName"], "*"),
        "traced": configuration["TracingConfig"]["Mode"],
        "dead letters": configuration.get("DeadLetterConfig", {}).get("TargetArn"),
        "concurrency": found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        "tags": found.get("Tags", {}),
    }


def see_statement(client: Any, statement_id: str) -> Any:
    functions = client("lambda")
    for function in functions.list_functions()["Functions"]:
        try:
            found = json.loads(functions.get_policy(FunctionName=function["FunctionName"])["Policy"])["Statement"]
        except functions.exceptions.ResourceNotFoundException:
            continue
        for statement in found:
            if statement["Sid"] == statement_id:
                return statement["Action"], statement["Principal"], statement["Condition"]
    return None


def see_invocation(client: Any, name: str) -> Any:
    found = client("lambda").get_function_event_invoke_config(FunctionName=name.partition("|")[0])
    failures = found.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return found["MaximumRetryAttempts"], found.get("MaximumEventAgeInSeconds"), failures


def see_version(client: Any, arn: str) -> Any:
    found = client("lambda").get_function(FunctionName=arn)["Configuration"]
    return found["Version"], found["Description"]


def see_alias(client: Any, arn: str) -> Any:
    function, _, name = arn.rpartition(":")
    found = client("lambda").get_alias(FunctionName=function, Name=name)
    return found["Name"], found["FunctionVersion"], found["Description"]


def version(description: str, **more: str) -> dict[str, Any]:
    """Return a version of the function."""
    return {"Description": description, "FunctionName": {"Ref": "Function"}} | more


def alias(version_id: str, **more: str) -> dict[str, Any]:
    """Return an alias of a version of the function."""
    number = {"Fn::GetAtt": f"{version_id}.Version"}
    return {"Name": "live", "FunctionName": {"Ref": "Function"}, "FunctionVersion": number} | more


TOPIC = "arn:aws:sns:us-east-1:123456789012:a-topic"
DESTINATION = {"OnFailure": {"Destination": TOPIC}}
HOLDERS = ("Groups", "Roles", "Users")
PEOPLE = f"people-{uuid.uuid4().hex[:8]}"  # a group and a user, which stacks do not make here
HOLDER = {
    "Holder": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust("lambda"), "RoleName": "h"}}
}
ROWS: list[tuple[Any, ...]] = [
    (
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trust("lambda", StringEquals={"aws:SourceAccount": "123456789012"}),
            "Description": "one",
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
            "MaxSessionDuration": "7200",
            "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "Policies": [
                {"PolicyName": "first", "PolicyDocument": policy("s3:GetObject")},
                {"PolicyName": "second", "PolicyDocument": policy("s3:PutObject")},
            ],
            "Tags": tag("red"),
        },
        see_role,
        {
            "assumed by": [("lambda", "123456789012")],
            "if": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
            "says": ("one", 7200),
            "boundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "tags": ["red"],
            "inline": {"first": "s3:GetObject", "second": "s3:PutObject"},
            "attached": ["AmazonS3ReadOnlyAccess"],
        },
        {
            "AssumeRolePolicyDocument": trust("events"),
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"],
            "Policies": [{"PolicyName": "second", "PolicyDocument": policy("s3:*")}],
        },
        {
            "assumed by": [("events", "123456789012"), ("events", "111122223333")],
            "if": None,
            "says": ("", 3600),
            "boundary": None,
            "tags": [],
            "inline": {"second": "s3:*"},
            "attached": ["AmazonSQSReadOnlyAccess"],
        },
    ),
    (
        "AWS::IAM::Role",
        {"AssumeRolePolicyDocument": trust("lambda"), "Path": "/a/", "RoleName": "a-role-by-name"},
        lambda client, name: (name, client("iam").get_role(RoleName=name)["Role"]["Path"]),
        ("a-role-by-name", "/a/"),
    ),
    (
        "AWS::IAM::Policy",
        {"PolicyName": "a", "PolicyDocument": policy("s3:GetObject"), "Roles": [{"Ref": "Holder"}]},
        lambda client, _: client("iam").list_role_policies(RoleName="h")["PolicyNames"],
        ["a"],
        {"PolicyName": "b", "PolicyDocument": policy("s3:GetObject"), "Roles": [{"Ref": "Holder"}]},
        ["b"],
        HOLDER,
    ),
    (
        "AWS::IAM::Policy",
        {"PolicyName": "a", "PolicyDocument": policy("s3:GetObject"), "Roles": [{"Ref": "Holder"}]},
        lambda client, _: len(client("iam").list_role_policies(RoleName="h")["PolicyNames"]),
        1,
        {"PolicyName": "a", "PolicyDocument": policy("s3:GetObject"), "Roles": [{"Ref": "Role"}]},
        0,
        HOLDER | ROLE,
    ),
    (
        "AWS::IAM::Policy",
        {"PolicyName": "a", "PolicyDocument": policy("s3:GetObject"), "Groups": [PEOPLE], "Users": [PEOPLE]},
        see_policies_of_people,
        [["a"], ["a"]],
        {"PolicyName": "a", "PolicyDocument": policy("s3:GetObject"), "Users": [PEOPLE]},
        [[], ["a"]],
    ),
    (
        "AWS::IAM::ManagedPolicy",
        {
            "Description": "what",
            "ManagedPolicyName": "a-policy-by-name",
            "Path": "/a/",
            "PolicyDocument": policy("s3:GetObject"),
            "Groups": [PEOPLE],
            "Roles": [{"Ref": "Role"}],
            "Users": [PEOPLE],
        },
        see_managed_policy,
        {
            "names": ("a-policy-by-name", "/a/", "what"),
            "allows": "s3:GetObject",
            "for": {"Groups": 1, "Roles": 1, "Users": 1},
        },
        {
            "Description": "what",
            "ManagedPolicyName": "a-policy-by-name",
            "Path": "/a/",
            "PolicyDocument": policy("s3:PutObject"),
            "Groups": [PEOPLE],
        },
        {
            "names": ("a-policy-by-name", "/a/", "what"),
            "allows": "s3:PutObject",
            "for": {"Groups": 1, "Roles": 0, "Users": 0},
        },
        ROLE,
    ),
    (
        "AWS::Lambda::Function",
        CODE
        | {
            "Architectures": ["arm64"],
            "DeadLetterConfig": {"TargetArn": TOPIC},
            "Description": "one",
            "Environment": {"Variables": {"NAME": "value"}},
            "EphemeralStorage": {"Size": 1024},
            "LoggingConfig": {"LogGroup": "a-log-group"},
            "MemorySize": 256,
            "PackageType": "Zip",
            "ReservedConcurrentExecutions": 2,
            "Tags": tag("red"),
            "Timeout": "30",
            "TracingConfig": {"Mode": "Active"},
        },
        see_function,
        {
            "configuration": ["one", "index.handler", 256, 30, "python3.13", "Zip", ["arm64"]],
            "variables": {"NAME": "value"},
            "storage": 1024,
            "logs": "a-log-group",
            "traced": "Active",
            "dead letters": TOPIC,
            "concurrency": 2,
            "tags": {"colour": "red"},
        },
        CODE
        | {
            "Architectures": ["arm64"],
            "EphemeralStorage": {"Size": 1024},
            "Handler": "index.other",
            "PackageType": "Zip",
            "Runtime": "python3.12",
            "TracingConfig": {"Mode": "Active"},
        },
        {
            "configuration": ["", "index.other", 128, 3, "python3.12", "Zip", ["arm64"]],
            "variables": {},
            "storage": 1024,
            "logs": "/aws/lambda/*",
            "traced": "Active",
            "dead letters": None,
            "concurrency": None,
            "tags": {},
        },
        ROLE,
    ),
    (
        "AWS::Lambda::Function",
        CODE | {"FunctionName": "a-function-by-name"},
        lambda client, name: client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionName"],
        "a-function-by-name",
        None,
        None,
        ROLE,
    ),
    (
        "AWS::Lambda::Permission",
        permission(
            "events.amazonaws.com", "arn:aws:events:us-east-1:123456789012:rule/a", SourceAccount="123456789012"
        ),
        see_statement,
        (
            "lambda:InvokeFunction",
            {"Service": "events.amazonaws.com"},
            {
                "ArnLike": {"AWS:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/a"},
                "StringEquals": {"AWS:SourceAccount": "123456789012"},
            },
        ),
        permission("s3.amazonaws.com", "arn:aws:s3:::a"),
        ("lambda:InvokeFunction", {"Service": "s3.amazonaws.com"}, {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::a"}}),
        FUNCTION,
    ),
    (
        "AWS::Lambda::EventInvokeConfig",
        invocation(MaximumRetryAttempts=0, MaximumEventAgeInSeconds=900, DestinationConfig=DESTINATION),
        see_invocation,
        (0, 900, TOPIC),
        invocation(MaximumRetryAttempts=1),
        (1, None, None),
        FUNCTION,
    ),
    (
        "AWS::Lambda::Version",
        version("one"),
        see_version,
        ("1", "one"),
        None,
        None,
        FUNCTION,
    ),
    (
        "AWS::Lambda::Alias",
        alias("One", Description="what"),
        see_alias,
        ("live", "1", "what"),
        alias("One", FunctionVersion="$LATEST"),
        ("live", "$LATEST", ""),
        FUNCTION | {"One": {"Type": "AWS::Lambda::Version", "Properties": version("one")}},
    ),
]


@pytest.fixture(scope="module")
def people(client: Callable[[str], Any]) -> Iterator[None]:
    """A user and a group."""
    iam = client("iam")
    iam.create_user(UserName=PEOPLE)
    iam.create_group(GroupName=PEOPLE)
    yield
    iam.delete_group(GroupName=PEOPLE)
    iam.delete_user(UserName=PEOPLE)


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{'-'.join(row[1])[:60]}")
def test_properties_are_seen_in_the_service(prove: Callable[..., None], row: tuple[Any, ...]) -> None:
    prove(*row)


@pytest.mark.parametrize("kind", sorted({row[0] for row in ROWS}))
def test_every_property_of_a_provider_has_a_row(unproved: Callable[..., set[str]], kind: str) -> None:
    assert unproved(kind, ROWS) == set()
