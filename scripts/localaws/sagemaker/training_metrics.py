"""What a training job prints of its metrics: the last values in its description, all of them in CloudWatch.

https://docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html
"""

import logging
import re
import struct
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.sagemaker.models import TrainingJob, now
from localaws.wire import Credentials

NAMESPACE = "/aws/sagemaker/TrainingJobs"
_LINE = re.compile(r"\[\d+\]((?:\t[^\t]+:\S+)+)")
_MOST_DATA = 1000  # PutMetricData's limit
_log = logging.getLogger(__name__)


class TrainingMetrics:
    """The metrics of a job: noted line by line, put when the job's process has ended.

    SageMaker puts them every minute, as the execution role; a role that may not loses them, and the work goes on.
    """

    def __init__(self, job: TrainingJob, credentials: Credentials, region: str) -> None:
        self._job = job
        self._credentials = credentials
        self._region = region
        self._data: list[tuple[str, float, datetime]] = []

    def note(self, line: str) -> None:
        """Take the metrics of a line, if it has any."""
        if match := _LINE.fullmatch(line):
            for metric in match[1].split("\t")[1:]:
                name, _, value = metric.rpartition(":")
                channel, _, metric_name = name.partition("-")
                rounded = struct.unpack("f", struct.pack("f", float(value)))[0]  # botocore: a float, not a double
                self._job.metrics[f"{channel}:{metric_name}"] = (rounded, now())
                self._data.append((f"{channel}:{metric_name}", rounded, now()))

    def put(self) -> None:
        """Send what was noted to CloudWatch."""
        if not self._data:
            return
        dimensions = [{"Name": "TrainingJobName", "Value": self._job.name}]
        data: list[dict[str, Any]] = [
            {"MetricName": name, "Value": value, "Timestamp": at, "Dimensions": dimensions}
            for name, value, at in self._data
        ]
        cloudwatch = self._credentials.client("cloudwatch", self._region)
        try:
            for start in range(0, len(data), _MOST_DATA):
                cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + _MOST_DATA])
        except (ClientError, BotoCoreError) as error:
            _log.info("%s: %s", self._job.name, error)
