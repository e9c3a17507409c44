"""CloudWatch Logs."""

import json
from typing import Any

from localaws.cloudformation.failures import ResourceError, handler_words
from localaws.cloudformation.providers.base import Clients, Provider, Work, tags_of

_NAME_LIMIT = 512


class LogGroup(Provider):
    """AWS::Logs::LogGroup."""

    type = "AWS::Logs::LogGroup"
    effective = ("LogGroupName", "Tags")
    stored = ("RetentionInDays",)
    attribute_names = ("Arn",)
    name_property = "LogGroupName"

    def exists(self, client: Clients, name: str) -> bool:
        found = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        return name in [group["logGroupName"] for group in found]

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        logs = work.client("logs")
        name = properties.get("LogGroupName") or work.generated_name(_NAME_LIMIT)
        tags = tags_of(properties)
        try:
            logs.create_log_group(logGroupName=name, **({"tags": tags} if tags else {}))
        except logs.exceptions.ResourceAlreadyExistsException as error:
            identifier = json.dumps({"/properties/LogGroupName": name}, separators=(",", ":"))
            message = f"Resource of type '{self.type}' with identifier '{identifier}' already exists."
            raise ResourceError(handler_words(message, "AlreadyExists")) from error
        work.identified(name)
        if "RetentionInDays" in properties:
            logs.put_retention_policy(logGroupName=name, retentionInDays=properties["RetentionInDays"])

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        logs = work.client("logs")
        if "RetentionInDays" in new:
            logs.put_retention_policy(logGroupName=physical_id, retentionInDays=new["RetentionInDays"])
        elif "RetentionInDays" in old:
            logs.delete_retention_policy(logGroupName=physical_id)
        gone = tags_of(old).keys() - tags_of(new).keys()
        if gone:
            logs.untag_log_group(logGroupName=physical_id, tags=sorted(gone))
        if tags := tags_of(new):
            logs.tag_log_group(logGroupName=physical_id, tags=tags)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("logs").delete_log_group(logGroupName=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"Arn": work.arn("logs", f"log-group:{physical_id}:*")}
