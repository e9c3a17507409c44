"""CodeBuild's errors."""

from moto.core.exceptions import ServiceException


class InvalidInputException(ServiceException):
    """A request that CodeBuild cannot serve, and almost all that it refuses."""

    code = "InvalidInputException"


class ResourceNotFoundException(ServiceException):
    """No such project or build."""

    code = "ResourceNotFoundException"


class ResourceAlreadyExistsException(ServiceException):
    """A second project of one name."""

    code = "ResourceAlreadyExistsException"


class PhaseError(Exception):
    """What makes a phase of a build fail: its context's status code and message."""

    def __init__(self, status_code: str, message: str) -> None:
        super().__init__(message)
        self.status_code = status_code
