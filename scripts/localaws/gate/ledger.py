"""Which statement allowed which action: what shows that a policy grants no more than is used."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """An action that a statement allowed. Inline policies are named ``<ARN of user or role>/<name>``, others by ARN."""

    policy: str
    statement: str
    action: str


_uses: set[Use] = set()


def record(use: Use) -> None:
    """Remember a decision, once."""
    _uses.add(use)


def uses() -> frozenset[Use]:
    """Return all that was allowed since local AWS started."""
    return frozenset(_uses)
