"""Why a resource failed, in CloudFormation's wording of what the service's API said."""

import logging
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.exceptions import ServiceException

_log = logging.getLogger(__name__)

# How the Java SDK, in which CloudFormation's handlers are written, names its clients where a type's name has another.
_CLIENTS = {"Logs": "CloudWatchLogs"}

# HandlerErrorCode: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
_HANDLER_CODES = (
    ("AlreadyExists", ("AlreadyExist", "AlreadyOwned", "EntityAlreadyExists", "NameExists", "NameInUse")),
    ("NotFound", ("NoSuch", "NotFound", "DoesNotExist")),
    ("AccessDenied", ("AccessDenied", "Unauthorized", "Forbidden")),
    ("ServiceLimitExceeded", ("LimitExceeded",)),
    ("Throttling", ("Throttl", "TooManyRequests")),
    ("InvalidRequest", ("Invalid", "Malformed", "Validation")),
)


class ResourceError(Exception):
    """A resource cannot be made, changed or deleted, for a reason that no API call gave.

    With a physical id when something may be there all the same, which a rollback must delete.
    """

    def __init__(self, reason: str, physical_id: str = "") -> None:
        super().__init__(reason)
        self.physical_id = physical_id


def reason_of(error: Exception, resource_type: str) -> str:
    """Return the ResourceStatusReason for what went wrong with a resource of a type."""
    if isinstance(error, ClientError):
        return _handler_message(error, resource_type.split("::")[1])
    if isinstance(error, ServiceException):
        return str(error.message)
    if isinstance(error, ResourceError | BotoCoreError):
        return str(error)
    _log.error("A provider of local AWS failed", exc_info=error)
    return f"Internal Failure in local AWS: {error!r}"


def is_gone(error: Exception) -> bool:
    """Return whether a deletion failed because there is nothing left to delete."""
    return isinstance(error, ClientError) and _handler_code(error.response["Error"]["Code"]) == "NotFound"


def _handler_message(error: ClientError, service: str) -> str:
    metadata, said = error.response["ResponseMetadata"], error.response["Error"]
    named = _CLIENTS.get(service) or (service.title() if service.isupper() else service)  # Iam, S3, CodePipeline
    message = (
        f"{said['Message']} (Service: {named}, Status Code: {metadata['HTTPStatusCode']}, "
        f"Request ID: {metadata.get('RequestId', '')})"
    )
    return handler_words(message, _handler_code(said["Code"]))


def handler_words(message: str, code: str) -> str:
    """Return what a resource type's handler says, as CloudFormation tells it."""
    return f'Resource handler returned message: "{message}" (RequestToken: {uuid4()}, HandlerErrorCode: {code})'


def _handler_code(code: str) -> str:
    for handler_code, marks in _HANDLER_CODES:
        if any(mark in code for mark in marks):
            return handler_code
    return "GeneralServiceException"
