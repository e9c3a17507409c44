"""Manual approval actions: a person is told, and answers, or the time is over.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

import json
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from localaws.clock import clock, durations
from localaws.codepipeline.errors import ApprovalAlreadyCompletedException, InvalidApprovalTokenException
from localaws.codepipeline.models import ActionExecution, ActionFailure, Execution, Pipeline, new_id
from localaws.codepipeline.roles import action_credentials

UNVERIFIED_TIMED_OUT = "The approval action has timed out."
UNVERIFIED_SUBJECT = "APPROVAL NEEDED: AWS CodePipeline {pipeline} for action {action}"  # as the mail is headed


def ask(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Publish that an approval is wanted, and wait for it."""
    minutes = action.declaration.get("timeoutInMinutes")
    expires = action.started + timedelta(seconds=minutes * 60 if minutes else durations.approval_timeout)
    token = new_id()
    if topic := action.configuration.get("NotificationArn"):
        _publish(pipeline, execution, action, topic, _notice(pipeline, action, token, expires))
    with pipeline.changed:
        # In PARALLEL mode the token is found as ListActionExecutions' externalExecutionId (botocore PutApprovalResult).
        action.token = action.external_id = token
        pipeline.changed.notify_all()
        answered = clock.wait_until(
            expires.timestamp(), pipeline.changed, lambda: not action.in_progress or action.answer is not None
        )
        if not answered:
            action.token = None
            raise ActionFailure("JobFailed", UNVERIFIED_TIMED_OUT)


def answer(action: ActionExecution, result: dict[str, Any], caller_arn: str) -> None:
    """Record PutApprovalResult. Whoever calls holds the pipeline's ``changed``."""
    if action.answer:
        raise ApprovalAlreadyCompletedException("The approval action has already been approved or rejected.")
    if not action.in_progress:
        raise InvalidApprovalTokenException("The approval request already received a response or has expired.")
    action.answer, action.updated_by = result["status"], caller_arn
    action.summary = result.get("summary") or f"{action.answer} by {caller_arn}"
    if action.answer == "Rejected":
        action.error = ("JobFailed", action.summary)


def _notice(pipeline: Pipeline, action: ActionExecution, token: str, expires: datetime) -> dict[str, Any]:
    """Return what is published: docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html."""
    console = f"https://console.aws.amazon.com/codepipeline/home?region={pipeline.region}#/view/{pipeline.name}"
    approval = {
        "pipelineName": pipeline.name,
        "stageName": action.stage,
        "actionName": action.name,
        "token": token,
        "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": action.configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{console}/{action.stage}/{action.name}/approve/{token}",
        "customData": action.configuration.get("CustomData"),
    }
    return {"region": pipeline.region, "consoleLink": console, "approval": approval}


def _publish(
    pipeline: Pipeline, execution: Execution, action: ActionExecution, topic: str, notice: dict[str, Any]
) -> None:
    client = action_credentials(pipeline, execution, action).client("sns", pipeline.region)
    subject = UNVERIFIED_SUBJECT.format(pipeline=pipeline.name, action=action.name)
    try:
        client.publish(TopicArn=topic, Subject=subject[:100], Message=json.dumps(notice))
    except ClientError as error:
        found = error.response["Error"]
        code = "PermissionError" if found["Code"].startswith("Authorization") else "ConfigurationError"
        raise ActionFailure(code, f"Topic {topic}: {found['Code']}: {found['Message']}") from None
