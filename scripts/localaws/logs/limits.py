"""How much PutLogEvents takes at once, for who asks and for the services that write.

botocore logs PutLogEvents; the words: https://github.com/nhs-england-tools/terraform-aws-opennext/issues/27,
https://github.com/maxbanton/cwh/issues/101 and https://github.com/maxbanton/cwh/issues/96
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from moto.logs.exceptions import InvalidParameterException

from localaws.clock import clock

_MOST_EVENTS = 10_000
_LONGEST = 1_048_576  # bytes, of an event as of a batch
_OVERHEAD = 26  # bytes that each event counts beside its message
_HOUR = 60 * 60 * 1000  # milliseconds
_OLDEST, _NEWEST, _SPAN = 14 * 24 * _HOUR, 2 * _HOUR, 24 * _HOUR


def check(events: Sequence[Mapping[str, Any]]) -> None:
    """Raise InvalidParameterException for events too many, too large, too far from each other, or in disorder."""
    if not 1 <= len(events) <= _MOST_EVENTS:
        bound = f"less than or equal to {_MOST_EVENTS}" if events else "greater than or equal to 1"
        raise InvalidParameterException(
            constraint=f"Member must have length {bound}", parameter="logEvents", value=f"{len(events)} events"
        )
    sizes = [_size(event["message"]) for event in events]
    if max(sizes) > _LONGEST:
        raise InvalidParameterException(f"Log event too large: {max(sizes)} bytes exceeds limit of {_LONGEST}")
    if sum(sizes) > _LONGEST:
        raise InvalidParameterException(f"Upload too large: {sum(sizes)} bytes exceeds limit of {_LONGEST}")
    now = clock.now() * 1000
    taken = [event["timestamp"] for event in events if now - _OLDEST <= event["timestamp"] <= now + _NEWEST]
    if taken and max(taken) - min(taken) > _SPAN:
        raise InvalidParameterException(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    if any(later["timestamp"] < earlier["timestamp"] for earlier, later in pairwise(events)):
        raise InvalidParameterException("Log events in a single PutLogEvents request must be in chronological order.")


def rejected(times: Sequence[int], kept_days: int | None) -> dict[str, int]:
    """Return which events, given by their times in order, a group does not take: the ends are exclusive.

    botocore logs RejectedLogEventsInfo says so of old events; of expired ones AWS's agent counts as many as their end:
    https://github.com/aws/amazon-cloudwatch-agent/blob/main/plugins/outputs/cloudwatchlogs/internal/pusher/sender.go
    """
    now = clock.now() * 1000
    found = {}
    if too_old := bisect_left(times, now - _OLDEST):
        found["tooOldLogEventEndIndex"] = too_old
    if (too_new := bisect_right(times, now + _NEWEST)) < len(times):
        found["tooNewLogEventStartIndex"] = too_new
    if kept_days and (expired := bisect_left(times, now - kept_days * 24 * _HOUR)):
        found["expiredLogEventEndIndex"] = expired
    return found


def batches(events: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield events as PutLogEvents takes them: what is too long for one becomes several."""
    batch: list[Mapping[str, Any]] = []
    size = 0
    for event in events:
        for message in _pieces(event["message"]):
            if len(batch) == _MOST_EVENTS or size + _size(message) > _LONGEST:
                yield batch
                batch, size = [], 0
            batch.append({**event, "message": message})
            size += _size(message)
    if batch:
        yield batch


def _pieces(message: str) -> list[str]:
    if _size(message) <= _LONGEST:
        return [message]
    length = (_LONGEST - _OVERHEAD) // 4  # a character has four bytes at most
    return [message[start : start + length] for start in range(0, len(message), length)]


def _size(message: str) -> int:
    return len(message.encode(errors="surrogatepass")) + _OVERHEAD
