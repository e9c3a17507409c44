"""Small pipelines: a source in a versioned bucket, then Lambda actions."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Client = Callable[[str], Any]
_PATIENCE = 20  # seconds; a test that waits this long has failed

# A handler's first lines: how it answers, with what its UserParameters say.
ANSWER = """
    import json
    import boto3

    pipeline = boto3.client("codepipeline")

    def handler(event, context):
        job = event["CodePipeline.job"]
        parameters = job["data"]["actionConfiguration"]["configuration"].get("UserParameters", "")
"""


def wait_for(condition: Callable[[], Any]) -> Any:
    """Return the first true value of a condition."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


class Pipelines:
    """Makes pipelines in one source bucket and one artifact bucket, and reads what becomes of them."""

    def __init__(self, client: Client, role: str) -> None:
        self.client = client("codepipeline")
        self.s3 = client("s3")
        self.role = role
        self.suffix = uuid.uuid4().hex[:8]
        self.source, self.store = f"source-{self.suffix}", f"store-{self.suffix}"
        self.names: list[str] = []
        for bucket in (self.source, self.store):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=self.source, VersioningConfiguration={"Status": "Enabled"})
        self.version = self.s3.put_object(Bucket=self.source, Key="data.csv", Body=b"1,2\n")["VersionId"]

    def source_action(self, **changes: Any) -> dict[str, Any]:
        """An S3 source action."""
        configuration = {"S3Bucket": self.source, "S3ObjectKey": "data.csv", "PollForSourceChanges": "false"}
        action = {
            "name": "Fetch",
            "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
            "configuration": configuration,
            "outputArtifacts": [{"name": "SourceOutput"}],
        }
        return action | changes

    @staticmethod
    def lambda_action(name: str, function: str, parameters: str | None = None, **changes: Any) -> dict[str, Any]:
        """A Lambda invoke action."""
        configuration = {"FunctionName": function} | ({"UserParameters": parameters} if parameters else {})
        action = {
            "name": name,
            "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
            "configuration": configuration,
        }
        return action | changes

    def definition(self, *stages: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
        """A QUEUED pipeline of a source and these stages, named Stage1, Stage2..."""
        named = [{"name": f"Stage{number}", "actions": actions} for number, actions in enumerate(stages, start=1)]
        definition = {
            "name": f"a-pipeline-with-a-long-name-{uuid.uuid4().hex[:8]}",
            "roleArn": self.role,
            "artifactStore": {"type": "S3", "location": self.store},
            "stages": [{"name": "Source", "actions": [self.source_action()]}, *named],
            "pipelineType": "V2",
            "executionMode": "QUEUED",
        }
        return definition | changes

    def create(self, *stages: list[dict[str, Any]], **changes: Any) -> str:
        """Create a pipeline and return its name."""
        definition = self.definition(*stages, **changes)
        self.client.create_pipeline(pipeline=definition)
        self.names.append(definition["name"])
        return str(definition["name"])

    def execution(self, name: str, execution_id: str | None = None) -> dict[str, Any]:
        """One execution; by default the newest."""
        if execution_id is None:
            summaries = self.client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
            execution_id = summaries[0]["pipelineExecutionId"]
        shown = self.client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution_id)
        return dict(shown["pipelineExecution"])

    def ended(self, name: str, execution_id: str | None = None) -> dict[str, Any]:
        """The execution, once it has ended."""
        execution_id = execution_id or self.execution(name)["pipelineExecutionId"]

        def final() -> dict[str, Any] | None:
            execution = self.execution(name, execution_id)
            return execution if execution["status"] not in ("InProgress", "Stopping") else None

        return dict(wait_for(final))

    def actions(self, name: str, execution_id: str | None = None) -> dict[str, dict[str, Any]]:
        """The newest run of each action, by action name."""
        execution_id = execution_id or self.execution(name)["pipelineExecutionId"]
        details = self.client.list_action_executions(pipelineName=name, filter={"pipelineExecutionId": execution_id})[
            "actionExecutionDetails"
        ]
        return {detail["actionName"]: detail for detail in reversed(details)}

    def running(self, name: str, action: str) -> dict[str, Any]:
        """An action's run, once it has begun."""
        return dict(wait_for(lambda: self.actions(name).get(action)))

    def error(self, name: str, action: str) -> tuple[str, str]:
        """The code and message with which an action failed."""
        details = self.actions(name)[action]["output"]["executionResult"]["errorDetails"]
        return details["code"], details["message"]


@pytest.fixture
def pipelines(client: Client, create_role: Callable[[str], str]) -> Iterator[Pipelines]:
    """Buckets and a role for pipelines; the pipelines are deleted at the end."""
    made = Pipelines(client, create_role("codepipeline"))
    yield made
    for name in made.names:
        made.client.delete_pipeline(name=name)


@pytest.fixture
def succeeding(create_function: Callable[..., str]) -> str:
    """A function that reports success with its UserParameters as an output variable."""
    return create_function(
        ANSWER
        + """
        pipeline.put_job_success_result(
            jobId=job["id"], outputVariables={"parameters": parameters}, executionDetails={"summary": "done"}
        )
    """
    )
