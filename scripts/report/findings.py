"""Reads back what an execution left: the artifacts of its actions, and the log of its training."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

import account
from follow import Action, Execution
from leftovers import TRAINING_LOGS
from report import learning

# Of the documents that the functions hand on, each alone in a zip (PipelineLambdaFunctions/documents.py), those of
# interest; deployment.json repeats the first.
TRAINING, EVALUATION = "training.json", "evaluation.json"
VERSION = 1
_LARGEST = 5_000_000  # ours have some 10 kB


@dataclass
class Findings:
    """An execution and what is known of it. ``missing`` says, a line each, what could not be read and why."""

    execution: Execution
    region: str
    training: dict[str, Any] | None = None
    evaluations: dict[str, dict[str, Any]] = field(default_factory=dict)
    curves: tuple[learning.Curve, ...] = ()
    missing: list[str] = field(default_factory=list)


def gather(session: Any, region: str, execution: Execution) -> Findings:
    """Read everything; what is no more there is told, not fatal. Other errors of AWS are raised."""
    found = Findings(execution, region)
    s3 = session.client("s3")
    for stage in execution.stages[1:]:  # the first has sources alone, whose artifacts are the data themselves
        for action in stage.actions:
            if action.status == "Succeeded":
                _read(s3, action, found)
    if found.training:
        job = str(found.training["training_job"])
        found.curves = learning.curves(_log(session.client("logs"), job, found))
        if not found.curves:
            found.missing.append(f"The log of {job} in {TRAINING_LOGS} tells of no round of training.")
    return found


def _read(s3: Any, action: Action, found: Findings) -> None:
    for place in action.artifacts:
        try:
            packed = s3.get_object(Bucket=place.bucket, Key=place.key)["Body"].read(_LARGEST)
        except ClientError as error:
            if account.code(error) != "NoSuchKey":
                raise
            found.missing.append(
                f"The artifact of {action.stage}/{action.name} is gone: {place.bucket} keeps artifacts for 90 days."
            )
            continue
        name, document = _unpacked(packed)
        if name in {TRAINING, EVALUATION} and document.get("version") != VERSION:
            found.missing.append(
                f"{name} of {action.stage}/{action.name} has version {document.get('version')!r}; this reads {VERSION}."
            )
        elif name == TRAINING:
            found.training = document
        elif name == EVALUATION:
            found.evaluations[action.name] = document


def _unpacked(packed: bytes) -> tuple[str, dict[str, Any]]:
    """The name and the content of the JSON in a zip; no name for anything else, which is another's artifact."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            name = archive.namelist()[0]
            document = json.loads(archive.read(name))
    except (zipfile.BadZipFile, IndexError, ValueError):
        return "", {}
    return (name, document) if isinstance(document, dict) else ("", {})


def _log(logs: Any, job: str, found: Findings) -> Iterator[str]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=TRAINING_LOGS, logStreamNamePrefix=f"{job}/")
    try:
        for page in pages:
            yield from (event["message"] for event in page["events"])
    except ClientError as error:
        if account.code(error) != "ResourceNotFoundException":
            raise
