"""Which names a bucket may have, and that a key may have any character.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
"""

import ipaddress
import re
from typing import Any

from moto.moto_server.utilities import RegexConverter

_FORM = re.compile(r"[a-z0-9]([a-z0-9.-]{1,61})[a-z0-9]")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


class AnyCharacter(RegexConverter):
    """moto's part of a path, whose "." also is a line break."""

    def __init__(self, url_map: Any, *items: Any) -> None:
        super().__init__(url_map, f"(?s:{items[0]})")


def is_valid(name: str) -> bool:
    """Return whether S3 would create a bucket of this name."""
    if not _FORM.fullmatch(name) or ".." in name or name.startswith(_PREFIXES) or name.endswith(_SUFFIXES):
        return False
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return True
    return False
