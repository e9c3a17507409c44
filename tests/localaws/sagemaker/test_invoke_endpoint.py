"""InvokeEndpoint: answers, refusals, limits, many at once, and a process that died."""

import contextlib
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import children
from localaws.clock import durations
from localaws.sagemakerruntime import responses

Client = Callable[[str], Any]
ON_INSTANCES = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
CSV = {"ContentType": "text/csv"}


def test_rows_are_scored(client: Client, endpoint: str) -> None:
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body="0,5\n1,5\n", **CSV)
    assert (answer["Body"].read(), answer["ContentType"], answer["InvokedProductionVariant"]) == (
        b"1.0\n3.0\n",
        "text/csv; charset=utf-8",
        "AllTraffic",
    )


def test_the_wanted_form_is_passed_on(client: Client, endpoint: str) -> None:
    runtime = client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5", Accept="application/json", **CSV)
    assert answer["Body"].read() == b'{"predictions": [{"score": 1.0}]}'


def test_an_empty_request_reaches_the_container_empty(client: Client, endpoint: str) -> None:
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=b"", **CSV)
    assert answer["Body"].read() == b""


def test_the_first_image_joins_scores_with_commas(
    client: Client,
    create_config: Callable[..., str],
    create_model: Callable[..., str],
    create_endpoint: Callable[[str], str],
) -> None:
    model = create_model(Image="811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1")
    endpoint = create_endpoint(create_config(ON_INSTANCES | {"ModelName": model}))
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body="0,5\n1,5", **CSV)
    assert answer["Body"].read() == b"1.0,3.0"


def test_what_the_container_refuses_is_a_model_error(client: Client, endpoint: str) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body="[]", ContentType="application/json")
    answer = error.value.response
    body = (
        "application/json is not an accepted ContentType: csv, libsvm, parquet, recordio-protobuf, text/csv, "
        "text/libsvm, text/x-libsvm, application/x-parquet, application/x-recordio-protobuf."
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (answer["OriginalStatusCode"], answer["OriginalMessage"]) == (415, body)
    assert (answer["Error"]["Code"], answer["Error"]["Message"]) == (
        "ModelError",
        f'Received client error (415) from primary with message "{body}". See '
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:"
        f"group=/aws/sagemaker/Endpoints/{endpoint} in account 123456789012 for more information.",
    )


def test_the_container_fails_with_a_server_error(client: Client, endpoint: str) -> None:
    runtime = client("sagemaker-runtime")
    with pytest.raises(ClientError) as error:
        runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5", Accept="application/jsonlines", **CSV)
    assert error.value.response["OriginalStatusCode"] == 500
    assert _words(error)[1].startswith("Received server error (500) from primary with message ")


def test_a_missing_endpoint_is_a_validation_error(client: Client) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint(EndpointName="nobody", Body="0,5", **CSV)
    assert _words(error) == ("ValidationError", "Endpoint nobody of account 123456789012 not found.")


def test_the_name_is_matched_exactly(client: Client, endpoint: str) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint.upper(), Body="0,5", **CSV)
    assert _words(error) == ("ValidationError", f"Endpoint {endpoint.upper()} of account 123456789012 not found.")


def test_an_endpoint_that_is_creating_is_not_found(
    client: Client, create_config: Callable[..., str], name: Callable[[], str], settle: Callable[[str], Any]
) -> None:
    endpoint = name()
    client("sagemaker").create_endpoint(EndpointName=endpoint, EndpointConfigName=create_config())
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body="0,5", **CSV)
    assert _words(error) == ("ValidationError", f"Endpoint {endpoint} of account 123456789012 not found.")
    settle(endpoint)
    client("sagemaker").delete_endpoint(EndpointName=endpoint)


@pytest.mark.parametrize(
    ("variant", "limit"), [(None, 4_194_304), (ON_INSTANCES, 6_291_456)], ids=["serverless", "instances"]
)
def test_a_body_over_the_limit_is_refused(
    client: Client,
    create_config: Callable[..., str],
    create_endpoint: Callable[[str], str],
    variant: dict[str, Any] | None,
    limit: int,
) -> None:
    endpoint = create_endpoint(create_config(*([variant] if variant else [])))
    body = (b"0,5" + b" " * 1020 + b"\n") * (limit // 1024)
    largest = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=body, **CSV)
    assert largest["Body"].read() == b"1.0\n" * (limit // 1024)
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=body + b"\n", **CSV)
    assert _words(error) == ("413", f"HTTP content length exceeded {limit} bytes.")


def test_many_requests_are_answered_at_once(client: Client, endpoint: str) -> None:
    runtime = client("sagemaker-runtime")

    def invoke(number: int) -> bool:
        rows, scores = ("0,5\n", b"1.0\n") if number % 2 else ("1,5\n", b"3.0\n")
        answer = runtime.invoke_endpoint(EndpointName=endpoint, Body=rows * number, **CSV)["Body"].read()
        return bool(answer == scores * number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(invoke, range(1, 81)))


def test_more_requests_than_max_concurrency_are_throttled(
    client_of: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str]
) -> None:
    one = {"VariantName": "A", "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}
    endpoint = create_endpoint(create_config(one))
    runtime, answers = client_of("sagemaker-runtime"), set()
    runtime.meta.events.register(  # before the client, perhaps, tries again
        "response-received", lambda parsed_response, **_: answers.add(parsed_response.get("Error", {}).get("Code"))
    )

    def invoke(_: int) -> None:
        with contextlib.suppress(ClientError):
            runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5\n" * 200_000, **CSV)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(invoke, range(4)))
    assert answers == {None, "ThrottlingException"}


def test_a_variant_is_chosen_by_name_and_by_weight(
    client: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str]
) -> None:
    variants = [ON_INSTANCES | {"InitialVariantWeight": 0}, ON_INSTANCES | {"VariantName": "B"}]
    endpoint, runtime = create_endpoint(create_config(*variants)), client("sagemaker-runtime")
    unnamed = runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5", **CSV)
    named = runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5", TargetVariant="A", **CSV)
    assert (unnamed["InvokedProductionVariant"], named["InvokedProductionVariant"]) == ("B", "A")


def test_a_parameter_that_is_not_honoured_is_named(client: Client, endpoint: str) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body="0,5", TargetModel="m", **CSV)
    assert _words(error) == ("ValidationError", "Local AWS does not implement TargetModel of InvokeEndpoint.")


def test_long_attributes_are_refused(client: Client, endpoint: str) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, Body="0,5", CustomAttributes="a" * 1025, **CSV
        )
    code, message = _words(error)
    assert code == "ValidationError"
    assert message.endswith("Member must have length less than or equal to 1024")


def test_an_answer_over_the_limit_is_a_model_error(
    client: Client, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "PAYLOAD_LIMIT", 7)  # two scores are 8 bytes
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body="0,5\n1,5", **CSV)
    assert (_words(error)[0], error.value.response["OriginalStatusCode"]) == ("ModelError", 500)


def test_an_answer_that_does_not_come_in_time_is_a_model_error(
    client: Client, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "invocation_timeout", 0.005)
    with pytest.raises(ClientError) as error:
        client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body="0,5\n" * 200_000, **CSV)
    assert (_words(error)[0], error.value.response["OriginalStatusCode"]) == ("ModelError", 0)
    assert "Your invocation timed out while waiting for a response from container primary." in _words(error)[1]


def test_a_killed_process_costs_a_request_and_is_replaced(
    client: Client, create_config: Callable[..., str], create_endpoint: Callable[[str], str]
) -> None:
    before = set(children._running)
    endpoint, runtime = create_endpoint(create_config()), client("sagemaker-runtime")
    (process,) = set(children._running) - before
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with pytest.raises(ClientError) as error:
        runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5", **CSV)
    assert (_words(error)[0], error.value.response["OriginalStatusCode"]) == ("ModelError", 500)
    assert runtime.invoke_endpoint(EndpointName=endpoint, Body="0,5", **CSV)["Body"].read() == b"1.0\n"


def test_the_endpoint_keeps_a_log(client: Client, endpoint: str, wait: Callable[..., Any]) -> None:
    client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body="0,5", **CSV)
    group = f"/aws/sagemaker/Endpoints/{endpoint}"

    def messages() -> list[str]:
        logs = client("logs")
        try:
            return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    wait(messages, lambda lines: any('"POST /invocations HTTP/1.1" 200' in line for line in lines))
    streams = client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    assert [stream["logStreamName"].partition("/")[0] for stream in streams] == ["AllTraffic"]


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
