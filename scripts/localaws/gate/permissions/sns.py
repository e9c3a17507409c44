"""SNS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html"""

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, everything, rows

_TOPIC = "{TopicArn}"
_ANY = "{ResourceArn}"


def _target(call: Call) -> list[str]:
    """Return a topic, or what else a message goes to: a phone number has no ARN."""
    return [call.parameters.get("TopicArn") or call.parameters.get("TargetArn") or "*"]


def _subscribed(call: Call) -> list[str]:
    """Return the topic of a subscription, whose ARN is the topic's with an id behind."""
    return [str(call.parameters["SubscriptionArn"]).rpartition(":")[0]]


TABLE: Table = {
    # https://docs.aws.amazon.com/sns/latest/dg/sns-tagging.html
    "CreateTopic": Row("{Name}", tags="Tags", tagging="SNS:TagResource"),
    **rows(_TOPIC, "DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission"),
    "Subscribe": Row(_TOPIC, keys={"sns:endpoint": "Endpoint", "sns:protocol": "Protocol"}),
    **rows(_TOPIC, "ConfirmSubscription", "ListSubscriptionsByTopic"),
    "Publish": Row(_target),
    "PublishBatch": Row(_TOPIC, "SNS:Publish"),
    # Seen in denials: https://github.com/nccgroup/Scout2/issues/129
    "ListTopics": Row(everything),
    "ListSubscriptions": Row(),
    **rows(_subscribed, "GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe"),
    "ListTagsForResource": Row(_ANY),
    "TagResource": Row(_ANY, tags="Tags"),
    "UntagResource": Row(_ANY, keys={"aws:tagkeys": "TagKeys"}),
}
