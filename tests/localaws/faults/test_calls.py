"""A call that is made to fail fails as on AWS, in the form of each protocol, so that SDKs try again as they would."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ResponseStreamingError

from localaws.faults.state import faults

Client = Callable[[str], Any]
Broken = Callable[..., list[int]]
# One of each protocol: JSON (1.1 and the one of CloudWatch), query, REST with JSON, REST with XML.
LISTS = {
    "sagemaker": "list_models",
    "codepipeline": "list_pipelines",
    "cloudwatch": "describe_alarms",
    "iam": "list_roles",
    "lambda": "list_functions",
    "s3": "list_buckets",
}


@pytest.fixture
def bucket(client: Client) -> str:
    name = f"faults-{uuid4().hex[:12]}"
    client("s3").create_bucket(Bucket=name)
    return name


def failing(call: Callable[[], Any]) -> tuple[int, str, str]:
    """The status, code and message of a call that fails."""
    with pytest.raises(ClientError) as failed:
        call()
    answer = failed.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


@pytest.mark.parametrize(
    ("effect", "service", "told"),
    [
        ("throttled", "sagemaker", (400, "ThrottlingException", "Rate exceeded")),
        ("throttled", "codepipeline", (400, "ThrottlingException", "Rate exceeded")),
        ("throttled", "cloudwatch", (400, "Throttling", "Rate exceeded")),
        ("throttled", "iam", (400, "Throttling", "Rate exceeded")),
        ("throttled", "lambda", (429, "TooManyRequestsException", "Rate exceeded")),
        ("throttled", "s3", (503, "SlowDown", "Please reduce your request rate.")),
        ("internal error", "lambda", (500, "ServiceException", "The service encountered an internal error.")),
        ("internal error", "s3", (500, "InternalError", "We encountered an internal error. Please try again.")),
        *(
            (
                "internal error",
                service,
                (
                    500,
                    "InternalFailure",
                    "The request processing has failed because of an unknown error, exception or failure.",
                ),
            )
            for service in ("sagemaker", "codepipeline", "cloudwatch", "iam")
        ),
        ("unavailable", "s3", (503, "ServiceUnavailable", "Service is unable to handle request.")),
        *(
            (
                "unavailable",
                service,
                (503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
            )
            for service in ("sagemaker", "codepipeline", "cloudwatch", "iam", "lambda")
        ),
    ],
)
def test_an_error_has_the_form_of_its_service(
    client: Client, broken: Broken, effect: str, service: str, told: tuple[int, str, str]
) -> None:
    broken({"effect": effect, "at": f"{service}:*"})
    assert failing(getattr(client(service), LISTS[service])) == told
    assert broken() == [1]
    getattr(client(service), LISTS[service])()


@pytest.mark.parametrize("effect", ["throttled", "internal error", "unavailable", "dropped", "answer lost"])
@pytest.mark.parametrize("service", LISTS)
def test_an_sdk_tries_again(patient: Client, broken: Broken, effect: str, service: str) -> None:
    broken({"effect": effect, "at": f"{service}:*", "times": 1})
    answer = getattr(patient(service), LISTS[service])()
    assert (answer["ResponseMetadata"]["RetryAttempts"], broken()) == (1, [1])


def test_a_dropped_call_is_not_made(client: Client, broken: Broken) -> None:
    name = f"faults-{uuid4().hex[:12]}"
    broken({"effect": "dropped", "at": "s3:CreateBucket"})
    with pytest.raises(ConnectionClosedError):
        client("s3").create_bucket(Bucket=name)
    assert name not in str(client("s3").list_buckets())


def test_a_call_whose_answer_is_lost_is_made(client: Client, broken: Broken) -> None:
    name = f"faults-{uuid4().hex[:12]}"
    broken({"effect": "answer lost", "at": "s3:CreateBucket"})
    with pytest.raises(ConnectionClosedError):
        client("s3").create_bucket(Bucket=name)
    assert name in str(client("s3").list_buckets())


def test_an_answer_breaks_off_in_the_middle(client: Client, broken: Broken, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="k", Body=b"x" * 1000)
    broken({"effect": "cut off", "at": "s3:GetObject"})
    body = client("s3").get_object(Bucket=bucket, Key="k")["Body"]
    with pytest.raises(ResponseStreamingError, match=r"500 bytes read, 500 more expected"):
        body.read()


def test_a_slow_call_waits_no_longer_than_its_fault(client: Client, broken: Broken, bucket: str) -> None:
    """It would take an hour, if nobody took the fault away."""
    slow = {"effect": "slow", "at": "s3:ListBuckets", "seconds": 3600}
    broken(slow)
    with ThreadPoolExecutor() as others:
        listing = others.submit(client("s3").list_buckets)
        while faults.struck() == [0]:
            time.sleep(0.01)
        assert not listing.done()
        broken()
        assert bucket in str(listing.result())
