"""What takes more than a look at one resource: object versions, events, keys that wait, and our own templates."""

import json
import runpy
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from localaws.cloudformation.decode import decode
from localaws.cloudformation.providers import PROVIDERS

TEMPLATES = sorted((Path(__file__).parents[3] / "templates").glob("*.yaml"))
IAM = {"Capabilities": ["CAPABILITY_IAM"]}
_DEADLINE = 20


@cache
def _kinds_with_rows() -> set[str]:
    files = Path(__file__).parent.glob("test_properties_of_*.py")
    return {row[0] for path in files for row in runpy.run_path(str(path))["ROWS"]}


@pytest.mark.parametrize(
    "kind", sorted(kind for kind, provider in PROVIDERS.items() if provider.effective and not provider.is_automatic)
)
def test_every_provider_has_rows(kind: str) -> None:
    assert kind in _kinds_with_rows()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_property_of_our_templates_is_known_to_its_provider(path: Path) -> None:
    resources = decode(path.read_text())["Resources"]
    properties = {name: without_functions(resource.get("Properties", {})) for name, resource in resources.items()}

    unknown = {name: PROVIDERS[resources[name]["Type"]].unsupported(properties[name]) for name in resources}

    assert unknown == {name: [] for name in resources}
    assert unknown


def without_functions(value: Any) -> Any:
    """Return properties with all branches of Fn::If in its place, and other calls as mere text."""
    if isinstance(value, list):
        return [without_functions(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        return [without_functions(branch) for branch in value["Fn::If"][1:]]
    if set(value) == {"Ref"} or any(key.startswith("Fn::") for key in value):
        return "text"
    return {key: without_functions(item) for key, item in value.items()}


def trusting(service: str) -> dict[str, Any]:
    """Return a role for a service, which may do anything."""
    allow = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    trust = {"Version": "2012-10-17", "Statement": [allow]}
    properties = {
        "AssumeRolePolicyDocument": trust,
        "Policies": [{"PolicyName": "all", "PolicyDocument": everything}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def function(code: dict[str, Any]) -> dict[str, Any]:
    """Return a template with a function and its role."""
    properties = {
        "Code": code,
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    }
    made = {"Type": "AWS::Lambda::Function", "Properties": properties}
    return {"Resources": {"Function": made, "Role": trusting("lambda")}}


def test_a_function_runs_the_object_version_that_it_names(
    stack: Any, client: Any, bucket_name: str, zipped: Callable[[dict[str, str]], bytes]
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=bucket_name)
    s3.put_bucket_versioning(Bucket=bucket_name, VersioningConfiguration={"Status": "Enabled"})
    versions = []
    for number in (1, 2):
        code = zipped({"index.py": f"def handler(event, context):\n    return {number}\n"})
        versions.append(s3.put_object(Bucket=bucket_name, Key="code.zip", Body=code)["VersionId"])
    source = {"S3Bucket": bucket_name, "S3Key": "code.zip"}

    def answer() -> int:
        name = stack.physical_id("Function")
        return int(json.load(client("lambda").invoke(FunctionName=name)["Payload"]))

    stack.create(function(source | {"S3ObjectVersion": versions[0]}), **IAM)
    assert answer() == 1

    stack.update(function(source | {"S3ObjectVersion": versions[1]}), **IAM)
    assert answer() == 2


def test_another_object_under_the_same_key_is_no_change(
    stack: Any, client: Any, bucket_name: str, zipped: Callable[[dict[str, str]], bytes], refusal: Callable[..., Any]
) -> None:
    client("s3").create_bucket(Bucket=bucket_name)
    template = function({"S3Bucket": bucket_name, "S3Key": "code.zip"})
    for number in (1, 2):
        code = zipped({"index.py": f"def handler(event, context):\n    return {number}\n"})
        client("s3").put_object(Bucket=bucket_name, Key="code.zip", Body=code)
        if number == 1:
            stack.create(template, **IAM)

    assert refusal(stack.update, template=template, **IAM) == ("ValidationError", "No updates are to be performed.")
    assert json.load(client("lambda").invoke(FunctionName=stack.physical_id("Function"))["Payload"]) == 1


def test_a_function_of_an_object_that_does_not_exist_fails(stack: Any, client: Any, bucket_name: str) -> None:
    client("s3").create_bucket(Bucket=bucket_name)

    stack.create(function({"S3Bucket": bucket_name, "S3Key": "nothing.zip"}), **IAM)

    reason = stack.reason("Function", "CREATE_FAILED")
    assert "Error occurred while GetObject. S3 Error Code: NoSuchKey." in reason
    assert "(Service: Lambda, Status Code: 400, Request ID: " in reason
    assert reason.endswith("HandlerErrorCode: InvalidRequest)")


def test_a_buckets_events_reach_a_rules_function(stack: Any, client: Any, bucket_name: str) -> None:
    template = function({"ZipFile": "def handler(event, context):\n    print(event['detail']['object']['key'])\n"})
    arn = {"Fn::GetAtt": ["Function", "Arn"]}
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [bucket_name]}}}
    notifications = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    template["Resources"] |= {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": bucket_name, "NotificationConfiguration": notifications},
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"EventPattern": pattern, "Targets": [{"Id": "function", "Arn": arn}]},
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Action": "lambda:InvokeFunction",
                "Principal": "events.amazonaws.com",
                "SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]},
            },
        },
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": "/aws/lambda/${Function}"}}},
    }
    assert stack.create(template, **IAM)["StackStatus"] == "CREATE_COMPLETE"

    client("s3").put_object(Bucket=bucket_name, Key="a-new-object", Body=b"")

    deadline = time.monotonic() + _DEADLINE
    while not (found := _lines(client, stack.physical_id("Logs"), "a-new-object")):
        assert time.monotonic() < deadline, "the function was never invoked"
        time.sleep(0.05)
    assert found == ["a-new-object"]


def _lines(client: Any, group: str, text: str) -> list[str]:
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    return [event["message"].strip() for event in events if text in event["message"]]


def test_a_deleted_key_waits_for_its_deletion(stack: Any, client: Any) -> None:
    stack.create({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"PendingWindowInDays": 7}}}})
    key_id = stack.physical_id("Key")

    stack.delete()

    key = client("kms").describe_key(KeyId=key_id)["KeyMetadata"]
    assert key["KeyState"] == "PendingDeletion"
    assert 6 <= (key["DeletionDate"] - key["CreationDate"]).days <= 7


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"BucketNam": "a"}, "#: extraneous key [BucketNam] is not permitted"),
        ({"Arn": "a"}, "#: extraneous key [Arn] is not permitted"),
        (
            {"VersioningConfiguration": {"Status": "On"}},
            "#/VersioningConfiguration/Status: failed validation constraint for keyword [enum]",
        ),
        ({"VersioningConfiguration": {}}, "#/VersioningConfiguration: required key [Status] not found"),
        ({"Tags": {"a": "b"}}, "#/Tags: expected type: JSONArray, found: JSONObject"),
        (
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": "maybe"}},
            "#/PublicAccessBlockConfiguration/BlockPublicAcls: expected type: Boolean, found: String",
        ),
        (
            {"BucketNam": "a", "Tags": [{"Key": "a"}]},
            "#: extraneous key [BucketNam] is not permitted\n#/Tags/0: required key [Value] not found",
        ),
    ],
)
def test_properties_that_the_type_does_not_have_are_refused(stack: Any, properties: Any, problem: str) -> None:
    document = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}

    after = stack.create(document, DisableValidation=True)

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    expected = f"Properties validation failed for resource Bucket with message:\n{problem}"
    assert stack.reason("Bucket", "CREATE_FAILED") == expected


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"AccelerateConfiguration": {"AccelerationStatus": "Enabled"}}, "AccelerateConfiguration"),
        (
            {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationDate": "2030-01-01T00:00:00Z"}]}},
            "LifecycleConfiguration.Rules.ExpirationDate",
        ),
        (
            {"NotificationConfiguration": {"TopicConfigurations": [{"Event": "s3:ObjectCreated:*", "Topic": "a"}]}},
            "NotificationConfiguration.TopicConfigurations",
        ),
    ],
)
def test_properties_that_would_have_no_effect_are_refused(stack: Any, properties: Any, named: str) -> None:
    stack.create({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}})

    expected = f"Local AWS does not apply these properties of AWS::S3::Bucket: {named}"
    assert stack.reason("Bucket", "CREATE_FAILED") == expected


@pytest.mark.parametrize(
    ("kind", "properties", "create", "arguments"),
    [
        ("AWS::SNS::Topic", {"TopicName": "taken"}, ("sns", "create_topic"), {"Name": "taken"}),
        (
            "AWS::Events::Rule",
            {"Name": "taken", "EventPattern": {"source": ["a"]}},
            ("events", "put_rule"),
            {"Name": "taken", "EventPattern": '{"source": ["b"]}'},
        ),
    ],
)
def test_what_exists_already_is_not_taken_over(
    stack: Any, kind: str, properties: Any, create: tuple[str, str], arguments: Any
) -> None:
    service, operation = create
    getattr(stack.client(service), operation)(**arguments)

    stack.create({"Resources": {"Thing": {"Type": kind, "Properties": properties}}})

    assert stack.reason("Thing", "CREATE_FAILED") == "taken already exists"


def test_generated_names_are_the_stacks_the_resources_and_a_random_part(stack: Any) -> None:
    name = "L" * 60
    stack.create({"Resources": {name: {"Type": "AWS::S3::Bucket"}, "Role": trusting("lambda")}}, **IAM)

    bucket, role = stack.physical_id(name), stack.physical_id("Role")

    prefix, random_part = f"{stack.name}-{name.lower()}"[:50], bucket.rpartition("-")[2]
    assert (bucket, len(bucket)) == (f"{prefix}-{random_part}", 63)
    assert role.startswith(f"{stack.name}-Role-")
    assert len(role) == len(f"{stack.name}-Role-") + 12


def test_what_cannot_be_changed_here_is_refused_before_anything_happens(stack: Any) -> None:
    repository = {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": f"{stack.name}-a"}}
    stack.create({"Resources": {"Repository": repository}})
    renamed = {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": f"{stack.name}-b"}}

    assert stack.update({"Resources": {"Repository": renamed}})["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    reason = "The RepositoryName of AWS::CodeCommit::Repository cannot be changed"
    assert stack.reason("Repository", "UPDATE_FAILED") == reason


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (
            {"AccessControl": "PublicRead"},
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        ),
        (
            {
                "AccessControl": "PublicRead",
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
            },
            "Local AWS does not apply the AccessControl PublicRead of AWS::S3::Bucket",
        ),
    ],
)
def test_a_bucket_gives_no_access_to_others(stack: Any, properties: dict[str, Any], reason: str) -> None:
    stack.create({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}})

    assert stack.reason("Bucket", "CREATE_FAILED") == reason


def test_what_is_named_and_not_referred_to_is_made_while_a_role_is_made(stack: Any) -> None:
    # As published workshops do, to whom AWS's slowness with roles is a help: the instance only names its scripts.
    name = f"{stack.name}-scripts"
    scripts = {"NotebookInstanceLifecycleConfigName": name}
    notebook = {
        "InstanceType": "ml.t3.medium",
        "LifecycleConfigName": name,
        "RoleArn": {"Fn::GetAtt": "Role.Arn"},
    }
    resources = {
        "Notebook": {"Type": "AWS::SageMaker::NotebookInstance", "Properties": notebook},
        "Role": trusting("sagemaker"),
        **{f"Logs{number}": {"Type": "AWS::Logs::LogGroup"} for number in range(12)},
        "Scripts": {
            "Type": "AWS::SageMaker::NotebookInstanceLifecycleConfig",
            "Properties": scripts,
            "DependsOn": [f"Logs{number}" for number in range(12)],
        },
    }

    assert stack.create({"Resources": resources}, **IAM)["StackStatus"] == "CREATE_COMPLETE"


def test_a_repository_begins_with_the_files_of_a_zip(
    stack: Any, client: Any, bucket_name: str, zipped: Callable[[dict[str, str]], bytes]
) -> None:
    s3, codecommit = client("s3"), client("codecommit")
    s3.create_bucket(Bucket=bucket_name)
    s3.put_bucket_versioning(Bucket=bucket_name, VersioningConfiguration={"Status": "Enabled"})
    files = {"README.md": "one", "folder/code.py": "two"}
    version = s3.put_object(Bucket=bucket_name, Key="a.zip", Body=zipped(files))["VersionId"]
    s3.put_object(Bucket=bucket_name, Key="a.zip", Body=b"no zip")
    source = {"Bucket": bucket_name, "Key": "a.zip", "ObjectVersion": version}
    properties = {"RepositoryName": f"{stack.name}-r", "Code": {"BranchName": "trunk", "S3": source}}
    template = {"Resources": {"Repository": {"Type": "AWS::CodeCommit::Repository", "Properties": properties}}}

    assert stack.create(template)["StackStatus"] == "CREATE_COMPLETE"

    def content(path: str) -> str:
        found = codecommit.get_file(repositoryName=f"{stack.name}-r", commitSpecifier="trunk", filePath=path)
        return str(found["fileContent"].decode())

    assert {path: content(path) for path in files} == files
    del source["ObjectVersion"]
    assert stack.update(template)["StackStatus"] == "UPDATE_COMPLETE", "the code is only read at the beginning"


def test_a_repository_of_what_is_no_zip_fails(stack: Any, client: Any, bucket_name: str) -> None:
    client("s3").create_bucket(Bucket=bucket_name)
    client("s3").put_object(Bucket=bucket_name, Key="a.zip", Body=b"no zip")
    code = {"S3": {"Bucket": bucket_name, "Key": "a.zip"}}
    properties = {"RepositoryName": f"{stack.name}-r", "Code": code}

    stack.create({"Resources": {"Repository": {"Type": "AWS::CodeCommit::Repository", "Properties": properties}}})

    assert stack.reason("Repository", "CREATE_FAILED") == f"{bucket_name}/a.zip is not a zip file"
    assert ("Repository", "DELETE_COMPLETE") in stack.story()


def test_a_function_has_one_version_of_each_state(stack: Any) -> None:
    template = function({"ZipFile": "def handler(event, context):\n    return 1\n"})
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}}
    template["Resources"]["One"] = version
    stack.create(template, **IAM)
    template["Resources"]["Two"] = version

    assert stack.update(template, **IAM)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reason("Two", "CREATE_FAILED") == (
        "A version for this Lambda function exists ( 1 ). Modify the function to create a new version."
    )

    template["Resources"]["Function"]["Properties"]["Timeout"] = 9
    assert stack.update(template, **IAM)["StackStatus"] == "UPDATE_COMPLETE"
    assert stack.physical_id("Two").endswith(":2")
