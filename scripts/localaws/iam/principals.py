"""Whom a policy names: what refuses a policy whose Principal is of this account and is not there.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from collections.abc import Iterable, Iterator

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from localaws.authorization.policy import Policy


def missing(policy: Policy) -> Iterator[str]:
    """Yield the principals of a policy, as its parser writes them, who are not there; of other accounts all are."""
    for statement in policy.statements:
        if statement.principal:
            yield from (each for each in statement.principal.values if not _exists(each))


def _exists(principal: str) -> bool:
    kind, _, name = principal.partition(":")
    place = name.split(":", 5)
    if kind == "AWS" and len(place) == 6 and place[4].isdecimal() and len(place[4]) != len(DEFAULT_ACCOUNT_ID):
        return False  # no account has such a number
    if kind != "AWS" or len(place) < 6 or place[4] != DEFAULT_ACCOUNT_ID:
        return kind in ("*", "Service", "Federated", "CanonicalUser") or name.startswith("arn:")
    if place[5] == "root" or place[2] == "sts":
        return True
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    known: Iterable[str] = [each.arn for each in [*list(iam.roles.values()), *list(iam.users.values())]]
    return name in known
