"""The ledger of what was allowed keeps so much of it, the latest."""

from collections import OrderedDict

import pytest

from localaws.gate import ledger


def test_what_is_not_seen_again_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_uses", OrderedDict())
    monkeypatch.setattr(ledger, "_KEPT", 2)
    first, second, third = (ledger.Use("policy", "statement", f"s3:{name}") for name in ("A", "B", "C"))
    for use in (first, second, first, third):
        ledger.record(use)
    assert ledger.uses() == {first, third}
