"""CloudWatch's alarms."""

from typing import Any

from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.providers.base import Clients, Provider, Work, tags_of

_NAME_LIMIT = 255


class Alarm(Provider):
    """AWS::CloudWatch::Alarm, on one metric."""

    type = "AWS::CloudWatch::Alarm"
    effective = (
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "AlarmName",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluationPeriods",
        "ExtendedStatistic",
        "InsufficientDataActions",
        "MetricName",
        "Namespace",
        "OKActions",
        "Period",
        "Statistic",
        "Tags",
        "Threshold",
        "TreatMissingData",
        "Unit",
    )
    attribute_names = ("Arn",)
    name_property = "AlarmName"

    def exists(self, client: Clients, name: str) -> bool:
        return bool(client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"])

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        name = properties.get("AlarmName") or work.generated_name(_NAME_LIMIT)
        cloudwatch = work.client("cloudwatch")
        # PutMetricAlarm would change an existing alarm, whoever it belongs to.
        if cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
            raise ResourceError(f"{name} already exists")
        cloudwatch.put_metric_alarm(**properties | {"AlarmName": name})
        work.identified(name)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        cloudwatch = work.client("cloudwatch")
        # Tags are the new alarm's only: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        settings = {key: value for key, value in new.items() if key != "Tags"}
        cloudwatch.put_metric_alarm(**settings | {"AlarmName": physical_id})
        arn = self.attributes(work, physical_id, new)["Arn"]
        if gone := tags_of(old).keys() - tags_of(new).keys():
            cloudwatch.untag_resource(ResourceARN=arn, TagKeys=sorted(gone))
        if tags_of(old) != tags_of(new) and "Tags" in new:
            cloudwatch.tag_resource(ResourceARN=arn, Tags=new["Tags"])

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("cloudwatch").delete_alarms(AlarmNames=[physical_id])

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"Arn": work.arn("cloudwatch", f"alarm:{physical_id}")}
