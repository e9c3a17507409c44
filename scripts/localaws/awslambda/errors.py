"""Lambda's errors."""

from moto.core.exceptions import ServiceException


class InvalidParameterValueException(ServiceException):
    """A parameter that Lambda refuses."""

    code = "InvalidParameterValueException"


class AccessDeniedException(ServiceException):
    """A role that Lambda may not assume (any more), or code that the caller may not read."""

    code = "AccessDeniedException"
    message = "The role defined for the function cannot be assumed by Lambda."


class InvalidRequestContentException(ServiceException):
    """A payload that is not JSON."""

    code = "InvalidRequestContentException"


class PreconditionFailedException(ServiceException):
    """A revision that is not the latest."""

    code = "PreconditionFailedException"
    message = (
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve"
        " the latest Revision Id"
    )


class RequestTooLargeException(ServiceException):
    """A payload over the limit of its invocation type."""

    code = "RequestTooLargeException"


class ResourceConflictException(ServiceException):
    """Something with this name that exists already."""

    code = "ResourceConflictException"


class ResourceNotFoundException(ServiceException):
    """Something that does not exist."""

    code = "ResourceNotFoundException"


class TooManyRequestsException(ServiceException):
    """No concurrency left: the account's, or what was reserved for the function."""

    code = "TooManyRequestsException"
    message = "Rate Exceeded."

    def __init__(self, reason: str) -> None:
        super().__init__(self.message)
        self.Reason = reason
        self.Type = "User"
