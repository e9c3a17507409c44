"""Repositories whose build takes seconds: what is seeded, but for most of the tests."""

import seed_repositories
from resource_names import Names

from .conftest import Workshop

# Of each code repository one; the whole of the tests is what tests/scripts/test_seed_repositories.py is for.
FEW_TESTS = {"test_names.py", "test_metrics.py"}


def seed(workshop: Workshop) -> None:
    """Make the first commit of a workshop's three repositories, which are empty."""
    codecommit = workshop.client("codecommit")
    for name, files in zip(Names(workshop.suffix).repositories, seed_repositories.contents(), strict=True):
        few = {
            path: file for path, file in files.items() if not file.name.startswith("test_") or file.name in FEW_TESTS
        }
        seed_repositories.commit(codecommit, name, few, workshop.suffix)
