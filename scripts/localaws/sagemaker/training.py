"""Runs a training job: channels from S3, the image's process, model.tar.gz to S3, all as the execution role."""

import contextlib
import errno
import json
import logging
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from botocore.exceptions import ClientError

from localaws.clock import durations
from localaws.faults import disk
from localaws.sagemaker import logs, storage
from localaws.sagemaker.errors import UNVERIFIED_INTERNAL_ERROR
from localaws.sagemaker.hosts import Host, Hosts
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
        self._trained = False  # the processes have ended: too late to stop
        self._hosts: Hosts | None = None  # whose processes have begun
        self._cause: Host | None = None  # of a failure
        self._killer: threading.Timer | None = None
        job.stop = self.stop

    def start(self) -> None:
        """Begin; the job's status tells how it goes on."""
        threading.Thread(target=self._run, daemon=True, name=f"training-{self._job.name}").start()

    def stop(self) -> None:
        """Ask the processes to end, and end them if they do not (StopTrainingJob)."""
        with self._lock:
            if self._stopping.is_set() or self._trained:
                return
            self._stopping.set()
            self._job.enter("Stopping", "Stopping")
            if self._hosts:
                self._hosts.terminate()
                self._killer = threading.Timer(durations.training_stop_grace, self._hosts.kill)
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
                if self._hosts:
                    self._hosts.kill()
                self._job.enter("Failed", "Failed", UNVERIFIED_INTERNAL_ERROR)
                return
            self._job.enter(secondary, "Completed" if secondary == "Completed" else "Stopped")

    def _work(self, folder: Path) -> str:
        s3 = storage.Storage(self._job.request["RoleArn"], self._region, self._job.arn)
        hosts = Hosts.of(self._job.request["ResourceConfig"]["InstanceCount"], folder)
        self._step("Downloading")
        self._download(s3, hosts)
        self._step("Training")
        in_time = self._train(s3, hosts)
        self._keep_checkpoints(s3, hosts)
        if self._stopping.is_set():
            if any(any((host.folder / "model").iterdir()) for host in hosts.all):
                self._upload(s3, folder, hosts)
            return "Stopped" if in_time else "MaxRuntimeExceeded"
        if cause := self._cause:
            raise _FailedError(f"AlgorithmError: {cause.failure}, exit code: {cause.exit_code}")
        time.sleep(durations.sagemaker_step)
        self._job.enter("Uploading")
        self._upload(s3, folder, hosts)
        return "Completed"

    def _step(self, secondary_status: str) -> None:
        self._stopping.wait(durations.sagemaker_step)
        with self._lock:
            if self._stopping.is_set():
                raise _StopError
            self._job.enter(secondary_status)

    def _download(self, s3: storage.Storage, hosts: Hosts) -> None:
        request = self._job.request
        channels = {}
        for channel in request.get("InputDataConfig", ()):
            name, source = channel["ChannelName"], channel["DataSource"]["S3DataSource"]
            mode = channel.get("InputMode") or request["AlgorithmSpecification"]["TrainingInputMode"]
            distribution = source.get("S3DataDistributionType", "FullyReplicated")
            channels[name] = {
                **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
                "TrainingInputMode": UNVERIFIED_FAST_FILE_MODE if mode == "FastFile" else mode,
                "S3DistributionType": distribution,
                "RecordWrapperType": "None",
            }
            with _failing(UNVERIFIED_DOWNLOAD_FAILED):
                keys = [] if mode == "Pipe" else list(s3.keys(source["S3Uri"]))
            for host in hosts.all:
                data = host.folder / "input" / "data" / name
                data.mkdir(parents=True)
                _download_objects(s3, source["S3Uri"], hosts.share(host, keys, distribution), data)
        for host in hosts.all:
            self._configure(host, [each.name for each in hosts.all], channels)
            (host.folder / "model").mkdir()
            if checkpoints := request.get("CheckpointConfig"):
                uri = f"{checkpoints['S3Uri'].rstrip('/')}/"
                (host.folder / "checkpoints").mkdir()
                with _failing(UNVERIFIED_DOWNLOAD_FAILED):
                    keys = list(s3.keys(uri))
                _download_objects(s3, uri, keys, host.folder / "checkpoints")

    def _configure(self, host: Host, names: list[str], channels: dict[str, dict[str, str]]) -> None:
        request = self._job.request
        documents = {
            "hyperparameters": request.get("HyperParameters", {}),
            "inputdataconfig": channels,
            "resourceconfig": {"current_host": host.name, "hosts": names},
        }
        if checkpoints := request.get("CheckpointConfig"):
            documents["checkpointconfig"] = {"LocalPath": checkpoints.get("LocalPath", CHECKPOINTS)}
        config = host.folder / "input" / "config"
        config.mkdir(parents=True)
        for name, document in documents.items():
            (config / f"{name}.json").write_text(json.dumps(document))

    def _train(self, s3: storage.Storage, hosts: Hosts) -> bool:
        """Run the image's processes; return whether they ended within the maximum run time."""
        longest = self._job.request["StoppingCondition"].get("MaxRuntimeInSeconds", _LONGEST_RUN)
        metrics = TrainingMetrics(self._job, s3.credentials, self._region)

        def follow(host: str, process: "subprocess.Popen[bytes]", ended: Callable[[], None]) -> threading.Thread:
            name = f"{self._job.name}/{host}-{int(self._job.created.timestamp())}"
            stream = logs.LogStream(s3.credentials, self._region, LOG_GROUP, name)
            return logs.follow(process, stream, metrics.note, ended)

        with self._lock:
            if self._stopping.is_set():
                raise _StopError
            self._hosts = hosts
            hosts.start(self._version, ENVIRONMENT | self._job.request.get("Environment", {}))
        followers = hosts.follow(follow)
        in_time = True
        with hosts.at_work(f"training-job:{self._job.name}"):
            try:
                hosts.wait(longest * durations.training_second)
            except TimeoutError:
                in_time = self._stopping.is_set()  # a stop that is under way when the time is up is a stop
                self.stop()
                hosts.wait()
        with self._lock:
            self._trained = True
            if self._killer:
                self._killer.cancel()
        self._cause = hosts.cause
        hosts.kill()
        for follower in followers:
            follower.join()
        metrics.put()
        return in_time

    def _keep_checkpoints(self, s3: storage.Storage, hosts: Hosts) -> None:
        """Copy checkpoints to S3, as SageMaker does all the while, for a job that may be interrupted: none is here."""
        if "CheckpointConfig" not in self._job.request:
            return
        uri = self._job.request["CheckpointConfig"]["S3Uri"].rstrip("/")
        for folder in [host.folder / "checkpoints" for host in hosts.all]:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    self._store(s3, file, f"{uri}/{file.relative_to(folder)}", None)

    def _upload(self, s3: storage.Storage, folder: Path, hosts: Hosts) -> None:
        """Store the model and, where there is any, what else the image put out (the image's prediction_utils.py).

        Of several hosts too it is one archive:
        https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
        """
        models = [host.folder / "model" for host in hosts.all]
        self._job.model_artifacts = self._store_archive(s3, models, folder / "model.tar.gz")
        others = [data for host in hosts.all if (data := host.folder / "output" / "data").exists()]
        if others:
            self._store_archive(s3, others, folder / "output.tar.gz")

    def _store_archive(self, s3: storage.Storage, folders: list[Path], archive: Path) -> str:
        output = self._job.request["OutputDataConfig"]
        uri = f"{output['S3OutputPath'].rstrip('/')}/{self._job.name}/output/{archive.name}"
        with _failing(UNVERIFIED_UPLOAD_FAILED), disk.create(archive, "training-output") as file:
            storage.pack(folders, file)
        self._store(s3, archive, uri, output.get("KmsKeyId"))
        return uri

    def _store(self, s3: storage.Storage, file: Path, uri: str, kms_key_id: str | None) -> None:
        with _failing(UNVERIFIED_UPLOAD_FAILED):
            s3.upload(file, uri, kms_key_id)


def _download_objects(s3: storage.Storage, uri: str, keys: list[str], folder: Path) -> None:
    """Copy objects under a prefix; their names are what follows its last slash."""
    bucket, prefix = storage.split(uri)
    base = prefix.rpartition("/")[0]
    with _failing(UNVERIFIED_DOWNLOAD_FAILED):
        for key in keys:
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
