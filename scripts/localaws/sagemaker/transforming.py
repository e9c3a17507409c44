"""Runs a batch transform job: objects from S3, a container of its own, ``.out`` objects to S3, all as the model's role.

AWS's reference gives one example of a key, which drops a folder of the input; people see what is done here: what
follows the last slash of the input's prefix, below the output path.
"""

import json
import logging
import tempfile
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from localaws import children
from localaws.clock import durations
from localaws.sagemaker import logs, storage
from localaws.sagemaker.containers import Answer, Container, DeploymentError, UnreachableError, fetch_model
from localaws.sagemaker.errors import UNVERIFIED_INTERNAL_ERROR
from localaws.sagemaker.images import version_of
from localaws.sagemaker.models import Model, now
from localaws.sagemaker.transform_records import Selection, batches, join, select
from localaws.sagemaker.transforms import TransformJob
from localaws.xgboost_container import ENVIRONMENT

LOG_GROUP = "/aws/sagemaker/TransformJobs"
_MEGABYTE = 1024 * 1024
# FailureReason says whose fault it was, the stream data-log says what: seen in
# https://github.com/aws/deep-learning-containers/issues/586 and https://github.com/aws/amazon-sagemaker-examples/issues/1620
_CLIENT_ERROR = "ClientError: See job logs for more information"
_ALGORITHM_ERROR = "AlgorithmError: See job logs for more information"
_log = logging.getLogger(__name__)


class _FailedError(Exception):
    """An object cannot be transformed: the job's FailureReason, and what data-log says of it."""

    def __init__(self, reason: str, *lines: str) -> None:
        super().__init__(reason)
        self.lines = lines


class _StopError(Exception):
    """The job is to stop."""


class Transforming:
    """The work of one batch transform job, in a thread of its own."""

    def __init__(self, job: TransformJob, model: Model, region: str) -> None:
        self._job = job
        self._model = model
        self._region = region
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._container: Container | None = None
        job.stop = self.stop

    def start(self) -> None:
        """Begin; the job's status tells how it goes on."""
        threading.Thread(target=self._run, daemon=True, name=f"transform-{self._job.name}").start()

    def stop(self) -> None:
        """End the job (StopTransformJob): the object at work leaves no output."""
        with self._lock:
            if self._stopping.is_set():
                return
            self._stopping.set()
            self._job.to("Stopping")
            if self._container:
                children.kill(self._container.process)

    def _run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="localaws-transform-") as name:
            try:
                reason = self._work(Path(name))
            except DeploymentError as failure:
                reason = str(failure)
            except _StopError:
                reason = None
            except Exception:  # noqa: BLE001 - a job must reach an end, or people wait for ever
                _log.exception("transform job %s", self._job.name)
                reason = UNVERIFIED_INTERNAL_ERROR
            finally:
                if self._container:
                    children.kill(self._container.process)
            with self._lock:
                if self._stopping.is_set():
                    self._job.to("Stopped")
                else:
                    self._stopping.set()  # too late to stop
                    self._job.to("Failed" if reason else "Completed", reason)

    def _work(self, folder: Path) -> str | None:
        """Transform every object; return the FailureReason when one could not be."""
        self._stopping.wait(durations.sagemaker_step)
        s3 = fetch_model(self._model, folder, self._region, self._job.arn)
        stream = f"{self._job.name}/i-{uuid4().hex[:17]}-{int(self._job.created.timestamp())}"
        self._start(folder, logs.LogStream(s3.credentials, self._region, LOG_GROUP, stream))
        data_log = logs.LogStream(s3.credentials, self._region, LOG_GROUP, f"{stream}/data-log")
        if not self._ready():
            return _ALGORITHM_ERROR
        self._job.begin()
        settings = self._settings()
        data_log.put([_stamped(", ".join(f"{name}={value}" for name, value in settings.items()))])
        reason = None
        source = self._job.request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        bucket, prefix = storage.split(source)
        for key in s3.keys(source):
            try:
                self._transform(s3, key, prefix, settings, folder=folder)
            except _FailedError as failure:  # the other objects are transformed all the same
                reason = str(failure)
                data_log.put([_stamped(f"{bucket}/{key}: {line}") for line in failure.lines])
        return reason

    def _start(self, folder: Path, log: logs.LogStream) -> None:
        environment = self._model.container.get("Environment", {}) | self._job.request.get("Environment", {})
        # https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
        environment |= ENVIRONMENT | {"SAGEMAKER_BATCH": "true"}
        version = version_of(self._model.container["Image"], self._region)
        with self._lock:
            if self._stopping.is_set():
                raise _StopError
            self._container = Container(folder, version, environment, log)

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer | None:
        """Return the container's answer, or None when there is none."""
        assert self._container  # noqa: S101 - it has been started
        try:
            return self._container.request(method, path, body, headers, timeout)
        except (UnreachableError, TimeoutError):
            if self._stopping.is_set():
                raise _StopError from None
            return None

    def _ready(self) -> bool:
        answer = self._ask("GET", "/ping", b"", {}, durations.transform_health_timeout)
        return answer is not None and answer.status == HTTPStatus.OK

    def _settings(self) -> dict[str, Any]:
        """Return how requests are made: as the job says, or else as the container's /execution-parameters."""
        answer = self._ask("GET", "/execution-parameters", b"", {}, durations.invocation_timeout)
        told = json.loads(answer.body) if answer else {}
        request = self._job.request
        strategy = {"SingleRecord": "SINGLE_RECORD", "MultiRecord": "MULTI_RECORD"}.get(
            request.get("BatchStrategy", "")
        )
        return {
            "MaxConcurrentTransforms": request.get("MaxConcurrentTransforms") or told["MaxConcurrentTransforms"],
            "MaxPayloadInMB": request.get("MaxPayloadInMB") or told["MaxPayloadInMB"],
            "BatchStrategy": strategy or told["BatchStrategy"],
        }

    def _transform(
        self, s3: storage.Storage, key: str, prefix: str, settings: Mapping[str, Any], *, folder: Path
    ) -> None:
        """Transform an object, and store what came out when all of it went well."""
        request = self._job.request
        base = prefix.rpartition("/")[0]
        target = f"{request['TransformOutput']['S3OutputPath'].rstrip('/')}/{key.removeprefix(base).lstrip('/')}.out"
        source = storage.split(request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])[0]
        data, out = folder / "input", folder / "output"
        try:
            with data.open("wb") as file:
                s3.download(source, key, file)
            with data.open("rb") as file, out.open("wb") as output:
                for batch in batches(
                    file,
                    by_line=request["TransformInput"].get("SplitType") == "Line",
                    single=settings["BatchStrategy"] == "SINGLE_RECORD",
                    longest=settings["MaxPayloadInMB"] * _MEGABYTE,
                ):
                    output.write(self._processed(batch))
            s3.upload(out, target, request["TransformOutput"].get("KmsKeyId"))
        except ClientError as error:
            raise _FailedError(_CLIENT_ERROR, storage.reason(error)) from error
        except ValueError as error:
            raise _FailedError(_CLIENT_ERROR, str(error)) from error

    def _processed(self, batch: bytes) -> bytes:
        """Return what is stored of a batch: filtered, answered, joined, filtered again, assembled."""
        processing = self._job.request.get("DataProcessing", {})
        keep = Selection.parse(processing.get("OutputFilter", "$"))
        answer = self._invoke(select(batch, Selection.parse(processing.get("InputFilter", "$"))))
        joined = processing.get("JoinSource") == "Input"
        result = join(batch, answer, keep) if joined else select(answer, keep)
        if self._job.request["TransformOutput"].get("AssembleWith") == "Line":
            return result.removesuffix(b"\n") + b"\n"
        return result

    def _invoke(self, payload: bytes) -> bytes:
        client = self._job.request.get("ModelClientConfig", {})
        timeout = client.get("InvocationsTimeoutInSeconds", 600) * durations.transform_second
        given = (
            self._job.request["TransformInput"].get("ContentType"),
            self._job.request["TransformOutput"].get("Accept"),
        )
        headers = {name: value for name, value in zip(("Content-Type", "Accept"), given, strict=True) if value}
        for _ in range(1 + client.get("InvocationsMaxRetries", 3)):
            answer = self._ask("POST", "/invocations", payload, headers, timeout)
            if answer and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
        if answer is None:
            raise _FailedError(_ALGORITHM_ERROR, "Unable to get response from algorithm")
        if answer.status >= HTTPStatus.BAD_REQUEST:
            side = "ClientError" if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR else "AlgorithmError"
            reason = _CLIENT_ERROR if side == "ClientError" else _ALGORITHM_ERROR
            text = answer.body.decode(errors="replace").splitlines()
            raise _FailedError(reason, f"{side}: {answer.status}", "", "Message:", *text)
        return answer.body


def _stamped(text: str) -> str:
    return f"{now().isoformat(timespec='milliseconds').partition('+')[0]}:[sagemaker logs]: {text}"
