"""SmokeTest, FullTest: score a data file with an environment's endpoint and say how good the model is.

In: deployment.json. Out: evaluation.json. The file is read part by part, at one version, in constant memory; a row that
is wrong fails the action, and no score is published. When the time of this invocation runs short, the next one goes on
after the last batch that was counted (`checkpoint`). With `max-rmse`, of its UserParameters or else of training.json,
by which the model was trained, the action is a gate.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from artifacts import Artifacts
from bodies import body_of
from checkpoint import Checkpoint
from clients import Clients
from continuation import Token
from csv_rows import LINE_LIMIT, Table, batches
from documents import EVALUATION_FILE, VERSION, Deployment, Training
from metrics import Score, Tally
from outcomes import ActionError, ConfigurationError, Done, Failed, Outcome
from pipeline_answer import Context, Progress, answer
from pipeline_job import Event, Job
from scoring import scored
from settings import variable
from training_config import masked_keys, origin
from user_parameters import UserParameters

CLIENTS = Clients()

# Bytes of one GetObject, and of a request with the rows that end in it. A serverless endpoint takes 4 MB a request
# (https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-invoke.html); a quarter of it is answered well
# within the 60 s that a container has, and a file of some size goes out in parallel. Parts begin at multiples of this,
# wherever an invocation begins: batches, and so sums, are the same however often the action is interrupted.
PART = LINE_LIMIT


def lambda_handler(event: Event, context: Context) -> None:
    """The function's entry point."""
    answer(event, context, CLIENTS, lambda job, progress: evaluate(job, Settings.read(), CLIENTS, progress))


@dataclass(frozen=True)
class Settings:
    """The function's environment variables."""

    data_bucket: str
    artifact_bucket: str

    @classmethod
    def read(cls) -> "Settings":
        """Read the variables that the template sets."""
        return cls(variable("DATA_BUCKET"), variable("ARTIFACT_BUCKET"))


@dataclass(frozen=True)
class EvaluationParameters:
    """What to test, with what, and how bad it may be."""

    env: str
    bucket: str
    key: str
    max_rmse: float | None

    @classmethod
    def parse(cls, text: str, data_bucket: str) -> "EvaluationParameters":
        """Read and check the text; ConfigurationError names the key, the value and what was expected."""
        given = UserParameters(text, ("env", "s3bucket", "s3key", "max-rmse"))
        given.this_stacks("s3bucket", data_bucket)
        return cls(
            env=given.environment(),
            bucket=data_bucket,
            key=given.text("s3key", r"/?[^/\s]\S*", "the key of a CSV object, such as test/test.csv").removeprefix("/"),
            max_rmse=given.max_rmse(),
        )


@dataclass(frozen=True)
class Gate:
    """How bad a model may be, and who says so; `masked` are keys of training.json that do not count."""

    max_rmse: float | None = None
    origin: str = ""
    masked: tuple[str, ...] = ()

    @classmethod
    def of(cls, parameters: EvaluationParameters, training: Training) -> "Gate":
        """The threshold of UserParameters before that of the training."""
        configured = training.get("max_rmse")
        if parameters.max_rmse is not None:
            masked = () if configured is None else ("max-rmse",)
            return cls(parameters.max_rmse, "UserParameters", masked)
        return cls(configured, origin(training.get("config_commit", "")))

    def closed_to(self, rmse: float) -> bool:
        """Whether a model goes no further."""
        return self.max_rmse is not None and rmse > self.max_rmse


@dataclass(frozen=True)
class DataFile:
    """The object that is to be read."""

    bucket: str
    key: str
    version: str
    size: int


def evaluate(job: Job, settings: Settings, clients: Clients, progress: Progress) -> Outcome:
    """The step: read, score, and judge."""
    parameters = EvaluationParameters.parse(job.user_parameters, settings.data_bucket)
    token = Token.of(job.continuation_token, job.id)
    progress("reading the input artifact")
    artifacts = Artifacts(job, clients)
    deployment = artifacts.deployment()
    if deployment["environment"].lower() != parameters.env.lower():  # names are in lower case
        raise ConfigurationError(
            f"UserParameters: env is {parameters.env!r}, but the input artifact is of {deployment['environment']!r}:"
            " mend the test parameters of the pipeline stack."
        )
    file = _find(clients.s3, parameters, token, progress)
    gate = Gate.of(parameters, deployment["training"])
    mean = deployment["training"]["label_mean"]
    checkpoint = Checkpoint.of(clients, settings.artifact_bucket, token, file.version, mean)
    _score(clients, deployment, file, checkpoint, progress)
    score = checkpoint.score
    rmse = score.whole.metrics()["rmse"]
    if gate.closed_to(rmse):
        return Failed(
            f"{parameters.env}: RMSE {rmse:.6g} is worse than max-rmse {gate.max_rmse:g}, over {score.whole.rows}"
            f" rows of {file.key}. The threshold is of {gate.origin}. The model stays where it is and goes no further."
        )
    progress(f"handing on {EVALUATION_FILE}")
    artifacts.write(EVALUATION_FILE, evaluation_document(deployment, file, score, gate.max_rmse))
    return _done(parameters.env, score, gate)


def _find(s3: Any, parameters: EvaluationParameters, token: Token, progress: Progress) -> DataFile:
    """The file as it is now or, when the action goes on, as it was when it began."""
    bucket, key = parameters.bucket, parameters.key
    version = {"VersionId": token.place.version_id} if token.place else {}
    progress(f"looking for {key}")
    try:
        found = s3.head_object(Bucket=bucket, Key=key, **version)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "403":  # a HEAD has no words; a GET is refused with those that name the permission
            s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-0", **version)
        at = f" at version {token.place.version_id}, of which rows were scored already," if token.place else ""
        raise ActionError(
            f"s3://{bucket}/{key} (s3key){at} cannot be read ({code}): upload it, then release the pipeline again."
        ) from error
    return DataFile(bucket, key, found["VersionId"], found["ContentLength"])


def _score(
    clients: Clients, deployment: Deployment, file: DataFile, checkpoint: Checkpoint, progress: Progress
) -> None:
    """Score the rows that are left, and count them. From the first batch on there is something to be kept."""
    table = Table(file.key, deployment["training"]["columns"] + 1, "the training data")
    left = batches(_parts(clients.s3, file, checkpoint.offset, progress), table, checkpoint.lines)
    for batch, predictions in scored(clients.sagemaker_runtime, deployment["endpoint"], left, progress):
        checkpoint.count(batch, predictions)
        progress.resume = checkpoint.keep


def _parts(s3: Any, file: DataFile, start: int, progress: Progress) -> Iterator[bytes]:
    while start < file.size:
        end = start - start % PART + PART
        progress(f"reading {file.key} from byte {start}")
        part = {"Bucket": file.bucket, "Key": file.key, "VersionId": file.version, "Range": f"bytes={start}-{end - 1}"}
        yield body_of(partial(s3.get_object, **part))
        start = end


def evaluation_document(deployment: Deployment, file: DataFile, score: Score, max_rmse: float | None) -> dict[str, Any]:
    """evaluation.json: `regression_metrics` is SageMaker's layout, the rest ours.

    If all labels are equal there is no R2, and `r2` is left out here and of the output variables: JSON knows no NaN.
    `sample` and `worst` hold rows as [line, label, prediction]: up to 500 of the whole file by line, and the 10 with
    the largest absolute errors, those first.
    """
    return {
        "version": VERSION,
        "regression_metrics": score.regression_metrics(),
        "rows": score.whole.rows,
        **_scores(score),
        "counts": score.counts(),
        "sample": sorted(score.rows.sample),
        "worst": score.rows.worst,
        "max_rmse": max_rmse,
        "data": {"bucket": file.bucket, "key": file.key, "version": file.version},
        "environment": deployment["environment"],
        "endpoint": deployment["endpoint"],
        "endpoint_config": deployment["endpoint_config"],
        "training_job": deployment["training"]["training_job"],
        "run_id": deployment["training"]["run_id"],
        "execution_id": deployment["execution_id"],
    }


def _done(env: str, score: Score, gate: Gate) -> Done:
    scores = _scores(score)
    r2 = f"R2 {scores['r2']:.3f}" if "r2" in scores else "no R2 (all labels are equal)"
    return Done(
        f"{env}: {score.whole.rows} rows, RMSE {scores['rmse']:.3f} (always the training mean:"
        f" {scores['baseline_rmse']:.3f}), MAE {scores['mae']:.3f}, {r2},"
        f" {scores['within_one']:.1%} within one point{masked_keys(gate.masked, 'UserParameters')}",
        {"environment": env, "rows": str(score.whole.rows), **{key: f"{value:.6g}" for key, value in scores.items()}},
    )


def _scores(score: Score) -> dict[str, float]:
    """The numbers that people compare, and the same of a model that always answers the training mean."""
    return _numbers(score.whole) | {f"baseline_{name}": value for name, value in _numbers(score.baseline).items()}


def _numbers(tally: Tally) -> dict[str, float]:
    metrics = tally.metrics()
    return {name: metrics[name] for name in ("rmse", "mae", "r2") if name in metrics} | {"within_one": tally.within_one}
