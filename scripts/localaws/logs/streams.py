"""How services that write a log in a role's name make the stream they write to."""

import contextlib
from typing import Any


def make_stream(logs: Any, group: str, stream: str) -> None:
    """Make a stream, and its group if need be; of several who miss the group at once, each finds it made by one."""
    names = {"logGroupName": group, "logStreamName": stream}
    try:
        logs.create_log_stream(**names)
    except logs.exceptions.ResourceNotFoundException:
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=group)
        logs.create_log_stream(**names)
