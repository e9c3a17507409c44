"""Links to the log of what SageMaker runs."""

from typing import Literal
from urllib.parse import quote

_HOSTS = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}


def log_link(region: str, kind: Literal["TrainingJobs", "Endpoints"], name: str) -> str:
    """The CloudWatch console at the log streams of a training job, or at the log group of an endpoint."""
    host = next((host for prefix, host in _HOSTS.items() if region.startswith(prefix)), "console.aws.amazon.com")
    group = f"/aws/sagemaker/{kind}" if kind == "TrainingJobs" else f"/aws/sagemaker/{kind}/{name}"
    link = f"https://{region}.{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{_twice(group)}"
    return link + (_escaped(f"?logStreamNameFilter={name}") if kind == "TrainingJobs" else "")


def _twice(text: str) -> str:
    # The console reads the part behind '#' percent-decoded twice, with '$' for '%'.
    return quote(quote(text, safe=""), safe="").replace("%", "$")


def _escaped(text: str) -> str:
    return quote(text, safe="").replace("%", "$")
