"""A job has one result: done, failed, or to be continued by another job; without any it runs out of time."""

import threading
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import clock, durations

RESULT_TOO_LATE = "InvalidJobStateException"


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Return the code and message with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_continuation_brings_a_new_job_with_the_token(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run", outputArtifacts=[{"name": "Made"}])])
    first = pipelines.job()
    assert "continuationToken" not in first["data"]
    pipelines.succeed(first, continuationToken="so far", executionDetails={"summary": "half", "percentComplete": 50})
    second = pipelines.job()
    assert second["id"] != first["id"]
    assert second["data"]["continuationToken"] == "so far"
    assert second["data"]["outputArtifacts"] == first["data"]["outputArtifacts"]
    shown = pipelines.stages(name)["Stage1"]["actionStates"][0]["latestExecution"]
    assert (shown["status"], shown["summary"], shown["percentComplete"]) == ("InProgress", "half", 50)
    pipelines.succeed(second, outputVariables={"done": "yes"})
    assert pipelines.ended(name)["status"] == "Succeeded"
    assert pipelines.actions(name)["Run"]["output"]["outputVariables"] == {"done": "yes"}


def test_continuations_are_no_recursive_loop(pipelines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html: it ends those it sees after 16 rounds.
    monkeypatch.setattr(durations, "continuation_interval", 0)
    name = pipelines.create([pipelines.action("Run")])
    for round_ in range(17):
        pipelines.succeed(continuationToken=str(round_))
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"


@pytest.mark.parametrize("again", ["succeed", "fail"])
@pytest.mark.parametrize("first", ["succeed", "fail", "continue"])
def test_a_second_result_is_refused(pipelines: Any, first: str, again: str) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    answers = {
        "succeed": lambda: pipelines.succeed(job),
        "fail": lambda: pipelines.fail(job),
        "continue": lambda: pipelines.succeed(job, continuationToken="t"),
    }
    answers[first]()
    with pytest.raises(ClientError) as refused:
        answers[again]()
    assert refused.value.response["Error"]["Code"] == RESULT_TOO_LATE
    if first == "continue":
        pipelines.succeed()
    assert pipelines.ended(name)["status"] == ("Failed" if first == "fail" else "Succeeded")


def test_of_results_that_arrive_together_one_counts(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job, outcomes, barrier = pipelines.job(), [], threading.Barrier(8)

    def answer(number: int) -> None:
        barrier.wait()
        try:
            if number % 2:
                pipelines.succeed(job, outputVariables={"by": str(number)})
            else:
                pipelines.fail(job, f"by {number}")
            outcomes.append(("taken", number))
        except ClientError as error:
            outcomes.append((error.response["Error"]["Code"], number))

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [winner] = [number for outcome, number in outcomes if outcome == "taken"]
    assert [outcome for outcome, _ in outcomes if outcome != "taken"] == [RESULT_TOO_LATE] * 7
    assert pipelines.ended(name)["status"] == ("Succeeded" if winner % 2 else "Failed")


def test_a_function_that_never_answers_fails_in_awss_words(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    clock.move(20 * 60)
    assert pipelines.ended(name)["status"] == "Failed"
    code, message = pipelines.error(name, "Run")
    assert code == "JobFailed"
    assert message == (
        f"The AWS Lambda function {pipelines.function} failed to return a result. Check the function to verify that it"
        " has permission to call the PutJobSuccessResult action and that it made a call to PutJobSuccessResult."
    )
    assert refusal(pipelines.client.put_job_success_result, jobId=job["id"])[0] == RESULT_TOO_LATE


def test_a_reply_starts_the_time_anew(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    for _ in range(3):  # together longer than the time for one reply
        clock.move(19 * 60)
        pipelines.succeed(job, continuationToken="t")
        job = pipelines.job()
    pipelines.succeed(job)
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_continuations_end_at_the_actions_time_limit(pipelines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durations, "action_total_timeout", 60 * 60)  # of 24 hours, which take 72 replies
    name = pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    for _ in range(3):
        clock.move(18 * 60)
        pipelines.succeed(job, continuationToken="t")
        job = pipelines.job()
    clock.move(6 * 60)  # no reply is late, but the action is
    assert pipelines.ended(name)["status"] == "Failed"
    expected = f"The action with the AWS Lambda function {pipelines.function} has timed out."
    assert pipelines.error(name, "Run") == ("JobFailed", expected)


def test_job_details_name_the_pipeline_and_the_execution(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    details = pipelines.client.get_job_details(jobId=job["id"])["jobDetails"]
    execution = pipelines.execution(name)["pipelineExecutionId"]
    context = details["data"]["pipelineContext"]
    assert context["action"].pop("actionExecutionId") == pipelines.actions(name)["Run"]["actionExecutionId"]
    assert context == {
        "pipelineName": name,
        "stage": {"name": "Stage1"},
        "action": {"name": "Run"},
        "pipelineArn": f"arn:aws:codepipeline:us-east-1:123456789012:{name}",
        "pipelineExecutionId": execution,
    }
    assert details["data"]["actionTypeId"]["provider"] == "Lambda"
    pipelines.succeed(job)


@pytest.mark.parametrize("operation", ["put_job_success_result", "put_job_failure_result", "get_job_details"])
def test_an_unknown_job_is_not_found(client: Any, operation: str) -> None:
    more = {"failureDetails": {"type": "JobFailed", "message": "m"}} if "failure" in operation else {}
    call = getattr(client("codepipeline"), operation)
    assert refusal(call, jobId=str(uuid.uuid4()), **more)[0] == "JobNotFoundException"


LENGTH = "failed to satisfy constraint: Member must have length"
# Results that no job takes: parameters, the code, and the end of the message.
REFUSED_RESULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "long token": ({"continuationToken": "x" * 2049}, "ValidationException", f"{LENGTH} less than or equal to 2048"),
    "long summary": (
        {"executionDetails": {"summary": "x" * 2049}},
        "ValidationException",
        f"at 'executionDetails.summary' {LENGTH} less than or equal to 2048",
    ),
    "more than all": (
        {"executionDetails": {"percentComplete": 101}},
        "ValidationException",
        "Value '101' at 'executionDetails.percentComplete' failed to satisfy constraint:"
        " Member must have value less than or equal to 100",
    ),
    "strange variable": (
        {"outputVariables": {"a.b": "c"}},
        "ValidationException",
        r"Map key must satisfy constraint: [Member must satisfy regular expression pattern: [A-Za-z0-9@\-_]+]",
    ),
    "variables too soon": (
        {"outputVariables": {"a": "b"}, "continuationToken": "t"},
        "ValidationException",
        "Output variables may not be specified together with a continuation token.",
    ),
    "large variables": (
        {"outputVariables": {"a": "x" * 122_880}},
        "OutputVariablesSizeExceededException",
        "The total size of all output variables must not exceed 122880 bytes.",
    ),
}


@pytest.mark.parametrize(("result", "code", "message"), REFUSED_RESULTS.values(), ids=REFUSED_RESULTS)
def test_a_result_is_refused_and_the_job_stays_open(
    pipelines: Any, result: dict[str, Any], code: str, message: str
) -> None:
    pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    refused, text = refusal(pipelines.client.put_job_success_result, jobId=job["id"], **result)
    assert refused == code
    assert text.endswith(message)
    pipelines.succeed(job)


def test_a_failure_message_has_at_most_5000_characters(pipelines: Any) -> None:
    name = pipelines.create([pipelines.action("Run")])
    job = pipelines.job()
    details = {"type": "JobFailed", "message": "x" * 5001}
    code, _ = refusal(pipelines.client.put_job_failure_result, jobId=job["id"], failureDetails=details)
    assert code == "ValidationException"
    pipelines.fail(job, "x" * 5000)
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.error(name, "Run") == ("JobFailed", "x" * 5000)
