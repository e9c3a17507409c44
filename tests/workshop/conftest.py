"""A workshop: what a person with a suffix does, through make, in this process's local AWS."""

import contextlib
import io
import json
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Workshop:
    """One person's suffix in an account."""

    aws: Any
    suffix: str

    def make(self, *targets: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run make as the person would, with their variables on its command line."""
        settings = self.aws.administrator.environment("us-east-1")
        given = [f"{name}={value}" for name, value in ({"SUFFIX": self.suffix} | variables).items()]
        return subprocess.run(
            ["make", *targets, *given],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHON": sys.executable} | settings,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def made(self, *targets: str, **variables: str) -> str:
        """Run make, expect it to succeed, and return what it printed."""
        done = self.make(*targets, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *targets: str, **variables: str) -> str:
        """Run make, expect it to fail, and return the one line by which the script says why."""
        done = self.make(*targets, **variables)
        assert done.returncode == 2, done.stdout + done.stderr
        lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
        assert len(lines) == 1, done.stderr
        return lines[0]

    def client(self, service: str) -> Any:
        """A client of this account."""
        return self.aws.administrator.client(service, "us-east-1")

    def in_s3(self, template: str) -> dict[str, str]:
        """Put a template that is too large for a request where CloudFormation reads it; return how a request names it.

        The console and `aws cloudformation deploy --s3-bucket` do so by themselves.
        """
        bucket, key = f"mlops-builtinalgo-lambda-code-{self.suffix}", "another.yaml"
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=template.encode())
        return {"TemplateURL": f"https://{bucket}.s3.us-east-1.amazonaws.com/{key}"}

    @property
    def pipeline(self) -> str:
        return f"mlops-builtinalgo-{self.suffix}"

    def executions(self) -> list[dict[str, Any]]:
        """All executions, the newest first."""
        found = self.client("codepipeline").list_pipeline_executions(pipelineName=self.pipeline)
        return list(found["pipelineExecutionSummaries"])

    def actions(self) -> list[dict[str, Any]]:
        """All action executions, the newest first."""
        found = self.client("codepipeline").list_action_executions(pipelineName=self.pipeline)
        return list(found["actionExecutionDetails"])

    def stop_during(self, action: str) -> str:
        """Stop the newest execution, at once, while an action is under way; return its id."""
        deadline = time.monotonic() + 60
        while (action, "InProgress") not in [(one["actionName"], one["status"]) for one in self.actions()]:
            assert time.monotonic() < deadline, self.actions()
            time.sleep(0.1)
        execution = str(self.executions()[0]["pipelineExecutionId"])
        self.client("codepipeline").stop_pipeline_execution(
            pipelineName=self.pipeline, pipelineExecutionId=execution, abandon=True, reason="changed my mind"
        )
        while self.executions()[0]["status"] != "Stopped":
            assert time.monotonic() < deadline, self.executions()[0]
            time.sleep(0.1)
        return execution

    def variables(self) -> dict[str, dict[str, str]]:
        """The output variables of the newest execution's actions, by "stage/action"."""
        details = self.client("codepipeline").list_action_executions(
            pipelineName=self.pipeline, filter={"pipelineExecutionId": self.executions()[0]["pipelineExecutionId"]}
        )["actionExecutionDetails"]
        return {
            f"{one['stageName']}/{one['actionName']}": one.get("output", {}).get("outputVariables", {})
            for one in details
        }

    def artifact(self, action: str) -> Any:
        """The JSON document that an action of the newest execution handed on."""
        details = self.client("codepipeline").list_action_executions(pipelineName=self.pipeline)
        newest = next(one for one in details["actionExecutionDetails"] if one["actionName"] == action)
        location = newest["output"]["outputArtifacts"][0]["s3location"]
        body = self.client("s3").get_object(Bucket=location["bucket"], Key=location["key"])["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return json.loads(archive.read(archive.namelist()[0]))

    def model(self, url: str) -> bytes:
        """The model in a model.tar.gz of S3."""
        bucket, _, key = url.removeprefix("s3://").partition("/")
        body = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            model = archive.extractfile("xgboost-model")
            assert model
            return model.read()

    @contextlib.contextmanager
    def broken_start(self, source: str) -> Iterator[None]:
        """Give StartTraining's function another body for a while."""
        functions, name = self.client("lambda"), f"MLOps-BIA-TrainModel-{self.suffix}"
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as archive:
            archive.writestr("train_model.py", source)
        functions.update_function_code(FunctionName=name, ZipFile=body.getvalue())
        self.updated(name)
        yield
        functions.update_function_code(
            FunctionName=name,
            S3Bucket=f"mlops-builtinalgo-lambda-code-{self.suffix}",
            S3Key="MLOps-BIA-TrainModel.py.zip",
        )
        self.updated(name)

    def updated(self, function: str) -> None:
        """Wait until a function's update is over."""
        waiter = self.client("lambda").get_waiter("function_updated_v2")
        waiter.wait(FunctionName=function, WaiterConfig={"Delay": 0.05})


@pytest.fixture(scope="session")
def workshop_of(local_aws: Any) -> Callable[[str], Workshop]:
    """A function that makes the workshop of a suffix."""
    return lambda suffix: Workshop(local_aws, suffix)


@pytest.fixture
def workshop(workshop_of: Callable[[str], Workshop]) -> Workshop:
    """A workshop with a suffix of its own."""
    return workshop_of(f"t{uuid4().hex[:8]}")


@pytest.fixture(scope="session")
def deployed(workshop_of: Callable[[str], Workshop]) -> Workshop:
    """A workshop that many tests share: its first execution is over; each test sets the parameters that it needs."""
    workshop = workshop_of("shared")
    workshop.made("deploy", "release")
    return workshop
