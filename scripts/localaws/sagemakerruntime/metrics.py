"""What SageMaker tells CloudWatch of the invocations of an endpoint.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html, "endpoint invocation metrics"
"""

import time

from localaws.cloudwatch.metrics import record
from localaws.sagemaker.models import Endpoint

_NAMESPACE = "AWS/SageMaker"
_MICROSECONDS = 1_000_000


def invoked(endpoint: Endpoint, variant: str, status: int, began: float, *, answered: float) -> None:
    """Count an invocation whose container had it between two moments of the monotonic clock.

    A status of 0 is that of a container which did not answer in time.
    """
    region, account_id = endpoint.arn.split(":")[3:5]
    of = {"EndpointName": endpoint.name, "VariantName": variant}
    counts = {
        "Invocations": 1,
        "Invocation4XXErrors": int(400 <= status < 500),
        "Invocation5XXErrors": int(status >= 500 or status == 0),
        "InvocationModelErrors": int(not 200 <= status < 300),
    }
    record(account_id, region, _NAMESPACE, of, unit="None", values=counts)
    latencies = {"ModelLatency": answered - began, "OverheadLatency": time.monotonic() - answered}
    values = {name: seconds * _MICROSECONDS for name, seconds in latencies.items()}
    record(account_id, region, _NAMESPACE, of, unit="Microseconds", values=values)
