"""Reads the bodies of answers whole, and asks again when one breaks off: botocore's tries end where a body begins."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

_TRIES = 4


def body_of(call: Callable[[], Mapping[str, Any]]) -> bytes:
    """Make a call that changes nothing, and read its answer's body; after some tries, the error that broke it off."""
    for _ in range(_TRIES - 1):
        answer = call()
        try:
            return bytes(answer["Body"].read())
        except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
            pass
    return bytes(call()["Body"].read())
