"""Which policies a topic may have, and what AddPermission and RemovePermission make of one.

moto's two want every statement to have a label, and take what nobody could decide by.
"""

import json
from collections.abc import Iterable
from typing import Any

from moto.sns.models import VALID_POLICY_ACTIONS

from localaws.authorization.policy import MalformedPolicyError, parse
from localaws.iam import principals
from localaws.sns.errors import InvalidParameterException

_OUT_OF_SCOPE = "Policy statement action out of service scope!"


def check(document: str | None) -> None:
    """Raise InvalidParameterException for a policy that could not be read when it has to decide."""
    try:
        policy = parse(document, "topic", "resource") if document is not None else None
    except MalformedPolicyError:
        raise InvalidParameterException("Policy Error: null") from None
    actions = (
        [action.lower() for statement in policy.statements for action in statement.action.values] if policy else []
    )
    if not all(action == "*" or action.startswith("sns:") for action in actions):
        raise InvalidParameterException(_OUT_OF_SCOPE)
    # https://github.com/hashicorp/terraform-provider-aws/issues/26041
    if policy and any(principals.missing(policy)):
        raise InvalidParameterException("Policy Error: PrincipalNotFound")


def widened(document: str, topic: str, label: str, accounts: Iterable[str], actions: Iterable[str]) -> str:
    """Return a policy with a statement more, which lets accounts do these actions; raise InvalidParameterException."""
    statements = _statements(document)
    if any(each.get("Sid") == label for each in statements):
        raise InvalidParameterException("Statement already exists")
    if not set(actions) <= set(VALID_POLICY_ACTIONS):
        raise InvalidParameterException(_OUT_OF_SCOPE)
    allowed = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _one_or_all([f"arn:aws:iam::{account}:root" for account in accounts])},
        "Action": _one_or_all([f"SNS:{action}" for action in actions]),
        "Resource": topic,
    }
    wider = json.dumps(json.loads(document) | {"Statement": [*statements, allowed]})
    check(wider)
    return wider


def narrowed(document: str, label: str) -> str:
    """Return a policy without the statement of a label."""
    kept = [each for each in _statements(document) if each.get("Sid") != label]
    return json.dumps(json.loads(document) | {"Statement": kept})


def _statements(document: str) -> list[dict[str, Any]]:
    given = json.loads(document)["Statement"]
    return given if isinstance(given, list) else [given]


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
