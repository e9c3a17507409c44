"""Which names a bucket may have. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""

import ipaddress
import re

_FORM = re.compile(r"[a-z0-9]([a-z0-9.-]{1,61})[a-z0-9]")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def is_valid(name: str) -> bool:
    """Return whether S3 would create a bucket of this name."""
    if not _FORM.fullmatch(name) or ".." in name or name.startswith(_PREFIXES) or name.endswith(_SUFFIXES):
        return False
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return True
    return False
