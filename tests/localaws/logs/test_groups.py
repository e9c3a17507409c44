"""Log groups and streams that CloudWatch Logs does not make."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]
ACCOUNT = "arn:aws:iam::123456789012:root"


@pytest.fixture
def logs(client: Client) -> Any:
    """CloudWatch Logs as the administrator's client sees it."""
    return client("logs")


@pytest.fixture
def name(logs: Any) -> Iterator[str]:
    """The name of a log group that is deleted at the end, if a test has made it."""
    name = f"/own/{uuid.uuid4().hex[:8]}"
    yield name
    if logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
        logs.delete_log_group(logGroupName=name)


@pytest.fixture
def create_key(client: Client) -> Callable[..., str]:
    """A function that creates a key whose policy also lets this principal use it, if this condition is met."""

    def create(service: str, arn: str) -> str:
        whole = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
        used = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [whole, used]})
        return str(client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])

    return create


def test_a_name_that_no_group_may_have(logs: Any) -> None:
    with pytest.raises(ClientError) as refused:
        logs.create_log_group(logGroupName="a b")
    assert refused.value.response["Error"]["Message"] == (
        "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy "
        r"regular expression pattern: [\.\-_/#A-Za-z0-9]+"
    )


def test_a_stream_is_made_once(logs: Any, name: str) -> None:
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    with pytest.raises(ClientError) as refused:
        logs.create_log_stream(logGroupName=name, logStreamName="s")
    error = refused.value.response["Error"]
    assert error["Code"] == "ResourceAlreadyExistsException"
    assert error["Message"] == "The specified log stream already exists"


def test_a_key_lets_the_logs_of_its_region_use_it(logs: Any, name: str, create_key: Callable[..., str]) -> None:
    key = create_key("logs.us-east-1.amazonaws.com", f"arn:aws:logs:us-east-1:123456789012:log-group:{name}")
    logs.create_log_group(logGroupName=name, kmsKeyId=key)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["kmsKeyId"] == key


@pytest.mark.parametrize(
    ("service", "group"), [("logs.eu-west-1.amazonaws.com", "{}"), ("logs.us-east-1.amazonaws.com", "another")]
)
def test_a_key_that_lets_others_in_is_refused(
    logs: Any, name: str, create_key: Callable[..., str], service: str, group: str
) -> None:
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:"
    key = create_key(service, arn + group.format(name))
    with pytest.raises(ClientError) as refused:
        logs.create_log_group(logGroupName=name, kmsKeyId=key)
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidParameterException"
    assert error["Message"] == (
        f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}{name}'"
    )
