"""CodeConnections' errors."""

from moto.core.exceptions import ServiceException


class ResourceNotFoundException(ServiceException):
    """A connection that is not there, in the words of botocore's model."""

    code = "ResourceNotFoundException"
    message = "Resource not found. Verify the connection resource ARN and try again."


class ValidationException(ServiceException):
    """A request that is refused."""

    code = "ValidationException"
