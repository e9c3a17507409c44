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
