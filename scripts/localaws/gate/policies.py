"""Which policies apply: what moto keeps of identities and resources, parsed."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends

from localaws.authorization.evaluate import Policies
from localaws.authorization.policy import Policy, parse
from localaws.gate.caller import Caller


def policies_of(caller: Caller, action: str, resource: str) -> Policies:
    """Return every policy that has a say in what a caller does to a resource."""
    return Policies(
        identity=tuple(_identity_policies(caller.entity)),
        resource=resource_policy(action, resource),
        boundary=_boundary(caller.entity),
        session=_session(caller.session_policies),
    )


def resource_policy(action: str, resource: str) -> Policy | None:
    """Return the resource-based policy of a bucket (also for its objects), key, function, topic or role, if any."""
    service = action.partition(":")[0].lower()
    if resource.count(":") < 5:  # no ARN: the service will say so
        return None
    find = _RESOURCE_POLICIES.get(service)
    document = find(resource) if find else None
    return parse(document, resource, "trust" if service == "sts" else "resource") if document else None


def _identity_policies(entity: Any) -> Iterator[Policy]:
    """Yield the policies of a user, with those of its groups, or of a role: inline ones are named ``<ARN>/<name>``."""
    for holder in (entity, *_groups(entity)):
        for name, document in list(holder.policies.items()):
            yield parse(_text(document), f"{holder.arn}/{name}", "identity")
        for managed in list(holder.managed_policies.values()):
            yield _managed(managed)


def _groups(entity: Any) -> list[Any]:
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    return [group for group in list(iam.groups.values()) if entity in group.users]


def _boundary(entity: Any) -> Policy | None:
    """Return a user's or role's boundary; a policy that was deleted since allows nothing."""
    arn = getattr(entity, "permissions_boundary_arn", None)  # users have it when they were made with one
    if not arn:
        return None
    managed = iam_backends[DEFAULT_ACCOUNT_ID]["aws"].managed_policies.get(arn)
    return _managed(managed) if managed else Policy(arn, ())


def _session(documents: tuple[str, ...]) -> Policy | None:
    """Return the policies of a session as one: what any of them allows or denies."""
    parsed = [parse(each, "session policy", "identity") for each in documents]
    return Policy("session policy", tuple(each for policy in parsed for each in policy.statements)) if parsed else None


def document_of(arn: str) -> str | None:
    """Return the text of a managed policy's default version; None where there is no such policy."""
    managed = iam_backends[DEFAULT_ACCOUNT_ID]["aws"].managed_policies.get(arn)
    return _default_document(managed) if managed else None


def _managed(managed: Any) -> Policy:
    return parse(_default_document(managed), managed.arn, "identity")


def _default_document(managed: Any) -> str:
    return _text(next(each.document for each in managed.versions if each.version_id == managed.default_version_id))


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _bucket_policy(arn: str) -> str | None:
    bucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(arn.split(":")[5].partition("/")[0])
    return bucket.policy.decode() if bucket and bucket.policy else None


def _there(backends: Any, arn: str) -> Any:
    """Return a service's state in the Region of an ARN; None where it has none, as the service will say."""
    return backends[DEFAULT_ACCOUNT_ID].get(arn.split(":")[3])


def _key_policy(arn: str) -> str | None:
    there = _there(kms_backends, arn)
    key = there.keys.get(arn.partition(":key/")[2]) if there else None
    return _text(key.policy) if key else None


def _function_policy(arn: str) -> str | None:
    parts, there = arn.split(":"), _there(lambda_backends, arn)
    if there is None or len(parts) < 7 or parts[5] != "function":
        return None
    # Not through the backend's lists, which copy every function, also while it changes.
    function = there._lambdas._functions.get(parts[6], {}).get("latest")
    if function is None or not function.policy.statements:
        return None
    return json.dumps({"Version": "2012-10-17", "Statement": function.policy.statements})


def _topic_policy(arn: str) -> str | None:
    there = _there(sns_backends, arn)
    topic = there.topics.get(arn) if there else None
    return topic.policy if topic else None


def _trust_policy(arn: str) -> str | None:
    roles = list(iam_backends[DEFAULT_ACCOUNT_ID]["aws"].roles.values())
    role = next((role for role in roles if role.arn == arn), None)
    return role.assume_role_policy_document if role else None


_RESOURCE_POLICIES: dict[str, Callable[[str], str | None]] = {
    "kms": _key_policy,
    "lambda": _function_policy,
    "s3": _bucket_policy,
    "sns": _topic_policy,
    "sts": _trust_policy,
}
