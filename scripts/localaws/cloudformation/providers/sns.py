"""Topics, who may do what with them, and their subscriptions."""

import json
from typing import Any

from botocore.exceptions import ClientError

from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.providers.base import Provider, Work, given, tags_of

_NAME_LIMIT = 256
# With what an update that takes one away goes back to.
_SETTINGS: dict[str, Any] = {"FilterPolicy": {}, "FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": False}


class Topic(Provider):
    """AWS::SNS::Topic."""

    type = "AWS::SNS::Topic"
    effective = ("DisplayName", "Subscription", "Tags", "TopicName")
    stored = ("KmsMasterKeyId",)
    attribute_names = ("TopicArn", "TopicName")
    name_property = "TopicName"

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        name = properties.get("TopicName") or work.generated_name(_NAME_LIMIT)
        sns = work.client("sns")
        # CreateTopic answers an existing topic, whoever it belongs to, as if it were new.
        if "TopicName" in properties and _exists(sns, work.arn("sns", name)):
            raise ResourceError(f"{name} already exists")
        arn = sns.create_topic(Name=name, Tags=properties.get("Tags", []))["TopicArn"]
        work.identified(arn)
        self.update(work, arn, {}, properties)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        sns = work.client("sns")
        for name in ("DisplayName", "KmsMasterKeyId"):
            if old.get(name) != new.get(name):
                sns.set_topic_attributes(TopicArn=physical_id, AttributeName=name, AttributeValue=new.get(name, ""))
        self._subscribe(sns, physical_id, old.get("Subscription", []), new.get("Subscription", []))
        if gone := tags_of(old).keys() - tags_of(new).keys():
            sns.untag_resource(ResourceArn=physical_id, TagKeys=sorted(gone))
        if old and "Tags" in new:
            sns.tag_resource(ResourceArn=physical_id, Tags=new["Tags"])

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("sns").delete_topic(TopicArn=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"TopicArn": physical_id, "TopicName": physical_id.rpartition(":")[2]}

    def _subscribe(self, sns: Any, arn: str, old: list[dict[str, str]], new: list[dict[str, str]]) -> None:
        for subscription in new:
            if subscription not in old:
                sns.subscribe(TopicArn=arn, **subscription)
        gone = [(s["Protocol"], s["Endpoint"]) for s in old if s not in new]
        for found in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] if gone else []:
            # One that waits for its confirmation has no ARN, and goes by itself when nobody confirms it.
            if (found["Protocol"], found["Endpoint"]) in gone and found["SubscriptionArn"].startswith("arn:"):
                sns.unsubscribe(SubscriptionArn=found["SubscriptionArn"])


class TopicPolicy(Provider):
    """AWS::SNS::TopicPolicy. Deleting it gives the topics the policy back that every topic begins with."""

    type = "AWS::SNS::TopicPolicy"
    effective = ("PolicyDocument", "Topics")
    attribute_names = ("Id",)

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        work.identified(work.generated_name(_NAME_LIMIT))
        self._put(work, properties["Topics"], properties["PolicyDocument"])

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        self._put(work, new["Topics"], new["PolicyDocument"])
        self._reset(work, [topic for topic in old["Topics"] if topic not in new["Topics"]])

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        self._reset(work, properties["Topics"])

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"Id": physical_id}

    def _put(self, work: Work, topics: list[str], document: Any) -> None:
        policy = document if isinstance(document, str) else json.dumps(document)
        for topic in topics:
            work.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)

    def _reset(self, work: Work, topics: list[str]) -> None:
        for topic in topics:
            self._put(work, [topic], _default_policy(topic, work.account_id))


class Subscription(Provider):
    """AWS::SNS::Subscription."""

    type = "AWS::SNS::Subscription"
    effective = ("Endpoint", "FilterPolicy", "FilterPolicyScope", "Protocol", "RawMessageDelivery", "TopicArn")
    attribute_names = ("Arn",)

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        settings = {name: _setting(properties[name]) for name in _SETTINGS if name in properties}
        subscribed = work.client("sns").subscribe(
            **given(properties, "TopicArn", "Protocol", "Endpoint"), Attributes=settings, ReturnSubscriptionArn=True
        )
        work.identified(subscribed["SubscriptionArn"])

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        for name, default in _SETTINGS.items():
            if old.get(name) != new.get(name):
                work.client("sns").set_subscription_attributes(
                    SubscriptionArn=physical_id,
                    AttributeName=name,
                    AttributeValue=_setting(new.get(name, default)),
                )

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("sns").unsubscribe(SubscriptionArn=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"Arn": physical_id}


def _setting(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _default_policy(topic_arn: str, owner: str) -> dict[str, Any]:
    """Return the policy that SNS gives a new topic: its owner may do everything with it."""
    names = ("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic")
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in (*names, "Subscribe", "ListSubscriptionsByTopic", "Publish")],
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


def _exists(sns: Any, arn: str) -> bool:
    try:
        sns.get_topic_attributes(TopicArn=arn)
    except ClientError:
        return False
    return True
