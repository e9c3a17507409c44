"""Who calls: the local administrator, a role that a service assumes, and the secret behind an access key."""

import functools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.iam.models import Role, iam_backends
from moto.sts.exceptions import STSClientError
from moto.sts.models import AssumedRole, STSBackend, sts_backends

from localaws.authorization.evaluate import Policies, Principal, Request, decide
from localaws.authorization.matching import is_whole_arn
from localaws.authorization.policy import MalformedPolicyError, parse
from localaws.clock import clock
from localaws.gate import ledger
from localaws.wire import Credentials

ADMINISTRATOR = "local"
SESSION = 3600
"""Seconds that a session lasts whose credentials leave the service, unless it is asked for longer."""
# What a service keeps for itself it renews on AWS, as long as a job, a build or an endpoint lives: thirty years here.
_RENEWED = 10**9
# An execution of a pipeline makes some thirty. The ones that nobody used for longest go first.
_SESSIONS_KEPT = 10_000
UNVERIFIED_INCOMPLETE_ARN = 'Resource {} must be in ARN format or "*".'  # IAM's words, of what is no ARN at all
_sessions: OrderedDict[str, AssumedRole] = OrderedDict()  # by access key id
_lock = threading.Lock()


class AccessDeniedException(ServiceException):
    """A role that may not be assumed, in STS's words."""

    code = "AccessDenied"


def create_administrator() -> Credentials:
    """Create the IAM user that a person works as, with a new access key."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user("us-east-1", ADMINISTRATOR)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(ADMINISTRATOR, "Administrator", json.dumps(everything))
    key = iam.create_access_key(ADMINISTRATOR)
    return Credentials(key.access_key_id, key.secret_access_key, attempts=1)  # who sees a fault of ours sees it at once


def assume_role(
    role_arn: str,
    service_principal: str,
    session_name: str,
    region: str,
    source_arn: str,
    *,
    policy: str = "",
    seconds: int = _RENEWED,
) -> Credentials:
    """Return temporary credentials of a role, as a service (``lambda.amazonaws.com``) gets them.

    ``source_arn`` is the resource for which the service asks: aws:SourceArn, and by its account aws:SourceAccount.
    ``policy`` is a session policy: the session may do what both it and the role allow. ``seconds`` is how long the
    session lasts; without it for as long as the service needs it.
    Raises AccessDeniedException when the role does not exist or does not trust the service in this.
    """
    denied = AccessDeniedException(
        f"User: {service_principal} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    )
    account_id = role_arn.split(":")[4]
    role = next((role for role in list(iam_backends[account_id]["aws"].roles.values()) if role.arn == role_arn), None)
    if role is None or not _trusts(role, service_principal, source_arn):
        raise denied
    assumed = sts_backends[account_id]["aws"].assume_role(region, session_name, role_arn, policy, seconds, "")
    return Credentials(assumed.access_key_id, assumed.secret_access_key, assumed.session_token)


def _trusts(role: Role, service_principal: str, source_arn: str) -> bool:
    context = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4]}
    request = Request(Principal("service", service_principal), "sts:AssumeRole", role.arn, context)
    trust = parse(role.assume_role_policy_document, role.name, "trust")
    decision = decide(request, Policies(resource=trust))
    if decision.allowed:
        ledger.record(ledger.Use(role.arn, decision.statement, request.action))
    return decision.allowed


def remembering_sessions(assume: Callable[..., AssumedRole]) -> Callable[..., AssumedRole]:
    """Return moto's AssumeRole with its sessions found by access key, and only so many of them kept.

    They end by the clock. A session policy that nobody could decide by is refused, as AWS does.
    """

    @functools.wraps(assume)
    def call(  # noqa: PLR0917 - moto's
        self: STSBackend,
        region_name: str,
        role_session_name: str,
        role_arn: str,
        policy: str,
        duration: int,
        external_id: str,
    ) -> AssumedRole:
        if policy:
            _check_session_policy(policy)
        role = assume(self, region_name, role_session_name, role_arn, policy, duration, external_id)
        role.policies = (policy,) if policy else ()
        role.issued = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        role.expiration = datetime.fromtimestamp(clock.now() + duration, UTC).replace(tzinfo=None)
        sts_backends[role.account_id][role.partition].assumed_roles.clear()
        with _lock:
            _sessions[role.access_key_id] = role
            if len(_sessions) > _SESSIONS_KEPT:
                key, forgotten = _sessions.popitem(last=False)
                iam_backends[forgotten.account_id][forgotten.partition].access_keys.pop(key, None)
        return role

    return call


def _check_session_policy(document: str) -> None:
    """Raise STSClientError for a session policy that is malformed, or that has an ARN cut short, which IAM completes.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html. Of what is no JSON STS says today what its
    parser, of Java, says: https://github.com/ansible-collections/amazon.aws/pull/2778.
    """
    try:
        policy = parse(document, "session policy", "identity")
    except MalformedPolicyError as error:
        raise STSClientError("MalformedPolicyDocument", str(error)) from None
    for statement in policy.statements:
        for resource in statement.resource.values if statement.resource else ():
            if resource != "*" and not is_whole_arn(resource):
                raise STSClientError("MalformedPolicyDocument", UNVERIFIED_INCOMPLETE_ARN.format(resource))


def session_of(access_key_id: str) -> AssumedRole | None:
    """Return the session of an assumed role behind an access key id, if there is one."""
    with _lock:
        if access_key_id in _sessions:
            _sessions.move_to_end(access_key_id)
        return _sessions.get(access_key_id)


def has_expired(access_key_id: str) -> bool:
    """Return whether an access key is of a session that has ended."""
    session = session_of(access_key_id)
    return session is not None and session.expiration.replace(tzinfo=UTC).timestamp() <= clock.now()


def credentials_of(access_key_id: str) -> Credentials | None:
    """Return the whole key pair behind an access key id, or None when local AWS never issued it or it is inactive."""
    if session := session_of(access_key_id):
        return Credentials(session.access_key_id, session.secret_access_key, session.session_token)
    key = iam_backends[DEFAULT_ACCOUNT_ID]["aws"].access_keys.get(access_key_id)
    return Credentials(key.access_key_id, key.secret_access_key) if key and key.status == "Active" else None
