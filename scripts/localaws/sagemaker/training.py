"""Runs a training job: channels from S3, the image's process, model.tar.gz to S3, all as the execution role."""

import contextlib
import errno
import json
import logging
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from botocore.exceptions import ClientError

from localaws import children
from localaws.clock import durations
from localaws.faults import disk
from localaws.faults.processes import at_work
from localaws.sagemaker import logs, storage
from localaws.sagemaker.errors import UNVERIFIED_INTERNAL_ERROR
from localaws.sagemaker.models import TrainingJob
from localaws.sagemaker.training_metrics import TrainingMetrics
from localaws.xgboost_container import ENVIRONMENT
from localaws.xgboost_container.version import Version

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
CHECKPOINTS = "/opt/ml/checkpoints"  # botocore: CheckpointConfig's LocalPath
_LONGEST_RUN = 24 * 60 * 60  # botocore: MaxRuntimeInSeconds' default
# FailureReason beside the image's own: people report texts like these, AWS publishes none.
UNVERIFIED_DOWNLOAD_FAILED = "ClientError: Data download failed:"
UNVERIFIED_UPLOAD_FAILED = "ClientError: Artifact upload failed:"
UNVERIFIED_DISK_FULL = "Insufficient disk space"  # behind either of these two
# What the platform writes into inputdataconfig.json for FastFile is not documented; the image refuses this.
UNVERIFIED_FAST_FILE_MODE = "FastFile"
_log = logging.getLogger(__name__)


class _FailedError(Exception):
    """The job has failed; the text is its FailureReason."""


class _StopError(Exception):
    """The job is to stop before its process started."""


class Training:
    """The work of one training job, in a thread of its own."""

    def __init__(self, job: TrainingJob, version: Version, region: str) -> None:
        self._job = job
        self._version = version
        self._region = region
        self._lock = threading.Lock()
        self._stopping = threading.Event()  # asked to stop, or out of time
        self._trained = False  # the process has ended: too late to stop
        self._process: subprocess.Popen[bytes] | None = None
        self._killer: threading.Timer | None = None
        job.stop = self.stop

    def start(self) -> None:
        """Begin; the job's status tells how it goes on."""
        threading.Thread(target=self._run, daemon=True, name=f"training-{self._job.name}").start()

    def stop(self) -> None:
        """Ask the process to end, and end it if it does not (StopTrainingJob)."""
        with self._lock:
            if self._stopping.is_set() or self._trained:
                return
            self._stopping.set()
            self._job.enter("Stopping", "Stopping")
            if self._process:
                self._process.terminate()
                self._killer = threading.Timer(durations.training_stop_grace, children.kill, [self._process])
                self._killer.daemon = True
                self._killer.start()

    def _run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="localaws-training-") as name:
            try:
                secondary = self._work(Path(name))
            except _StopError:
                secondary = "Stopped"
            except _FailedError as failure:
                self._job.enter("Failed", "Failed", str(failure))
                return
            except Exception:  # noqa: BLE001 - a job must reach an end, or people wait for ever
                _log.exception("training job %s", self._job.name)
                if self._process:
                    children.kill(self._process)
                self._job.enter("Failed", "Failed", UNVERIFIED_INTERNAL_ERROR)
                return
            self._job.enter(secondary, "Completed" if secondary == "Completed" else "Stopped")

    def _work(self, folder: Path) -> str:
        s3 = storage.Storage(self._job.request["RoleArn"], self._region, self._job.arn)
        self._step("Downloading")
        self._download(s3, folder)
        self._step("Training")
        exit_code, in_time = self._train(s3, folder)
        self._keep_checkpoints(s3, folder)
        if self._stopping.is_set():
            if any((folder / "model").iterdir()):
                self._upload(s3, folder)
            return "Stopped" if in_time else "MaxRuntimeExceeded"
        if exit_code:
            raise _FailedError(f"AlgorithmError: {_failure(folder)}, exit code: {exit_code}")
        time.sleep(durations.sagemaker_step)
        self._job.enter("Uploading")
        self._upload(s3, folder)
        return "Completed"

    def _step(self, secondary_status: str) -> None:
        self._stopping.wait(durations.sagemaker_step)
        with self._lock:
            if self._stopping.is_set():
                raise _StopError
            self._job.enter(secondary_status)

    def _download(self, s3: storage.Storage, folder: Path) -> None:
        request = self._job.request
        channels = {}
        for channel in request.get("InputDataConfig", ()):
            source = channel["DataSource"]["S3DataSource"]
            mode = channel.get("InputMode") or request["AlgorithmSpecification"]["TrainingInputMode"]
            channels[channel["ChannelName"]] = {
                **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
                "TrainingInputMode": UNVERIFIED_FAST_FILE_MODE if mode == "FastFile" else mode,
                "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
                "RecordWrapperType": "None",
            }
            data = folder / "input" / "data" / channel["ChannelName"]
            data.mkdir(parents=True)
            if mode != "Pipe":
                _download_prefix(s3, source["S3Uri"], data)
        config = folder / "input" / "config"
        config.mkdir(parents=True)
        (config / "hyperparameters.json").write_text(json.dumps(request.get("HyperParameters", {})))
        (config / "inputdataconfig.json").write_text(json.dumps(channels))
        (config / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
        (folder / "model").mkdir()
        if checkpoints := request.get("CheckpointConfig"):
            settings = {"LocalPath": checkpoints.get("LocalPath", CHECKPOINTS)}
            (config / "checkpointconfig.json").write_text(json.dumps(settings))
            (folder / "checkpoints").mkdir()
            _download_prefix(s3, f"{checkpoints['S3Uri'].rstrip('/')}/", folder / "checkpoints")

    def _train(self, s3: storage.Storage, folder: Path) -> tuple[int, bool]:
        """Return the exit code of the image's process, and whether it ended within the maximum run time."""
        longest = self._job.request["StoppingCondition"].get("MaxRuntimeInSeconds", _LONGEST_RUN)
        stream_name = f"{self._job.name}/algo-1-{int(self._job.created.timestamp())}"
        stream = logs.LogStream(s3.credentials, self._region, LOG_GROUP, stream_name)
        with self._lock:
            if self._stopping.is_set():
                raise _StopError
            self._process = process = children.spawn_module(
                "xgboost_container.train",
                [str(folder), self._version.name],
                environment=ENVIRONMENT | self._job.request.get("Environment", {}),
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        metrics = TrainingMetrics(self._job, s3.credentials, self._region)
        follower = logs.follow(process, stream, metrics.note)
        in_time = True
        with at_work(f"training-job:{self._job.name}", process):
            try:
                process.wait(longest * durations.training_second)
            except subprocess.TimeoutExpired:
                in_time = self._stopping.is_set()  # a stop that is under way when the time is up is a stop
                self.stop()
                process.wait()
        with self._lock:
            self._trained = True
            if self._killer:
                self._killer.cancel()
        children.kill(process)  # what it may have started, and its place in the list
        follower.join()
        metrics.put()
        code = process.returncode
        return (128 - code if code < 0 else code), in_time

    def _keep_checkpoints(self, s3: storage.Storage, folder: Path) -> None:
        """Copy checkpoints to S3, as SageMaker does all the while, for a job that may be interrupted: none is here."""
        if "CheckpointConfig" not in self._job.request:
            return
        uri = self._job.request["CheckpointConfig"]["S3Uri"].rstrip("/")
        for file in sorted((folder / "checkpoints").rglob("*")):
            if file.is_file():
                self._store(s3, file, f"{uri}/{file.relative_to(folder / 'checkpoints')}", None)

    def _upload(self, s3: storage.Storage, folder: Path) -> None:
        """Store the model and, where there is any, what else the image put out (the image's prediction_utils.py)."""
        self._job.model_artifacts = self._store_archive(s3, folder / "model", "model.tar.gz")
        if (folder / "output" / "data").exists():
            self._store_archive(s3, folder / "output" / "data", "output.tar.gz")

    def _store_archive(self, s3: storage.Storage, folder: Path, name: str) -> str:
        output = self._job.request["OutputDataConfig"]
        uri = f"{output['S3OutputPath'].rstrip('/')}/{self._job.name}/output/{name}"
        archive = folder.parent / name
        with _failing(UNVERIFIED_UPLOAD_FAILED), disk.create(archive, "training-output") as file:
            storage.pack(folder, file)
        self._store(s3, archive, uri, output.get("KmsKeyId"))
        return uri

    def _store(self, s3: storage.Storage, file: Path, uri: str, kms_key_id: str | None) -> None:
        with _failing(UNVERIFIED_UPLOAD_FAILED):
            s3.upload(file, uri, kms_key_id)


def _download_prefix(s3: storage.Storage, uri: str, folder: Path) -> None:
    """Copy the objects under a prefix; their names are what follows its last slash."""
    bucket, prefix = storage.split(uri)
    base = prefix.rpartition("/")[0]
    with _failing(UNVERIFIED_DOWNLOAD_FAILED):
        for key in s3.keys(uri):
            to = (folder / key.removeprefix(base).lstrip("/")).resolve()
            if not to.is_relative_to(folder.resolve()):
                raise _FailedError(f"{UNVERIFIED_DOWNLOAD_FAILED}the key {key} leaves its folder")
            to.parent.mkdir(parents=True, exist_ok=True)
            with disk.create(to, "training-input") as file:
                s3.download(bucket, key, file)


@contextlib.contextmanager
def _failing(words: str) -> Iterator[None]:
    """Turn what S3 refuses, and a full disk, into the failure of the job, in these words."""
    try:
        yield
    except ClientError as error:
        raise _FailedError(f"{words}{storage.reason(error)}") from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise _FailedError(f"{words}{UNVERIFIED_DISK_FULL}") from error


def _failure(folder: Path) -> str:
    file = folder / "output" / "failure"
    return file.read_text() if file.exists() else ""
