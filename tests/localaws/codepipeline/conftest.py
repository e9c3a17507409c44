"""Small pipelines: a source in a versioned bucket, then Lambda actions whose jobs the tests answer themselves."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Client = Callable[[str], Any]
EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
_PATIENCE = 60  # seconds; a test that waits this long has failed
_LOOKS = (0.01, 0.2)  # seconds between the first looks, and at most: a look takes time from what it waits for


class Pipelines:
    """Makes pipelines in one source bucket and one artifact bucket, and reads what becomes of them."""

    def __init__(self, client: Client, role: str, function: str, inbox: Path) -> None:
        self.client = client("codepipeline")
        self.s3 = client("s3")
        self.role, self.function, self._inbox = role, function, inbox
        self.suffix = uuid.uuid4().hex[:8]
        self.source, self.store = f"source-{self.suffix}", f"store-{self.suffix}"
        self.names: list[str] = []
        self._taken: set[Path] = set()
        for bucket in (self.source, self.store):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=self.source, VersioningConfiguration={"Status": "Enabled"})
        self.version = self.s3.put_object(Bucket=self.source, Key="data.csv", Body=b"1,2\n")["VersionId"]

    @staticmethod
    def wait_for(condition: Callable[[], Any]) -> Any:
        """Return the first true value of a condition."""
        deadline = time.monotonic() + _PATIENCE
        pause, longest = _LOOKS
        while time.monotonic() < deadline:
            if value := condition():
                return value
            time.sleep(pause)
            pause = min(pause * 1.5, longest)
        raise AssertionError("it did not happen in time")

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

    def action(self, name: str, parameters: str | None = None, **changes: Any) -> dict[str, Any]:
        """A Lambda invoke action whose job a test answers."""
        configuration = {"FunctionName": self.function} | ({"UserParameters": parameters} if parameters else {})
        action = {
            "name": name,
            "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
            "configuration": configuration,
        }
        return action | changes

    @staticmethod
    def approval(
        name: str = "Approve", *, configuration: dict[str, str] | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A manual approval action."""
        kind = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
        return {"name": name, "actionTypeId": kind, "configuration": configuration or {}} | changes

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

    def start(self, name: str, **options: Any) -> str:
        """Start an execution and return its id."""
        return str(self.client.start_pipeline_execution(name=name, **options)["pipelineExecutionId"])

    def job(self) -> dict[str, Any]:
        """The next job that the function is asked to do."""

        def unseen() -> Path | None:
            return next((path for path in sorted(self._inbox.glob("*.json")) if path not in self._taken), None)

        path = self.wait_for(unseen)
        self._taken.add(path)
        return dict(json.loads(path.read_text())["CodePipeline.job"])

    def succeed(self, job: dict[str, Any] | None = None, **result: Any) -> None:
        """Report that a job (the next one, if none is given) has succeeded."""
        self.client.put_job_success_result(jobId=(job or self.job())["id"], **result)

    def fail(self, job: dict[str, Any] | None = None, message: str = "no good") -> None:
        """Report that a job (the next one, if none is given) has failed."""
        details = {"type": "JobFailed", "message": message}
        self.client.put_job_failure_result(jobId=(job or self.job())["id"], failureDetails=details)

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
            return execution if execution["status"] not in {"InProgress", "Stopping"} else None

        return dict(self.wait_for(final))

    def actions(self, name: str, execution_id: str | None = None) -> dict[str, dict[str, Any]]:
        """The newest run of each action of an execution, by action name."""
        wanted = {"pipelineExecutionId": execution_id or self.execution(name)["pipelineExecutionId"]}
        details = self.client.list_action_executions(pipelineName=name, filter=wanted)["actionExecutionDetails"]
        return {detail["actionName"]: detail for detail in reversed(details)}

    def statuses(self, name: str, execution_id: str | None = None) -> dict[str, str]:
        """The status of each action that has begun."""
        return {action: detail["status"] for action, detail in self.actions(name, execution_id).items()}

    def settled(self, name: str, action: str, execution_id: str | None = None) -> dict[str, Any]:
        """The newest run of an action, once it has ended."""

        def ended() -> dict[str, Any] | None:
            run = self.actions(name, execution_id).get(action)
            return run if run and run["status"] != "InProgress" else None

        return dict(self.wait_for(ended))

    def error(self, name: str, action: str) -> tuple[str, str]:
        """The code and message with which an action failed."""
        details = self.actions(name)[action]["output"]["executionResult"]["errorDetails"]
        return details["code"], details["message"]

    def stages(self, name: str) -> dict[str, dict[str, Any]]:
        """What GetPipelineState says of each stage."""
        return {stage["stageName"]: stage for stage in self.client.get_pipeline_state(name=name)["stageStates"]}


# Hands its event to the test, which answers in its place.
_POST = """
    import json, os, time

    def handler(event, context):
        path = os.path.join({inbox!r}, f"{{time.time_ns()}}.json")
        with open(path + ".part", "w") as part:
            json.dump(event, part)
        os.rename(path + ".part", path)
"""


@pytest.fixture
def pipelines(
    client: Client, create_role: Callable[[str], str], create_function: Callable[..., str], tmp_path: Path
) -> Iterator[Pipelines]:
    """Buckets, a role and a function for pipelines; the pipelines are deleted at the end."""
    function = create_function(_POST.format(inbox=str(tmp_path)))
    made = Pipelines(client, create_role("codepipeline"), function, tmp_path)
    yield made
    for name in made.names:
        made.client.delete_pipeline(name=name)


@pytest.fixture
def action_role(client: Any, pipelines: Any) -> Callable[..., str]:
    """A function that creates a role which the pipelines' role (or a principal given) may assume; returns its ARN."""

    def create(statements: list[dict[str, Any]] = EVERYTHING, principal: dict[str, str] | None = None) -> str:
        name, iam = f"action-{uuid.uuid4().hex[:8]}", client("iam")
        trust = {"Effect": "Allow", "Principal": principal or {"AWS": pipelines.role}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="given", PolicyDocument=policy)
        return str(role["Arn"])

    return create
