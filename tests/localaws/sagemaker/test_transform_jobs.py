"""Batch transform: what is sent, what is stored, how jobs fail and stop, how they are found again."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import durations
from localaws.servicequotas.catalogue import limits

Client = Callable[[str], Any]
Request = Callable[..., dict[str, Any]]
Transform = Callable[..., Any]
TERMINAL = ("Completed", "Failed", "Stopped")
BY_LINE = {"SplitType": "Line", "ContentType": "text/csv"}
# The exact model's scores are 1 where the first feature is 0, and 3 where it is 1.
ROWS = "0,5\n1,5\n"


@pytest.fixture(scope="session")
def model(create_model: Callable[..., str]) -> str:
    """A model whose scores are exactly 1 and 3."""
    return create_model()


@pytest.fixture
def store(client: Client, bucket: str, name: Callable[[], str]) -> Callable[..., str]:
    """A function that stores objects under a prefix of their own and returns it."""

    def put(**objects: str) -> str:
        prefix = name()
        for key, body in objects.items():
            client("s3").put_object(Bucket=bucket, Key=f"{prefix}/{key.replace('__', '/')}.csv", Body=body)
        return prefix

    return put


@pytest.fixture
def transform_request(bucket: str, model: str, name: Callable[[], str]) -> Request:
    """A function that returns a request for a transform job of the objects under a prefix."""

    def request(
        prefix: str, source: dict[str, Any] | None = None, output: dict[str, Any] | None = None, **changes: Any
    ) -> dict[str, Any]:
        data = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{prefix}/"}}
        return {
            "TransformJobName": name(),
            "ModelName": model,
            "TransformInput": {"DataSource": data} | (BY_LINE if source is None else source),
            "TransformOutput": {"S3OutputPath": f"s3://{bucket}/{prefix}-out"} | (output or {}),
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        } | changes

    return request


@pytest.fixture
def transform(client: Client, transform_request: Request, wait: Callable[..., Any]) -> Transform:
    """A function that runs a transform job to its end and returns its description."""

    def run(prefix: str, **changes: Any) -> Any:
        request = transform_request(prefix, **changes)
        client("sagemaker").create_transform_job(**request)
        return wait(
            lambda: client("sagemaker").describe_transform_job(TransformJobName=request["TransformJobName"]),
            lambda job: job["TransformJobStatus"] in TERMINAL,
        )

    return run


@pytest.fixture
def stored(client: Client, bucket: str) -> Callable[[str], dict[str, str]]:
    """A function that returns what a job of a prefix has stored, by name."""

    def read(prefix: str) -> dict[str, str]:
        start = f"{prefix}-out/"
        listed = client("s3").list_objects_v2(Bucket=bucket, Prefix=start).get("Contents", [])
        keys = [item["Key"] for item in listed]
        bodies = [client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]
        return dict(zip([key.removeprefix(start) for key in keys], bodies, strict=True))

    return read


@pytest.fixture
def log(client: Client) -> Callable[[str], dict[str, str]]:
    """A function that returns the log streams of a job, by what their names end in."""

    def read(job: str) -> dict[str, str]:
        group = {"logGroupName": "/aws/sagemaker/TransformJobs"}
        streams = client("logs").describe_log_streams(**group, logStreamNamePrefix=f"{job}/")["logStreams"]
        texts = {}
        for stream in streams:
            events = client("logs").get_log_events(**group, logStreamName=stream["logStreamName"])["events"]
            texts[stream["logStreamName"].removeprefix(f"{job}/")] = "\n".join(event["message"] for event in events)
        return texts

    return read


def test_each_object_becomes_one_with_out_at_its_end(
    transform: Transform, store: Callable[..., str], stored: Callable[[str], dict[str, str]]
) -> None:
    prefix = store(first=ROWS, folder__second="1,5\n")
    job = transform(prefix)
    assert (job["TransformJobStatus"], stored(prefix)) == (
        "Completed",
        {"first.csv.out": "1.0\n3.0\n", "folder/second.csv.out": "3.0\n"},
    )
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]


# id, what changes in the request, the rows, what is stored of them
STORED: list[tuple[str, dict[str, Any], str, str]] = [
    ("the whole object at once", {"source": {"ContentType": "text/csv"}}, ROWS, "1.0\n3.0\n"),
    ("a record a request", {"BatchStrategy": "SingleRecord"}, ROWS, "1.0\n3.0\n"),
    ("assembled by line", {"BatchStrategy": "SingleRecord", "output": {"AssembleWith": "Line"}}, ROWS, "1.0\n3.0\n"),
    ("csv whatever it accepts", {"output": {"Accept": "application/json"}}, ROWS, "1.0\n3.0\n"),
    (
        "an environment of its own",
        {"Environment": {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_score"}, "output": {"AssembleWith": "Line"}},
        ROWS,
        "1.0\n3.0\n",
    ),
    ("libsvm", {"source": {"SplitType": "Line", "ContentType": "text/libsvm"}}, "0:0 1:5\n0:1 1:5\n", "1.0\n3.0\n"),
    ("without its label", {"DataProcessing": {"InputFilter": "$[1:]"}}, "9,0,5\n9,1,5\n", "1.0\n3.0\n"),
    (
        "joined with its input",
        {"DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input"}},
        'a,0,5\n"b, c",1,5\n',
        'a,0,5,1.0\n"b, c",1,5,3.0\n',
    ),
    (
        "the id and the score",
        {"DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}},
        "a,0,5\nb,1,5\n",
        "a,1.0\nb,3.0\n",
    ),
    (
        "an index and a slice",
        {"DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,2:]"}},
        "a,0,5\n",
        "a,5,1.0\n",
    ),
    ("the score alone", {"DataProcessing": {"OutputFilter": "$[*]"}}, ROWS, "1.0\n3.0\n"),
]


# Each takes a container: the rest of the table is for those who wait.
QUICK = ("the whole object at once", "libsvm", "joined with its input", "an index and a slice")


@pytest.mark.parametrize(
    ("changes", "rows", "out"),
    [pytest.param(*row[1:], id=row[0], marks=[] if row[0] in QUICK else pytest.mark.slow) for row in STORED],
)
def test_what_is_asked_for_is_stored(
    transform: Transform,
    store: Callable[..., str],
    stored: Callable[[str], dict[str, str]],
    *,
    changes: dict[str, Any],
    rows: str,
    out: str,
) -> None:
    prefix = store(data=rows)
    assert transform(prefix, **changes).get("FailureReason") is None
    assert stored(prefix) == {"data.csv.out": out}


def test_records_go_together_as_far_as_they_fit(
    transform: Transform,
    store: Callable[..., str],
    stored: Callable[[str], dict[str, str]],
    log: Callable[[str], dict[str, str]],
) -> None:
    prefix = store(data=f"0,5.{'0' * 10_000}\n" * 150)  # 1.5 MB
    job = transform(prefix, MaxPayloadInMB=1)
    assert stored(prefix) == {"data.csv.out": "1.0\n" * 150}
    texts = log(job["TransformJobName"])
    (container,) = (text for name, text in texts.items() if not name.endswith("/data-log"))
    assert container.count("POST /invocations") == 2


def test_the_data_log_says_how_requests_are_made(
    transform: Transform, store: Callable[..., str], log: Callable[[str], dict[str, str]]
) -> None:
    job = transform(store(data=ROWS), MaxConcurrentTransforms=2)
    (name,) = (name for name in log(job["TransformJobName"]) if name.endswith("/data-log"))
    assert name.split("/")[0].startswith("i-")
    text = log(job["TransformJobName"])[name]
    assert text.endswith(":[sagemaker logs]: MaxConcurrentTransforms=2, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD")


# id, the object, what changes, what the data log says of it
FAILED: list[tuple[str, str, dict[str, Any], str]] = [
    ("text", "a,b\n", {}, "ClientError: 415"),
    ("too many columns", "1,0,5\n", {}, "ClientError: 400"),
    ("a column that is not", "0,5\n", {"DataProcessing": {"InputFilter": "$[9]"}}, "Index 9 is not within the 2 col"),
    (
        "more than a payload",
        "0,5\n" * 300_000,
        {"source": {"ContentType": "text/csv"}, "MaxPayloadInMB": 1},
        "Too much data for max payload size: 1200000 bytes, with a maximum of 1048576.",
    ),
]


@pytest.mark.parametrize(("rows", "changes", "line"), [row[1:] for row in FAILED], ids=[row[0] for row in FAILED])
def test_a_bad_object_fails_the_job_and_the_others_are_stored(
    transform: Transform,
    store: Callable[..., str],
    stored: Callable[[str], dict[str, str]],
    log: Callable[[str], dict[str, str]],
    bucket: str,
    *,
    rows: str,
    changes: dict[str, Any],
    line: str,
) -> None:
    prefix = store(bad=rows, good="0,0,0,0,0,0,0,0,0,5\n" if "DataProcessing" in changes else ROWS)
    job = transform(prefix, **changes)
    assert (job["TransformJobStatus"], job["FailureReason"]) == (
        "Failed",
        "ClientError: See job logs for more information",
    )
    assert "bad.csv.out" not in stored(prefix)
    assert f"[sagemaker logs]: {bucket}/{prefix}/bad.csv: {line}" in "\n".join(log(job["TransformJobName"]).values())


def test_a_model_that_does_not_load_fails_the_job(
    client: Client, transform: Transform, store: Callable[..., str], create_model: Callable[..., str], bucket: str
) -> None:
    client("s3").put_object(Bucket=bucket, Key="transform/broken.tar.gz", Body=b"no archive")
    broken = create_model(ModelDataUrl=f"s3://{bucket}/transform/broken.tar.gz")
    job = transform(store(data=ROWS), ModelName=broken)
    assert (job["TransformJobStatus"], job["FailureReason"][:35]) == ("Failed", "Failed to extract model data archiv")


def test_output_that_cannot_be_stored_fails_the_job(
    transform: Transform, store: Callable[..., str], log: Callable[[str], dict[str, str]]
) -> None:
    job = transform(store(data=ROWS), output={"S3OutputPath": "s3://no-such-bucket-anywhere/out"})
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert "NoSuchBucket (404)" in "\n".join(log(job["TransformJobName"]).values())


def test_the_output_is_encrypted_with_the_key(
    client: Client, transform: Transform, store: Callable[..., str], bucket: str
) -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    prefix = store(data=ROWS)
    transform(prefix, output={"KmsKeyId": key})
    stored = client("s3").head_object(Bucket=bucket, Key=f"{prefix}-out/data.csv.out")
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_stopped_job_stores_nothing(
    client: Client,
    transform_request: Request,
    store: Callable[..., str],
    stored: Callable[[str], dict[str, str]],
    wait: Callable[..., Any],
    *,
    log: Callable[[str], dict[str, str]],
) -> None:
    prefix = store(data="0,5\n" * 100_000)
    request = transform_request(prefix, BatchStrategy="SingleRecord")
    job = {"TransformJobName": request["TransformJobName"]}
    client("sagemaker").create_transform_job(**request)
    wait(
        lambda: client("sagemaker").describe_transform_job(**job),
        lambda found: "TransformStartTime" in found,
    )
    client("sagemaker").stop_transform_job(**job)
    found = wait(
        lambda: client("sagemaker").describe_transform_job(**job),
        lambda found: found["TransformJobStatus"] in TERMINAL,
    )
    assert (found["TransformJobStatus"], stored(prefix)) == ("Stopped", {})
    assert "FailureReason" not in found
    with pytest.raises(ClientError) as error:
        client("sagemaker").stop_transform_job(**job)
    assert _words(error) == (
        "ValidationException",
        "The request was rejected because the transform job is in status Stopped.",
    )


def test_a_container_that_is_too_slow_fails_the_job(
    transform: Transform, store: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "transform_second", 0.001)
    prefix = store(data="0,5\n" * 100_000)  # takes longer than a thousandth of a second, whatever the machine
    job = transform(prefix, ModelClientConfig={"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 1})
    assert job["FailureReason"] == "AlgorithmError: See job logs for more information"


# id, what changes in the request, how the message begins
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "a name with an underscore",
        {"TransformJobName": "a_b"},
        "1 validation error detected: Value 'a_b' at 'transformJobName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    ),
    (
        "a model that does not exist",
        {"ModelName": "nobody"},
        'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".',
    ),
    ("recordio", {"source": {"SplitType": "RecordIO"}}, "Local AWS does not implement SplitType RecordIO of Cre"),
    ("gzip", {"source": {"CompressionType": "Gzip"}}, "Local AWS does not implement CompressionType Gzip of Cre"),
    (
        "a strategy without a split",
        {"source": {}, "BatchStrategy": "SingleRecord"},
        "To set BatchStrategy, SplitType must be Line, RecordIO or TFRecord.",
    ),
    (
        "200 MB at once",
        {"MaxPayloadInMB": 50, "MaxConcurrentTransforms": 4},
        "MaxConcurrentTransforms times MaxPayloadInMB must not exceed 100 MB.",
    ),
    (
        "chunked encoding",
        {"MaxPayloadInMB": 0},
        "MaxPayloadInMB 0 needs chunked encoding, which built-in algorithms do not support.",
    ),
    (
        "a filter that is none",
        {"DataProcessing": {"InputFilter": "$.a"}},
        "InputFilter $.a is not a JSONPath of a row of CSV, such as $, $[1:] or $[0,5:].",
    ),
    (
        "a filter of something else",
        {"source": {"SplitType": "Line"}, "DataProcessing": {"InputFilter": "$[1:]"}},
        "Local AWS processes data of ContentType text/csv alone: it is not given.",
    ),
    (
        "an hour and more",
        {"ModelClientConfig": {"InvocationsTimeoutInSeconds": 3601}},
        "1 validation error detected: Value '3601' at 'modelClientConfig.invocationsTimeoutInSeconds' failed to "
        "satisfy constraint: Member must have value less than or equal to 3600",
    ),
    (
        "captured data",
        {"DataCaptureConfig": {"DestinationS3Uri": "s3://b/c"}},
        "Local AWS does not implement DataCaptureConfig of CreateTransformJob.",
    ),
]


@pytest.mark.parametrize(("changes", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_request_is_refused(
    client: Client, transform_request: Request, store: Callable[..., str], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_transform_job(**transform_request(store(data=ROWS), **changes))
    code, text = _words(error)
    assert (code, text[: len(message)]) == ("ValidationException", message)


def test_no_data_is_refused_before_anything_starts(client: Client, transform_request: Request, bucket: str) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_transform_job(**transform_request("nothing-here"))
    assert _words(error)[0] == "ValidationException"
    assert f'No S3 objects found under S3 URL "s3://{bucket}/nothing-here/" given in input data' in _words(error)[1]


def test_instances_are_limited(
    client: Client, transform_request: Request, store: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits, "ml.m5.large for transform job usage", 0)
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_transform_job(**transform_request(store(data=ROWS)))
    assert _words(error)[0] == "ResourceLimitExceeded"
    assert "'ml.m5.large for transform job usage' is 0 Instances" in _words(error)[1]


def test_a_job_is_found_again_by_name_status_and_tag(
    client: Client, transform: Transform, transform_request: Request, store: Callable[..., str]
) -> None:
    prefix = store(data=ROWS)
    job = transform(prefix, Tags=[{"Key": "team", "Value": "wine"}])
    asked = {"NameContains": job["TransformJobName"], "StatusEquals": "Completed"}
    (found,) = client("sagemaker").list_transform_jobs(**asked)["TransformJobSummaries"]
    assert (found["TransformJobArn"], found["TransformEndTime"]) == (job["TransformJobArn"], job["TransformEndTime"])
    tags = client("sagemaker").list_tags(ResourceArn=job["TransformJobArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "wine"}]
    with pytest.raises(ClientError) as error:
        again = transform_request(prefix, TransformJobName=job["TransformJobName"])
        client("sagemaker").create_transform_job(**again)
    assert _words(error) == (
        "ResourceInUse",
        "Transform job names must be unique within an AWS account and region, and a transform job with this name "
        f"already exists ({job['TransformJobArn']})",
    )


def test_an_unknown_job_is_not_found(client: Client) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").describe_transform_job(TransformJobName="nobody")
    assert _words(error) == ("ValidationException", "Requested resource not found.")


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
