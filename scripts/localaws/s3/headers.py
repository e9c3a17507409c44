"""What a caller may have S3 tell in a header of an answer."""

import re

from localaws.s3.errors import invalid_argument

# Of characters outside ISO-8859-1 S3's words are public (github.com/IQSS/dataverse/issues/4524), of these they are not.
UNVERIFIED_NOT_IN_A_HEADER = re.compile(r"[\r\n]")


def check_value(name: str, value: str) -> None:
    """Raise S3Refusal when a value given under this name cannot be that of a header."""
    if UNVERIFIED_NOT_IN_A_HEADER.search(value) or any(character > "\xff" for character in value):
        raise invalid_argument("Header value cannot be represented using ISO-8859-1.", name, value)
