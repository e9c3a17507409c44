"""What Lambda takes as a function, and in which words it refuses the rest."""

import base64
import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.awslambda import runtimes
from localaws.awslambda.errors import InvalidParameterValueException
from localaws.clock import clock, durations
from localaws.page_tokens import UNVERIFIED_REFUSALS

Client = Callable[[str], Any]
Create = Callable[..., str]
HANDLER = "def handler(event, context):\n    return {word!r}\n"


@pytest.fixture
def bucket(client: Client) -> str:
    """A versioned bucket."""
    name = f"code-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def test_code_comes_from_the_object_version_that_was_asked_for(
    client: Client, create_function: Create, zipped: Callable[[dict[str, str]], bytes], bucket: str
) -> None:
    versions = [
        client("s3").put_object(
            Bucket=bucket, Key="code.zip", Body=zipped({"lambda_code.py": HANDLER.format(word=word)})
        )["VersionId"]
        for word in ("first", "second", "third")
    ]
    place = {"S3Bucket": bucket, "S3Key": "code.zip"}
    name = create_function("", Code=place | {"S3ObjectVersion": versions[1]})
    assert client("lambda").invoke(FunctionName=name)["Payload"].read() == b'"second"'
    client("lambda").update_function_code(FunctionName=name, **place, S3ObjectVersion=versions[0])
    assert client("lambda").invoke(FunctionName=name)["Payload"].read() == b'"first"'
    client("lambda").update_function_code(FunctionName=name, **place)
    assert client("lambda").invoke(FunctionName=name)["Payload"].read() == b'"third"'


PROBLEM = "Error occurred while GetObject. S3 Error Code: "
MISSING_CODE = {
    "no such key": ({"S3Key": "none.zip"}, PROBLEM + "NoSuchKey. S3 Error Message: The specified key does not exist."),
    "no such bucket": (
        {"S3Bucket": "nobody-has-this-bucket"},
        PROBLEM + "NoSuchBucket. S3 Error Message: The specified bucket does not exist",
    ),
}


@pytest.mark.parametrize(("change", "message"), MISSING_CODE.values(), ids=MISSING_CODE)
def test_code_that_is_not_there_is_refused(
    create_function: Create, bucket: str, change: dict[str, str], message: str
) -> None:
    with pytest.raises(ClientError) as refused:
        create_function("", Code={"S3Bucket": bucket, "S3Key": "code.zip"} | change)
    assert refused.value.response["Error"] == {"Code": "InvalidParameterValueException", "Message": message}


def test_code_that_the_caller_may_not_read_is_refused(client: Client, create_function: Create, bucket: str) -> None:
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denial]}))
    with pytest.raises(ClientError) as refused:
        create_function("", Code={"S3Bucket": bucket, "S3Key": "code.zip"})
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].startswith(
        "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for "
        f"{bucket}/code.zip. S3 Error Code: AccessDenied. S3 Error Message: "
    )


PREFIX = "Lambda was unable to configure your environment variables because the environment variables you have provided"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "runtime of the past": (
        {"Runtime": "python3.7"},
        "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions."
        " We recommend you use a supported runtime while creating or updating functions.",
    ),
    "not a zip": (
        {"Code": {"ZipFile": b"not a zip"}},
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    ),
    "no code": ({"Code": {}}, "Please provide a source for function code."),
    "reserved variable": (
        {"Environment": {"Variables": {"AWS_REGION": "x", "MINE": "y"}}},
        f"{PREFIX} contains reserved keys that are currently not supported for modification."
        " Reserved keys used in this request: AWS_REGION",
    ),
    "too many variables": (
        {"Environment": {"Variables": {"LONG": "x" * 4086}}},
        f'{PREFIX} exceeded the 4KB limit. String measured: {{"LONG":"{"x" * 4086}"}}',
    ),
    "no runtime": (
        {"Runtime": ""},
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    ),
    "layers": (
        {"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"]},
        "Local AWS does not support these of a function: Layers.",
    ),
    "network": ({"VpcConfig": {"SubnetIds": ["s"]}}, "Local AWS does not support these of a function: VpcConfig."),
    "dead letter queue": (
        {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"}},
        "Local AWS cannot send the results of functions to sqs (arn:aws:sqs:us-east-1:123456789012:q).",
    ),
    "structured log": (
        {"LoggingConfig": {"LogFormat": "JSON"}},
        "Local AWS does not support the LogFormat JSON of functions.",
    ),
    "another language": ({"Runtime": "nodejs24.x"}, "Local AWS runs functions in Python alone, not in nodejs24.x."),
    "another language's runtime of the past": (
        {"Runtime": "nodejs12.x"},
        "The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions."
        " We recommend you use a supported runtime while creating or updating functions.",
    ),
    "role that does not exist": (
        {"Role": "arn:aws:iam::123456789012:role/nobody"},
        "The role defined for the function cannot be assumed by Lambda.",
    ),
}


@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED)
def test_a_function_is_refused(create_function: Create, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        create_function(HANDLER.format(word="x"), **change)
    assert refused.value.response["Error"] == {"Code": "InvalidParameterValueException", "Message": message}


NAME = (
    r"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|"
    r"(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
LIMITS: dict[str, tuple[dict[str, Any], str]] = {
    "a long timeout": (
        {"Timeout": 901},
        "Value '901' at 'timeout' {}: Member must have value less than or equal to 900",
    ),
    "much memory": (
        {"MemorySize": 10241},
        "Value '10241' at 'memorySize' {}: Member must have value less than or equal to 10240",
    ),
    "much storage": (
        {"EphemeralStorage": {"Size": 10241}},
        "Value '10241' at 'ephemeralStorage.size' {}: Member must have value less than or equal to 10240",
    ),
    "a name with a blank": ({"FunctionName": "a b"}, f"Value 'a b' at 'functionName' {{}}: {NAME}"),
    "a long name": (
        {"FunctionName": "n" * 65},
        f"Value '{'n' * 65}' at 'functionName' {{}}: Member must have length less than or equal to 64",
    ),
    "a variable that is none": (
        {"Environment": {"Variables": {"1st": "x"}}},
        "Value '{{1st=x}}' at 'environment.variables' {}: Map key must satisfy constraint: [Member must satisfy regular"
        " expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    ),
}


@pytest.mark.parametrize(("change", "message"), LIMITS.values(), ids=LIMITS)
def test_a_limit_is_kept(create_function: Create, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        create_function("", **change)
    text = f"1 validation error detected: {message.replace('{}', 'failed to satisfy constraint').replace('{{', '{')}"
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": text.replace("}}", "}")}


UNSUPPORTED: dict[str, tuple[str, dict[str, Any]]] = {
    "network": ("update_function_configuration", {"VpcConfig": {"SubnetIds": ["s"]}}),
    "destination": (
        "put_function_event_invoke_config",
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q"}}},
    ),
    "retries of an alias": ("put_function_event_invoke_config", {"Qualifier": "live", "MaximumRetryAttempts": 0}),
    "too many retries": ("update_function_event_invoke_config", {"MaximumRetryAttempts": 3}),
}


@pytest.mark.parametrize(("operation", "parameters"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_would_change_nothing_is_refused_and_changes_nothing(
    client: Client, create_function: Create, operation: str, parameters: dict[str, Any]
) -> None:
    name = create_function(HANDLER.format(word="x"))
    client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    with pytest.raises(ClientError) as refused:
        getattr(client("lambda"), operation)(FunctionName=name, **parameters)
    assert refused.value.response["Error"]["Code"] in {"InvalidParameterValueException", "ValidationException"}
    assert client("lambda").get_function_event_invoke_config(FunctionName=name)["MaximumRetryAttempts"] == 1


def test_a_role_for_another_service_is_refused(create_function: Create, create_role: Callable[[str], str]) -> None:
    with pytest.raises(ClientError) as refused:
        create_function(HANDLER.format(word="x"), Role=create_role("events"))
    message = "The role defined for the function cannot be assumed by Lambda."
    assert refused.value.response["Error"] == {"Code": "InvalidParameterValueException", "Message": message}


def test_an_unknown_runtime_is_answered_with_those_of_today(create_function: Create) -> None:
    with pytest.raises(ClientError) as refused:
        create_function(HANDLER.format(word="x"), Runtime="python4.0")
    message = refused.value.response["Error"]["Message"]
    assert "Value python4.0 at 'runtime'" in message
    assert "python3.13" in message
    assert "python3.7" not in message


@pytest.mark.parametrize(
    ("runtime", "day", "created", "updated"),
    [
        ("python3.9", date(2027, 1, 31), True, True),
        ("python3.9", date(2027, 2, 1), False, True),
        ("python3.9", date(2027, 3, 3), False, False),
        ("python3.13", date(2029, 7, 30), True, True),
        ("python3.14", date(2029, 7, 31), False, True),
    ],
)
def test_runtimes_are_blocked_on_awss_days(runtime: str, day: date, created: bool, updated: bool) -> None:
    clock.move(datetime.combine(day, datetime.min.time(), UTC).timestamp() + 60 - clock.now())
    for creating, allowed in ((True, created), (False, updated)):
        try:
            runtimes.check(runtime, creating=creating)
        except InvalidParameterValueException:
            assert not allowed
        else:
            assert allowed


def test_a_module_that_the_zip_lets_nobody_read_cannot_be_imported(client: Client, create_function: Create) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("lambda_code.py", HANDLER.format(word="x"))  # Python gives it mode 600
    name = create_function("", Code={"ZipFile": buffer.getvalue()})
    answer = client("lambda").invoke(FunctionName=name)["Payload"].read().decode()
    assert "Unable to import module 'lambda_code': [Errno 13] Permission denied: '/var/task/lambda_code.py'" in answer


def test_a_failed_update_leaves_the_function_as_it_was(client: Client, create_function: Create) -> None:
    name = create_function(HANDLER.format(word="kept"))
    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        client("lambda").update_function_code(FunctionName=name, ZipFile=b"not a zip")
    with pytest.raises(ClientError, match="Value '901' at 'timeout' failed to satisfy constraint"):
        client("lambda").update_function_configuration(FunctionName=name, Timeout=901, Handler="no.thing")
    assert client("lambda").invoke(FunctionName=name)["Payload"].read() == b'"kept"'


def test_an_environment_of_nothing_has_no_variables(client: Client, create_function: Create) -> None:
    name = create_function(HANDLER.format(word="x"), Environment={"Variables": {"AB": "c"}})
    assert "Environment" not in client("lambda").update_function_configuration(FunctionName=name, Environment={})


def test_a_change_of_what_has_changed_meanwhile_is_refused(client: Client, create_function: Create) -> None:
    name = create_function(HANDLER.format(word="x"))
    first = client("lambda").get_function_configuration(FunctionName=name)["RevisionId"]
    second = client("lambda").update_function_configuration(FunctionName=name, Description="d", RevisionId=first)
    assert second["RevisionId"] != first
    for operation, change in (("configuration", {"Description": "e"}), ("code", {"ZipFile": b"z"})):
        with pytest.raises(ClientError) as refused:
            getattr(client("lambda"), f"update_function_{operation}")(FunctionName=name, RevisionId=first, **change)
        assert refused.value.response["Error"]["Code"] == "PreconditionFailedException"
    assert client("lambda").get_function_configuration(FunctionName=name)["RevisionId"] == second["RevisionId"]


NOT_NOW = "The operation cannot be performed at this time."


@pytest.mark.parametrize("call", ["invoke", "publish_version", "update_function_configuration"])
def test_a_new_function_is_pending_and_does_nothing(
    client: Client, create_function: Create, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(durations, "function_change", 1000)
    name, functions = create_function(HANDLER.format(word="x")), client("lambda")
    pending = functions.get_function_configuration(FunctionName=name)
    assert (pending["State"], pending["StateReasonCode"]) == ("Pending", "Creating")
    with pytest.raises(ClientError) as refused:
        getattr(functions, call)(FunctionName=name)
    assert refused.value.response["Error"] == {
        "Code": "ResourceConflictException",
        "Message": f"{NOT_NOW} The function is currently in the following state: Pending",
    }


@pytest.mark.parametrize(
    ("call", "change"),
    [
        ("update_function_code", {"ZipFile": b"z"}),
        ("update_function_configuration", {"Timeout": 4}),
        ("publish_version", {}),
    ],
)
def test_a_function_is_changed_once_at_a_time(
    client: Client, create_function: Create, monkeypatch: pytest.MonkeyPatch, call: str, change: dict[str, Any]
) -> None:
    name, functions = create_function(HANDLER.format(word="x")), client("lambda")
    monkeypatch.setattr(durations, "function_change", 1000)
    changed = functions.update_function_configuration(FunctionName=name, Timeout=9)
    assert (changed["State"], changed["LastUpdateStatus"]) == ("Active", "InProgress")
    with pytest.raises(ClientError) as refused:
        getattr(functions, call)(FunctionName=name, **change)
    assert refused.value.response["Error"] == {
        "Code": "ResourceConflictException",
        "Message": f"{NOT_NOW} An update is in progress for resource: {changed['FunctionArn']}",
    }
    assert functions.invoke(FunctionName=name)["Payload"].read() == b'"x"'


def test_who_waits_for_a_function_can_use_it(
    client: Client, create_function: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "function_change", 0.05)
    name, functions = create_function(HANDLER.format(word="x")), client("lambda")
    often = {"Delay": 0.01}
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=often)
    functions.update_function_configuration(FunctionName=name, Timeout=9)
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=often)
    assert functions.update_function_configuration(FunctionName=name, Timeout=4)["Timeout"] == 4


def test_the_code_digest_is_awss(client: Client, create_function: Create) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("lambda_code.py", "")
    name = create_function("", Code={"ZipFile": buffer.getvalue()})
    expected = base64.b64encode(hashlib.sha256(buffer.getvalue()).digest()).decode()
    assert client("lambda").get_function_configuration(FunctionName=name)["CodeSha256"] == expected


def test_code_in_another_region_is_refused(
    local_aws: Any, create_function: Create, zipped: Callable[[dict[str, str]], bytes]
) -> None:
    there, name = local_aws.administrator.client("s3", "eu-west-1"), f"code-{uuid.uuid4().hex}"
    there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    there.put_object(Bucket=name, Key="code.zip", Body=zipped({"lambda_code.py": ""}))
    with pytest.raises(ClientError) as refused:
        create_function("", Code={"S3Bucket": name, "S3Key": "code.zip"})
    assert refused.value.response["Error"]["Message"] == (
        f"{PROBLEM}PermanentRedirect. S3 Error Message: The bucket is in this region: eu-west-1. Please use this region"
        " to retry the request"
    )


def test_a_page_token_that_was_never_given(client: Client) -> None:
    with pytest.raises(ClientError) as refused:
        client("lambda").list_functions(Marker="x")
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == UNVERIFIED_REFUSALS["lambda"]
