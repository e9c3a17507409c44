"""Policies that compare tags: those of what a call is about with a text, or with the caller's own."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]

LIST = [{"Key": "Team", "Value": "wine"}]


def test_a_policy_asks_for_a_tag(client: Client, person: Any) -> None:
    ours, theirs = (f"t-{uuid4().hex[:8]}" for _ in range(2))
    for name, team in ((ours, "wine"), (theirs, "beer")):
        client("sns").create_topic(Name=name, Tags=[{"Key": "Team", "Value": team}])
    condition = {"StringEquals": {"aws:ResourceTag/Team": "wine"}}
    sns = person.may({"Action": "sns:Publish", "Resource": "*", "Condition": condition}).client("sns")
    sns.publish(TopicArn=f"arn:aws:sns:us-east-1:123456789012:{ours}", Message="m")
    with pytest.raises(ClientError) as denied:
        sns.publish(TopicArn=f"arn:aws:sns:us-east-1:123456789012:{theirs}", Message="m")
    assert denied.value.response["Error"]["Code"] == "AuthorizationError"


def test_a_policy_compares_the_tags_of_role_and_resource(client: Client, role: Any) -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/tutorial_attribute-based-access-control.html
    topic = client("sns").create_topic(Name=f"t-{uuid4().hex[:8]}", Tags=LIST)["TopicArn"]
    condition = {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}
    role.may({"Action": "sns:Publish", "Resource": "*", "Condition": condition})
    session = role.session().client("sns", "us-east-1")
    with pytest.raises(ClientError) as denied:
        session.publish(TopicArn=topic, Message="m")
    assert denied.value.response["Error"]["Code"] == "AuthorizationError"
    client("iam").tag_role(RoleName=role.name, Tags=LIST)
    session.publish(TopicArn=topic, Message="m")


ARN = "arn:aws:{}:us-east-1:123456789012:{}"
WORDS = "aws: prefixed tag key names are not allowed for external use."
KEYED, LOWER = [{"Key": "aws:team", "Value": "wine"}], [{"key": "AWS:team", "value": "wine"}]
MAP = {"aws:team": "wine"}
# service, operation, parameters, code, message
RESERVED: list[tuple[str, str, dict[str, Any], str, str]] = [
    (
        "cloudwatch",
        "tag_resource",
        {"ResourceARN": ARN.format("cloudwatch", "alarm:a"), "Tags": KEYED},
        "InvalidParameterValue",
        WORDS,
    ),
    (
        "codecommit",
        "create_repository",
        {"repositoryName": "r", "tags": MAP},
        "InvalidSystemTagUsageException",
        "The specified tag is not valid. Key names cannot be prefixed with aws:.",
    ),
    (
        "codepipeline",
        "tag_resource",
        {"resourceArn": ARN.format("codepipeline", "p"), "tags": LOWER},
        "InvalidTagsException",
        "Not allowed to modify system tags. System tags start with 'aws:'."
        " msg=[Caller is an end user and not allowed to mutate system tags] AWS:team",
    ),
    (
        "events",
        "put_rule",
        {"Name": "r", "ScheduleExpression": "rate(1 day)", "Tags": KEYED},
        "ValidationException",
        WORDS,
    ),
    ("iam", "create_user", {"UserName": "tagged", "Tags": KEYED}, "InvalidInput", WORDS),
    (
        "kms",
        "create_key",
        {"Tags": [{"TagKey": "aws:team", "TagValue": "wine"}]},
        "TagException",
        "Tags beginning with aws: are reserved",
    ),
    (
        "lambda",
        "tag_resource",
        {"Resource": ARN.format("lambda", "function:f"), "Tags": MAP},
        "InvalidParameterValueException",
        WORDS,
    ),
    (
        "lambda",
        "untag_resource",
        {"Resource": ARN.format("lambda", "function:f"), "TagKeys": ["a", "aws:team"]},
        "InvalidParameterValueException",
        WORDS,
    ),
    ("logs", "create_log_group", {"logGroupName": "g", "tags": MAP}, "InvalidParameterException", WORDS),
    (
        "s3",
        "put_object",
        {"Bucket": "{bucket}", "Key": "k", "Tagging": "aws%3Ateam=wine"},
        "InvalidTag",
        "Your TagKey cannot be prefixed with aws:",
    ),
    (
        "s3",
        "put_bucket_tagging",
        {"Bucket": "{bucket}", "Tagging": {"TagSet": KEYED}},
        "InvalidTag",
        "System tags cannot be added/updated by requester",
    ),
    (
        "sagemaker",
        "create_model_package_group",
        {"ModelPackageGroupName": "g", "Tags": KEYED},
        "ValidationException",
        WORDS,
    ),
    ("sns", "create_topic", {"Name": "t", "Tags": KEYED}, "InvalidParameter", f"Invalid parameter: {WORDS}"),
    (
        "ssm",
        "put_parameter",
        {"Name": "p", "Value": "v", "Type": "String", "Tags": KEYED},
        "ValidationException",
        WORDS,
    ),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "code", "message"), RESERVED)
def test_nobody_sets_or_takes_away_a_tag_of_aws(  # noqa: PLR0917 - fixtures and a row
    client: Client, bucket: str, service: str, operation: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    given = {name: value.format(bucket=bucket) if name == "Bucket" else value for name, value in parameters.items()}
    with pytest.raises(ClientError) as refused:
        getattr(client(service), operation)(**given)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)


def test_who_may_not_set_tags_is_told_so_first(person: Any) -> None:
    with pytest.raises(ClientError) as denied:
        person.client("sns").create_topic(Name="t", Tags=KEYED)
    assert denied.value.response["Error"]["Code"] == "AuthorizationError"
