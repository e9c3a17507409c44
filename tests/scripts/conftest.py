"""What the scripts are given: a session, here one of local AWS."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def session(client: Callable[[str], Any]) -> Any:
    """Stands in for a boto3 session, of which the scripts use the clients alone."""
    return SimpleNamespace(client=client)
