"""cfn-lint finds nothing, not even with its informational rules on, and no rule is switched off."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = [*sorted((ROOT / "templates").glob("*.yaml")), ROOT / "PipelineLambdaFunctions/template.yaml"]


def lint(template: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run cfn-lint from an empty folder, where no .cfnlintrc of a person can switch rules off."""
    program = Path(sys.executable).with_name("cfn-lint")
    command = [str(program), "--include-checks", "I", "--format", "parseable", "--", str(template)]
    environment = {**os.environ, "HOME": str(home)}
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_lint_finds_nothing(template: Path, tmp_path: Path) -> None:
    linted = lint(template, tmp_path)

    assert (linted.stdout, linted.stderr, linted.returncode) == ("", "", 0)


def test_lint_runs_its_informational_rules(tmp_path: Path) -> None:
    text = (ROOT / "templates" / "builtin-algo-prep.yaml").read_text()
    template = tmp_path / "laborious.yaml"
    template.write_text(
        text.replace("!Sub ${LambdaCodeBucket.Arn}/*", "!Join ['', [!GetAtt LambdaCodeBucket.Arn, /*]]")
    )

    assert ":I1022:" in lint(template, tmp_path).stdout


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_switches_a_rule_off(template: Path) -> None:
    assert "cfn-lint" not in template.read_text()


def test_no_configuration_switches_a_rule_off() -> None:
    assert list(ROOT.glob(".cfnlintrc*")) == []
