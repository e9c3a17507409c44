"""The functions' world: CodePipeline that records answers, SageMaker with a state, and moto's S3, behind real clients.

Every request is built and signed, and its answer parsed, by botocore; only the network is missing.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Any

from botocore import xform_name
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import ClientError

EVENTS = Path(__file__).parent / "events"
REGION = "us-east-1"
ARTIFACTS = "mlops-builtinalgo-pipeline-artifacts-sde"
DATA = "mlops-builtinalgo-data-sde"
MODELS = "mlops-builtinalgo-model-artifacts-sde"
RUN = "0123abcd4567"
EXECUTION = "5f2b7c1e-0a4d-4c7b-9d8e-3f6a1b2c4d5e"
SECRETS = ("ASIAJOBJOBJOBJOBJOBJ", "job-secret-wJalrXUtnFEMI/K7MDENG", "job-session-IQoJb3JpZ2luX2VjE")

Members = dict[str, Any]


class RefusalError(Exception):
    """An error of AWS: code, message, HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message, status)
        self.code, self.message, self.status = code, message, status


@dataclass
class Service:
    """A JSON service: an operation is a method that gets the request's members; `refuse` makes the next one fail."""

    calls: list[tuple[str, Members]] = field(default_factory=list)
    refusals: dict[str, list[RefusalError]] = field(default_factory=dict)

    def __call__(self, request: AWSRequest) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        members = json.loads(request.body)
        self.calls.append((operation, members))
        try:
            if self.refusals.get(operation):
                raise self.refusals[operation].pop(0)
            return response(request, 200, json.dumps(getattr(self, xform_name(operation))(members) or {}).encode())
        except RefusalError as refusal:
            body = json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
            return response(request, refusal.status, body)

    def refuse(self, operation: str, code: str, message: str = "said the service", status: int = 400) -> None:
        """Let the next call of an operation fail."""
        self.refusals.setdefault(operation, []).append(RefusalError(code, message, status))

    def operations(self) -> list[str]:
        """The names of the calls so far."""
        return [operation for operation, _ in self.calls]

    def called(self, operation: str) -> list[Members]:
        """The members of every call of an operation."""
        return [members for name, members in self.calls if name == operation]


def response(request: AWSRequest, status: int, body: bytes, headers: dict[str, str] | None = None) -> AWSResponse:
    """An HTTP response as botocore's HTTP session would return it."""

    class Raw(io.BytesIO):
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield self.read()

    return AWSResponse(request.url, status, headers or {}, Raw(body))


class CodePipeline(Service):
    """Keeps the answer of each job, holds answers to botocore's limits, and refuses a second one."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: set[str] = set()
        self.given = Event()  # set by the first answer

    def put_job_success_result(self, members: Members) -> None:
        """Success, or go on."""
        token = members.get("continuationToken")
        assert 1 <= len(members["executionDetails"]["summary"]) <= 2048
        assert token is None or 1 <= len(token) <= 2048
        assert not (token and "outputVariables" in members), "output variables come with the last answer only"
        self._once(members["jobId"])

    def put_job_failure_result(self, members: Members) -> None:
        """Failure."""
        assert 1 <= len(members["failureDetails"]["message"]) <= 5000
        self._once(members["jobId"])

    def _once(self, job: str) -> None:
        if job in self.answered:
            raise RefusalError("InvalidJobStateException", f"Job {job} is complete")
        self.answered.add(job)
        self.given.set()

    @property
    def answer(self) -> "Answer":
        """The one answer that was given."""
        assert len(self.calls) == 1, f"{len(self.calls)} answers: {self.operations()}"
        return Answer(*self.calls[0])


@dataclass(frozen=True)
class Answer:
    """What CodePipeline was told."""

    operation: str
    members: dict[str, Any]

    @property
    def done(self) -> dict[str, str]:
        """The output variables of a success."""
        assert self.operation == "PutJobSuccessResult", self.members
        assert "continuationToken" not in self.members, self.members
        return dict(self.members["outputVariables"])

    @property
    def token(self) -> dict[str, Any]:
        """The continuation token of a wait."""
        assert self.operation == "PutJobSuccessResult", self.members
        return dict(json.loads(self.members["continuationToken"]))

    @property
    def summary(self) -> str:
        """The line in the console."""
        return str(self.members["executionDetails"]["summary"])

    @property
    def failure(self) -> str:
        """The message of a failure."""
        assert self.operation == "PutJobFailureResult", self.members
        return str(self.members["failureDetails"]["message"])

    @property
    def failure_type(self) -> str:
        """The type of a failure."""
        return str(self.members["failureDetails"]["type"])


class SageMaker(Service):
    """Jobs, models, configurations and endpoints, with AWS's words where it refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, Members] = {}
        self.models: dict[str, Members] = {}
        self.configs: dict[str, Members] = {}
        self.endpoints: dict[str, Members] = {}

    def create_training_job(self, members: Members) -> Members:
        name = members["TrainingJobName"]
        if name in self.jobs:
            raise RefusalError("ResourceInUse", "Training job names must be unique within an AWS account and region")
        arn = f"arn:aws:sagemaker:{REGION}:123456789012:training-job/{name}"
        begun = {"TrainingJobArn": arn, "CreationTime": time.time()}
        self.jobs[name] = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting", **begun, **members}
        return {"TrainingJobArn": arn}

    def list_training_jobs(self, members: Members) -> Members:
        """One a page, so that whoever reads the first page only is found out."""
        jobs = [
            job
            for name, job in self.jobs.items()
            if members["NameContains"] in name
            and job.get("TrainingJobStatus") == members["StatusEquals"]
            and job["CreationTime"] <= members["CreationTimeBefore"]
        ]
        start = int(members.get("NextToken", "0"))
        page = {"TrainingJobSummaries": jobs[start : start + 1]}
        return page if start + 1 >= len(jobs) else {**page, "NextToken": str(start + 1)}

    def list_tags(self, members: Members) -> Members:
        return {"Tags": self.jobs[members["ResourceArn"].rpartition("/")[2]].get("Tags", [])}

    def describe_training_job(self, members: Members) -> Members:
        return found(self.jobs, members["TrainingJobName"], "Requested resource not found:")

    def stop_training_job(self, members: Members) -> None:
        self.describe_training_job(members)["TrainingJobStatus"] = "Stopping"

    def create_model(self, members: Members) -> Members:
        return create(self.models, "model", members["ModelName"], members)

    def describe_model(self, members: Members) -> Members:
        return found(self.models, members["ModelName"], "Could not find model")

    def delete_model(self, members: Members) -> None:
        self.describe_model(members)
        del self.models[members["ModelName"]]

    def list_models(self, members: Members) -> Members:
        return {"Models": [model for name, model in self.models.items() if members["NameContains"] in name]}

    def create_endpoint_config(self, members: Members) -> Members:
        return create(self.configs, "endpoint configuration", members["EndpointConfigName"], members)

    def describe_endpoint_config(self, members: Members) -> Members:
        return found(self.configs, members["EndpointConfigName"], "Could not find endpoint configuration")

    def delete_endpoint_config(self, members: Members) -> None:
        self.describe_endpoint_config(members)
        del self.configs[members["EndpointConfigName"]]

    def list_endpoint_configs(self, members: Members) -> Members:
        """Two a page, so that whoever reads the first page only is found out."""
        configs = [config for name, config in self.configs.items() if members["NameContains"] in name]
        start = int(members.get("NextToken", "0"))
        page = {"EndpointConfigs": configs[start : start + 2]}
        return page if start + 2 >= len(configs) else {**page, "NextToken": str(start + 2)}

    def create_endpoint(self, members: Members) -> Members:
        self.describe_endpoint_config(members)
        return create(self.endpoints, "endpoint", members["EndpointName"], {"EndpointStatus": "Creating", **members})

    def update_endpoint(self, members: Members) -> Members:
        self.describe_endpoint_config(members)
        self.describe_endpoint(members)["EndpointStatus"] = "Updating"
        return {"EndpointArn": "arn"}

    def describe_endpoint(self, members: Members) -> Members:
        return found(self.endpoints, members["EndpointName"], "Could not find endpoint")

    def delete_endpoint(self, members: Members) -> None:
        self.describe_endpoint(members)["EndpointStatus"] = "Deleting"


def create(where: dict[str, Members], what: str, name: str, members: Members) -> Members:
    """Keep a new thing; AWS calls a second one of the name a ValidationException."""
    if name in where:
        raise RefusalError("ValidationException", f'Cannot create already existing {what} "{name}".')
    where[name] = {**members, "CreationTime": time.time()}
    return {"ModelArn": "arn", "EndpointConfigArn": "arn", "EndpointArn": "arn"}


def found(where: dict[str, Members], name: str, missing: str) -> Members:
    """A thing by name, or AWS's ValidationException."""
    if name not in where:
        raise RefusalError("ValidationException", f'{missing} "{name}".')
    return where[name]


@dataclass
class Runtime:
    """An endpoint: `model` turns rows into the body of an answer; `script` holds answers to be given before that."""

    model: Callable[[list[list[float]]], bytes] = lambda rows: "".join(f"{row[0]}\n" for row in rows).encode()
    script: list[RefusalError] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def __call__(self, request: AWSRequest) -> AWSResponse:
        with self.lock:
            self.bodies.append(request.body)
            self.urls.append(request.url)
            if self.script:
                refusal = self.script.pop(0)
                headers = {"x-amzn-errortype": refusal.code}
                body = json.dumps({"Message": refusal.message}).encode()
                return response(request, refusal.status, body, headers)
        rows = [[float(cell) for cell in line.split(b",")] for line in request.body.split(b"\n")]
        return response(request, 200, self.model(rows), {"content-type": "text/csv; charset=utf-8"})


@dataclass
class Context:
    """Lambda's context: so many seconds are left."""

    seconds: float = 300

    def get_remaining_time_in_millis(self) -> int:
        """What Lambda says."""
        return int(self.seconds * 1000)


@dataclass
class Wire:
    """What botocore's requests go into instead of the network; each test puts its own world behind it."""

    world: "Aws | None" = None

    def __call__(self, request: AWSRequest, event_name: str, **_: Any) -> AWSResponse | None:
        """Answer, or leave it to moto."""
        assert self.world
        match event_name.split(".")[1]:
            case "codepipeline":
                return self.world.codepipeline(request)
            case "sagemaker":
                return self.world.sagemaker(request)
            case "sagemaker-runtime":
                return self.world.runtime(request)
            case _:
                self.world.note_s3(request)
                return None


@dataclass
class Aws:
    """All services, and helpers to look into S3."""

    s3: Any  # for the test itself
    codepipeline: CodePipeline = field(default_factory=CodePipeline)
    sagemaker: SageMaker = field(default_factory=SageMaker)
    runtime: Runtime = field(default_factory=Runtime)
    s3_requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, URL, access key
    before_s3: Callable[[str, str], None] = lambda method, url: None

    def note_s3(self, request: AWSRequest) -> None:
        """Remember who asked S3 for what; moto answers."""
        authorization = request.headers["Authorization"]
        text = authorization.decode() if isinstance(authorization, bytes) else authorization
        access_key = text.partition("Credential=")[2].partition("/")[0]
        self.s3_requests.append((request.method, request.url, access_key))
        self.before_s3(request.method, request.url)

    def deny(self, part: str) -> str:
        """Have S3 refuse what has this in its URL, in S3's words, which a HEAD comes without; the words."""
        words = f"User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: s3:GetObject on {part}"

        def denied(method: str, url: str) -> None:
            if part in url:
                code, message = ("403", "Forbidden") if method == "HEAD" else ("AccessDenied", words)
                raise ClientError({"Error": {"Code": code, "Message": message}}, f"{method.title()}Object")

        self.before_s3 = denied
        return words

    def put(self, bucket: str, key: str, body: bytes) -> str:
        """Store an object; its version."""
        return str(self.s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"])

    def put_artifact(self, event: Any, document: Any, file: str) -> None:
        """Store the event's input artifact."""
        place = event["CodePipeline.job"]["data"]["inputArtifacts"][0]["location"]["s3Location"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(file, json.dumps(document))
        self.s3.put_object(Bucket=place["bucketName"], Key=place["objectKey"], Body=packed.getvalue())

    def output(self, event: Any, file: str) -> Any:
        """The document in the event's output artifact."""
        place = event["CodePipeline.job"]["data"]["outputArtifacts"][0]["location"]["s3Location"]
        packed = self.s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            assert archive.namelist() == [file]
            return json.loads(archive.read(file))

    def has_output(self, event: Any) -> bool:
        """Whether the event's output artifact was written."""
        place = event["CodePipeline.job"]["data"]["outputArtifacts"][0]["location"]["s3Location"]
        listed = self.s3.list_objects_v2(Bucket=place["bucketName"], Prefix=place["objectKey"])
        return bool(listed["KeyCount"])


def recorded(name: str) -> Any:
    """A recorded event of CodePipeline."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def with_parameters(event: Any, text: Any) -> Any:
    """The event with other UserParameters: a text, or an object."""
    configuration = event["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"]
    configuration["UserParameters"] = text if isinstance(text, str) else json.dumps(text)
    return event
