"""What a training job prints of its metrics: the last values in its description, all of them in CloudWatch.

https://docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html
"""

import ctypes
import logging
import math
import re
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from localaws.sagemaker.models import TrainingJob, now
from localaws.wire import Credentials

NAMESPACE = "/aws/sagemaker/TrainingJobs"
_LINE = re.compile(r".*\[\d+\]((?:\t[^\t]+:\S+)+)")  # of several hosts, the time comes first
_MOST_DATA = 1000  # PutMetricData's limit
_log = logging.getLogger(__name__)


class TrainingMetrics:
    """The metrics of a job: noted line by line, a set of statistics a minute, put when the job's process has ended.

    SageMaker puts them while the job runs. It does so as the execution role; a role that may not loses them, and the
    work goes on.
    """

    def __init__(self, job: TrainingJob, credentials: Credentials, region: str) -> None:
        self._job = job
        self._credentials = credentials
        self._region = region
        self._statistics: dict[tuple[str, datetime], dict[str, float]] = {}

    def note(self, line: str) -> None:
        """Take the metrics of a line, if it has any."""
        if match := _LINE.fullmatch(line):
            for metric in match[1].split("\t")[1:]:
                name, _, value = metric.rpartition(":")
                channel, _, metric_name = name.partition("-")
                rounded = ctypes.c_float(float(value)).value  # botocore: a float, not a double
                if math.isfinite(rounded):  # CloudWatch takes no other value
                    self._note(f"{channel}:{metric_name}", rounded)

    def _note(self, name: str, value: float) -> None:
        at = now()
        self._job.metrics[name] = (value, at)
        minute = name, at.replace(second=0, microsecond=0)
        so_far = self._statistics.get(minute, {"SampleCount": 0, "Sum": 0, "Minimum": value, "Maximum": value})
        self._statistics[minute] = {
            "SampleCount": so_far["SampleCount"] + 1,
            "Sum": so_far["Sum"] + value,
            "Minimum": min(so_far["Minimum"], value),
            "Maximum": max(so_far["Maximum"], value),
        }

    def put(self) -> None:
        """Send what was noted to CloudWatch."""
        dimensions = [{"Name": "TrainingJobName", "Value": self._job.name}]
        data = [
            {"MetricName": name, "Timestamp": minute, "Dimensions": dimensions, "StatisticValues": statistics}
            for (name, minute), statistics in self._statistics.items()
        ]
        try:
            for start in range(0, len(data), _MOST_DATA):
                cloudwatch = self._credentials.client("cloudwatch", self._region)
                cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + _MOST_DATA])
        except (ClientError, BotoCoreError) as error:
            _log.info("%s: %s", self._job.name, error)
