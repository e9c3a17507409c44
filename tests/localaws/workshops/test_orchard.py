"""A workshop that is not ours runs on local AWS: another template, other functions, none of this project's names.

The orchard is made of what published CodePipeline-with-SageMaker workshops use: AWS managed policies, names joined from
the stack's id, a key with an alias, a notebook with a lifecycle configuration, a CodeCommit source announced by
EventBridge, a privileged build, functions that answer in their own time, an approval announced by a topic, a stack
that the pipeline deploys, a schedule that is off, an alarm on an endpoint.
"""

import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).parent
_PATIENCE = 60  # seconds; an orchard that takes longer has stopped
BUILDSPEC = """
version: 0.2
phases:
  install:
    runtime-versions: {python: 3.7}
  build:
    commands:
      - python load.py
artifacts:
  files: [data.json, shelf.json]
"""
LOAD = """
import boto3, json, os

store = os.environ["STORE"]
boto3.client("s3").put_object(Bucket=store, Key="fruit/rows.csv", Body=open("rows.csv", "rb").read())
found = {"data": f"s3://{store}/fruit", "name": "orchard-" + store.split("-")[1]}
json.dump(found, open("data.json", "w"))
json.dump({"Parameters": {"Name": found["name"]}}, open("shelf.json", "w"))
"""
SHELF = """
Parameters: {Name: {Type: String}}
Resources:
  Shelf: {Type: "AWS::SSM::Parameter", Properties: {Name: !Ref Name, Type: String, Value: ripe}}
"""
ROWS = "".join(f"{weight % 7 + colour},{weight},{colour}\n" for weight in range(30) for colour in range(4))
ACTIONS = {
    "Source": ["Fruit"],
    "Build": ["Sort"],
    "Train-Model": ["Begin", "Wait"],
    "Deploy-Dev": ["Approve", "Host", "Wait", "Taste"],
    "Publish": ["Shelf"],
}


@dataclass
class Orchard:
    """The workshop, as its author's reader goes through it."""

    client: Callable[[str], Any]
    code_bucket: str
    initials: str = field(default_factory=lambda: f"o{uuid.uuid4().hex[:8]}")

    @property
    def stack(self) -> dict[str, Any]:
        """The stack, once nothing is under way."""
        waits = time.monotonic() + _PATIENCE
        while time.monotonic() < waits:
            found = self.client("cloudformation").describe_stacks(StackName=self.initials)["Stacks"][0]
            if not found["StackStatus"].endswith("IN_PROGRESS"):
                return dict(found)
            time.sleep(0.05)
        raise AssertionError(f"the stack is still {found['StackStatus']}")

    def plant(self, **parameters: str) -> dict[str, Any]:
        """Create the stack."""
        parameters |= {"Initials": self.initials, "CodeBucket": self.code_bucket}
        self.client("cloudformation").create_stack(
            StackName=self.initials,
            TemplateBody=(_HERE / "orchard.yaml").read_text(),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        return self.stack

    def reasons(self) -> dict[str, str]:
        """Why each resource could not be created."""
        events = self.client("cloudformation").describe_stack_events(StackName=self.initials)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
        return {event["LogicalResourceId"]: event["ResourceStatusReason"] for event in failed}

    def push(self) -> None:
        """Make the first commit, which starts the pipeline."""
        files = {"buildspec.yml": BUILDSPEC, "load.py": LOAD, "rows.csv": ROWS, "shelf.yaml": SHELF}
        self.client("codecommit").create_commit(
            repositoryName=f"orchard-{self.initials}",
            branchName="main",
            putFiles=[{"filePath": path, "fileContent": text.encode()} for path, text in files.items()],
        )

    def harvest(self, pipeline: str) -> list[dict[str, Any]]:
        """The actions of the execution that the push started, once it has ended."""
        codepipeline, waits = self.client("codepipeline"), time.monotonic() + _PATIENCE
        while time.monotonic() < waits:
            runs = codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"]
            pushed = [run for run in runs if run["trigger"]["triggerType"] == "CloudWatchEvent"]
            if pushed and pushed[0]["status"] != "InProgress":
                wanted = {"pipelineExecutionId": pushed[0]["pipelineExecutionId"]}
                found = codepipeline.list_action_executions(pipelineName=pipeline, filter=wanted)
                return list(reversed(found["actionExecutionDetails"]))
            time.sleep(0.05)
        raise AssertionError(codepipeline.get_pipeline_state(name=pipeline)["stageStates"])


@pytest.fixture
def orchard(client: Callable[[str], Any], zipped: Callable[[dict[str, str]], bytes]) -> Iterator[Orchard]:
    """The workshop, with its functions uploaded and nothing else done; at the end its endpoint is gone."""
    bucket = f"code-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=bucket)
    functions = zipped({"orchard.py": (_HERE / "orchard.py").read_text()})
    client("s3").put_object(Bucket=bucket, Key="orchard.zip", Body=functions)
    made = Orchard(client, bucket)
    yield made
    endpoint = f"orchard-{made.initials}"
    if client("sagemaker").list_endpoints(NameContains=endpoint)["Endpoints"]:
        client("sagemaker").delete_endpoint(EndpointName=endpoint)


@pytest.mark.slow
def test_a_stranger_s_workshop_runs_to_its_end(orchard: Orchard, client: Callable[[str], Any]) -> None:
    stack = orchard.plant()
    assert stack["StackStatus"] == "CREATE_COMPLETE", orchard.reasons()
    made = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    orchard.push()
    actions = orchard.harvest(made["Pipeline"])
    problems = [action["output"]["executionResult"] for action in actions if action["status"] != "Succeeded"]
    order = [(action["stageName"], action["actionName"]) for action in actions]
    assert (problems, order) == ([], [(stage, name) for stage, names in ACTIONS.items() for name in names])
    assert client("sagemaker").describe_endpoint(EndpointName=made["Endpoint"])["EndpointStatus"] == "InService"
    assert client("ssm").get_parameter(Name=made["Endpoint"])["Parameter"]["Value"] == "ripe"
    approved = next(action for action in actions if action["actionName"] == "Approve")
    assert approved["output"]["executionResult"]["externalExecutionSummary"] == "Is it ripe? Yes."


def test_a_runtime_that_aws_no_longer_creates_is_named(orchard: Orchard) -> None:
    assert orchard.plant(Runtime="python3.6")["StackStatus"] == "ROLLBACK_COMPLETE"
    failed = orchard.reasons()["Picker"]
    assert "The runtime parameter of python3.6 is no longer supported" in failed


def test_local_aws_knows_no_name_of_this_project() -> None:
    ours = re.compile(
        r"builtin.?algo|\bBIA\b|wine|suffix.?id|mlops|(smoke|full).?test|train.?user.?param|start.?training"
        r"|(train|deploy|evaluate).?model\b|get.?(training|deploy)?.?status\.py|training.?config|lambda.?code|traincompute",
        re.IGNORECASE,
    )
    sources = sorted((_HERE.parents[2] / "scripts" / "localaws").rglob("*.py"))
    found = [f"{path.name}: {name[0]}" for path in sources for name in ours.finditer(path.read_text())]
    assert (found, len(sources) > 100) == ([], True)
