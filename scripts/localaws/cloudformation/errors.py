"""CloudFormation's errors, by the codes and in the words of its API."""

from moto.core.exceptions import ServiceException


class ValidationError(ServiceException):
    """What CloudFormation answers to nearly every fault of a request or a template."""

    code = "ValidationError"


class AlreadyExists(ServiceException):
    """A live stack, or a change set of this stack, has the name."""

    code = "AlreadyExistsException"


class InsufficientCapabilities(ServiceException):
    """The template makes IAM resources, and the request does not say that it may."""

    code = "InsufficientCapabilitiesException"


class TokenAlreadyExists(ServiceException):
    """The ClientRequestToken began another operation."""

    code = "TokenAlreadyExistsException"


class ChangeSetNotFound(ServiceException):
    """The stack has no change set of this name or ARN."""

    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(ServiceException):
    """The change set is not in the state that the operation asks for."""

    code = "InvalidChangeSetStatus"
