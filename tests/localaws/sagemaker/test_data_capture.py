"""Data capture: what an endpoint is asked and answers, as Model Monitor finds it in S3."""

import base64
import json
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
BOTH = [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]
AS_TEXT = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}


@pytest.fixture
def invoke_captured(
    client: Client,
    create_model: Callable[..., str],
    create_endpoint: Callable[[str], str],
    bucket: str,
    name: Callable[[], str],
) -> Callable[..., tuple[str, list[str], list[dict[str, Any]]]]:
    """A function that invokes an endpoint which captures data: its name, and the keys and lines in S3."""

    def invoke(accept: str = "text/csv", **changes: Any) -> tuple[str, list[str], list[dict[str, Any]]]:
        config, prefix = name(), name()
        variant = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        capture = {"InitialSamplingPercentage": 100, "DestinationS3Uri": f"s3://{bucket}/{prefix}/"}
        client("sagemaker").create_endpoint_config(
            EndpointConfigName=config,
            ProductionVariants=[variant | {"ModelName": create_model()}],
            DataCaptureConfig=capture | {"CaptureOptions": BOTH} | changes,
        )
        endpoint = create_endpoint(config)
        client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Accept=accept, Body="0,5"
        )
        for thread in threading.enumerate():
            if thread.name == "sagemaker-capture":
                thread.join()
        listed = client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", [])
        keys = [item["Key"].removeprefix(f"{prefix}/{endpoint}/") for item in listed]
        lines = [json.load(client("s3").get_object(Bucket=bucket, Key=item["Key"])["Body"]) for item in listed]
        return endpoint, keys, lines

    return invoke


def test_a_request_and_its_answer_are_a_line(invoke_captured: Callable[..., Any]) -> None:
    _, (key,), (line,) = invoke_captured(CaptureContentTypeHeader=AS_TEXT)
    assert re.fullmatch(r"A/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl", key)
    assert line["captureData"] == {
        "endpointInput": {"observedContentType": "text/csv", "mode": "INPUT", "data": "0,5", "encoding": "CSV"},
        "endpointOutput": {
            "observedContentType": "text/csv; charset=utf-8",
            "mode": "OUTPUT",
            "data": "1.0\n",
            "encoding": "CSV",
        },
    }
    assert (line["eventVersion"], list(line["eventMetadata"])) == ("0", ["eventId", "inferenceTime"])


def test_what_is_not_declared_is_base64(invoke_captured: Callable[..., Any]) -> None:
    _, _, (line,) = invoke_captured(CaptureOptions=[{"CaptureMode": "Input"}])
    (told,) = line["captureData"].values()
    assert (told["encoding"], base64.b64decode(told["data"])) == ("BASE64", b"0,5")


def test_json_is_captured_as_it_is(invoke_captured: Callable[..., Any]) -> None:
    _, _, (line,) = invoke_captured("application/json", CaptureContentTypeHeader=AS_TEXT)
    told = line["captureData"]["endpointOutput"]
    assert (told["encoding"], json.loads(told["data"])) == ("JSON", {"predictions": [{"score": 1.0}]})


def test_the_description_says_what_is_captured(client: Client, invoke_captured: Callable[..., Any]) -> None:
    endpoint, _, lines = invoke_captured(InitialSamplingPercentage=0)
    found = client("sagemaker").describe_endpoint(EndpointName=endpoint)["DataCaptureConfig"]
    told = (found["EnableCapture"], found["CaptureStatus"], found["CurrentSamplingPercentage"], lines)
    assert told == (True, "Started", 0, [])


def test_a_capture_that_is_switched_off_is_none(client: Client, invoke_captured: Callable[..., Any]) -> None:
    endpoint, _, lines = invoke_captured(EnableCapture=False)
    assert "DataCaptureConfig" not in client("sagemaker").describe_endpoint(EndpointName=endpoint)
    assert lines == []


@pytest.mark.parametrize(
    ("excluded", "kept"),
    [([], True), ([{"VariantPropertyType": "DataCaptureConfig"}], False)],
    ids=["kept", "excluded"],
)
def test_an_update_keeps_the_capture_when_asked_to(
    client: Client,
    invoke_captured: Callable[..., Any],
    create_config: Callable[..., str],
    settle: Callable[[str], Any],
    *,
    excluded: list[dict[str, str]],
    kept: bool,
) -> None:
    endpoint, _, _ = invoke_captured()
    variant = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    client("sagemaker").update_endpoint(
        EndpointName=endpoint,
        EndpointConfigName=create_config(variant),
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=excluded,
    )
    assert ("DataCaptureConfig" in settle(endpoint)) is kept
