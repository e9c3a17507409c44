"""The decision, within one account.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from localaws.authorization.conditions import holds
from localaws.authorization.matching import Context, action_matches, any_of, resource_matches
from localaws.authorization.policy import Element, Policy, Statement


@dataclass(frozen=True)
class Principal:
    """Who asks: a user or a role's session by its ARN, or a service by its name (``lambda.amazonaws.com``)."""

    kind: Literal["user", "session", "service"]
    arn: str
    account: str = ""
    role_arn: str = ""
    """The role of a session: the session's own ARN lacks the role's path."""


@dataclass(frozen=True)
class Request:
    """What is to be decided. The names of context keys are in lower case."""

    principal: Principal
    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """Whatever applies to a request; no boundary and no session policy mean no limit."""

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: Policy | None = None
    session: Policy | None = None


@dataclass(frozen=True)
class Decision:
    """Whether the request is allowed, or the reason why not in AWS's words; and the statement that decided, if one did.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html and, for the ARN behind an explicit
    deny, https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns (2026, "gradually
    rolling out").
    """

    allowed: bool
    reason: str
    policy: str = ""
    statement: str = ""


class _Grant(IntEnum):
    """What a Principal element says to a caller, weakest first."""

    NONE = 0
    ACCOUNT = 1  # the account may allow it in identity-based policies
    ROLE = 2  # the session may, within the role's boundary and the session policy
    DIRECT = 3  # it may, whatever its boundary or session policy leaves out


_Found = tuple[Policy, Statement]

# What the ARN of a policy has that a denial names: a managed one. That of inline ones only their type is told.
UNVERIFIED_NAMED_POLICIES = ":policy/"
# NotPrincipal spares whom it names by all of the caller's names; with any, one would do. The page warns that AWS "might
# validate the account first, then the role, and then the assumed-role user".
UNVERIFIED_NAMES_THAT_SPARE = all


def decide(request: Request, policies: Policies) -> Decision:
    """Return whether a request within one account is allowed, and why."""
    if denial := _explicit_denial(request, policies):
        return denial
    grant, by_resource = _resource_grant(request, policies.resource)
    by_identity = next(_matching(request, policies.identity, allows=True), None)
    if grant == _Grant.NONE and (request.principal.kind == "service" or _resource_policy_decides(request, policies)):
        return _implicit_denial(request, _resource_policy_name(request))
    found = by_resource if grant >= _Grant.ROLE else by_identity
    if found is None:
        return _implicit_denial(request, "identity-based policy")
    if grant < _Grant.DIRECT:
        for limit, name in ((policies.boundary, "permissions boundary"), (policies.session, "session policy")):
            if limit and next(_matching(request, [limit], allows=True), None) is None:
                return _implicit_denial(request, name)
    policy, statement = found
    return Decision(True, "", policy.name, statement.id)


def _explicit_denial(request: Request, policies: Policies) -> Decision | None:
    for given, name in (
        (_if_any(policies.boundary), "a permissions boundary"),
        (_if_any(policies.session), "a session policy"),
        (policies.identity, "an identity-based policy"),
    ):
        for policy, statement in _matching(request, given, allows=False):
            arn = f": {policy.name}" if UNVERIFIED_NAMED_POLICIES in policy.name else ""
            return Decision(False, f"with an explicit deny in {name}{arn}", policy.name, statement.id)
    for policy, statement in _matching(request, _if_any(policies.resource), allows=False):
        if _denies(statement, request.principal, bounded=policies.boundary is not None):
            name = "the role trust policy" if _assumes_role(request) else "a resource-based policy"
            return Decision(False, f"with an explicit deny in {name}", policy.name, statement.id)
    return None


def _if_any(policy: Policy | None) -> tuple[Policy, ...]:
    return (policy,) if policy else ()


def _implicit_denial(request: Request, name: str) -> Decision:
    return Decision(False, f"because no {name} allows the {request.action} action")


def _resource_policy_name(request: Request) -> str:
    return "role trust policy" if _assumes_role(request) else "resource-based policy"


def _resource_policy_decides(request: Request, policies: Policies) -> bool:
    """Return whether identity-based policies count only when the resource's own policy says so: keys and roles.

    A key without a policy is one that is about to be made.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html
    """
    is_key = request.action.lower().startswith("kms:") and ":key/" in request.resource
    return _assumes_role(request) or (is_key and policies.resource is not None)


def _assumes_role(request: Request) -> bool:
    return request.action.lower().startswith("sts:assumerole")


def _matching(request: Request, policies: Iterable[Policy], *, allows: bool) -> Iterator[_Found]:
    """Yield the statements of one effect that match action, resource and conditions, whomever they name."""
    for policy in policies:
        for statement in policy.statements:
            if statement.allows == allows and _applies(statement, request):
                yield policy, statement


def _applies(statement: Statement, request: Request) -> bool:
    variables = request.context if statement.has_variables else None
    action, resource = statement.action, statement.resource
    return (
        any_of(action.values, lambda wanted: action_matches(wanted, request.action), negated=action.negated)
        and (
            resource is None
            or any_of(
                resource.values,
                lambda wanted: resource_matches(wanted, request.resource, variables),
                negated=resource.negated,
            )
        )
        and all(holds(condition, request.context, variables) for condition in statement.conditions)
    )


def _resource_grant(request: Request, policy: Policy | None) -> tuple[_Grant, _Found | None]:
    """Return the strongest grant of a resource's policy, and the statement that gives it."""
    best: tuple[_Grant, _Found | None] = (_Grant.NONE, None)
    for found in _matching(request, _if_any(policy), allows=True):
        grant = _grant(found[1], request.principal)
        if grant > best[0]:
            best = (grant, found)
    return best


def _grant(statement: Statement, principal: Principal) -> _Grant:
    names = _names(principal)
    return max(names.get(value, _Grant.NONE) for value in _principal_element(statement).values)


def _denies(statement: Statement, principal: Principal, *, bounded: bool) -> bool:
    """Return whether a statement that denies speaks of a caller.

    NotPrincipal spares nobody who has a boundary:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    element = _principal_element(statement)
    if not element.negated:
        return _grant(statement, principal) > _Grant.NONE
    names = _names(principal).keys() - {"*"}
    spared = "*" in element.values or UNVERIFIED_NAMES_THAT_SPARE(name in element.values for name in names)
    return bounded or not spared


def _principal_element(statement: Statement) -> Element:
    if statement.principal is None:
        raise TypeError("an identity-based policy was given as a resource's")
    return statement.principal


def _names(principal: Principal) -> dict[str, _Grant]:
    """Return the names by which a Principal element may speak of a caller, and what each grants.

    A role's ARN speaks to the role, whose sessions stay within boundary and session policy; ``*``, a session's and a
    user's ARN speak to the caller itself:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-eval-logic
    """
    if principal.kind == "service":
        return {"*": _Grant.DIRECT, f"Service:{principal.arn}": _Grant.DIRECT}
    names = {
        "*": _Grant.DIRECT,
        f"AWS:arn:aws:iam::{principal.account}:root": _Grant.ACCOUNT,
        f"AWS:{principal.arn}": _Grant.DIRECT,
    }
    return names | {f"AWS:{principal.role_arn}": _Grant.ROLE} if principal.kind == "session" else names
