"""What Lambda tells CloudWatch of its invocations.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from moto.awslambda.models import LambdaFunction

from localaws.awslambda.workers import Outcome
from localaws.cloudwatch.metrics import record


def invoked(function: LambdaFunction, outcome: Outcome) -> None:
    """Count an invocation that ran."""
    _record(function, "Count", Invocations=1, Errors=int(outcome.failed))
    _record(function, "Milliseconds", Duration=outcome.milliseconds)


def throttled(function: LambdaFunction) -> None:
    """Count an invocation for which there was no room."""
    _record(function, "Count", Throttles=1)


def _record(function: LambdaFunction, unit: str, **values: float) -> None:
    name, version = function.function_name, function.version
    resource = name if version == "$LATEST" else f"{name}:{version}"
    for dimensions in ({"FunctionName": name}, {"FunctionName": name, "Resource": resource}):
        record(function.account_id, function.region, "AWS/Lambda", dimensions, unit=unit, values=values)
