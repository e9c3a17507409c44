"""Resources that a function makes: it is asked by Lambda or SNS, and answers at a URL.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
Not true: NoEcho in an answer masks nothing; a rollback deletes what an update made under a new physical id without
sending the update back first.
"""

import json
import time
from typing import Any
from uuid import uuid4

from localaws.clock import durations
from localaws.cloudformation.answers import MAX_BYTES, Answer, awaited
from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.parameters import text
from localaws.cloudformation.providers.base import Provider, Work

_NAME_LIMIT = 255
_SUBJECT = "AWS CloudFormation custom resource request"
_NO_ANSWER = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [{}]. "
    "If you are using the Python cfn-response module, you may need to update your Lambda function code so that "
    "CloudFormation can attach the updated version."
)
# No public source shows what is said of these.
UNVERIFIED_NOT_JSON = "Invalid Json"
UNVERIFIED_ADDRESSEE = "Invalid service token."
UNVERIFIED_STATUS = "Invalid Status"


class CustomResource(Provider):
    """AWS::CloudFormation::CustomResource, and every Custom:: type."""

    type = "AWS::CloudFormation::CustomResource"
    effective = ()
    fixed = ("ServiceToken",)
    fixed_words = "Modifying service token is not allowed."
    missing_words = (
        "CustomResource attribute error: Vendor response doesn't contain {name} attribute in object "
        "{stack_id}|{resource}"
    )

    def has_attribute(self, name: str) -> bool:
        return True

    def unsupported(self, properties: Any) -> list[str]:
        return []

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        work.identified(_ask(work, "Create", properties))

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        answered = _ask(work, "Update", new, PhysicalResourceId=physical_id, OldResourceProperties=_texts(old))
        if answered != physical_id:
            work.identified(answered)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        _ask(work, "Delete", properties, PhysicalResourceId=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return work.learned


def _ask(work: Work, kind: str, properties: dict[str, Any], **more: Any) -> str:
    """Have the resource made, changed or deleted; return the physical id that is answered, and note the Data."""
    request_id = str(uuid4())
    request = {
        "RequestType": kind,
        "ServiceToken": properties["ServiceToken"],
        "StackId": work.stack_id,
        "RequestId": request_id,
        "LogicalResourceId": work.logical_id,
        "ResourceType": work.type,
        "ResourceProperties": _texts(properties),
    } | more
    patience = properties.get("ServiceTimeout", durations.custom_resource_timeout) * durations.custom_resource_second
    with awaited(work.region, f"{work.stack_id}|{work.logical_id}|{request_id}") as answer:
        _send(work, properties["ServiceToken"], json.dumps(request | {"ResponseURL": answer.url}))
        return _answered(work, kind, answer, request_id, patience)


def _answered(work: Work, kind: str, answer: Answer, request_id: str, patience: float) -> str:
    try:
        _wait(work, kind, answer, request_id, patience)
        return _read(work, answer, request_id)
    except ResourceError as error:
        if kind == "Create" and not error.physical_id:
            # It may be there all the same: CloudFormation makes up an id, and a rollback asks for its deletion.
            raise ResourceError(str(error), work.generated_name(_NAME_LIMIT)) from error
        raise


def _send(work: Work, token: str, request: str) -> None:
    service = token.split(":")[2] if token.startswith("arn:") and token.count(":") >= 5 else ""
    if service == "lambda":
        work.client("lambda").invoke(FunctionName=token, InvocationType="Event", Payload=request.encode())
    elif service == "sns":
        work.client("sns").publish(TopicArn=token, Subject=_SUBJECT, Message=request)
    else:
        raise ResourceError(UNVERIFIED_ADDRESSEE)


def _wait(work: Work, kind: str, answer: Answer, request_id: str, patience: float) -> None:
    ends = time.monotonic() + patience
    while not answer.given.wait(min(durations.halt_look_interval, max(0, ends - time.monotonic()))):
        cancelled = kind != "Delete" and work.is_halted()
        if cancelled or time.monotonic() >= ends:
            doing = "creation" if kind == "Create" else "update"
            raise ResourceError(f"Resource {doing} cancelled" if cancelled else _NO_ANSWER.format(request_id))


def _read(work: Work, answer: Answer, request_id: str) -> str:
    if len(answer.body) > MAX_BYTES:
        raise ResourceError("Response object is too long.")
    try:
        said = json.loads(answer.body)
    except ValueError as error:
        raise ResourceError(UNVERIFIED_NOT_JSON) from error
    if not isinstance(said, dict):
        raise ResourceError(UNVERIFIED_NOT_JSON)
    physical_id = said.get("PhysicalResourceId")
    if not isinstance(physical_id, str) or not physical_id:
        raise ResourceError("Invalid PhysicalResourceId")
    if said.get("Status") == "FAILED":
        reason = said.get("Reason", "")
        raise ResourceError(
            f"Received response status [FAILED] from custom resource. Message returned: {reason} "
            f"(RequestId: {request_id})",
            physical_id,
        )
    if said.get("Status") != "SUCCESS":
        raise ResourceError(UNVERIFIED_STATUS, physical_id)
    data = said.get("Data") or {}
    if not isinstance(data, dict):
        raise ResourceError(UNVERIFIED_NOT_JSON, physical_id)
    work.learned.update(data)
    return physical_id


def _texts(value: Any) -> Any:
    """Return properties as custom resources receive them: numbers and booleans are texts."""
    if isinstance(value, dict):
        return {name: _texts(item) for name, item in value.items()}
    return [_texts(item) for item in value] if isinstance(value, list) else text(value)
