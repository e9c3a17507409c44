"""What the scripts are given: a session, here one of local AWS."""

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _nobody_s_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the AWS settings and proxies of whoever runs the tests out of the scripts."""
    for name in os.environ:
        if name.upper().startswith("AWS_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    for name in ("NO_PROXY", "no_proxy"):  # which the scripts extend: to be put back afterwards
        monkeypatch.setenv(name, "")


@pytest.fixture
def session(client: Callable[[str], Any]) -> Any:
    """Stands in for a boto3 session, of which the scripts use the clients alone."""
    return SimpleNamespace(client=client)
