"""Looks at a training job once: done, to be waited for, failed, or late and to be stopped."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, Literal

from botocore.exceptions import ClientError

from artifacts import Artifacts
from console_links import log_link
from continuation import Deadline
from documents import TRAINING_FILE, StartedTraining, Training
from outcomes import Done, Failed, Outcome, Waiting
from pipeline_answer import Progress

# Every word of botocore's TrainingJobStatus (a test compares); any other word fails with its name.
TRAINING_STATUS: Mapping[str, Literal["wait", "done", "failed"]] = {
    "InProgress": "wait",
    "Stopping": "wait",
    "Completed": "done",
    "Failed": "failed",
    "Stopped": "failed",  # also when the job ran longer than its trainmaxruntime
    "Deleting": "failed",
}

_ADVICE = (
    "Mend the cause and release the pipeline again, or choose Retry stage with all actions:"
    " a retry of the failed action alone would look at the same job again."
)


def watch_training_job(
    artifacts: Artifacts, execution: str, deadline: Deadline, sagemaker: Any, progress: Progress
) -> Outcome:
    """Answer for the training job of the input artifact."""
    progress("reading the input artifact")
    started = artifacts.started_training()
    name = started["training_job"]
    progress(f"looking at the training job {name}")
    described = sagemaker.describe_training_job(TrainingJobName=name)
    status = described["TrainingJobStatus"]
    link = log_link(sagemaker.meta.region_name, "TrainingJobs", name)
    match TRAINING_STATUS.get(status):
        case "done":
            training = completed_document(started, described, execution)
            progress(f"handing on {TRAINING_FILE}")
            artifacts.write(TRAINING_FILE, training)
            return _done(training)
        case "wait" if deadline.is_past:
            progress(f"stopping the training job {name}")
            return _stop(sagemaker, name, status, deadline, link)
        case "wait":
            return Waiting(deadline.token, f"Training job {name} is {_state(described)}")
        case "failed":
            reason = described.get("FailureReason", "SageMaker gave no reason").rstrip(". \n")
            return Failed(f"Training job {name} is {_state(described)}: {reason}. Log: {link} {_ADVICE}")
        case _:
            return Failed(f"Training job {name} has the status {status!r}, which this function does not know. {link}")


def _state(described: Mapping[str, Any]) -> str:
    status, secondary = described["TrainingJobStatus"], described.get("SecondaryStatus")
    return f"{status} ({secondary})" if secondary and secondary != status else str(status)


def _stop(sagemaker: Any, name: str, status: str, deadline: Deadline, link: str) -> Outcome:
    if status != "Stopping":
        try:
            sagemaker.stop_training_job(TrainingJobName=name)
        except ClientError as error:
            # A job that has ended in the meantime cannot be stopped: look again.
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            return Waiting(deadline.token, f"Training job {name} has just ended")
    late = f"was still {status} after {deadline.minutes} minutes and was stopped"
    return Failed(f"Training job {name} {late}. Log: {link} {_ADVICE}")


def completed_document(started: StartedTraining, described: Mapping[str, Any], execution: str) -> Training:
    """training.json with the execution, the model and the job's last metrics."""
    found = {metric["MetricName"]: float(metric["Value"]) for metric in described.get("FinalMetricDataList", ())}
    return Training(
        **started,
        execution_id=execution,
        model_data_url=described["ModelArtifacts"]["S3ModelArtifacts"],
        metrics={metric: value for metric, value in found.items() if isfinite(value)},  # JSON knows no NaN
    )


def _done(training: Training) -> Done:
    metrics = {_variable(metric): f"{value:.6g}" for metric, value in training["metrics"].items()}
    shown = "".join(f", {metric} {value:.4g}" for metric, value in training["metrics"].items())
    name = training["training_job"]
    return Done(f"Training job {name} is Completed{shown}", {**metrics, "training_job": name})


def _variable(metric: str) -> str:
    return re.sub(r"[^A-Za-z0-9@_-]", "_", metric)  # botocore: OutputVariablesKey; metrics are named validation:rmse
