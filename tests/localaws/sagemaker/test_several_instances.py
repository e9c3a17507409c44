"""Training on several instances: who gets which data, that they learn as one, and what becomes of all when one ends."""

import io
import os
import signal
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from localaws import children
from localaws.clock import durations

from .conftest import EXACT, Client

ROOT = Path(__file__).resolve().parents[3]
ENDLESS = {"num_round": "10000000"}


@pytest.fixture
def running() -> Callable[[], dict[str, Any]]:
    """A function that returns the processes that train now, by the names of their hosts."""

    def find() -> dict[str, Any]:
        found = {}
        for process in list(children._running):
            arguments = list(process.args)  # type: ignore[arg-type]
            if "localaws.xgboost_container.train" in arguments and process.poll() is None:
                found[Path(str(arguments[3])).name] = process
        return found

    return find


@pytest.fixture
def on_instances(client: Client, bucket: str, name: Callable[[], str]) -> Callable[..., dict[str, Any]]:
    """A function that stores objects and returns changes to a request: so many instances, train sharded by key."""

    def changes(count: int, train: Mapping[str, str], validation: str = "1,0,5\n3,1,5\n") -> dict[str, Any]:
        prefix = name()
        for key, body in {**{f"train/{key}": body for key, body in train.items()}, "validation/0": validation}.items():
            client("s3").put_object(Bucket=bucket, Key=f"{prefix}/{key}", Body=body)
        kinds = {"train": "ShardedByS3Key", "validation": "FullyReplicated"}
        channels = [
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"s3://{bucket}/{prefix}/{channel}/",
                        "S3DataDistributionType": kind,
                    }
                },
            }
            for channel, kind in kinds.items()
        ]
        resources = {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 1}
        return {"ResourceConfig": resources, "InputDataConfig": channels}

    return changes


@pytest.fixture
def logs_of(client: Client) -> Callable[[Any], dict[str, str]]:
    """A function that returns what the hosts of a job logged, by their names."""

    def read(job: Any) -> dict[str, str]:
        group, name = {"logGroupName": "/aws/sagemaker/TrainingJobs"}, job["TrainingJobName"]
        try:
            streams = client("logs").describe_log_streams(**group, logStreamNamePrefix=f"{name}/")["logStreams"]
        except client("logs").exceptions.ResourceNotFoundException:
            return {}
        found = {}
        for stream in [stream["logStreamName"] for stream in streams]:
            events = client("logs").get_log_events(**group, logStreamName=stream, startFromHead=True)["events"]
            host = stream.removeprefix(f"{name}/").rpartition("-")[0]
            found[host] = "\n".join(event["message"] for event in events)
        return found

    return read


@pytest.fixture
def model_of(client: Client, bucket: str) -> Callable[[Any], xgboost.Booster]:
    """A function that returns the one model that a job stored."""

    def load(job: Any) -> xgboost.Booster:
        key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{bucket}/")
        with tarfile.open(fileobj=io.BytesIO(client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())) as tar:
            [member] = tar.getmembers()
            content = tar.extractfile(member)
            assert content
            return xgboost.Booster(model_file=bytearray(content.read()))

    return load


@pytest.fixture
def start_endless(
    client: Client,
    job_request: Callable[..., dict[str, Any]],
    on_instances: Callable[..., dict[str, Any]],
    wait: Callable[..., Any],
    logs_of: Callable[[Any], dict[str, str]],
) -> Callable[..., Any]:
    """A function that starts a job of two hosts which goes on and on, and returns its request once both boost."""

    def start(**changes: Any) -> Any:
        data = on_instances(2, {"0": "1,0,5\n" * 10, "1": "3,1,5\n" * 10})
        request = job_request(**{"HyperParameters": EXACT | ENDLESS} | data | changes)
        client("sagemaker").create_training_job(**request)
        wait(lambda: logs_of(request), lambda logs: "[1]#011train-rmse" in logs.get("algo-1", ""))
        return request

    return start


@pytest.fixture
def end_of(client: Client, wait: Callable[..., Any]) -> Callable[[Any], Any]:
    """A function that waits for the end of a job and returns its description."""
    return lambda request: wait(
        lambda: client("sagemaker").describe_training_job(TrainingJobName=request["TrainingJobName"]),
        lambda job: job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
    )


def test_hosts_learn_from_what_each_of_them_has(
    train: Callable[..., Any], on_instances: Callable[..., dict[str, Any]], model_of: Callable[[Any], xgboost.Booster]
) -> None:
    job = train(**on_instances(2, {"0": "1,0,5\n" * 10, "1": "3,1,5\n" * 10}))  # neither knows both labels
    assert model_of(job).predict(xgboost.DMatrix([[0, 5], [1, 5]])).tolist() == [1, 3]
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert metrics == {"train:rmse": 0.0, "validation:rmse": 0.0}


def test_objects_are_dealt_to_hosts_in_turn(
    train: Callable[..., Any],
    on_instances: Callable[..., dict[str, Any]],
    logs_of: Callable[[Any], dict[str, str]],
) -> None:
    rows = {str(number): "1,0,5\n3,1,5\n" * (number + 1) for number in range(5)}  # 2, 4, 6, 8 and 10 rows
    logs = logs_of(train(**on_instances(2, rows)))
    assert sorted(logs) == ["algo-1", "algo-2"]
    for host, count in (("algo-1", 2 + 6 + 10), ("algo-2", 4 + 8)):
        assert "Distributed node training with 2 hosts: ['algo-1', 'algo-2']" in logs[host]
        assert f"Train matrix has {count} rows and 2 columns" in logs[host]
        assert "Validation matrix has 2 rows" in logs[host]


@pytest.mark.slow
def test_two_hosts_learn_of_wines_as_well_as_one(
    train: Callable[..., Any],
    on_instances: Callable[..., dict[str, Any]],
    model_of: Callable[[Any], xgboost.Booster],
    logs_of: Callable[[Any], dict[str, str]],
) -> None:
    lines = (ROOT / "Data" / "train.csv").read_text().splitlines(keepends=True)
    held_out = np.loadtxt(ROOT / "Data" / "test.csv", delimiter=",")
    validation = (ROOT / "Data" / "validation.csv").read_text()
    half = len(lines) // 2
    parameters = {"num_round": "50", "eta": "0.1", "max_depth": "4", "objective": "reg:squarederror"}
    squares, logs = {}, {}
    for data in ({"0": "".join(lines)}, {"0": "".join(lines[:half]), "1": "".join(lines[half:])}):
        job = train(**on_instances(len(data), data, validation), HyperParameters=parameters)
        scores = model_of(job).predict(xgboost.DMatrix(held_out[:, 1:]))
        squares[len(data)], logs[len(data)] = (scores - held_out[:, 0]) ** 2, logs_of(job)

    assert f"Train matrix has {half} rows" in logs[2]["algo-1"]
    assert f"Train matrix has {len(lines) - half} rows" in logs[2]["algo-2"]
    # The standard error of a mean square over so many wines: what chance alone makes of it.
    chance = squares[1].std(ddof=1) / np.sqrt(len(held_out))
    assert abs(squares[2].mean() - squares[1].mean()) < chance
    assert squares[2].mean() + chance < held_out[:, 0].var()


@pytest.mark.slow
def test_a_host_without_data_leaves_and_the_next_one_is_the_master(
    train: Callable[..., Any],
    on_instances: Callable[..., dict[str, Any]],
    model_of: Callable[[Any], xgboost.Booster],
    logs_of: Callable[[Any], dict[str, str]],
) -> None:
    job = train(**on_instances(3, {"0": "1,0,5\n" * 10, "1": "3,1,5\n" * 10}))
    assert "Host algo-3 not being used for distributed training." in logs_of(job)["algo-3"]
    assert model_of(job).predict(xgboost.DMatrix([[0, 5], [1, 5]])).tolist() == [1, 3]


@pytest.mark.parametrize("host", ["algo-1", "algo-2"])
def test_a_host_that_dies_fails_the_job_and_ends_the_other(
    start_endless: Callable[..., Any],
    end_of: Callable[[Any], Any],
    running: Callable[[], dict[str, Any]],
    host: str,
) -> None:
    request = start_endless()
    hosts = running()
    assert sorted(hosts) == ["algo-1", "algo-2"]
    [other] = [process for name, process in hosts.items() if name != host]
    os.kill(other.pid, signal.SIGSTOP)  # it would never end by itself
    os.kill(hosts[host].pid, signal.SIGKILL)
    job = end_of(request)
    assert (job["TrainingJobStatus"], job["FailureReason"]) == ("Failed", "AlgorithmError: , exit code: 137")
    assert running() == {}


@pytest.mark.parametrize("bad", ["0", "1"])
def test_the_reason_is_that_of_the_host_that_failed_first(
    train: Callable[..., Any], on_instances: Callable[..., dict[str, Any]], bad: str
) -> None:
    rows = {"0/0": "1,0,5\n3,1,5\n", "1/0": "1,0,5\n3,1,5\n"}
    rows[f"{bad}/.hidden"] = rows.pop(f"{bad}/0")  # which the image refuses
    job = train(**on_instances(2, rows))
    assert (job["TrainingJobStatus"], job["FailureReason"][:16]) == ("Failed", "AlgorithmError: ")
    assert "sagemaker_xgboost_container/data.py" in job["FailureReason"]
    assert "sagemaker_xgboost_container/distributed.py" not in job["FailureReason"]  # what the other one tells


def test_a_stop_ends_all_hosts(
    client: Client,
    start_endless: Callable[..., Any],
    end_of: Callable[[Any], Any],
    running: Callable[[], dict[str, Any]],
) -> None:
    request = start_endless()
    client("sagemaker").stop_training_job(TrainingJobName=request["TrainingJobName"])
    job = end_of(request)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert running() == {}


@pytest.mark.slow
def test_hosts_may_take_only_their_time(
    start_endless: Callable[..., Any],
    end_of: Callable[[Any], Any],
    running: Callable[[], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(durations, "training_second", 10 / 86400)  # the default is a day
    parameters = EXACT | ENDLESS | {"save_model_on_termination": "true"}
    job = end_of(start_endless(StoppingCondition={}, HyperParameters=parameters))
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert "ModelArtifacts" in job
    assert running() == {}
