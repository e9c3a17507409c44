"""What local AWS does and nobody has proven on AWS, as a table in Markdown: every constant named UNVERIFIED_..."""

import re
from importlib import import_module
from pathlib import Path

_ROOT = Path(__file__).parent
_CONSTANT = re.compile(r"^(UNVERIFIED_\w+)(?:: .+)? = ", re.MULTILINE)
_LONGEST_VALUE = 120


def table() -> str:
    """Return a row a constant, in the order of their modules, with its value, cut where it is long."""
    lines = ["| constant | value |", "|---|---|"]
    for path in sorted(_ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(_ROOT).with_suffix("").parts).removesuffix(".__init__")
        for constant in _CONSTANT.findall(path.read_text(encoding="utf-8")):
            value = repr(getattr(import_module(f"localaws.{name}"), constant))
            lines.append(f"| `{name}.{constant}` | {_code(value)} |")
    return "\n".join(lines)


def _code(value: str) -> str:
    shown = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    return f"`{shown}`".replace("|", "\\|")
