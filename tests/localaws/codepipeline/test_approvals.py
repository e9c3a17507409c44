"""A manual approval action waits for a person: it tells a topic, and takes one answer by its token."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import clock

PERSON = "arn:aws:iam::123456789012:user/local"


def token(pipelines: Any, name: str) -> str:
    """Return the token of the open approval of Stage1."""

    def found() -> str | None:
        [shown] = pipelines.stages(name)["Stage1"]["actionStates"]
        value = shown.get("latestExecution", {}).get("token")
        return str(value) if value else None

    return str(pipelines.wait_for(found))


def answer(pipelines: Any, name: str, status: str, given: str, **changes: Any) -> dict[str, Any]:
    """Approve or reject."""
    request = {"pipelineName": name, "stageName": "Stage1", "actionName": "Approve", "token": given}
    result = {"status": status, "summary": changes.pop("summary", "")}
    return dict(pipelines.client.put_approval_result(**request | {"result": result} | changes))


def refusal(pipelines: Any, name: str, given: str, **changes: Any) -> str:
    """Return the code with which an approval is refused."""
    with pytest.raises(ClientError) as refused:
        answer(pipelines, name, "Approved", given, **changes)
    return str(refused.value.response["Error"]["Code"])


def test_an_approved_execution_goes_on(pipelines: Any) -> None:
    name = pipelines.create([pipelines.approval()], [pipelines.action("Run")])
    given = token(pipelines, name)
    assert pipelines.statuses(name) == {"Fetch": "Succeeded", "Approve": "InProgress"}
    assert answer(pipelines, name, "Approved", given)["approvedAt"]
    pipelines.succeed()
    assert pipelines.ended(name)["status"] == "Succeeded"
    [shown] = pipelines.stages(name)["Stage1"]["actionStates"]
    latest = shown["latestExecution"]
    assert (latest["status"], latest["summary"], latest["lastUpdatedBy"]) == (
        "Succeeded",
        f"Approved by {PERSON}",
        PERSON,
    )
    assert "token" not in latest
    assert pipelines.actions(name)["Approve"]["updatedBy"] == PERSON


def test_a_rejected_execution_fails_with_what_the_person_says(pipelines: Any) -> None:
    name = pipelines.create([pipelines.approval()], [pipelines.action("Run")])
    answer(pipelines, name, "Rejected", token(pipelines, name), summary="the score is too low")
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.error(name, "Approve") == ("JobFailed", "the score is too low")


def test_a_rejected_approval_can_be_retried_with_another_token(pipelines: Any) -> None:
    name = pipelines.create([pipelines.approval()])
    first = token(pipelines, name)
    answer(pipelines, name, "Rejected", first)
    execution_id = pipelines.ended(name)["pipelineExecutionId"]
    pipelines.client.retry_stage_execution(
        pipelineName=name, stageName="Stage1", pipelineExecutionId=execution_id, retryMode="FAILED_ACTIONS"
    )
    second = token(pipelines, name)
    assert second != first
    assert refusal(pipelines, name, first) == "ApprovalAlreadyCompletedException"
    answer(pipelines, name, "Approved", second)
    assert pipelines.ended(name)["status"] == "Succeeded"


def test_an_approval_is_answered_once(pipelines: Any) -> None:
    name = pipelines.create([pipelines.approval()])
    given = token(pipelines, name)
    answer(pipelines, name, "Approved", given)
    assert refusal(pipelines, name, given) == "ApprovalAlreadyCompletedException"
    assert pipelines.ended(name)["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "InvalidApprovalTokenException"),
        ({"token": "no token"}, "ValidationException"),
        ({"actionName": "Nobody"}, "ActionNotFoundException"),
        ({"stageName": "Nowhere"}, "StageNotFoundException"),
        ({"pipelineName": "nobody"}, "PipelineNotFoundException"),
        ({"summary": "x" * 513}, "ValidationException"),
    ],
)
def test_an_answer_is_refused(pipelines: Any, changes: dict[str, str], code: str) -> None:
    name = pipelines.create([pipelines.approval()])
    given = token(pipelines, name)
    assert refusal(pipelines, name, str(uuid.uuid4()), **changes) == code
    answer(pipelines, name, "Approved", given)


def test_an_abandoned_approval_takes_no_answer(pipelines: Any) -> None:
    name = pipelines.create([pipelines.approval()])
    given, execution_id = token(pipelines, name), pipelines.execution(name)["pipelineExecutionId"]
    pipelines.client.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution_id, abandon=True)
    assert refusal(pipelines, name, given) == "InvalidApprovalTokenException"
    assert pipelines.ended(name)["status"] == "Stopped"


def test_a_pipeline_that_was_edited_still_takes_the_answer(pipelines: Any) -> None:
    name = pipelines.create([pipelines.approval()])
    given = token(pipelines, name)
    pipelines.client.update_pipeline(pipeline=pipelines.definition([pipelines.approval("Other")], name=name))
    answer(pipelines, name, "Approved", given)
    assert pipelines.ended(name)["status"] == "Cancelled"
    assert pipelines.statuses(name)["Approve"] == "Succeeded"


LIMITS: dict[str, tuple[dict[str, Any], float]] = {
    "seven days": ({}, 7 * 24 * 60 * 60),
    "its own": ({"timeoutInMinutes": 5}, 5 * 60),
}


@pytest.mark.parametrize(("changes", "seconds"), LIMITS.values(), ids=LIMITS)
def test_an_approval_that_nobody_answers_fails(pipelines: Any, changes: dict[str, Any], seconds: float) -> None:
    name = pipelines.create([pipelines.approval(**changes)])
    given = token(pipelines, name)
    clock.move(seconds - 60)
    assert pipelines.execution(name)["status"] == "InProgress"
    clock.move(60)
    assert pipelines.ended(name)["status"] == "Failed"
    assert pipelines.error(name, "Approve") == ("JobFailed", "The approval action has timed out.")
    assert refusal(pipelines, name, given) == "InvalidApprovalTokenException"


# A function that keeps what a topic tells it.
_LISTENER = """
    import json

    def handler(event, context):
        with open({path!r} + ".part", "w") as part:
            json.dump(event["Records"][0]["Sns"], part)
        import os
        os.rename({path!r} + ".part", {path!r})
"""


def test_a_topic_is_told_what_is_to_be_approved(
    client: Any, pipelines: Any, create_function: Callable[[str], str], tmp_path: Path
) -> None:
    heard = tmp_path / "notice"
    function = create_function(_LISTENER.format(path=str(heard)))
    arn = client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    topic = client("sns").create_topic(Name=f"approvals-{uuid.uuid4().hex[:8]}")["TopicArn"]
    client("lambda").add_permission(
        FunctionName=function, StatementId="topic", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    configuration = {"NotificationArn": topic, "CustomData": "Score: 0.9", "ExternalEntityLink": "http://example.com"}
    before = datetime.now(UTC)
    name = pipelines.create([pipelines.approval(configuration=configuration)])
    given = token(pipelines, name)
    pipelines.wait_for(heard.exists)
    sent = json.loads(heard.read_text())
    assert sent["Subject"] == f"APPROVAL NEEDED: AWS CodePipeline {name} for action Approve"
    notice = json.loads(sent["Message"])
    expires = datetime.strptime(notice["approval"].pop("expires"), "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    assert 6 <= (expires - before).days <= 7
    console = f"https://console.aws.amazon.com/codepipeline/home?region=us-east-1#/view/{name}"
    assert notice == {
        "region": "us-east-1",
        "consoleLink": console,
        "approval": {
            "pipelineName": name,
            "stageName": "Stage1",
            "actionName": "Approve",
            "token": given,
            "externalEntityLink": "http://example.com",
            "approvalReviewLink": f"{console}/Stage1/Approve/approve/{given}",
            "customData": "Score: 0.9",
        },
    }
    assert pipelines.stages(name)["Stage1"]["actionStates"][0]["entityUrl"] == "http://example.com"
    answer(pipelines, name, "Approved", given)


def test_a_topic_that_is_not_there_fails_the_approval(pipelines: Any) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:nobody"
    name = pipelines.create([pipelines.approval(configuration={"NotificationArn": topic})])
    assert pipelines.ended(name)["status"] == "Failed"
    assert "NotFound" in pipelines.error(name, "Approve")[1]


def test_in_parallel_mode_the_token_is_the_external_id(pipelines: Any) -> None:
    name = pipelines.create([pipelines.approval()], executionMode="PARALLEL")
    ids = [pipelines.execution(name)["pipelineExecutionId"], pipelines.start(name)]

    def tokens() -> list[str] | None:
        runs = [pipelines.actions(name, each).get("Approve", {}) for each in ids]
        found = [run.get("output", {}).get("executionResult", {}).get("externalExecutionId") for run in runs]
        return found if all(found) else None

    for given, execution_id in zip(pipelines.wait_for(tokens), ids, strict=True):
        answer(pipelines, name, "Approved", given)
        assert pipelines.ended(name, execution_id)["status"] == "Succeeded"
