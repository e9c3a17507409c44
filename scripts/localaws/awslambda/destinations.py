"""Where the results of asynchronous invocations go: destinations, and the older dead letters.

Lambda sends them as the function's role: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.awslambda.models import LambdaFunction
from moto.core.exceptions import ServiceException

from localaws.awslambda.configuration import extras
from localaws.awslambda.errors import InvalidParameterValueException
from localaws.awslambda.workers import Outcome, credentials_of_role
from localaws.clock import clock
from localaws.gate.decision import DeniedError, authorize_role

_log = logging.getLogger(__name__)
_LONGEST_DEAD_LETTER_MESSAGE = 1024  # "the first 1 KB of the error message"
# So said of topics and queues; of functions and buses nobody quotes it.
UNVERIFIED_NO_PERMISSION = "The provided execution role does not have permissions to call {action} on {service}"
_ACTIONS = {
    "sns": ("sns:Publish", "SNS"),
    "lambda": ("lambda:InvokeFunction", "LAMBDA"),
    "events": ("events:PutEvents", "EVENTBRIDGE"),
}


@dataclass(frozen=True)
class Result:
    """What became of an event: the condition that ended it, after how many attempts, and the last one's outcome."""

    request_id: str
    payload: str
    condition: str
    attempts: int
    outcome: Outcome | None


def check(target: str, kinds: tuple[str, ...]) -> None:
    """Raise InvalidParameterValueException for a destination that could not be served."""
    service = target.split(":")[2] if target.count(":") >= 5 else ""
    if not service:
        raise InvalidParameterValueException(f"The destination ARN {target} is invalid.")
    if service not in kinds:
        raise InvalidParameterValueException(f"Local AWS cannot send the results of functions to {service} ({target}).")


def check_role(function_arn: str, role: str, target: str) -> None:
    """Raise InvalidParameterValueException unless a function's role may send to a destination."""
    action, of = _ACTIONS[target.split(":")[2]]
    region = function_arn.split(":")[3]
    try:
        credentials = credentials_of_role(role, "CheckDestination", region, function_arn)
        authorize_role(credentials.access_key_id, action, target, region)
    except DeniedError:
        raise InvalidParameterValueException(
            UNVERIFIED_NO_PERMISSION.format(action=action.partition(":")[2], service=of)
        ) from None


def send(function: LambdaFunction, result: Result, destinations: dict[str, Any]) -> None:
    """Bring a result where the function's configuration says; a failure is said in local AWS's log."""
    succeeded = result.condition == "Success"
    target = destinations.get("OnSuccess" if succeeded else "OnFailure", {}).get("Destination")
    dead_letter = "" if succeeded else extras(function).dead_letter_arn
    try:
        if target:
            _send(function, target, succeeded, document_of(function, result))
        if dead_letter:
            _client(function, "sns").publish(TopicArn=dead_letter, **_dead_letter(result))
    except (ServiceException, ClientError, BotoCoreError) as error:
        _log.warning("the result of %s is lost: %s", function.function_name, error)


def document_of(function: LambdaFunction, result: Result) -> dict[str, Any]:
    """Return the record of an invocation that a destination gets."""
    document: dict[str, Any] = {
        "version": "1.0",
        "timestamp": datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
        "requestContext": {
            "requestId": result.request_id,
            "functionArn": _qualified(function),
            "condition": result.condition,
            "approximateInvokeCount": result.attempts,
        },
        "requestPayload": json.loads(result.payload),
    }
    if result.outcome:
        context = {"statusCode": 200, "executedVersion": str(function.version)}
        document["responseContext"] = context | ({"functionError": "Unhandled"} if result.outcome.failed else {})
        document["responsePayload"] = json.loads(result.outcome.payload)
    return document


def _send(function: LambdaFunction, target: str, succeeded: bool, document: dict[str, Any]) -> None:
    service, text = target.split(":")[2], json.dumps(document)
    if service == "sns":
        _client(function, "sns").publish(TopicArn=target, Message=text)
    elif service == "lambda":
        _client(function, "lambda").invoke(FunctionName=target, InvocationType="Event", Payload=text)
    elif service == "events":
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {'Success' if succeeded else 'Failure'}",
            "Detail": text,
            "Resources": [target, _qualified(function)],
            "EventBusName": target,
        }
        _client(function, "events").put_events(Entries=[entry])


def _dead_letter(result: Result) -> dict[str, Any]:
    """Return the event itself as a message, with what went wrong in its attributes."""
    error = json.loads(result.outcome.payload) if result.outcome else {}
    said = str(error.get("errorMessage", "Function not invoked.")) if isinstance(error, dict) else ""
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": result.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": said[:_LONGEST_DEAD_LETTER_MESSAGE] or "-"},
    }
    return {"Message": result.payload, "MessageAttributes": attributes}


def _client(function: LambdaFunction, service: str) -> Any:
    role = credentials_of_role(function.role, function.function_name, function.region, function.function_arn)
    return role.client(service, function.region)


def _qualified(function: LambdaFunction) -> str:
    arn = str(function.function_arn)
    return f"{arn}:$LATEST" if function.version == "$LATEST" else arn
