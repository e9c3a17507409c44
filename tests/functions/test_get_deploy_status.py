"""GetDeployStatus, through its handler: every status word, the deadline, and the silent rollback."""

import json
import time
from typing import Any

import pytest

import get_status
from functions.documents import CONFIG, DEPLOYMENT, ENDPOINT
from functions.fake_aws import Aws, Context, recorded

LOG = (
    "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/"
    f"$252Faws$252Fsagemaker$252FEndpoints$252F{ENDPOINT}"
)


@pytest.fixture
def event(aws: Aws) -> Any:
    """GetDeployStatus's event, its input artifact in place."""
    event = recorded("get_deploy_status")
    aws.put_artifact(event, DEPLOYMENT, "deployment.json")
    return event


def late(event: Any, minutes_ago: float = 46) -> Any:
    token = {"version": 2, "started": time.time() - minutes_ago * 60, "first_job": "x", "note": "", "place": None}
    event["CodePipeline.job"]["data"]["continuationToken"] = json.dumps(token)
    return event


def endpoint(status: str, config: str = CONFIG, **more: Any) -> dict[str, Any]:
    return {"EndpointName": ENDPOINT, "EndpointStatus": status, "EndpointConfigName": config, **more}


def test_an_endpoint_that_serves_what_was_asked_for_is_done(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.endpoints[ENDPOINT] = endpoint("InService")

    get_status.lambda_handler(event, context)

    assert aws.codepipeline.answer.done == {"endpoint": ENDPOINT, "endpoint_config": CONFIG}


def test_a_silent_rollback_is_a_failure(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.endpoints[ENDPOINT] = endpoint("InService", "sde-dev-old", FailureReason="did not pass the ping.")

    get_status.lambda_handler(event, context)

    message = aws.codepipeline.answer.failure
    assert message.startswith(
        f"Endpoint {ENDPOINT} was rolled back: it serves sde-dev-old, not {CONFIG}: did not pass the ping. Log: {LOG} "
    )
    assert "Retry stage with all actions" in message


def test_what_it_served_before_may_be_read_for_two_minutes(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.endpoints[ENDPOINT] = endpoint("InService", "sde-dev-old")

    get_status.lambda_handler(late(event, minutes_ago=1.5), context)

    assert aws.codepipeline.answer.token["first_job"] == "x"
    assert aws.codepipeline.answer.summary == f"Endpoint {ENDPOINT} serves sde-dev-old, not yet {CONFIG}"


def test_a_rollback_without_a_reason_is_a_failure_after_that(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.endpoints[ENDPOINT] = endpoint("InService", "sde-dev-old")

    get_status.lambda_handler(late(event, minutes_ago=2.5), context)

    assert f"it serves sde-dev-old, not {CONFIG}: SageMaker gave no reason. Log: " in aws.codepipeline.answer.failure


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack"])
def test_an_endpoint_that_changes_is_waited_for(aws: Aws, event: Any, context: Context, status: str) -> None:
    aws.sagemaker.endpoints[ENDPOINT] = endpoint(status)

    get_status.lambda_handler(event, context)

    assert aws.codepipeline.answer.token["first_job"] == event["CodePipeline.job"]["id"]
    assert aws.codepipeline.answer.summary == f"Endpoint {ENDPOINT} is {status}"


@pytest.mark.parametrize("status", ["OutOfService", "Deleting", "Failed", "UpdateRollbackFailed"])
def test_an_endpoint_that_does_not_serve_fails_with_reason_and_log(
    aws: Aws, event: Any, context: Context, status: str
) -> None:
    aws.sagemaker.endpoints[ENDPOINT] = endpoint(status, FailureReason="The primary container.")

    get_status.lambda_handler(event, context)

    message = aws.codepipeline.answer.failure
    assert message.startswith(f"Endpoint {ENDPOINT} is {status}: The primary container. Log: {LOG} Mend")


def test_an_unknown_status_fails_with_its_name(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.endpoints[ENDPOINT] = endpoint("Napping")

    get_status.lambda_handler(event, context)

    assert "has the status 'Napping', which this function does not know" in aws.codepipeline.answer.failure


def test_past_the_deadline_it_fails(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.endpoints[ENDPOINT] = endpoint("Creating")

    get_status.lambda_handler(late(event), context)

    assert f"Endpoint {ENDPOINT} was still Creating after 45 minutes. Log:" in aws.codepipeline.answer.failure


def test_an_endpoint_that_serves_past_the_deadline_counts(aws: Aws, event: Any, context: Context) -> None:
    aws.sagemaker.endpoints[ENDPOINT] = endpoint("InService")

    get_status.lambda_handler(late(event), context)

    assert aws.codepipeline.answer.done["endpoint"] == ENDPOINT


def test_an_endpoint_that_is_not_seen_yet_is_waited_for(aws: Aws, event: Any, context: Context) -> None:
    get_status.lambda_handler(event, context)

    assert aws.codepipeline.answer.summary == f"Not found yet while looking at the endpoint {ENDPOINT}"


def test_an_endpoint_that_is_gone_fails(aws: Aws, event: Any, context: Context) -> None:
    get_status.lambda_handler(late(event, minutes_ago=3), context)

    assert "DescribeEndpoint failed while looking at the endpoint" in aws.codepipeline.answer.failure
    assert "Could not find endpoint" in aws.codepipeline.answer.failure
