"""Metrics in CloudWatch: of invocations, put by the service, and of training, put as the execution role."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import durations

Client = Callable[[str], Any]
CSV = {"ContentType": "text/csv"}


@pytest.fixture
def data_points(client: Client) -> Callable[..., list[dict[str, Any]]]:
    """A function that returns the data points of a metric with these dimensions, of the last hour."""

    def ask(namespace: str, metric: str, **dimensions: str) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        answer = client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=7200,
            Statistics=["Sum", "SampleCount", "Average"],
        )
        return list(answer["Datapoints"])

    return ask


def test_invocations_are_counted(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    data_points: Callable[..., list[dict[str, Any]]],
) -> None:
    endpoint, runtime = create_endpoint(create_config()), client("sagemaker-runtime")
    runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5", **CSV)
    with pytest.raises(ClientError):
        runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5,7", **CSV)
    with pytest.raises(ClientError):
        runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5", Accept="application/jsonlines", **CSV)
    of = {"EndpointName": endpoint, "VariantName": "AllTraffic"}
    sums = {
        metric: sum(point["Sum"] for point in data_points("AWS/SageMaker", metric, **of))
        for metric in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")
    }
    assert sums == {
        "Invocations": 3,
        "Invocation4XXErrors": 1,
        "Invocation5XXErrors": 1,
        "InvocationModelErrors": 2,
    }
    for metric in ("ModelLatency", "OverheadLatency"):
        (point,) = data_points("AWS/SageMaker", metric, **of)
        assert (point["SampleCount"], point["Unit"], point["Average"] > 0) == (3, "Microseconds", True)


def test_an_endpoint_s_errors_ring_an_alarm(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    wait: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(durations, "alarm_evaluation", 0.02)
    endpoint, runtime = create_endpoint(create_config()), client("sagemaker-runtime")
    client("cloudwatch").put_metric_alarm(
        AlarmName=endpoint,
        Namespace="AWS/SageMaker",
        MetricName="Invocation4XXErrors",
        Dimensions=[{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": "AllTraffic"}],
        Statistic="Sum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )

    def becomes(state: str) -> None:
        wait(
            lambda: client("cloudwatch").describe_alarms(AlarmNames=[endpoint])["MetricAlarms"][0],
            lambda alarm: alarm["StateValue"] == state,
        )

    runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5", **CSV)
    becomes("OK")
    with pytest.raises(ClientError):
        runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5,7", **CSV)
    becomes("ALARM")
    client("cloudwatch").delete_alarms(AlarmNames=[endpoint])


def test_the_metrics_of_training_are_put_round_by_round(
    train: Callable[..., Any], data_points: Callable[..., list[dict[str, Any]]]
) -> None:
    rounds = {"num_round": "3", "objective": "reg:squarederror", "base_score": "2", "eta": "1", "lambda": "0"}
    job = train(HyperParameters=rounds)
    (point,) = data_points("/aws/sagemaker/TrainingJobs", "validation:rmse", TrainingJobName=job["TrainingJobName"])
    assert (point["SampleCount"], point["Average"]) == (3, 0.0)
