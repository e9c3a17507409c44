"""Stops training jobs that nobody watches: those of executions that were stopped, or whose function died.

A stage has one execution at a time, and Train both starts and watches: what else trains meanwhile is nobody's.
https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

import names
from pipeline_answer import Progress


def taken() -> datetime:
    """When Lambda took the event that is being answered: it may have waited for minutes, and others have begun since.

    The event tells no time, but its trace begins with it, to the second. Without a trace it is now.
    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
    https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    """
    now = datetime.now(UTC)
    trace = re.search(r"Root=1-([0-9a-f]{8})-", os.environ.get("_X_AMZN_TRACE_ID", ""))
    return min(now, datetime.fromtimestamp(int(trace[1], 16) + 1, UTC)) if trace else now


def stop_strays(sagemaker: Any, suffix: str, own: str, began: datetime, progress: Progress) -> list[str]:
    """Stop this pipeline's other jobs, await their end (until then they fill the quota), and return their names.

    Those made after this action `began` stay: it may itself be of an execution that was stopped, and be late. Where
    there is the own one already, all stay: Lambda delivers the event again, and others may be later executions'.
    """
    strays: set[str] = set()
    progress("looking for training jobs that nobody watches")
    while running := [job for job in _running(sagemaker, suffix, began) if job[0] != own]:
        if not strays and _exists(sagemaker, own):
            return []
        for name, status in running:
            strays.add(name)
            progress(f"stopping the training job {name}, which nobody watches")
            if status == "InProgress":
                _stop(sagemaker, name)
        progress.pause(5)
    return sorted(strays)


def _exists(sagemaker: Any, name: str) -> bool:
    """Whether there is a training job of this name, running or not."""
    try:
        sagemaker.describe_training_job(TrainingJobName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":  # SageMaker's for what is not there
            return False
        raise
    return True


def _running(sagemaker: Any, suffix: str, began: datetime) -> Iterator[tuple[str, str]]:
    jobs, tag = sagemaker.get_paginator("list_training_jobs"), names.tags(suffix)[0]
    for status in ("InProgress", "Stopping"):
        for page in jobs.paginate(NameContains=f"-{suffix}-", StatusEquals=status, CreationTimeBefore=began):
            for job in page["TrainingJobSummaries"]:
                name, arn = job["TrainingJobName"], job["TrainingJobArn"]
                # Both: a person's clone of a job has its tags, and a name says nothing of who gave it.
                if names.is_model(name, suffix) and tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]:
                    yield name, status


def _stop(sagemaker: Any, name: str) -> None:
    try:
        sagemaker.stop_training_job(TrainingJobName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":  # it has just ended
            raise
