"""The two templates as cfn-lint reads them (!Sub is {"Fn::Sub": ...}), and the functions' sources as Python does."""

import ast
import functools
import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from .choices import chosen

TEMPLATES = Path(__file__).parents[2] / "templates"
SOURCES = Path(__file__).parents[2] / "PipelineLambdaFunctions"
CONNECTION = "arn:aws:codeconnections:us-east-1:111122223333:connection/01234567-89ab-cdef-0123-456789abcdef"
# What is chosen with each value of the parameter Source.
CHOICES = {
    "None": {"Source": "None"},
    "CodeCommit": {"Source": "CodeCommit"},
    "GitHub": {"Source": "GitHub", "GitHubConnectionArn": CONNECTION},
}
# For a test to be asked of the pipelines that a push starts, or of every pipeline.
with_a_source = pytest.mark.parametrize("source", ["CodeCommit", "GitHub"])
of_every_source = pytest.mark.parametrize("source", CHOICES)
HANDLERS = ["train_model", "get_status", "deploy_model", "evaluate_model"]


def parsed(name: str) -> dict[str, Any]:
    """A template as plain dictionaries, lists and texts."""
    template: dict[str, Any] = json.loads(json.dumps(cfn_yaml.load(str(TEMPLATES / name))))
    return template


@pytest.fixture(scope="session")
def prep() -> dict[str, Any]:
    """The template with the buckets and repositories that exist before the pipeline."""
    return parsed("builtin-algo-prep.yaml")


@pytest.fixture(scope="session")
def shipped() -> dict[str, Any]:
    """The template with the pipeline and all that it runs, whatever is chosen."""
    return parsed("builtin-algo-pipeline.yaml")


@pytest.fixture
def source() -> str:
    """The value of the parameter Source: its default, unless a test is parametrized with others."""
    return "None"


@functools.cache
def of_source(source: str) -> dict[str, Any]:
    """The pipeline's template with this source."""
    return chosen(parsed("builtin-algo-pipeline.yaml"), CHOICES[source])


@pytest.fixture
def pipeline(source: str) -> dict[str, Any]:
    """The template with the pipeline and all that it runs, as the source makes it."""
    return of_source(source)


@pytest.fixture(params=["prep", "shipped"], ids=["prep", "pipeline"])
def template(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each of the two templates in turn, as it is shipped."""
    each: dict[str, Any] = request.getfixturevalue(request.param)
    return each


def with_imports(module: str) -> dict[str, ast.Module]:
    """A module of the functions and all those that it imports: what the function's zip holds."""
    found: dict[str, ast.Module] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        source = SOURCES / f"{name}.py"
        if name in found or not source.exists():
            continue
        found[name] = ast.parse(source.read_text())
        for node in ast.walk(found[name]):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                waiting.append(node.module)
    return found


@pytest.fixture(scope="session")
def sources() -> dict[str, list[ast.Module]]:
    """By the module of its handler, all that a function runs."""
    return {handler: list(with_imports(handler).values()) for handler in HANDLERS}
