"""Lambda's errors."""

from moto.core.exceptions import ServiceException


class InvalidParameterValueException(ServiceException):
    """A parameter that Lambda refuses."""

    code = "InvalidParameterValueException"


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
