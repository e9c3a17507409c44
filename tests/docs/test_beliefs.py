"""What the README calls believed and not proven on AWS stands where it says."""

import pkgutil
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_TABLE = (ROOT / "README.md").read_text(encoding="utf-8").split("| believed, not proven on AWS | where |\n")[1]
PLACES = re.findall(r"`([^`]+)`", "".join(line.split("|")[2] for line in _TABLE.partition("\n\n")[0].splitlines()[1:]))


@pytest.mark.parametrize("test", sorted({place for place in PLACES if "::" in place}))
def test_a_belief_is_a_test(test: str) -> None:
    file, _, name = test.partition("::")
    assert f"\ndef {name}(" in (ROOT / "tests" / "localaws" / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("constant", [place for place in PLACES if "::" not in place])
def test_a_belief_is_a_constant(constant: str) -> None:
    assert pkgutil.resolve_name(f"localaws.{constant}")
