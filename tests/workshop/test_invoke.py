"""`make invoke` runs one function of the checkout against AWS, and shows what it would have told CodePipeline."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localaws.clock import durations

from .conftest import ROOT, Workshop

pytestmark = pytest.mark.slow

FUNCTIONS = ["train-model", "get-status", "deploy-model", "evaluate-model"]
Answers = list[tuple[str, dict[str, Any]]]


def answers(printed: str) -> Answers:
    """The operation and the members of every answer in what was printed, below the account."""
    found: Answers = []
    rest = printed.partition("\n")[2]
    while rest:
        operation, _, text = rest.partition(" ")
        members, end = json.JSONDecoder().raw_decode(text)
        found.append((operation, members))
        rest = text[end:].lstrip()
    return found


@pytest.fixture
def invoked(deployed: Workshop) -> Callable[[str], Answers]:
    """A function that invokes one with an event of tests/events, and returns its answers."""

    def run(event: str) -> Answers:
        function = next(name for name in FUNCTIONS if event.startswith(name))
        return answers(deployed.made("invoke", FUNCTION=function, EVENT=f"tests/events/{event}.json"))

    return run


def script(workshop: Workshop, function: str, event: str, **settings: str) -> "subprocess.Popen[str]":
    """What `make invoke` starts."""
    given = {"SUFFIX": workshop.suffix, "FUNCTION": function, "EVENT": f"tests/events/{event}.json"}
    person = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.Popen(
        [sys.executable, "scripts/invoke.py"],
        cwd=ROOT,
        env=workshop.aws.administrator.environment("us-east-1") | person | given | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_events_lead_from_data_to_scores(deployed: Workshop, invoked: Callable[[str], Answers]) -> None:
    before = deployed.executions()
    with deployed.broken_start("def lambda_handler(event, context): raise SystemExit"):  # the checkout's code runs
        [(_, started)] = invoked("train-model")
    *_, (_, trained) = invoked("get-status-training")
    *_, (_, continued) = invoked("get-status-continued")
    *_, (_, given) = invoked("deploy-model")
    *_, (_, served) = invoked("get-status-endpoint")
    [(operation, evaluated)] = invoked("evaluate-model")

    job = started["outputVariables"]["training_job"]
    assert deployed.client("sagemaker").describe_training_job(TrainingJobName=job)["TrainingJobStatus"] == "Completed"
    assert trained["outputVariables"] == continued["outputVariables"]
    assert trained["outputVariables"]["training_job"] == given["outputVariables"]["model"] == job
    endpoint = deployed.client("sagemaker").describe_endpoint(EndpointName=f"winequality-{deployed.suffix}-dev")
    assert endpoint["EndpointConfigName"] == served["outputVariables"]["endpoint_config"]
    assert served["outputVariables"]["endpoint_config"] == given["outputVariables"]["endpoint_config"]
    assert operation == "PutJobSuccessResult"
    assert 0.6 < float(evaluated["outputVariables"]["rmse"]) < 0.75
    assert deployed.executions() == before


def test_it_goes_on_while_the_function_asks_to(
    monkeypatch: pytest.MonkeyPatch, deployed: Workshop, invoked: Callable[[str], Answers]
) -> None:
    monkeypatch.setattr(durations, "sagemaker_step", 3600.0)
    [(_, started)] = invoked("train-model")
    with script(deployed, "get-status", "get-status-training") as process:
        assert process.stdout
        answered = iter(process.stdout.readline, "}\n")  # of the first answer
        printed = "".join([*answered, "}\n"])
        deployed.client("sagemaker").stop_training_job(TrainingJobName=started["outputVariables"]["training_job"])
        rest, _ = process.communicate(timeout=60)
    (_, first), *_, (operation, last) = answers(printed + rest)
    assert json.loads(first["continuationToken"])["first_job"] == first["jobId"]
    assert first["jobId"] != last["jobId"]
    assert operation == "PutJobFailureResult"
    assert " is Stopped" in last["failureDetails"]["message"]


def test_a_failure_fails(deployed: Workshop, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text((ROOT / "tests/events/deploy-model.json").read_text().replace("invoke/Training", "nowhere"))
    done = deployed.make("invoke", FUNCTION="deploy-model", EVENT=str(event))
    [(operation, members)] = answers(done.stdout)
    assert (operation, members["failureDetails"]["type"]) == ("PutJobFailureResult", "JobFailed")
    assert "nowhere: NoSuchKey. Release the pipeline again" in members["failureDetails"]["message"]
    log, *rest = done.stderr.splitlines()
    assert log == f"[ERROR]\tjob {members['jobId']}: Failed: {members['failureDetails']['message']}"
    assert [line for line in rest if not line.startswith("make: ***")] == []
    assert done.returncode == 2  # make's word for it


def test_no_credentials_are_shown(deployed: Workshop) -> None:
    event = "tests/events/get-status-training.json"
    done = deployed.make("invoke", FUNCTION="train-model", EVENT=event)  # which fails by its parameters
    secret = deployed.aws.administrator.environment("us-east-1")["AWS_SECRET_ACCESS_KEY"]
    assert "PutJobFailureResult" in done.stdout
    assert secret not in done.stdout + done.stderr


def test_what_is_not_deployed_is_told(workshop: Workshop) -> None:
    told = workshop.refused("invoke", FUNCTION="get-status", EVENT="tests/events/get-status-training.json")
    suffix = workshop.suffix
    assert told == f"There is no function MLOps-BIA-GetStatus-{suffix} here: make deploy SUFFIX={suffix}"


def test_ctrl_c_ends_it_within_a_call_and_is_no_answer(deployed: Workshop, invoked: Callable[[str], Answers]) -> None:
    invoked("train-model")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a SageMaker that listens and says nothing
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with script(deployed, "get-status", "get-status-training", AWS_ENDPOINT_URL_SAGEMAKER=url) as process:
            silent.accept()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "Interrupted. What the function had begun on AWS goes on.\n")
    assert answers(out) == []


def test_it_keeps_away_from_a_release(deployed: Workshop) -> None:
    codepipeline, train = deployed.client("codepipeline"), {"pipelineName": deployed.pipeline, "stageName": "Train"}
    codepipeline.disable_stage_transition(
        **train, transitionType="Inbound", reason="so that it runs until it is looked at"
    )
    execution = codepipeline.start_pipeline_execution(name=deployed.pipeline)["pipelineExecutionId"]
    told = deployed.refused("invoke", FUNCTION="train-model", EVENT="tests/events/train-model.json")
    assert told == (
        f"Execution {execution} of {deployed.pipeline} is running, and one would disturb the other:"
        f" make release SUFFIX={deployed.suffix} follows it to its end"
    )
    codepipeline.enable_stage_transition(**train, transitionType="Inbound")
    deployed.made("release")
