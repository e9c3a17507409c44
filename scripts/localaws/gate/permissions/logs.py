"""CloudWatch Logs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html"""

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, parameter, rows


def _group(call: Call) -> list[str]:
    """Return a log group as AWS's denials show it, so that policies name it ``log-group:<name>:*``.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html,
    https://github.com/hashicorp/terraform-provider-aws/issues/8804
    """
    return [f"{_named(call)}:log-stream:"]


def _stream(call: Call) -> list[str]:
    return [f"{_named(call)}:log-stream:{call.parameters['logStreamName']}"]


def _named(call: Call) -> str:
    name = call.parameters.get("logGroupName") or call.parameters.get("logGroupIdentifier", "")
    return f"log-group:{name.rpartition(':log-group:')[2].partition(':')[0]}"


def _tagged(call: Call) -> list[str]:
    """Return a log group for tags: these alone are on its ARN without an end (see above)."""
    return [str(parameter(call, "resourceArn") or _named(call)).removesuffix(":*")]


TABLE: Table = {
    # AWS takes the deprecated logs:TagLogGroup for the tags as well, which is not done here.
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    "CreateLogGroup": Row(_group, tags="tags", tagging="logs:TagResource", tagged=_tagged),
    **rows(_group, "DeleteLogGroup", "DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents"),
    **rows(_group, "PutRetentionPolicy", "DeleteRetentionPolicy"),
    **rows(_stream, "CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents"),
    "ListTagsForResource": Row(_tagged),
    "TagResource": Row(_tagged, tags="tags"),
    "UntagResource": Row(_tagged, keys={"aws:tagkeys": "tagKeys"}),
    "ListTagsLogGroup": Row(_group),
    "TagLogGroup": Row(_group, tags="tags"),
    "UntagLogGroup": Row(_group, keys={"aws:tagkeys": "tags"}),
}
