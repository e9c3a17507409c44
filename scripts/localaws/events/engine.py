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
from moto.events.utils import EventTemplateParser
from werkzeug.exceptions import HTTPException

from localaws.awslambda.asynchronous import invoke_later
from localaws.codepipeline.responses import STARTED_BY_RULE
from localaws.identity import assume_role

_log = logging.getLogger(__name__)
Event = dict[str, Any]
Target = dict[str, Any]


class UndeliverableError(Exception):
    """A target that does not take the event, and why."""


_by_moto = Rule.send_to_targets


def send_to_targets(rule: Rule, event: Event, transform_input: bool = True) -> None:
    """Stand in for ``Rule.send_to_targets``, which knows neither pipelines nor functions nor disabled rules."""
    if rule.state != "ENABLED" or rule.scheduled_expression or not rule.event_pattern.matches_event(event):
        return
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
    except (UndeliverableError, ServiceException, HTTPException, ClientError, BotoCoreError) as error:
        _log.warning("rule %s could not reach %s: %s", rule.name, target["Arn"], error)
    except Exception:  # noqa: BLE001 -- nobody waits for this thread; the log is where its failure can be seen
        _log.exception("rule %s could not reach %s", rule.name, target["Arn"])


def _start_pipeline(rule: Rule, target: Target, _event: Event) -> None:
    region, name = target["Arn"].split(":")[3], target["Arn"].rpartition(":")[2]
    client = assume_role(target["RoleArn"], "events.amazonaws.com", "EventBridge", region, rule.arn).client(
        "codepipeline", region
    )
    client.meta.events.register(
        "before-call.codepipeline.StartPipelineExecution",
        lambda params, **_: params["headers"].update({STARTED_BY_RULE: rule.arn}),
    )
    client.start_pipeline_execution(name=name)


def _invoke_function(rule: Rule, target: Target, event: Event) -> None:
    payload = json.dumps(_input(target, event))
    account_id, region = target["Arn"].split(":")[4], target["Arn"].split(":")[3]
    if "RoleArn" in target:
        credentials = assume_role(target["RoleArn"], "events.amazonaws.com", "EventBridge", region, rule.arn)
        client = credentials.client("lambda", region)
        client.invoke(FunctionName=target["Arn"], InvocationType="Event", Payload=payload)
        return
    function = lambda_backends[account_id][region].get_function(target["Arn"])
    principals = [statement.get("Principal", {}).get("Service") for statement in function.policy.statements]
    if "events.amazonaws.com" not in principals:
        raise UndeliverableError("the function's policy does not let events.amazonaws.com invoke it")
    invoke_later(function, payload)


_DELIVERIES = {"codepipeline": _start_pipeline, "lambda": _invoke_function}


def _complete(event: Event) -> Event:
    """Return an event in the form in which AWS delivers it."""
    moment = event["time"]
    if isinstance(moment, int | float):
        moment = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {name: value for name, value in event.items() if name != "ingestion-time"} | {"time": moment}


def _input(target: Target, event: Event) -> Any:
    """Return what a target is to get of an event: a constant, a part, a text made of parts, or all of it."""
    if "Input" in target:
        return json.loads(target["Input"])
    if "InputPath" in target:
        found: Any = event
        for part in target["InputPath"].removeprefix("$").strip(".").split("."):
            found = found[part] if part else found
        return found
    if transformer := target.get("InputTransformer"):
        now = {"ingestion-time": event["time"]}
        return EventTemplateParser.parse(
            transformer["InputTemplate"], transformer.get("InputPathsMap", {}), event | now
        )
    return event
