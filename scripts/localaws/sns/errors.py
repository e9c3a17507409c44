"""SNS's errors."""

from moto.core.exceptions import ServiceException


class InvalidParameterException(ServiceException):
    """A parameter that SNS refuses."""

    code = "InvalidParameter"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid parameter: {reason}")
