"""Local AWS is built as its docstring says: a package a service, one place for patches, one for durations."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from function_names import FUNCTIONS
from localaws import front
from resource_names import PIPELINE_TEMPLATE, PREP_STACK, PREP_TEMPLATE

ROOT = Path(__file__).resolve().parents[3]
LOCALAWS = ROOT / "scripts" / "localaws"
MODULES = sorted(LOCALAWS.rglob("*.py"))
PACKAGES = sorted(folder.parent for folder in LOCALAWS.glob("*/__init__.py"))
OUR_NAMES = {
    *FUNCTIONS,
    *FUNCTIONS.values(),
    PREP_STACK,
    PREP_TEMPLATE,
    PIPELINE_TEMPLATE,
    "mlops-builtinalgo",
    "MLOps-BIA",
    "SuffixID",
    "winequality",
}
NO_SERVICES = {"faults"}  # what is AWS's in none of them
_SERVED_AS = {"codestar-connections": "codeconnections", "lambda": "awslambda", "monitoring": "cloudwatch"}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("package", [each for each in PACKAGES if each.name not in NO_SERVICES], ids=_name)
def test_a_package_says_what_is_true_to_aws_and_what_is_not(package: Path) -> None:
    told = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    true, _, rest = told.partition("True to AWS")
    assert (bool(true), "Not" in rest) == (True, True)


@pytest.mark.parametrize("service", sorted(front._SERVED))
def test_a_service_has_a_package(service: str) -> None:
    assert LOCALAWS / _SERVED_AS.get(service, service) in PACKAGES


@pytest.mark.parametrize("folder", ["scripts", "PipelineLambdaFunctions"])
def test_no_file_is_long(folder: str) -> None:
    lengths = {_name(path): len(path.read_text().splitlines()) for path in (ROOT / folder).rglob("*.py")}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > 500} == {}


@pytest.mark.parametrize("name", sorted(OUR_NAMES))
def test_it_knows_no_name_of_this_project(name: str) -> None:
    assert [_name(module) for module in MODULES if name.lower() in module.read_text().lower()] == []


@pytest.mark.parametrize("module", [each for each in MODULES if each.name != "clock.py"], ids=_name)
def test_durations_are_the_clock_s(module: Path) -> None:
    assert list(_waits(ast.parse(module.read_text()))) == []


@pytest.mark.parametrize("module", [each for each in MODULES if each.name != "install.py"], ids=_name)
def test_moto_is_changed_by_install_alone(module: Path) -> None:
    assert list(_patches(ast.parse(module.read_text()))) == []


def _waits(tree: ast.Module) -> Iterator[str]:
    """Yield the calls that wait for a number of seconds that stands in the code, in place or as a constant."""
    constants = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and _is_number(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        waited = [named[name] for name in ("timeout", "poll_interval") if name in named]
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("sleep", "wait"):
            waited += call.args[:1]
        if any(_is_number(each) or (isinstance(each, ast.Name) and each.id in constants) for each in waited):
            yield ast.unparse(call)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _patches(tree: ast.Module) -> Iterator[str]:
    """Yield the assignments to attributes and items of what was imported from moto."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("moto")
        for alias in node.names
    }
    for node in ast.walk(tree):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            owner = target.value if isinstance(target, ast.Attribute | ast.Subscript) else None
            owner = owner.value if isinstance(owner, ast.Attribute) else owner
            if isinstance(owner, ast.Name) and owner.id in imported:
                yield ast.unparse(node)
