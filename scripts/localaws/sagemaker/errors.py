"""SageMaker's errors, by code and message."""

from moto.core.exceptions import ServiceException

# botocore models ResourceNotFound, while its waiters expect ValidationException and people report this text.
UNVERIFIED_JOB_NOT_FOUND = "Requested resource not found."
# FailureReason of a job that local AWS itself could not do.
UNVERIFIED_INTERNAL_ERROR = "InternalServerError: We encountered an internal error. Please try again."
UNVERIFIED_KIND_CHANGED = (
    'Cannot update endpoint "{arn}" from {old} to {new}. Delete the endpoint and create it again to change its hosting.'
)
UNVERIFIED_GROUP_EXISTS = "Model Package Group already exists: {arn}"  # so far as people quote it: up to the colon
UNVERIFIED_GROUP_IN_USE = "Model Package Group {arn} has model versions. Delete them first."
UNVERIFIED_NOT_APPROVED = "Model Package {arn} is not approved: only an approved model package can be made a model."
UNVERIFIED_VERSION_TAGS = "Model package versions have no tags of their own. Put them on the model package group."
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html has the rules, not the words.
UNVERIFIED_TAG_TWICE = "Tag keys must be unique: {key}"
UNVERIFIED_TOO_MANY_TAGS = "A resource has at most 50 tags: {arn} would have {count}."
UNVERIFIED_FAILED_ENDPOINT = 'Cannot update endpoint "{arn}" in status Failed. Only DeleteEndpoint is allowed.'


class SageMakerError(ServiceException):
    """An error of SageMaker or its runtime: code and message (a class of our own, since moto asks for its module)."""


def invalid(message: str) -> SageMakerError:
    """Return the error for almost everything that is wrong with a request."""
    return SageMakerError("ValidationException", message)


def not_found(kind: str, arn: str) -> SageMakerError:
    """Return the error for a model, an endpoint configuration or an endpoint that does not exist."""
    return invalid(f'Could not find {kind} "{arn}".')


def already_exists(kind: str, arn: str) -> SageMakerError:
    """Return the error for a name that is taken (a ValidationException: only training jobs have ResourceInUse)."""
    return invalid(f'Cannot create already existing {kind} "{arn}".')


def job_exists(kind: str, arn: str) -> SageMakerError:
    """Return the error for the name of a job (``Training``, ``Transform``) that is taken."""
    return SageMakerError(
        "ResourceInUse",
        f"{kind} job names must be unique within an AWS account and region, and a {kind.lower()} job with this name "
        f"already exists ({arn})",
    )
