"""CloudWatch Logs' API where moto's differs: looking through groups, and retention that is kept."""

import json
import threading
from typing import Any

from moto.logs.exceptions import InvalidParameterException, LogsClientError, ResourceNotFoundException
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse

from localaws import constraints
from localaws.clock import clock
from localaws.gate.decision import DeniedError, authorize_service
from localaws.kms.keys import KeyRefusal, find, usable_for_data
from localaws.logs import limits
from localaws.logs.filters import matcher

# AWS's page asks for more of a key's policy; which of them are tried when a group is made, it does not say.
UNVERIFIED_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
UNVERIFIED_NAMES_AND_PREFIX = "logStreamNamePrefix and logStreamNames are mutually exclusive."
UNVERIFIED_NO_STREAM = "The specified log stream does not exist: {name}"
_changing = threading.RLock()
_MOST_EVENTS = 10_000
_DAY = 24 * 60 * 60 * 1000  # milliseconds
# botocore PutRetentionPolicy
_RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


class EventsOfLogsResponse(LogsResponse):
    """moto's CloudWatch Logs with what it leaves out of searches."""

    body: str

    def create_log_group(self) -> str:
        """Create a group whose key, if it has one, lets CloudWatch Logs use it."""
        request = json.loads(self.body)
        constraints.check("logs", "CreateLogGroup", request)
        if key := request.get("kmsKeyId"):
            self._check_key(key, request["logGroupName"])
        with _changing:  # moto looks first and makes then
            return super().create_log_group()  # type: ignore[no-any-return]

    def create_log_stream(self) -> str:
        """Create a stream once (moto speaks of a group)."""
        constraints.check("logs", "CreateLogStream", json.loads(self.body))
        if self._get_param("logStreamName") in self._group().streams:
            error = LogsClientError("ResourceAlreadyExistsException", "The specified log stream already exists")
            error.code = 400
            raise error
        return super().create_log_stream()  # type: ignore[no-any-return]

    def put_log_events(self) -> str:
        """Append events to a stream, no more of them than may be at once."""
        events = self._get_param("logEvents")
        limits.check(events)
        with _changing:
            group = self._group()
            rejected = limits.rejected([event["timestamp"] for event in events], group.retention_in_days)
            start = max(rejected.get("tooOldLogEventEndIndex", 0), rejected.get("expiredLogEventEndIndex", 0))
            end = rejected.get("tooNewLogEventStartIndex", len(events))
            token = group.put_log_events(self._get_param("logStreamName"), events[start:end])
        told = {"rejectedLogEventsInfo": rejected} if rejected else {}
        return json.dumps({"nextSequenceToken": token} | told)

    def filter_log_events(self) -> str:
        """Return a page of a group's events that match, of all its streams in the order of time."""
        group = self._group()
        names, prefix = self._get_param("logStreamNames", []), self._get_param("logStreamNamePrefix")
        if names and prefix is not None:
            raise InvalidParameterException(UNVERIFIED_NAMES_AND_PREFIX)
        streams = [
            stream
            for name, stream in list(group.streams.items())
            if (not names or name in names) and name.startswith(prefix or "")
        ]
        if names and (unknown := set(names) - set(group.streams)):
            raise ResourceNotFoundException(UNVERIFIED_NO_STREAM.format(name=sorted(unknown)[0]))
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

    def _check_key(self, key_arn: str, name: str) -> None:
        """Raise InvalidParameterException unless a key is there and its policy lets the Region's logs use it.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        arn = f"arn:aws:logs:{self.region}:{self.current_account}:log-group:{name}"
        service = f"logs.{self.region}.amazonaws.com"
        try:
            key = find(key_arn, self.current_account, self.region)
            usable_for_data(key, "GenerateDataKey")
            for action in UNVERIFIED_KEY_ACTIONS:
                authorize_service(service, action, key.arn, arn, {"kms:encryptioncontext:aws:logs:arn": arn})
        except (KeyRefusal, DeniedError):
            raise InvalidParameterException(
                f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
            ) from None

    def _group(self) -> LogGroup:
        """Return the group of a request, by name or ARN, without the events that it need not keep any more."""
        identifier = self._get_param("logGroupIdentifier") or ""
        name = self._get_param("logGroupName") or identifier.rpartition(":log-group:")[2].removesuffix(":*")
        if name not in self.logs_backend.groups:
            raise ResourceNotFoundException
        group = self.logs_backend.groups[name]
        if group.retention_in_days:
            kept_from = clock.now() * 1000 - int(group.retention_in_days) * _DAY
            with _changing:
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
