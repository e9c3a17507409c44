"""What SageMaker tells EventBridge of its resources.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

import re
from datetime import datetime
from typing import Any

from localaws.events import bus
from localaws.sagemaker.models import Endpoint, Resource, TrainingJob
from localaws.sagemaker.notebooks import NotebookInstance
from localaws.sagemaker.packages import ModelPackage
from localaws.sagemaker.transforms import TransformJob


def job_changed(job: TrainingJob) -> None:
    """Tell of a training job's new status or secondary status."""
    told = job.describe()
    for name in ("ModelArtifacts", "FinalMetricDataList", "TrainingTimeInSeconds", "BillableTimeInSeconds"):
        told.pop(name, None)
    _tell(job, "SageMaker Training Job State Change", told | {"Tags": job.tags})


def transform_changed(job: TransformJob) -> None:
    """Tell of a transform job's new status."""
    _tell(job, "SageMaker Transform Job State Change", job.describe() | {"Tags": job.tags})


def endpoint_changed(endpoint: Endpoint) -> None:
    """Tell of an endpoint's new status, whose words are those of constants here (IN_SERVICE)."""
    told = endpoint.describe()
    told.pop("PendingDeploymentSummary", None)
    status = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", endpoint.status).upper()
    _tell(endpoint, "SageMaker Endpoint State Change", told | {"EndpointStatus": status, "Tags": endpoint.tags})


def package_changed(package: ModelPackage) -> None:
    """Tell of a model package's creation, approval or rejection."""
    _tell(package, "SageMaker Model Package State Change", package.describe())


def notebook_changed(notebook: NotebookInstance) -> None:
    """Tell of a notebook instance's new status."""
    _tell(notebook, "SageMaker Notebook Instance State Change", notebook.describe() | {"Tags": notebook.tags})


def _tell(resource: Resource, detail_type: str, detail: dict[str, Any]) -> None:
    region, account_id = resource.arn.split(":")[3:5]
    told = {"resources": [resource.arn], "detail": _plain(detail)}
    bus.put(bus.event_of(account_id, region, "aws.sagemaker", detail_type, **told))


def _plain(value: Any) -> Any:
    """Return a document with its times in milliseconds, as these events have them."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
