"""StartTraining: checks the parameters and the data, keeps the run's own copy of the data, and starts the training job.

In: TrainingData (the event names the version of train.csv that the pipeline saw, or none) and, with sources on,
TrainingConfig (the repository with the parameters in its training.json). Out: training.json, the document.
Nothing is created before the parameters and both files are known to be good. The job reads the copies in
`s3://<model bucket>/runs/<run id>/`; several instances have a part of train.csv each, and all of validation.csv.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from botocore.exceptions import ClientError

import names
from artifacts import Artifacts
from bodies import chunks_of
from clients import Clients
from csv_rows import Table, batches, wrong_file
from documents import TRAINING_FILE, VERSION, DataFile, StartedTraining, TrainingData
from outcomes import ActionError, Done, Outcome
from pipeline_answer import Context, Progress, answer
from pipeline_job import Artifact, Event, Job
from run_copy import LineEnds, Piece, copy
from settings import variable
from stray_jobs import stop_strays, taken
from train_parameters import Stack, TrainParameters
from training_config import REPOSITORY_LIMIT, TrainingConfig, inputs_of, masked_keys, origin, unpack

CLIENTS = Clients()

_CHUNK = 1024 * 1024


def lambda_handler(event: Event, context: Context) -> None:
    """The function's entry point."""
    answer(event, context, CLIENTS, lambda job, progress: start_training(job, Settings.read(), CLIENTS, progress))


@dataclass(frozen=True)
class Settings:
    """The function's environment variables."""

    stack: Stack
    train_key: str
    validation_key: str
    role_arn: str
    kms_key_arn: str

    @classmethod
    def read(cls) -> "Settings":
        """Read the variables that the template sets, and Lambda's region."""
        return cls(
            Stack(
                suffix=variable("SUFFIX_ID"),
                region=variable("AWS_REGION"),
                data_bucket=variable("DATA_BUCKET"),
                model_bucket=variable("MODEL_BUCKET"),
                training_image=variable("TRAINING_IMAGE"),
            ),
            train_key=variable("TRAINING_DATA_KEY"),
            validation_key=variable("VALIDATION_DATA_KEY"),
            role_arn=variable("SAGEMAKER_ROLE_ARN"),
            kms_key_arn=variable("KMS_KEY_ARN"),
        )


@dataclass(frozen=True)
class OpenFile:
    """A data file that is to be read, chunk by chunk, at a version."""

    key: str
    version: str
    size: int
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class CheckedFile:
    """A data file that was read whole; `columns` counts the label too."""

    key: str
    version: str
    rows: int
    columns: int
    label_mean: float
    line_ends: LineEnds


def start_training(job: Job, settings: Settings, clients: Clients, progress: Progress) -> Outcome:
    """The step, from parameters to job."""
    began = taken()
    artifacts = Artifacts(job, clients)
    data, repository = inputs_of(job)
    config = _config(artifacts, repository, progress) if repository else None
    parameters = TrainParameters.parse(job.user_parameters, settings.stack, config)
    run = names.run_id(job.id)
    seen = data.revision  # null for some sources: then the newest is read and named
    progress("reading the data")
    train = _check(_open(clients.s3, settings, settings.train_key, seen), None, progress)
    if train.rows < parameters.instance_count:
        raise ActionError(
            f"{train.key} has {train.rows} rows, expected at least one for each of the {parameters.instance_count}"
            " instances: mend traininstancecount, or the file, and release the pipeline again."
        )
    validation = _check(_open(clients.s3, settings, settings.validation_key), train, progress)
    for piece in run_copies(settings, run, train, validation, parameters.instance_count):
        copy(clients.s3, piece, progress)
    request = training_job_request(parameters, settings, run)
    name = request["TrainingJobName"]
    progress(f"handing on {TRAINING_FILE}")
    document = training_document(parameters, settings, run, train, validation)
    artifacts.write(TRAINING_FILE, document)  # first: no job may run that nobody watches
    strays = stop_strays(clients.sagemaker, settings.stack.suffix, name, began, progress)
    progress(f"starting the training job {name}")
    _create(clients.sagemaker, request, progress)
    stopped = f". Stopped first, since nobody watched them: {', '.join(strays)}" if strays else ""
    newest_taken = "" if seen else " (the newest: the input artifact names none)"
    return Done(
        f"Training job {name}: {train.rows} rows of {train.key} at version {train.version}{newest_taken}"
        f" with {parameters.image}{_configured(parameters)}{stopped}",
        {"run_id": run, "training_job": name},
    )


def _config(artifacts: Artifacts, repository: Artifact, progress: Progress) -> TrainingConfig:
    progress(f"reading the input artifact {repository.name}")
    return unpack(artifacts.fetch(repository, REPOSITORY_LIMIT + 1), repository)


def _configured(parameters: TrainParameters) -> str:
    """Where the parameters come from, for the summary."""
    if parameters.config_commit is None:
        return ""
    masked = masked_keys(parameters.masked, "TrainUserParameters")
    return f", configured by {origin(parameters.config_commit)}{masked}"


def _open(s3: Any, settings: Settings, key: str, version: str | None = None) -> OpenFile:
    """A data file at a version or, without one, the newest."""
    bucket = settings.stack.data_bucket
    get = partial(s3.get_object, Bucket=bucket, Key=key)
    try:
        found = get(VersionId=version) if version else get()
    except ClientError as error:
        at = f" at version {version}" if version else ""
        code = error.response["Error"]["Code"]
        if code == "AccessDenied":  # what is lacking is a permission, which S3 names
            raise
        raise ActionError(
            f"s3://{bucket}/{key}{at} cannot be read ({code}): upload it, then release the pipeline again."
        ) from error
    at = found["VersionId"]
    return OpenFile(key, at, found["ContentLength"], chunks_of(found, partial(get, VersionId=at), _CHUNK))


def _check(file: OpenFile, like: CheckedFile | None, progress: Progress) -> CheckedFile:
    """Read an opened file whole; `like` is the file whose columns it must have."""

    ends = LineEnds()

    def chunks() -> Iterator[bytes]:
        progress(f"checking {file.key}")
        for chunk in file.chunks:
            progress(f"checking {file.key}, {ends.size} of {file.size} bytes read")
            ends.read(chunk)
            yield chunk

    table = Table(file.key, like.columns, like.key) if like else Table(file.key)
    count, total = 0, 0.0
    lowest, highest = inf, -inf
    for batch in batches(chunks(), table):
        count = batch.last_line
        total += sum(batch.labels)
        lowest, highest = min(lowest, *batch.labels), max(highest, *batch.labels)
    if lowest == highest:  # teaches nothing
        why = f"every label is {lowest:g}, expected at least two different ones in the first column, the label's"
        raise wrong_file(file.key, count, 1, why)
    return CheckedFile(file.key, file.version, count, table.columns, total / count, ends)


def run_copies(
    settings: Settings, run: str, train: CheckedFile, validation: CheckedFile, instances: int
) -> list[Piece]:
    """The copies of exactly the versions that were checked."""
    stack = settings.stack

    def piece(file: CheckedFile, name: str, part: tuple[int, int]) -> Piece:
        source = {"Bucket": stack.data_bucket, "Key": file.key, "VersionId": file.version}
        return Piece(source, file.line_ends.size, *part, {"Bucket": stack.model_bucket, "Key": f"runs/{run}/{name}"})

    files = ["train"] if instances == 1 else [f"part-{number}" for number in range(1, instances + 1)]
    parts = train.line_ends.parts(train.rows, instances)
    return [
        *[piece(train, f"train/{file}.csv", part) for file, part in zip(files, parts, strict=True)],
        piece(validation, "validation/validation.csv", (0, validation.line_ends.size)),
    ]


def training_job_request(parameters: TrainParameters, settings: Settings, run: str) -> dict[str, Any]:
    """CreateTrainingJob. Without a key of ours SageMaker encrypts the output with the account's key for S3."""
    stack = settings.stack
    folder = f"s3://{stack.model_bucket}/runs/{run}"
    return {
        "TrainingJobName": names.training_job(parameters.model_name, stack.suffix, run),
        "RoleArn": settings.role_arn,
        # The algorithm's code refuses FastFile, and Pipe for CSV.
        "AlgorithmSpecification": {"TrainingImage": parameters.image, "TrainingInputMode": "File"},
        "HyperParameters": dict(parameters.hyperparameters),
        "InputDataConfig": [
            _channel("train", folder, "FullyReplicated" if parameters.instance_count == 1 else "ShardedByS3Key"),
            _channel("validation", folder, "FullyReplicated"),
        ],
        "OutputDataConfig": {
            "S3OutputPath": folder,
            **({"KmsKeyId": settings.kms_key_arn} if settings.kms_key_arn else {}),
        },
        "ResourceConfig": {
            "InstanceType": parameters.instance_type,
            "InstanceCount": parameters.instance_count,
            "VolumeSizeInGB": parameters.volume_gb,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": parameters.max_runtime_seconds},
        "Tags": names.tags(stack.suffix, run_id=run, config_commit=parameters.config_commit or ""),
    }


def _channel(name: str, folder: str, distribution: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "ContentType": "text/csv",  # the algorithm's default is LIBSVM
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",  # a plain prefix: the slash keeps train-old/ out
                "S3Uri": f"{folder}/{name}/",
                "S3DataDistributionType": distribution,
            }
        },
    }


def _create(sagemaker: Any, request: Mapping[str, Any], progress: Progress) -> None:
    """Create the job; that it exists, and writes to this run's folder, is success: the job was delivered twice."""
    name = request["TrainingJobName"]
    try:
        sagemaker.create_training_job(**request)
        progress("answering")
    except sagemaker.exceptions.ResourceInUse:
        existing = sagemaker.describe_training_job(TrainingJobName=name)
        if existing["OutputDataConfig"]["S3OutputPath"] != request["OutputDataConfig"]["S3OutputPath"]:
            raise ActionError(
                f"A training job {name} that this pipeline did not start exists already:"
                " retry the stage with all actions, which gives it a new name."
            ) from None
    except Exception:  # it may run all the same, and nobody watches it
        with suppress(Exception):
            sagemaker.stop_training_job(TrainingJobName=name)
        raise


def training_document(
    parameters: TrainParameters, settings: Settings, run: str, train: CheckedFile, validation: CheckedFile
) -> StartedTraining:
    """What the later actions need to know of this run."""
    stack = settings.stack
    document = StartedTraining(
        version=VERSION,
        run_id=run,
        model_name=parameters.model_name,
        training_job=names.training_job(parameters.model_name, stack.suffix, run),
        image=parameters.image,
        hyperparameters=dict(parameters.hyperparameters),
        data=TrainingData(
            bucket=stack.data_bucket,
            train=DataFile(key=train.key, version=train.version, rows=train.rows),
            validation=DataFile(key=validation.key, version=validation.version, rows=validation.rows),
            copy=f"s3://{stack.model_bucket}/runs/{run}/",
        ),
        columns=train.columns - 1,
        label_mean=train.label_mean,
    )
    if parameters.config_commit:
        document["config_commit"] = parameters.config_commit
    if parameters.max_rmse is not None:
        document["max_rmse"] = parameters.max_rmse
    if parameters.masked:
        document["masked"] = list(parameters.masked)
    return document
