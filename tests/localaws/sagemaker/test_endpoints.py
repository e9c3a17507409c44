"""Endpoints: created, updated without a pause, failed, deleted."""

import io
import tarfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import children
from localaws.clock import durations
from localaws.sagemaker import hosting, quotas
from localaws.sagemaker.hosting import UNVERIFIED_INTERNAL_ERROR
from localaws.sagemaker.logs import LogStream

Client = Callable[[str], Any]
ON_INSTANCES = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def arn(endpoint: str) -> str:
    return f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{endpoint}"


@pytest.fixture
def broken_model(client: Client, create_model: Callable[..., str], bucket: str, name: Callable[[], str]) -> str:
    """A model whose archive has a file too many: it never passes the ping health check."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for file in ("xgboost-model", "metrics.json"):
            tar.addfile(tarfile.TarInfo(file))
    key = f"{name()}/model.tar.gz"
    client("s3").put_object(Bucket=bucket, Key=key, Body=archive.getvalue())
    return create_model(ModelDataUrl=f"s3://{bucket}/{key}")


@pytest.fixture
def endpoint_of_its_own(create_config: Callable[..., str], create_endpoint: Callable[[str], str]) -> str:
    """An endpoint in service that nobody has invoked."""
    return create_endpoint(create_config())


def test_an_endpoint_comes_into_service(
    client: Client, create_config: Callable[..., str], name: Callable[[], str], settle: Callable[[str], Any]
) -> None:
    endpoint, config = name(), create_config()
    made = client("sagemaker").create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    assert made["EndpointArn"] == arn(endpoint)
    assert client("sagemaker").describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "Creating"
    found = settle(endpoint)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config)
    assert found["ProductionVariants"][0]["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 20}
    client("sagemaker").delete_endpoint(EndpointName=endpoint)


def test_its_log_stream_is_there_before_anybody_invokes_it(client: Client, endpoint_of_its_own: str) -> None:
    streams = client("logs").describe_log_streams(logGroupName=f"/aws/sagemaker/Endpoints/{endpoint_of_its_own}")
    assert [stream["logStreamName"].partition("/")[0] for stream in streams["logStreams"]] == ["AllTraffic"]


def test_the_first_line_after_a_pause_waits_for_no_other(
    client: Client, endpoint_of_its_own: str, wait: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "log_delivery_interval", 3600.0)
    client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint_of_its_own, ContentType="text/csv", Body="0,5")
    (line,) = wait(
        lambda: client("logs").filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{endpoint_of_its_own}")[
            "events"
        ],
        lambda events: events != [],
    )
    assert '"POST /invocations HTTP/1.1" 200' in line["message"]


def test_a_model_that_does_not_answer_fails_the_endpoint(
    client: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str], broken_model: str
) -> None:
    endpoint = create_endpoint(create_config(ON_INSTANCES | {"ModelName": broken_model}))
    found = client("sagemaker").describe_endpoint(EndpointName=endpoint)
    assert (found["EndpointStatus"], found["FailureReason"]) == (
        "Failed",
        "The primary container for production variant A did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint.",
    )


def test_a_container_that_does_not_answer_in_time_fails_the_endpoint(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(durations, "endpoint_health_timeout", 0.001)  # before its process can have started
    found = client("sagemaker").describe_endpoint(EndpointName=create_endpoint(create_config(ON_INSTANCES)))
    assert found["EndpointStatus"] == "Failed"
    assert "production variant A did not pass the ping health check." in found["FailureReason"]


def test_a_model_that_is_gone_fails_the_endpoint(
    client: Client,
    create_config: Callable[..., str],
    create_model: Callable[..., str],
    create_endpoint: Callable[[str], str],
    bucket: str,
) -> None:
    client("s3").put_object(Bucket=bucket, Key="gone.tar.gz", Body=b"x")
    config = create_config(ON_INSTANCES | {"ModelName": create_model(ModelDataUrl=f"s3://{bucket}/gone.tar.gz")})
    client("s3").delete_object(Bucket=bucket, Key="gone.tar.gz")
    found = client("sagemaker").describe_endpoint(EndpointName=create_endpoint(config))
    reason = f'Failed to download model data from URL "s3://{bucket}/gone.tar.gz". '
    assert (found["EndpointStatus"], found["FailureReason"][: len(reason)]) == ("Failed", reason)


def test_only_deletion_helps_a_failed_endpoint(
    client: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str], broken_model: str
) -> None:
    endpoint = create_endpoint(create_config(ON_INSTANCES | {"ModelName": broken_model}))
    with pytest.raises(ClientError) as error:
        client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=create_config(ON_INSTANCES))
    message = f'Cannot update endpoint "{arn(endpoint)}" in status Failed. Only DeleteEndpoint is allowed.'
    assert _words(error) == ("ValidationException", message)
    client("sagemaker").delete_endpoint(EndpointName=endpoint)


@pytest.mark.slow
def test_an_update_serves_the_new_configuration_without_a_pause(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    settle: Callable[[str], Any],
) -> None:
    endpoint, config = create_endpoint(create_config()), create_config()
    done, answers = threading.Event(), []

    def invoke_all_the_while() -> None:
        runtime = client("sagemaker-runtime")
        while not done.is_set():
            answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="0,5\n")
            answers.append(answer["Body"].read())

    caller = threading.Thread(target=invoke_all_the_while)
    caller.start()
    client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    during = client("sagemaker").describe_endpoint(EndpointName=endpoint)
    after = settle(endpoint)
    done.set()
    caller.join()
    assert (during["EndpointStatus"], during["PendingDeploymentSummary"]["EndpointConfigName"]) == ("Updating", config)
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", config)
    assert set(answers) == {b"1.0\n"}


@pytest.mark.slow
def test_an_update_lets_requests_under_way_finish(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    settle: Callable[[str], Any],
) -> None:
    endpoint, config, rows = create_endpoint(create_config()), create_config(), 1_000_000

    def invoke() -> bytes:
        runtime = client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="0,5\n" * rows)
        return bytes(answer["Body"].read())

    with ThreadPoolExecutor(1) as pool:
        request = pool.submit(invoke)  # takes longer than the update
        client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
        settle(endpoint)
        assert request.result() == b"1.0\n" * rows


@pytest.mark.slow
def test_an_update_ends_the_old_process(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    settle: Callable[[str], Any],
    wait: Callable[..., Any],
) -> None:
    before = set(children._running)
    endpoint = create_endpoint(create_config())
    (old,) = set(children._running) - before
    client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=create_config())
    settle(endpoint)
    (left,) = wait(lambda: set(children._running) - before, lambda running: len(running) == 1)
    assert left is not old


def test_a_failed_update_goes_on_with_the_old_configuration(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    settle: Callable[[str], Any],
    broken_model: str,
) -> None:
    old = create_config(ON_INSTANCES)
    endpoint = create_endpoint(old)
    new = create_config(ON_INSTANCES | {"ModelName": broken_model})
    client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=new)
    found = settle(endpoint)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert "did not pass the ping health check" in found["FailureReason"]
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="1,5")
    assert answer["Body"].read() == b"3.0\n"


@pytest.mark.parametrize("operation", ["update_endpoint", "delete_endpoint"])
def test_a_changing_endpoint_is_left_alone(
    client: Client,
    create_config: Callable[..., str],
    name: Callable[[], str],
    settle: Callable[[str], Any],
    operation: str,
) -> None:
    endpoint, config = name(), create_config()
    client("sagemaker").create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    more = {"EndpointConfigName": config} if operation == "update_endpoint" else {}
    with pytest.raises(ClientError) as error:
        getattr(client("sagemaker"), operation)(EndpointName=endpoint, **more)
    assert _words(error) == ("ValidationException", f'Cannot update in-progress endpoint "{arn(endpoint)}".')
    settle(endpoint)
    client("sagemaker").delete_endpoint(EndpointName=endpoint)


def _update(client: Client, endpoint: str, config: str) -> Any:
    return client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=config)


def _scale(client: Client, endpoint: str, _config: str) -> Any:
    weights = [{"VariantName": "A", "DesiredWeight": 2}]
    return client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=endpoint, DesiredWeightsAndCapacities=weights
    )


def _delete(client: Client, endpoint: str, _config: str) -> Any:
    return client("sagemaker").delete_endpoint(EndpointName=endpoint)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second"),
    [(_update, _update), (_scale, _scale), (_update, _scale), (_update, _delete)],
    ids=["two updates", "two scalings", "an update and a scaling", "an update and a deletion"],
)
def test_of_two_changes_at_once_one_is_refused(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    settle: Callable[[str], Any],
    *,
    first: Callable[..., Any],
    second: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = create_config(ON_INSTANCES)
    endpoint = create_endpoint(config)
    has_looked, both_have_looked, answered = threading.Event(), threading.Barrier(2), threading.Event()

    def after_both_have_looked(step: Callable[..., None]) -> Callable[..., None]:
        def run(*arguments: Any) -> None:
            has_looked.set()
            with suppress(threading.BrokenBarrierError):
                both_have_looked.wait(0.5)  # more than the other needs, if nothing holds it up
            step(*arguments)

        return run

    # What each does between looking at the endpoint's status and changing it.
    for module, step in ((quotas, "check_hosting"), (quotas, "check_scaling"), (hosting, "delete")):
        monkeypatch.setattr(module, step, after_both_have_looked(getattr(module, step)))
    monkeypatch.setattr(hosting, "time", SimpleNamespace(sleep=lambda _step: answered.wait(60)))
    with ThreadPoolExecutor(2) as pool:
        changes = [pool.submit(first, client, endpoint, config)]
        assert has_looked.wait(10)
        changes.append(pool.submit(second, client, endpoint, config))
    answered.set()
    settle(endpoint)
    errors = [change.exception() for change in changes if change.exception()]
    assert [error.response["Error"] for error in errors if isinstance(error, ClientError)] == [
        {"Code": "ValidationException", "Message": f'Cannot update in-progress endpoint "{arn(endpoint)}".'}
    ]


def test_an_endpoint_whose_log_cannot_be_opened_leaves_no_process(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_stream: LogStream) -> None:
        raise OSError("no more sockets")

    before = set(children._running)
    monkeypatch.setattr(LogStream, "open", fail)
    found = client("sagemaker").describe_endpoint(EndpointName=create_endpoint(create_config()))
    assert (found["EndpointStatus"], found["FailureReason"]) == ("Failed", UNVERIFIED_INTERNAL_ERROR)
    assert set(children._running) - before == set()


def test_the_kind_of_hosting_cannot_be_changed(
    client: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str]
) -> None:
    endpoint = create_endpoint(create_config())
    with pytest.raises(ClientError) as error:
        client("sagemaker").update_endpoint(EndpointName=endpoint, EndpointConfigName=create_config(ON_INSTANCES))
    assert _words(error) == (
        "ValidationException",
        f'Cannot update endpoint "{arn(endpoint)}" from serverless to instances. '
        "Delete the endpoint and create it again to change its hosting.",
    )


def test_a_name_is_used_once_whatever_its_case(
    client: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str]
) -> None:
    config = create_config()
    endpoint = create_endpoint(config)
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_endpoint(EndpointName=endpoint.upper(), EndpointConfigName=config)
    assert _words(error) == ("ValidationException", f'Cannot create already existing endpoint "{arn(endpoint)}".')


def test_a_missing_configuration_is_named(client: Client) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_endpoint(EndpointName="e", EndpointConfigName="nobody")
    missing = "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/nobody"
    assert _words(error) == ("ValidationException", f'Could not find endpoint configuration "{missing}".')


def test_a_deleted_endpoint_leaves_no_process(
    client: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str], wait: Callable[..., Any]
) -> None:
    before = set(children._running)
    endpoint = create_endpoint(create_config())
    processes = set(children._running) - before
    assert len(processes) == 1
    client("sagemaker").delete_endpoint(EndpointName=endpoint)
    wait(
        lambda: client("sagemaker").list_endpoints(NameContains=endpoint)["Endpoints"],
        lambda endpoints: endpoints == [],
    )
    assert [process.poll() for process in processes] == [-9]
    with pytest.raises(ClientError) as error:
        client("sagemaker").describe_endpoint(EndpointName=endpoint)
    assert _words(error) == ("ValidationException", f'Could not find endpoint "{arn(endpoint)}".')


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
