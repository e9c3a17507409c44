"""The decision about one need: allowed and remembered, or denied in AWS's words."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from localaws.authorization.evaluate import Policies, Principal, Request, decide
from localaws.authorization.matching import Context
from localaws.gate import ledger, resource_tags
from localaws.gate.caller import Caller, caller_of
from localaws.gate.permissions.rows import Need
from localaws.gate.policies import policies_of, resource_policy


class DeniedError(Exception):
    """What is not allowed; the text is AWS's. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""


class _LazyContext(Mapping[str, Any]):
    """Condition keys that are put together when a policy first asks for one: most ask for none."""

    def __init__(self, compose: Callable[[], dict[str, Any]]) -> None:
        self._compose = compose

    @cached_property
    def _keys(self) -> dict[str, Any]:
        return self._compose()

    def __getitem__(self, key: str) -> Any:
        return self._keys[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def authorize(caller: Caller, need: Need, about_request: Context) -> None:
    """Raise DeniedError unless a caller is allowed what a call needs; ``about_request`` are condition keys too."""
    context = _LazyContext(
        lambda: {**_now(), **about_request, **caller.context, **resource_tags.keys_of(need.resource), **need.context}
    )
    request = Request(caller.principal, need.action, need.resource, context)
    _decide(request, policies_of(caller, need.action, need.resource), f"User: {caller.principal.arn}")


def authorize_role(
    access_key_id: str, action: str, resource: str, region: str, context: Mapping[str, str] | None = None
) -> None:
    """Raise DeniedError unless the session behind an access key may do this.

    For what a service does in a role's name without an API of its own (a pipeline's codecommit:UploadArchive).
    ``context`` has the service's condition keys.
    """
    keys = {"aws:securetransport": "true", "aws:requestedregion": region}
    authorize(caller_of(access_key_id), Need(action, resource, context or {}), keys)


def authorize_service(
    service: str, action: str, resource: str, source_arn: str, context: Mapping[str, str] | None = None
) -> None:
    """Raise DeniedError unless the resource's own policy lets a service (``events.amazonaws.com``) do this.

    ``source_arn`` is the resource for which the service asks: aws:SourceArn, and by its account aws:SourceAccount.
    ``context`` has further condition keys: CloudWatch gives the older aws:SourceOwner as well.
    """
    keys = _LazyContext(
        lambda: {
            **_now(),
            "aws:sourcearn": source_arn,
            "aws:sourceaccount": source_arn.split(":")[4] or resource.split(":")[4],
            "aws:principalisawsservice": "true",
            "aws:principalservicename": service,
            "aws:securetransport": "true",
            **(context or {}),
        }
    )
    request = Request(Principal("service", service), action, resource, keys)
    _decide(request, Policies(resource=resource_policy(action, resource)), service)


def _decide(request: Request, policies: Policies, who: str) -> None:
    decision = decide(request, policies)
    if not decision.allowed:
        # S3 puts its resources in quotes.
        resource = f'"{request.resource}"' if request.action.startswith("s3:") else request.resource
        raise DeniedError(
            f"{who} is not authorized to perform: {request.action} on resource: {resource} {decision.reason}"
        )
    ledger.record(ledger.Use(decision.policy, decision.statement, request.action))


def _now() -> dict[str, str]:
    now = datetime.now(UTC)
    return {"aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:epochtime": str(int(now.timestamp()))}
