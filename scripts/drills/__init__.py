"""The failure drills: what is broken in each, and what has to become of a release then.

What is expected follows from what AWS says of the error or of the status, not from what was seen to happen.
"""

from drills.calls import CALLS
from drills.models import Drill
from drills.permissions import PERMISSIONS
from drills.processes import PROCESSES
from drills.words import FAMILIES, SECONDARY_WORDS

_SINGLE = (*CALLS, *PROCESSES, *PERMISSIONS, *SECONDARY_WORDS)


def every() -> dict[str, Drill]:
    """Return all drills by name, those of each status word too."""
    families = (family.drill(word) for family in FAMILIES for word in family.words)
    return {drill.name: drill for drill in (*_SINGLE, *families)}


def table() -> list[tuple[str, str, str]]:
    """Return name, what is broken and what is expected of all drills; those of status words together."""
    rows = [(drill.name, drill.broken, drill.expected) for drill in _SINGLE]
    return [*rows, *(family.row for family in FAMILIES)]
