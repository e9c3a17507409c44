"""SageMaker says most of what goes wrong with models and endpoints as ValidationException: only the message tells.

botocore declares no errors for DescribeEndpoint, DeleteModel and others; the texts are those seen in public reports.
"""

from botocore.exceptions import ClientError


def _says(error: ClientError, *words: str) -> bool:
    found = error.response["Error"]
    return bool(found["Code"] == "ValidationException" and found.get("Message", "").startswith(words))


def is_missing(error: ClientError) -> bool:
    """What was asked for does not exist, or not yet: SageMaker is eventually consistent."""
    # botocore declares ResourceNotFound for training jobs; its waiter, and public reports, have ValidationException.
    code = error.response["Error"]["Code"]
    return code == "ResourceNotFound" or _says(error, "Could not find", "Requested resource not found")


def is_duplicate(error: ClientError) -> bool:
    """The name is taken."""
    return _says(error, "Cannot create already existing")


def is_busy(error: ClientError) -> bool:
    """The endpoint is being created or updated."""
    return _says(error, "Cannot update in-progress endpoint")
