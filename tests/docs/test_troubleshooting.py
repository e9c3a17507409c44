"""Troubleshooting tells of messages that there are: each stands in our code, or in that which says AWS's words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import botocore.exceptions
import moto.s3.exceptions
import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## Troubleshooting\n")[2].partition("\n## ")[0]
ROWS = [row for row in re.findall(r"^\| (.*) \|$", SECTION, re.MULTILINE) if "`" in row.split(" | ")[0]]
MESSAGES = [message for row in ROWS for message in re.findall(r"`([^`]+)`", row.split(" | ")[0])]
HOLE = "\0"


@pytest.fixture(scope="module")
def said() -> list[str]:
    """Every text that the code may say, with a hole for what is known only when it does."""
    ours = [path for folder in ("scripts", "PipelineLambdaFunctions") for path in (ROOT / folder).rglob("*.py")]
    theirs = [Path(module.__file__ or "") for module in (botocore.exceptions, moto.s3.exceptions)]
    return [text for path in ours + theirs for text in texts(ast.parse(path.read_text(encoding="utf-8")))]


def texts(tree: ast.Module) -> Iterator[str]:
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def is_said(message: str, said: list[str]) -> bool:
    pattern = re.compile(".*".join(re.escape(part) for part in message.split("…")), re.DOTALL)
    return any(pattern.search(text) for text in said)


@pytest.mark.parametrize("message", MESSAGES)
def test_the_message_is_one_of_the_code(said: list[str], message: str) -> None:
    assert len(re.sub(r"\W", "", message)) > 8, "too little to be told from others"
    assert is_said(message, said)


def test_a_message_that_nobody_says_is_seen(said: list[str]) -> None:
    assert not is_said("… belongs to nobody in the world", said)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_a_message_its_meaning_and_a_remedy(row: str) -> None:
    assert len(row.split(" | ")) == 3
