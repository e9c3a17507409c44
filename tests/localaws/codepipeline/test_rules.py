"""A rule of EventBridge starts a pipeline, and may say with which source revisions and variables."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def starting_rule(client: Any, create_role: Callable[[str], str]) -> Callable[..., str]:
    """A function that makes a rule for new objects of a bucket with a pipeline as its target; returns its ARN."""

    def create(bucket: str, pipeline: str, **target: Any) -> str:
        client("s3").put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        name = f"upload-{uuid.uuid4().hex[:8]}"
        pattern = {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [bucket]}, "object": {"key": ["data.csv"]}},
        }
        rule = client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
        arn = f"arn:aws:codepipeline:us-east-1:123456789012:{pipeline}"
        whole = {"Id": "pipeline", "Arn": arn, "RoleArn": create_role("events")} | target
        client("events").put_targets(Rule=name, Targets=[whole])
        return str(rule)

    return create


def started_by_rule(pipelines: Any, name: str) -> dict[str, Any]:
    """The first execution after the one that creating the pipeline starts, once it has ended."""

    def found() -> str | None:
        summaries = pipelines.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        return str(summaries[-2]["pipelineExecutionId"]) if len(summaries) > 1 else None

    execution_id = pipelines.wait_for(found)
    pipelines.succeed()
    return dict(pipelines.ended(name, execution_id))


def test_an_upload_starts_the_pipeline(pipelines: Any, starting_rule: Callable[..., str]) -> None:
    name = pipelines.create([pipelines.action("Run")])
    pipelines.succeed()
    rule = starting_rule(pipelines.source, name)
    version = pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=b"new")["VersionId"]
    execution = started_by_rule(pipelines, name)
    assert execution["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}
    assert [revision["revisionId"] for revision in execution["artifactRevisions"]] == [version]


def test_a_rule_says_which_version_and_with_which_variables(pipelines: Any, starting_rule: Callable[..., str]) -> None:
    name = pipelines.create([pipelines.action("Run")], variables=[{"name": "WHO", "defaultValue": "nobody"}])
    pipelines.succeed()
    revision = {"actionName": "Fetch", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "<version>"}
    variable = {"name": "WHO", "value": "<bucket>"}
    starting_rule(
        pipelines.source,
        name,
        InputTransformer={
            "InputPathsMap": {"version": "$.detail.object.version-id", "bucket": "$.detail.bucket.name"},
            "InputTemplate": json.dumps({"sourceRevisions": [revision], "variables": [variable]}),
        },
    )
    pipelines.client.disable_stage_transition(
        pipelineName=name, stageName="Source", transitionType="Inbound", reason="both versions first"
    )
    versions = [
        pipelines.s3.put_object(Bucket=pipelines.source, Key="data.csv", Body=body)["VersionId"]
        for body in (b"first", b"second")
    ]
    pipelines.wait_for(lambda: len(pipelines.stages(name)["Source"].get("inboundExecutions", [])) == 2)
    pipelines.client.enable_stage_transition(pipelineName=name, stageName="Source", transitionType="Inbound")
    for _ in versions:
        pipelines.succeed()
    summaries = pipelines.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    executions = [pipelines.ended(name, summary["pipelineExecutionId"]) for summary in summaries[:2]]
    fetched = {execution["artifactRevisions"][0]["revisionId"] for execution in executions}
    assert fetched == set(versions)
    assert [execution["variables"][0]["resolvedValue"] for execution in executions] == [pipelines.source] * 2
