"""Which statement allowed which action: what shows that a policy grants no more than is used."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

# A run of the workshop makes some hundred. The ones that are not seen again for longest go first: what allowed them
# may be gone.
_KEPT = 10_000


@dataclass(frozen=True)
class Use:
    """An action that a statement allowed. Inline policies are named ``<ARN of user or role>/<name>``, others by ARN."""

    policy: str
    statement: str
    action: str


_uses: OrderedDict[Use, None] = OrderedDict()
_lock = threading.Lock()


def record(use: Use) -> None:
    """Remember a decision, once."""
    with _lock:
        _uses[use] = None
        _uses.move_to_end(use)
        if len(_uses) > _KEPT:
            _uses.popitem(last=False)


def uses() -> frozenset[Use]:
    """Return what was allowed since local AWS started, as far as it is kept."""
    with _lock:
        return frozenset(_uses)
