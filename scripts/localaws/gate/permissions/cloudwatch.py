"""CloudWatch: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html"""

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, each, rows, values

_ANY = "{ResourceARN}"


def _described(call: Call) -> list[str]:
    names = (*values(call, "AlarmNames"), *values(call, "AlarmName"))
    return [f"alarm:{name}" for name in names] or ["alarm:*"]


def _dashboards(call: Call) -> list[str]:
    """Dashboards belong to no region."""
    names = (*values(call, "DashboardNames"), *values(call, "DashboardName"))
    return [f"arn:aws:cloudwatch::{call.account}:dashboard/{name}" for name in names]


TABLE: Table = {
    "PutMetricAlarm": Row(
        "alarm:{AlarmName}",
        keys={"cloudwatch:alarmactions": "AlarmActions"},
        tags="Tags",
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Tags
        tagging="cloudwatch:TagResource",
    ),
    "SetAlarmState": Row("alarm:{AlarmName}"),
    **rows(each("alarm:{}", "AlarmNames"), "DeleteAlarms", "DisableAlarmActions", "EnableAlarmActions"),
    **rows(_described, "DescribeAlarms", "DescribeAlarmHistory"),
    "PutMetricData": Row("*", keys={"cloudwatch:namespace": "Namespace"}),
    **rows("*", "DescribeAlarmsForMetric", "GetMetricData", "GetMetricStatistics", "ListMetrics", "ListDashboards"),
    "PutDashboard": Row(_dashboards, tags="Tags", tagging="cloudwatch:TagResource"),
    **rows(_dashboards, "GetDashboard", "DeleteDashboards"),
    "ListTagsForResource": Row(_ANY),
    "TagResource": Row(_ANY, tags="Tags"),
    "UntagResource": Row(_ANY, keys={"aws:tagkeys": "TagKeys"}),
}
