"""The pipeline that the README tells of."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from templates.choices import chosen

TEMPLATE = Path(__file__).resolve().parents[2] / "templates/builtin-algo-pipeline.yaml"


@pytest.fixture(scope="session")
def stages() -> list[dict[str, Any]]:
    """The stages that the template has without a source, read by another reader than the drawing's."""
    template = chosen(json.loads(json.dumps(cfn_yaml.load(str(TEMPLATE)))), {"Source": "None"})
    found: list[dict[str, Any]] = template["Resources"]["Pipeline"]["Properties"]["Stages"]
    return found
