"""Statistics are of one metric with exactly its dimensions, by periods that begin at their multiples."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.cloudwatch.models import cloudwatch_backends

from localaws.clock import clock
from localaws.cloudwatch.metrics import record

Client = Callable[[str], Any]
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


@pytest.fixture
def namespace(client: Client) -> str:
    """A namespace with five values of a metric over two minutes, and one of the metric with another dimension."""
    name = f"own{uuid.uuid4().hex[:8]}"
    values = [(10, 1), (20, 2), (50, 6), (70, 4), (110, 5)]
    data = [
        {"MetricName": "m", "Value": value, "Unit": "Count", "Timestamp": NOON + timedelta(seconds=second)}
        for second, value in values
    ]
    other = {"MetricName": "m", "Value": 100, "Timestamp": NOON, "Dimensions": [{"Name": "a", "Value": "1"}]}
    client("cloudwatch").put_metric_data(Namespace=name, MetricData=[*data, other])
    return name


def test_statistics_are_by_period(client: Client, namespace: str) -> None:
    answer = client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName="m",
        StartTime=NOON,
        EndTime=NOON + timedelta(minutes=5),
        Period=60,
        Statistics=["SampleCount", "Sum", "Average", "Minimum", "Maximum"],
    )
    keys = ("Timestamp", "SampleCount", "Sum", "Average", "Minimum", "Maximum", "Unit")
    assert [tuple(point[key] for key in keys) for point in answer["Datapoints"]] == [
        (NOON, 3.0, 9.0, 3.0, 1.0, 6.0, "Count"),
        (NOON + timedelta(minutes=1), 2.0, 9.0, 4.5, 4.0, 5.0, "Count"),
    ]


def test_percentiles_are_of_the_values(client: Client, namespace: str) -> None:
    answer = client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName="m",
        StartTime=NOON,
        EndTime=NOON + timedelta(minutes=5),
        Period=300,
        ExtendedStatistics=["p50", "p99"],
    )
    assert [point["ExtendedStatistics"] for point in answer["Datapoints"]] == [{"p50": 4.0, "p99": 6.0}]


def test_metric_data_is_newest_first_unless_asked(client: Client, namespace: str) -> None:
    stat = {"Metric": {"Namespace": namespace, "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    query = {"Id": "q", "MetricStat": stat}
    times = {"StartTime": NOON, "EndTime": NOON + timedelta(minutes=5)}
    for order, values in (({}, [9.0, 9.0]), ({"ScanBy": "TimestampAscending"}, [9.0, 9.0])):
        (result,) = client("cloudwatch").get_metric_data(MetricDataQueries=[query], **times, **order)[
            "MetricDataResults"
        ]
        assert result["Values"] == values
        expected = [NOON, NOON + timedelta(minutes=1)]
        assert result["Timestamps"] == (expected if order else expected[::-1])


@pytest.mark.parametrize(("period", "sums"), [(60, [9.0, 9.0]), (20, [2.0, 6.0, 4.0, 5.0])], ids=["a minute", "less"])
def test_a_start_is_rounded_down_to_a_period_of_at_most_a_minute(
    client: Client, namespace: str, period: int, sums: list[float]
) -> None:
    times = {"StartTime": NOON + timedelta(seconds=25), "EndTime": NOON + timedelta(minutes=5)}
    stat = {"Metric": {"Namespace": namespace, "MetricName": "m"}, "Period": period, "Stat": "Sum"}
    (result,) = client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "q", "MetricStat": stat}], ScanBy="TimestampAscending", **times
    )["MetricDataResults"]
    points = client("cloudwatch").get_metric_statistics(
        Namespace=namespace, MetricName="m", Period=period, Statistics=["Sum"], **times
    )["Datapoints"]
    assert (result["Values"], [point["Sum"] for point in points]) == (sums, sums)


def test_what_a_service_puts_is_kept_by_the_minute(client: Client) -> None:
    namespace, dimensions = f"AWS/{uuid.uuid4().hex[:8]}", {"FunctionName": "f"}
    data = cloudwatch_backends["123456789012"]["us-east-1"].metric_data
    clock.move(60 - clock.now() % 60)
    for minute in range(2):
        for value in range(1, 2001):
            record("123456789012", "us-east-1", namespace, dimensions, unit="Count", values={"m": value + minute / 2})
        clock.move(60)
    statistics = ["SampleCount", "Sum", "Minimum", "Maximum"]
    points = client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName="m",
        Dimensions=[{"Name": "FunctionName", "Value": "f"}],
        StartTime=datetime.fromtimestamp(clock.now() - 110, UTC),
        EndTime=datetime.fromtimestamp(clock.now(), UTC),
        Period=60,
        Statistics=statistics,
        ExtendedStatistics=["p0", "p50", "p99.9", "p100"],
    )["Datapoints"]
    assert [[point[name] for name in statistics] for point in points] == [
        [2000.0, 2001000.0, 1.0, 2000.0],
        [2000.0, 2002000.0, 1.5, 2000.5],
    ]
    assert [list(point["ExtendedStatistics"].values()) for point in points] == [
        [1.0, pytest.approx(1000, rel=0.005), pytest.approx(1998, rel=0.005), 2000.0],
        [1.5, pytest.approx(1000, rel=0.005), pytest.approx(1998, rel=0.005), 2000.0],
    ]
    kept = [len(datum.values) for datum in data if datum.namespace == namespace]
    assert (len(kept), max(kept)) == (2, 1100)  # 1 to 999 and, in tens, 1000 to 2000


def test_an_expression_is_refused(client: Client) -> None:
    with pytest.raises(ClientError) as refused:
        client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "e", "Expression": "a+b"}], StartTime=NOON, EndTime=NOON + timedelta(minutes=5)
        )
    message = "Local AWS does not compute the expression of e: give it a MetricStat."
    assert refused.value.response["Error"]["Message"] == message


def test_awss_namespaces_are_closed(client: Client) -> None:
    with pytest.raises(ClientError) as refused:
        client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[{"MetricName": "m", "Value": 1}])
    error = refused.value.response["Error"]
    assert error["Message"] == "The value AWS/Lambda for parameter Namespace is invalid."


def test_a_functions_invocations_are_counted(client: Client, create_function: Callable[..., str]) -> None:
    name = create_function("def handler(event, context):\n    return 1\n")
    for _ in range(2):
        client("lambda").invoke(FunctionName=name)
    client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as throttled:
        client("lambda").invoke(FunctionName=name)
    attempts = 1 + throttled.value.response["ResponseMetadata"]["RetryAttempts"]
    now = datetime.now(UTC)
    sums = {}
    for metric in ("Invocations", "Errors", "Throttles", "Duration"):
        points = client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=3600 * 24,
            Statistics=["Sum"],
        )["Datapoints"]
        sums[metric] = sum(point["Sum"] for point in points)
    assert sums.pop("Duration") > 0
    assert sums == {"Invocations": 2.0, "Errors": 0.0, "Throttles": attempts}


TOO_MUCH: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "data": (
        [{"MetricName": "m", "Value": 1.0}] * 1001,
        "ValidationError",
        "The collection MetricData must not have a size greater than 1000.",
    ),
    "dimensions": (
        [{"MetricName": "m", "Value": 1.0, "Dimensions": [{"Name": str(n), "Value": "x"} for n in range(31)]}],
        "ValidationError",
        "The collection MetricData.member.1.Dimensions must not have a size greater than 30.",
    ),
    "nothing": (
        [{"MetricName": "m"}],
        "InvalidParameterCombination",
        "At least one of the parameters must be specified.",
    ),
}


@pytest.mark.parametrize(("data", "code", "message"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_cannot_be_put(client: Client, data: list[dict[str, Any]], code: str, message: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("cloudwatch").put_metric_data(Namespace="own", MetricData=data)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)


@pytest.mark.parametrize(
    ("period", "hours", "code", "message"),
    [
        (45, 1, "InvalidParameterValue", "The parameter Period must be a multiple of 60."),
        (
            60,
            48,
            "InvalidParameterCombination",
            "You have requested up to 2,880 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints"
            " requested by increasing Period, or decreasing the time range.",
        ),
    ],
)
def test_statistics_that_cannot_be(client: Client, period: int, hours: int, code: str, message: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("cloudwatch").get_metric_statistics(
            Namespace="own",
            MetricName="m",
            StartTime=NOON,
            EndTime=NOON + timedelta(hours=hours),
            Period=period,
            Statistics=["Sum"],
        )
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)


@pytest.mark.parametrize("operation", ["get_metric_statistics", "get_metric_data"])
def test_a_period_lasts(careless: Client, operation: str) -> None:
    metric = {"Namespace": "own", "MetricName": "m"}
    asked: dict[str, Any] = {
        "get_metric_statistics": metric | {"Period": 0, "Statistics": ["Sum"]},
        "get_metric_data": {
            "MetricDataQueries": [{"Id": "m", "MetricStat": {"Metric": metric, "Period": 0, "Stat": "Sum"}}]
        },
    }
    with pytest.raises(ClientError) as refused:
        getattr(careless("cloudwatch"), operation)(
            **asked[operation], StartTime=NOON, EndTime=NOON + timedelta(hours=1)
        )
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "ValidationError",
        "1 validation error detected: Value '0' at 'period' failed to satisfy constraint: Member must have value "
        "greater than or equal to 1",
    )


def test_each_metric_is_listed_once(client: Client, namespace: str) -> None:
    listed = client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    assert [(each["MetricName"], each["Dimensions"]) for each in listed] == [
        ("m", []),
        ("m", [{"Name": "a", "Value": "1"}]),
    ]


@pytest.mark.parametrize("away", [timedelta(days=-14, minutes=-1), timedelta(hours=2, minutes=1)])
def test_data_of_another_time_are_refused(client: Client, away: timedelta) -> None:
    now = datetime.now(UTC)
    data = [{"MetricName": "m", "Value": 1, "Timestamp": at} for at in (now, now + away, now + away)]
    with pytest.raises(ClientError) as refused:
        client("cloudwatch").put_metric_data(Namespace="own", MetricData=data)
    assert (refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]) == (
        "InvalidParameterValue",
        "The parameter MetricData.member.2.Timestamp must specify a time within the past two weeks.\n"
        "The parameter MetricData.member.3.Timestamp must specify a time within the past two weeks.",
    )
