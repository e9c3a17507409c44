"""Service Quotas' errors."""

from moto.core.exceptions import ServiceException

# Nobody quotes the words for a token that was never given; these are botocore's description of the code.
UNVERIFIED_INVALID_TOKEN = "Invalid input was provided."  # noqa: S105 - a sentence


class NoSuchResourceException(ServiceException):
    """A service or a quota that is not there."""

    code = "NoSuchResourceException"


class IllegalArgumentException(ServiceException):
    """A request that Service Quotas does not take."""

    code = "IllegalArgumentException"


class InvalidPaginationTokenException(ServiceException):
    """A token that was never given."""

    code = "InvalidPaginationTokenException"


class ResourceAlreadyExistsException(ServiceException):
    """A second request for a quota of which one is open."""

    code = "ResourceAlreadyExistsException"
