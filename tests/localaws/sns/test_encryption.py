"""Who publishes to a topic with a key must be able to use the key.

https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.gate.decision import DeniedError
from localaws.sns.engine import publish_for_service

Client = Callable[[str], Any]
ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
RULE = "arn:aws:events:us-east-1:123456789012:rule/r"


@pytest.fixture
def create_key(client: Client) -> Callable[..., str]:
    """A function that creates a key which the account administers and these principals may use; it returns the ARN."""

    def create(*users: dict[str, str]) -> str:
        administered = {"Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*"}
        used = [
            {"Effect": "Allow", "Principal": user, "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*"}
            for user in users
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": [administered, *used]})
        return str(client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])

    return create


@pytest.fixture
def publisher(local_aws: Any, client: Client) -> Any:
    """SNS as a user sees it who may publish, and nothing else."""
    name = f"u-{uuid.uuid4().hex[:8]}"
    client("iam").create_user(UserName=name)
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]}
    client("iam").put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(may))
    key = client("iam").create_access_key(UserName=name)["AccessKey"]
    return type(local_aws.administrator)(key["AccessKeyId"], key["SecretAccessKey"]).client("sns", "us-east-1")


def give_key(client: Client, topic: str, key: str) -> None:
    """Give a topic a key."""
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)


def let_eventbridge_in(client: Client, topic: str) -> None:
    """Let EventBridge publish to a topic."""
    service = {"Service": "events.amazonaws.com"}
    may = {"Effect": "Allow", "Principal": service, "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def test_who_may_not_use_the_key_may_not_publish(
    client: Client, publisher: Any, topic: str, create_key: Callable[..., str]
) -> None:
    key = create_key()
    give_key(client, topic, key)
    with pytest.raises(ClientError) as refused:
        publisher.publish(TopicArn=topic, Message="m")
    error = refused.value.response["Error"]
    assert error["Code"] == "KMSAccessDenied"
    assert f"is not authorized to perform: kms:GenerateDataKey on resource: {key}" in error["Message"]
    assert client("sns").publish(TopicArn=topic, Message="m")["MessageId"]


def test_everybody_may_publish_with_awss_own_key(client: Client, publisher: Any, topic: str) -> None:
    give_key(client, topic, "alias/aws/sns")
    assert publisher.publish(TopicArn=topic, Message="m")["MessageId"]


@pytest.mark.parametrize(
    ("rest", "code"), [("disable_key", "KMSDisabled"), ("schedule_key_deletion", "KMSInvalidState")]
)
def test_a_key_that_rests(client: Client, topic: str, create_key: Callable[..., str], rest: str, code: str) -> None:
    key = create_key()
    give_key(client, topic, key)
    getattr(client("kms"), rest)(KeyId=key)
    with pytest.raises(ClientError) as refused:
        client("sns").publish(TopicArn=topic, Message="m")
    assert refused.value.response["Error"]["Code"] == code


def test_a_key_that_is_not_there(client: Client, topic: str) -> None:
    give_key(client, topic, "alias/nowhere")
    with pytest.raises(ClientError) as refused:
        client("sns").publish(TopicArn=topic, Message="m")
    error = refused.value.response["Error"]
    message = "Alias arn:aws:kms:us-east-1:123456789012:alias/nowhere is not found."
    assert (error["Code"], error["Message"]) == ("KMSNotFound", message)


def test_a_service_needs_the_policy_of_the_key(client: Client, topic: str, create_key: Callable[..., str]) -> None:
    let_eventbridge_in(client, topic)
    give_key(client, topic, create_key({"Service": "events.amazonaws.com"}))
    publish_for_service("events.amazonaws.com", topic, "m", source_arn=RULE)
    for closed in (create_key(), "alias/aws/sns"):
        give_key(client, topic, closed)
        with pytest.raises(DeniedError, match="is not authorized to perform: kms:GenerateDataKey on"):
            publish_for_service("events.amazonaws.com", topic, "m", source_arn=RULE)
