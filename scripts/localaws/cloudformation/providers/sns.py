"""Topics with the subscriptions that they name themselves."""

from typing import Any

from botocore.exceptions import ClientError

from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.providers.base import Provider, Work, tags_of

_NAME_LIMIT = 256


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
            if (found["Protocol"], found["Endpoint"]) in gone:
                sns.unsubscribe(SubscriptionArn=found["SubscriptionArn"])


def _exists(sns: Any, arn: str) -> bool:
    try:
        sns.get_topic_attributes(TopicArn=arn)
    except ClientError:
        return False
    return True
