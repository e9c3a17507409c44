"""Asks AWS for all that the screen shows. Nothing is judged here, and nothing is changed."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from botocore.exceptions import ClientError

import account
import follow
import leftovers
from account import WorkshopError
from resource_names import Names
from status.models import Endpoint, Instances, Run, TrainingJob, Unread, Workshop

RUN_TAG, COMMIT_TAG = "mlops-builtinalgo:run-id", "mlops-builtinalgo:config-commit"
_DENIED = {"AccessDenied", "AccessDeniedException"}

T = TypeVar("T")


def gather(session: Any, suffix: str, region: str) -> Workshop:
    """Look at everything that bears the suffix."""
    names, sagemaker = Names(suffix), session.client("sagemaker")
    return Workshop(
        suffix=suffix,
        region=region,
        stacks=_readable(lambda: leftovers.our_stacks(session.client("cloudformation"), names)[::-1]),
        history=_readable(lambda: _history(session.client("codepipeline"), names.pipeline)),
        endpoints=_readable(lambda: _endpoints(sagemaker, names)),
        training_jobs=_readable(lambda: _training_jobs(sagemaker, names)),
        log_groups=_readable(lambda: leftovers.log_groups(session.client("logs"), names)),
    )


def _readable(read: Callable[[], T]) -> T | Unread:
    """Read a part. What may not be read is told in its place; any other error ends it all."""
    try:
        return read()
    except ClientError as error:
        if account.code(error) not in _DENIED:
            raise
        return Unread(account.explain(error))


def _history(codepipeline: Any, pipeline: str) -> list[Run]:
    try:
        definition = follow.define(codepipeline, pipeline)
    except WorkshopError:  # there is no pipeline
        return []
    pages = codepipeline.get_paginator("list_action_executions").paginate(pipelineName=pipeline)
    details = defaultdict(list)
    # What get_pipeline_state knows of errors is told nowhere else of older action executions.
    errors = follow.messages(codepipeline.get_pipeline_state(name=pipeline))
    for detail in (one for page in pages for one in page["actionExecutionDetails"]):
        told = follow.to_action(detail, detail["startTime"]).message
        details[detail["pipelineExecutionId"]].append(detail if told else follow.with_message(detail, errors))
    now = datetime.now(UTC)
    return [
        Run(
            follow.assemble(definition, summary, details[summary["pipelineExecutionId"]], now),
            summary.get("startTime", now),
            summary.get("stopTrigger", {}).get("reason", ""),
        )
        for summary in follow.executions(codepipeline, pipeline)
    ]


def _endpoints(sagemaker: Any, names: Names) -> list[Endpoint]:
    found = (_endpoint(sagemaker, name) for name in sorted(leftovers.endpoints(sagemaker, names)))
    return [one for one in found if one]


def _endpoint(sagemaker: Any, name: str) -> Endpoint | None:
    endpoint = _described(sagemaker.describe_endpoint, EndpointName=name)
    if not endpoint:
        return None  # deleted since it was listed
    config = _described(sagemaker.describe_endpoint_config, EndpointConfigName=endpoint["EndpointConfigName"])
    variant = config.get("ProductionVariants", [{}])[0]
    model = _described(sagemaker.describe_model, ModelName=variant["ModelName"]) if variant else {}
    listed = sagemaker.list_tags(ResourceArn=config["EndpointConfigArn"])["Tags"] if config else []
    tags = {tag["Key"]: tag["Value"] for tag in listed}
    serving = endpoint.get("ProductionVariants", [{}])[0]  # absent while there is none yet
    count = serving.get("CurrentInstanceCount") or variant.get("InitialInstanceCount", 0)
    is_serverless = "ServerlessConfig" in variant or "CurrentServerlessConfig" in serving
    return Endpoint(
        name=name,
        status=endpoint["EndpointStatus"],
        since=endpoint["LastModifiedTime"],
        config=endpoint["EndpointConfigName"],
        run=tags.get(RUN_TAG, ""),
        training_job=variant.get("ModelName", ""),
        image=model.get("PrimaryContainer", {}).get("Image", ""),
        instances=None if is_serverless else Instances(variant.get("InstanceType", "an unknown type"), count),
        config_commit=tags.get(COMMIT_TAG, ""),
    )


def _described(call: Callable[..., dict[str, Any]], **what: str) -> dict[str, Any]:
    try:
        return call(**what)
    except ClientError as error:
        if leftovers.is_gone(error):
            return {}
        raise


def _training_jobs(sagemaker: Any, names: Names) -> list[TrainingJob]:
    found = [
        sagemaker.describe_training_job(TrainingJobName=name)
        for status in ("InProgress", "Stopping")
        for name in leftovers.training_jobs(sagemaker, names, StatusEquals=status)
    ]
    jobs = [
        TrainingJob(
            one["TrainingJobName"],
            one["TrainingJobStatus"],
            one["CreationTime"],
            Instances(one["ResourceConfig"]["InstanceType"], one["ResourceConfig"]["InstanceCount"]),
        )
        for one in found
    ]
    return sorted(jobs, key=lambda job: job.made, reverse=True)
