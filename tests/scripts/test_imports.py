"""Modules build on each other in one direction: none imports, at its top or late, one that needs it."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", ["scripts", "PipelineLambdaFunctions"])
def test_no_modules_need_each_other(folder: str) -> None:
    assert circle(ROOT / folder) == []


def test_a_circle_is_seen_however_late_it_closes(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "__init__.py").write_text("from one import two")
    (tmp_path / "one" / "two.py").write_text("def work():\n    import three")
    (tmp_path / "three.py").write_text("from one.two import work")
    assert set(circle(tmp_path)) == {"one.two", "three"}


def circle(folder: Path) -> list[str]:
    """Return the names of modules that need each other, or none."""
    modules = {_name(path.relative_to(folder)): path for path in folder.rglob("*.py")}
    assert modules
    needs = {name: {one for one in _imported(path, set(modules)) if one != name} for name, path in modules.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imported(path: Path, modules: set[str]) -> Iterator[str]:
    for node in _run(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in modules else str(node.module) for name in whole]
        yield from (name for name in names if name in modules)


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is beneath a node, without what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _run(child)
