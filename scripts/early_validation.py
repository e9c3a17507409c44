"""What CloudFormation finds before it makes anything. The events of a stack do not name it: DescribeEvents does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
"""

from typing import Any

from botocore.exceptions import ClientError

FAILED = "VALIDATION_FAILED"
"""The DetailedStatus of the event that stands for all that was found."""
_STOPS_A_CHANGE_SET = "validation failed: ["


def stops(reason: str) -> bool:
    """Whether a change set failed because of what was found."""
    return _STOPS_A_CHANGE_SET in reason


def findings(cloudformation: Any, **of: str) -> list[dict[str, Any]]:
    """What stopped a change set, or a stack's last operation that was stopped so, each as an event of its resource.

    None for whoever may not ask (cloudformation:DescribeEvents).
    """
    try:
        pages = cloudformation.get_paginator("describe_events").paginate(**of, Filters={"FailedEvents": True})
        events = [event for page in pages for event in page["OperationEvents"]]
    except ClientError:
        return []
    found = [event for event in events if event.get("ValidationFailureMode") == "FAIL"]
    return [_as_event(event) for event in reversed(found) if event["OperationId"] == found[0]["OperationId"]]


def told(found: list[dict[str, Any]]) -> str:
    """What was found, in one line."""
    return "; ".join(f"{one['LogicalResourceId']}: {one['ResourceStatusReason'].rstrip('.')}" for one in found)


def _as_event(found: dict[str, Any]) -> dict[str, Any]:
    resource, path = found["LogicalResourceId"], found.get("ValidationPath", "")
    where = f" (at {path})" if path not in {"", f"/Resources/{resource}"} else ""
    return {
        "LogicalResourceId": resource,
        "PhysicalResourceId": "",
        "ResourceType": found["ResourceType"],
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": f"{found['ValidationStatusReason'].rstrip('.')}{where}",
    }
