"""CloudWatch's errors."""

from moto.core.exceptions import ServiceException


class ValidationError(ServiceException):
    """A request that CloudWatch refuses."""

    code = "ValidationError"


class InvalidParameterValueException(ServiceException):
    """A value that CloudWatch refuses."""

    code = "InvalidParameterValue"


class InvalidParameterCombinationException(ServiceException):
    """Values that CloudWatch refuses together."""

    code = "InvalidParameterCombination"


class ResourceNotFoundException(ServiceException):
    """An alarm that does not exist."""

    code = "ResourceNotFound"
    message = "Unknown"


class InvalidFormatFault(ServiceException):
    """Reason data that is not JSON."""

    code = "InvalidFormat"
    message = "Unknown"
