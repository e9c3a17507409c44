"""CloudWatch Logs' API where moto's differs: looking through groups, and retention that is kept."""

import json
from typing import Any

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse

from localaws.clock import clock
from localaws.logs.filters import matcher

_MOST_EVENTS = 10_000
_DAY = 24 * 60 * 60 * 1000  # milliseconds
# botocore PutRetentionPolicy
_RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


class EventsOfLogsResponse(LogsResponse):
    """moto's CloudWatch Logs with what it leaves out of searches."""

    body: str

    def filter_log_events(self) -> str:
        """Return a page of a group's events that match, of all its streams in the order of time."""
        group = self._group()
        names, prefix = self._get_param("logStreamNames", []), self._get_param("logStreamNamePrefix")
        if names and prefix is not None:
            raise InvalidParameterException(
                "logStreamNamePrefix and logStreamNames are mutually exclusive."
            )  # unverified
        streams = [
            stream
            for name, stream in list(group.streams.items())
            if (not names or name in names) and name.startswith(prefix or "")
        ]
        if names and (unknown := set(names) - set(group.streams)):
            raise ResourceNotFoundException(
                f"The specified log stream does not exist: {sorted(unknown)[0]}"
            )  # unverified
        matches, start, end = (
            matcher(self._get_param("filterPattern")),
            self._get_param("startTime"),
            self._get_param("endTime"),
        )
        found = [
            event.to_filter_dict() | {"logStreamName": stream.log_stream_name}
            for stream in streams
            for event in list(stream.events)
            if (not start or event.timestamp >= start)
            and (not end or event.timestamp <= end)
            and matches(event.message)
        ]
        found.sort(key=lambda event: event["timestamp"])
        return self._page(found)

    def get_log_events(self) -> str:
        """Return a page of a stream's events; unlike moto's, ``endTime`` is not part of it."""
        group = self._group()
        if self._get_param("logStreamName") not in group.streams:
            raise ResourceNotFoundException("The specified log stream does not exist.")
        if end := self._get_param("endTime"):
            request: dict[str, Any] = json.loads(self.body)
            self.body = json.dumps(request | {"endTime": end - 1})
        return super().get_log_events()  # type: ignore[no-any-return]

    def describe_log_groups(self) -> str:
        """Return a page of the groups whose names begin with, or hold, a text."""
        part = self._get_param("logGroupNamePattern")
        if part is None:
            return super().describe_log_groups()  # type: ignore[no-any-return]
        if self._get_param("logGroupNamePrefix") is not None:
            raise InvalidParameterException(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
            )
        groups = [group for name, group in sorted(self.logs_backend.groups.items()) if part in name]
        return json.dumps({"logGroups": [group.to_describe_dict() for group in groups]})

    def put_retention_policy(self) -> str:
        """Keep a group's events for so many days."""
        days = self._get_param("retentionInDays")
        if days not in _RETENTIONS:
            raise InvalidParameterException(
                constraint=f"Member must satisfy enum value set: [{', '.join(map(str, _RETENTIONS))}]",
                parameter="retentionInDays",
                value=days,
            )
        return super().put_retention_policy()  # type: ignore[no-any-return]

    def _group(self) -> LogGroup:
        """Return the group of a request, by name or ARN, without the events that it need not keep any more."""
        identifier = self._get_param("logGroupIdentifier") or ""
        name = self._get_param("logGroupName") or identifier.rpartition(":log-group:")[2].removesuffix(":*")
        if name not in self.logs_backend.groups:
            raise ResourceNotFoundException
        group = self.logs_backend.groups[name]
        if group.retention_in_days:
            kept_from = clock.now() * 1000 - int(group.retention_in_days) * _DAY
            for stream in list(group.streams.values()):
                stream.events = [event for event in stream.events if event.timestamp >= kept_from]
        return group

    def _page(self, found: list[dict[str, Any]]) -> str:
        limit = self._get_param("limit") or _MOST_EVENTS
        if limit > _MOST_EVENTS:
            raise InvalidParameterException(
                constraint=f"Member must have value less than or equal to {_MOST_EVENTS}",
                parameter="limit",
                value=limit,
            )
        way, _, last = (self._get_param("nextToken") or "").partition("/")
        way = way or ("b" if self._get_param("startFromHead") is False else "f")
        if way == "b":
            found.reverse()
        ids = [event["eventId"] for event in found]
        if last and last not in ids:
            raise InvalidParameterException("The specified nextToken is invalid.")
        start = ids.index(last) + 1 if last else 0
        page = found[start : start + limit]
        more = {"nextToken": f"{way}/{page[-1]['eventId']}"} if start + limit < len(found) else {}
        return json.dumps({"events": page, "searchedLogStreams": []} | more)
