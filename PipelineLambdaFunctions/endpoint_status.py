"""Looks at an endpoint once: does it serve what was deployed, is it still changing, or did it fail?"""

from collections.abc import Mapping
from typing import Any, Literal

from artifacts import Artifacts
from console_links import log_link
from continuation import Deadline
from outcomes import Done, Failed, Outcome, Waiting
from pipeline_answer import Progress

# Every word of botocore's EndpointStatus (a test compares); any other word fails with its name.
ENDPOINT_STATUS: Mapping[str, Literal["wait", "done", "failed"]] = {
    "Creating": "wait",
    "Updating": "wait",
    "SystemUpdating": "wait",
    "RollingBack": "wait",  # ends InService, with the configuration before
    "InService": "done",
    "OutOfService": "failed",
    "Deleting": "failed",
    "Failed": "failed",
    "UpdateRollbackFailed": "failed",
}

_ADVICE = (
    "Mend the cause, then choose Retry stage with all actions:"
    " a retry of the failed action alone would look at the same deployment again."
)


def watch_endpoint(artifacts: Artifacts, deadline: Deadline, sagemaker: Any, progress: Progress) -> Outcome:
    """Answer for the endpoint of the input artifact."""
    progress("reading the input artifact")
    deployment = artifacts.deployment()
    name, wanted = deployment["endpoint"], deployment["endpoint_config"]
    progress(f"looking at the endpoint {name}")
    described = sagemaker.describe_endpoint(EndpointName=name)
    status, serves = described["EndpointStatus"], described["EndpointConfigName"]
    told = described.get("FailureReason", "").rstrip(". \n")
    reason = told or "SageMaker gave no reason"
    link = log_link(sagemaker.meta.region_name, "Endpoints", name)
    match ENDPOINT_STATUS.get(status):
        case "done" if serves == wanted:
            return Done(f"Endpoint {name} serves {wanted}", {"endpoint": name, "endpoint_config": wanted})
        case "done" if not told and deadline.token.is_fresh:  # UpdateEndpoint's effect may not be seen yet
            summary = f"Endpoint {name} serves {serves}, not yet {wanted}"
        case "done":
            return Failed(
                f"Endpoint {name} was rolled back: it serves {serves}, not {wanted}: {reason}. Log: {link} {_ADVICE}"
            )
        case "wait" if deadline.is_past:
            return Failed(f"Endpoint {name} was still {status} after {deadline.minutes} minutes. Log: {link} {_ADVICE}")
        case "wait":
            summary = f"Endpoint {name} is {status}"
        case "failed":
            return Failed(f"Endpoint {name} is {status}: {reason}. Log: {link} {_ADVICE}")
        case _:
            return Failed(f"Endpoint {name} has the status {status!r}, which this function does not know. {link}")
    return Waiting(deadline.token, summary)
