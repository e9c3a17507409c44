"""SmokeTest, FullTest: score a data file with an environment's endpoint and say how good the model is.

In: deployment.json. Out: evaluation.json. The file is read part by part, at one version, in constant memory; a row that
is wrong fails the action, and no score is published. With `max-rmse` the action is a gate.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from artifacts import Artifacts
from clients import Clients
from csv_rows import rows
from documents import EVALUATION_FILE, VERSION, Deployment
from metrics import Score, Tally
from outcomes import ActionError, ConfigurationError, Done, Failed, Outcome
from pipeline_answer import Context, Progress, answer
from pipeline_job import Event, Job
from scoring import scored
from settings import variable
from user_parameters import UserParameters, wrong

CLIENTS = Clients()

# Bytes of one GetObject. A single long answer would be idle while the endpoint starts, and S3 ends idle connections.
PART = 4 * 1024 * 1024


def lambda_handler(event: Event, context: Context) -> None:
    """The function's entry point."""
    answer(event, context, CLIENTS, lambda job, progress: evaluate(job, variable("DATA_BUCKET"), CLIENTS, progress))


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
            max_rmse=_positive(given) if "max-rmse" in given.values else None,
        )


def _positive(given: UserParameters) -> float:
    expected = "a number above 0, such as 0.75"
    text = given.text("max-rmse", r"[0-9]{0,9}\.?[0-9]{1,9}", expected)
    if not float(text) > 0:
        wrong("max-rmse", text, expected)
    return float(text)


@dataclass(frozen=True)
class DataFile:
    """The object that is to be read."""

    bucket: str
    key: str
    version: str
    size: int


def evaluate(job: Job, data_bucket: str, clients: Clients, progress: Progress) -> Outcome:
    """The step: read, score, and judge."""
    parameters = EvaluationParameters.parse(job.user_parameters, data_bucket)
    progress("reading the input artifact")
    artifacts = Artifacts(job, clients)
    deployment = artifacts.deployment()
    if deployment["environment"].lower() != parameters.env.lower():  # names are in lower case
        raise ConfigurationError(
            f"UserParameters: env is {parameters.env!r}, but the input artifact is of {deployment['environment']!r}:"
            " mend the test parameters of the pipeline stack."
        )
    file = _find(clients.s3, parameters, progress)
    score = Score(deployment["training"]["label_mean"])
    columns = deployment["training"]["columns"] + 1
    checked = rows(_parts(clients.s3, file, progress), file.key, columns, "the training data")
    for row, prediction in scored(clients.sagemaker_runtime, deployment["endpoint"], checked, progress):
        score.add(row.label, prediction)
    rmse = score.whole.metrics()["rmse"]
    if parameters.max_rmse is not None and rmse > parameters.max_rmse:
        return Failed(
            f"{parameters.env}: RMSE {rmse:.6g} is worse than max-rmse {parameters.max_rmse:g}, over {score.whole.rows}"
            f" rows of {file.key}. The model stays where it is and goes no further."
        )
    progress(f"handing on {EVALUATION_FILE}")
    artifacts.write(EVALUATION_FILE, evaluation_document(deployment, file, score, parameters.max_rmse))
    return _done(parameters.env, score)


def _find(s3: Any, parameters: EvaluationParameters, progress: Progress) -> DataFile:
    bucket, key = parameters.bucket, parameters.key
    progress(f"looking for {key}")
    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise ActionError(
            f"s3://{bucket}/{key} (s3key) cannot be read ({code}): upload it, then release the pipeline again."
        ) from error
    return DataFile(bucket, key, found["VersionId"], found["ContentLength"])


def _parts(s3: Any, file: DataFile, progress: Progress) -> Iterator[bytes]:
    for start in range(0, file.size, PART):
        progress(f"reading {file.key} from byte {start}")
        part = s3.get_object(
            Bucket=file.bucket, Key=file.key, VersionId=file.version, Range=f"bytes={start}-{start + PART - 1}"
        )
        yield part["Body"].read()


def evaluation_document(deployment: Deployment, file: DataFile, score: Score, max_rmse: float | None) -> dict[str, Any]:
    """evaluation.json: `regression_metrics` is SageMaker's layout, the rest ours.

    If all labels are equal there is no R2, and `r2` is left out here and of the output variables: JSON knows no NaN.
    """
    return {
        "version": VERSION,
        "regression_metrics": score.regression_metrics(),
        "rows": score.whole.rows,
        **_scores(score),
        "counts": score.counts(),
        "max_rmse": max_rmse,
        "data": {"bucket": file.bucket, "key": file.key, "version": file.version},
        "environment": deployment["environment"],
        "endpoint": deployment["endpoint"],
        "endpoint_config": deployment["endpoint_config"],
        "training_job": deployment["training"]["training_job"],
        "run_id": deployment["training"]["run_id"],
        "execution_id": deployment["execution_id"],
    }


def _done(env: str, score: Score) -> Done:
    scores = _scores(score)
    r2 = f"R2 {scores['r2']:.3f}" if "r2" in scores else "no R2 (all labels are equal)"
    return Done(
        f"{env}: {score.whole.rows} rows, RMSE {scores['rmse']:.3f} (always the training mean:"
        f" {scores['baseline_rmse']:.3f}), MAE {scores['mae']:.3f}, {r2},"
        f" {scores['within_one']:.1%} within one point",
        {"environment": env, "rows": str(score.whole.rows), **{key: f"{value:.6g}" for key, value in scores.items()}},
    )


def _scores(score: Score) -> dict[str, float]:
    """The numbers that people compare, and the same of a model that always answers the training mean."""
    return _numbers(score.whole) | {f"baseline_{name}": value for name, value in _numbers(score.baseline).items()}


def _numbers(tally: Tally) -> dict[str, float]:
    metrics = tally.metrics()
    return {name: metrics[name] for name in ("rmse", "mae", "r2") if name in metrics} | {"within_one": tally.within_one}
