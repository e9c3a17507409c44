"""Subscriptions, topic policies and alarms: each property is seen in its service, also after a change.

A row is a type, properties, how to look at the resource, and what is seen; then other properties, what is seen after
an update to them, and the resources that it needs.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:a-function"
TOPICS = {name: {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"of-{name}"}} for name in ("One", "Two")}


def subscription(topic: str, protocol: str, endpoint: str, **more: Any) -> dict[str, Any]:
    """Return a subscription to a topic."""
    return {"TopicArn": {"Ref": topic}, "Protocol": protocol, "Endpoint": endpoint} | more


def see_subscription(client: Any, arn: str) -> Any:
    found = client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return {
        "to": (found["TopicArn"].rpartition(":")[2], found["Protocol"], found["Endpoint"]),
        "filter": json.loads(found.get("FilterPolicy", "{}")),
        "scope": found.get("FilterPolicyScope", "MessageAttributes"),
        "raw": found["RawMessageDelivery"],
    }


def policy(sid: str, *topics: str) -> dict[str, Any]:
    """Return a policy that lets EventBridge publish to topics."""
    allow = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Statement": [allow]}
    return {"PolicyDocument": document, "Topics": [{"Ref": topic} for topic in topics]}


def see_policies(client: Any, _: str) -> Any:
    arns = [f"arn:aws:sns:us-east-1:123456789012:of-{name}" for name in ("One", "Two")]
    found = [client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"] for arn in arns]
    return [json.loads(document)["Statement"][0]["Sid"] for document in found]


_DEFAULTS = {"TreatMissingData": "missing", "Dimensions": []}


def see_alarm(client: Any, name: str) -> Any:
    cloudwatch = client("cloudwatch")
    (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    shown = (
        *("Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Period", "Threshold", "ComparisonOperator"),
        *("EvaluationPeriods", "DatapointsToAlarm", "TreatMissingData", "Unit", "Dimensions"),
    )
    tags = cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
    return {
        "settings": [found.get(key) or _DEFAULTS.get(key) for key in shown],
        "says": (name, found.get("AlarmDescription")),
        "does": [found[key] for key in ("ActionsEnabled", "AlarmActions", "OKActions", "InsufficientDataActions")],
        "tags": [each["Value"] for each in tags if not each["Key"].startswith("aws:")],
    }


TOPIC = "arn:aws:sns:us-east-1:123456789012:a-topic"
ALARM = {
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": "2",
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 60,
    "Threshold": "1.5",
}
SETTINGS = ["AWS/Lambda", "Errors"]
ROWS: list[tuple[Any, ...]] = [
    (
        "AWS::SNS::Subscription",
        subscription(
            "One",
            "lambda",
            FUNCTION,
            FilterPolicy={"kind": ["a"]},
            FilterPolicyScope="MessageBody",
        ),
        see_subscription,
        {"to": ("of-One", "lambda", FUNCTION), "filter": {"kind": ["a"]}, "scope": "MessageBody", "raw": "false"},
        subscription("One", "lambda", FUNCTION),
        {"to": ("of-One", "lambda", FUNCTION), "filter": {}, "scope": "MessageAttributes", "raw": "false"},
        TOPICS,
    ),
    (
        "AWS::SNS::Subscription",
        subscription("One", "http", "http://127.0.0.1:9/", RawMessageDelivery="true"),
        see_subscription,
        {"to": ("of-One", "http", "http://127.0.0.1:9/"), "filter": {}, "scope": "MessageAttributes", "raw": "true"},
        subscription("Two", "http", "http://127.0.0.1:9/"),
        {"to": ("of-Two", "http", "http://127.0.0.1:9/"), "filter": {}, "scope": "MessageAttributes", "raw": "false"},
        TOPICS,
    ),
    (
        "AWS::SNS::TopicPolicy",
        policy("one", "One"),
        see_policies,
        ["one", "__default_statement_ID"],
        policy("two", "Two"),
        ["__default_statement_ID", "two"],
        TOPICS,
    ),
    (
        "AWS::CloudWatch::Alarm",
        ALARM
        | {
            "ActionsEnabled": False,
            "AlarmActions": [TOPIC],
            "AlarmDescription": "what",
            "AlarmName": "an-alarm-by-name",
            "DatapointsToAlarm": 1,
            "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
            "InsufficientDataActions": [TOPIC],
            "OKActions": [TOPIC],
            "Statistic": "Sum",
            "Tags": [{"Key": "colour", "Value": "red"}],
            "TreatMissingData": "notBreaching",
            "Unit": "Count",
        },
        see_alarm,
        {
            "settings": [
                *(*SETTINGS, "Sum", None, 60, 1.5, "GreaterThanThreshold"),
                *(2, 1, "notBreaching", "Count", [{"Name": "FunctionName", "Value": "f"}]),
            ],
            "says": ("an-alarm-by-name", "what"),
            "does": [False, [TOPIC], [TOPIC], [TOPIC]],
            "tags": ["red"],
        },
        ALARM | {"AlarmName": "an-alarm-by-name", "Statistic": "Maximum", "EvaluationPeriods": 1},
        {
            "settings": [*SETTINGS, "Maximum", None, 60, 1.5, "GreaterThanThreshold", 1, None, "missing", None, []],
            "says": ("an-alarm-by-name", None),
            "does": [True, [], [], []],
            "tags": [],
        },
    ),
    (
        "AWS::CloudWatch::Alarm",
        ALARM | {"AlarmName": "an-alarm-of-percentiles", "ExtendedStatistic": "p90"},
        lambda client, name: see_alarm(client, name)["settings"][2:4],
        [None, "p90"],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{'-'.join(row[1])[:60]}")
def test_properties_are_seen_in_the_service(prove: Callable[..., None], row: tuple[Any, ...]) -> None:
    prove(*row)


@pytest.mark.parametrize("kind", sorted({row[0] for row in ROWS}))
def test_every_property_of_a_provider_has_a_row(unproved: Callable[..., set[str]], kind: str) -> None:
    assert unproved(kind, ROWS) == set()


def test_a_topic_has_its_first_policy_again_when_its_own_is_gone(stack: Any) -> None:
    topic = {"Type": "AWS::SNS::Topic"}
    stack.create({"Resources": {"One": topic}})
    arn = stack.physical_id("One")
    first = stack.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
    own = {"Type": "AWS::SNS::TopicPolicy", "Properties": policy("own", "One")}
    stack.update({"Resources": {"One": topic, "Policy": own}})

    stack.update({"Resources": {"One": topic}})

    assert json.loads(stack.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]) == json.loads(
        first
    )
