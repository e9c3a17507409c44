"""Reads the bodies of answers, and asks again when one breaks off: botocore's own tries end where a body begins."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

_TRIES = 4
_BREAKS = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)

Call = Callable[..., Mapping[str, Any]]


def body_of(call: Call) -> bytes:
    """Make a call that changes nothing, and read its answer's body; after some tries, the error that broke it off."""
    for _ in range(_TRIES - 1):
        answer = call()
        try:
            return bytes(answer["Body"].read())
        except _BREAKS:
            pass
    return bytes(call()["Body"].read())


def chunks_of(answer: Mapping[str, Any], again: Call, chunk_size: int) -> Iterator[bytes]:
    """Read GetObject's answer chunk by chunk; where it breaks off, go on with another, for the same version."""
    read, tries, body = 0, 1, answer["Body"]
    while True:
        try:
            for chunk in body.iter_chunks(chunk_size):
                read += len(chunk)
                yield chunk
        except _BREAKS:
            if tries == _TRIES:
                raise
            tries += 1
            body = again(Range=f"bytes={read}-")["Body"]
        else:
            return
