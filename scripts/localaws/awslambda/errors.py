"""Lambda's errors."""

from moto.core.exceptions import ServiceException


class InvalidParameterValueException(ServiceException):
    """A parameter that Lambda refuses."""

    code = "InvalidParameterValueException"


class AccessDeniedException(ServiceException):
    """A role that Lambda may not assume (any more)."""

    code = "AccessDeniedException"
    message = "The role defined for the function cannot be assumed by Lambda."


class InvalidRequestContentException(ServiceException):
    """A payload that is not JSON."""

    code = "InvalidRequestContentException"


class RequestTooLargeException(ServiceException):
    """A payload over the limit of its invocation type."""

    code = "RequestTooLargeException"


class TooManyRequestsException(ServiceException):
    """No concurrency left."""

    code = "TooManyRequestsException"
    message = "Rate Exceeded."
