"""Brings an event to the targets of a rule, each in a thread of its own, so that nobody waits who caused the event."""

import copy
import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.awslambda.models import lambda_backends
from moto.core.exceptions import ServiceException
from moto.events.models import Rule
from werkzeug.exceptions import HTTPException

from localaws.awslambda.asynchronous import invoke_later
from localaws.codepipeline.responses import STARTED_BY_RULE
from localaws.events.inputs import input_of
from localaws.events.targets import INPUTS
from localaws.gate.decision import DeniedError, authorize_service
from localaws.identity import assume_role
from localaws.sns.engine import publish_for_service

_log = logging.getLogger(__name__)
_EVENTBRIDGE = "events.amazonaws.com"
Event = dict[str, Any]
Target = dict[str, Any]


_by_moto = Rule.send_to_targets


def send_to_targets(rule: Rule, event: Event, transform_input: bool = True) -> None:
    """Stand in for ``Rule.send_to_targets``, which knows neither pipelines nor functions nor disabled rules."""
    matches = rule.event_pattern.get_pattern() and rule.event_pattern.matches_event(event)
    if matches and rule.state == "ENABLED":
        deliver_to_targets(rule, event, transform_input)


def deliver_to_targets(rule: Rule, event: Event, transform_input: bool = False) -> None:
    """Bring an event to all targets of a rule."""
    for target in list(rule.targets):
        service = target["Arn"].split(":")[2]
        if service in _DELIVERIES:
            deliver = _DELIVERIES[service]
            threading.Thread(
                target=_deliver, args=(deliver, rule, target, _complete(event)), daemon=True, name=f"rule-{rule.name}"
            ).start()
        else:
            only = copy.copy(rule)
            only.targets = [target]
            _by_moto(only, event, transform_input)


def _deliver(deliver: Callable[[Rule, Target, Event], None], rule: Rule, target: Target, event: Event) -> None:
    try:
        deliver(rule, target, event)
    except (DeniedError, ServiceException, HTTPException, ClientError, BotoCoreError) as error:
        _log.warning("rule %s could not reach %s: %s", rule.name, target["Arn"], error)
    except Exception:  # noqa: BLE001 -- nobody waits for this thread; the log is where its failure can be seen
        _log.exception("rule %s could not reach %s", rule.name, target["Arn"])


def _start_pipeline(rule: Rule, target: Target, event: Event) -> None:
    """Start a pipeline, with what the target's input says of source revisions and variables."""
    overrides = _overrides(input_of(target, rule, event)) if INPUTS & target.keys() else {}
    region, name = target["Arn"].split(":")[3], target["Arn"].rpartition(":")[2]
    client = assume_role(target["RoleArn"], _EVENTBRIDGE, "EventBridge", region, rule.arn).client(
        "codepipeline", region
    )
    client.meta.events.register(
        "before-call.codepipeline.StartPipelineExecution",
        lambda params, **_: params["headers"].update({STARTED_BY_RULE: rule.arn}),
    )
    client.start_pipeline_execution(name=name, **overrides)


def _overrides(given: Any) -> dict[str, Any]:
    """Return what an input says of an execution: a list, or one alone, as CodePipeline's guide shows source revisions.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-repo-changes-cli.html shows one,
    https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source-cli.html a list.
    """
    said = given if isinstance(given, dict) else {}
    found = {name: said[name] for name in ("sourceRevisions", "variables") if name in said}
    return {name: [value] if isinstance(value, dict) else value for name, value in found.items()}


def _start_build(rule: Rule, target: Target, _event: Event) -> None:
    region, name = target["Arn"].split(":")[3], target["Arn"].rpartition("/")[2]
    role = assume_role(target["RoleArn"], _EVENTBRIDGE, "EventBridge", region, rule.arn)
    role.client("codebuild", region).start_build(projectName=name)


def _invoke_function(rule: Rule, target: Target, event: Event) -> None:
    payload = json.dumps(input_of(target, rule, event))
    account_id, region = target["Arn"].split(":")[4], target["Arn"].split(":")[3]
    if "RoleArn" in target:
        credentials = assume_role(target["RoleArn"], _EVENTBRIDGE, "EventBridge", region, rule.arn)
        client = credentials.client("lambda", region)
        client.invoke(FunctionName=target["Arn"], InvocationType="Event", Payload=payload)
        return
    function = lambda_backends[account_id][region].get_function(target["Arn"])
    authorize_service(_EVENTBRIDGE, "lambda:InvokeFunction", target["Arn"], rule.arn)
    invoke_later(function, payload, invoked_arn=target["Arn"])


def _publish(rule: Rule, target: Target, event: Event) -> None:
    message = input_of(target, rule, event)
    text = message if isinstance(message, str) else json.dumps(message)
    if "RoleArn" in target:
        region = target["Arn"].split(":")[3]
        role = assume_role(target["RoleArn"], _EVENTBRIDGE, "EventBridge", region, rule.arn)
        role.client("sns", region).publish(TopicArn=target["Arn"], Message=text)
        return
    publish_for_service(_EVENTBRIDGE, target["Arn"], text, source_arn=rule.arn)


_DELIVERIES = {
    "codebuild": _start_build,
    "codepipeline": _start_pipeline,
    "lambda": _invoke_function,
    "sns": _publish,
}


def _complete(event: Event) -> Event:
    """Return an event in the form in which AWS delivers it."""
    moment = event["time"]
    if isinstance(moment, int | float):
        moment = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {name: value for name, value in event.items() if name != "ingestion-time"} | {"time": moment}
