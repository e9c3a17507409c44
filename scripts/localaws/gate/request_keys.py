"""The condition keys that tell of a request itself, whatever it asks for."""

from collections.abc import Mapping
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID


def keys_of(environ: Mapping[str, Any], region: str) -> dict[str, str]:
    """Return the keys of a request that its caller makes. What never leaves the machine counts as encrypted."""
    return {
        "aws:securetransport": "true",
        "aws:sourceip": environ["REMOTE_ADDR"],
        "aws:useragent": environ.get("HTTP_USER_AGENT", ""),
        "aws:requestedregion": region,
        "aws:resourceaccount": DEFAULT_ACCOUNT_ID,
        "aws:viaawsservice": "false",
    }
