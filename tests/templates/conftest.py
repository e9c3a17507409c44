"""The two templates as cfn-lint reads them: short forms such as !Sub become {"Fn::Sub": ...}."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

TEMPLATES = Path(__file__).parents[2] / "templates"


def parsed(name: str) -> dict[str, Any]:
    """A template as plain dictionaries, lists and texts."""
    template: dict[str, Any] = json.loads(json.dumps(cfn_yaml.load(str(TEMPLATES / name))))
    return template


@pytest.fixture(scope="session")
def prep() -> dict[str, Any]:
    """The template with the buckets and repositories that exist before the pipeline."""
    return parsed("builtin-algo-prep.yaml")


@pytest.fixture(scope="session")
def pipeline() -> dict[str, Any]:
    """The template with the pipeline and all that it runs."""
    return parsed("builtin-algo-pipeline.yaml")


@pytest.fixture(params=["prep", "pipeline"])
def template(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each of the two templates in turn."""
    each: dict[str, Any] = request.getfixturevalue(request.param)
    return each
