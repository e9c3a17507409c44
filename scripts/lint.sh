#!/usr/bin/env bash
# Run every check, and fail at the end if one of them failed: one run shows all there is to mend.
# Started by `make lint`, which builds both environments first.
set -euo pipefail
cd "$(dirname "$0")/.."

sources=(scripts PipelineLambdaFunctions tests)
templates=(templates/*.yaml PipelineLambdaFunctions/template.yaml)
failed=()

check() {
    local name=$1
    shift
    echo "== $name"
    "$@" || failed+=("$name")
}

shell_files() {
    # Everything that git knows, or would add, and that bash or sh runs.
    git ls-files --cached --others --exclude-standard -z -- '*.sh' '.ci/run'
}

check_shell() {
    local shellcheck PATH=".venv-lint/bin:$PATH"
    shellcheck=$(command -v shellcheck) || {
        echo "shellcheck is missing: sudo apt-get install shellcheck" >&2
        return 1
    }
    shell_files | xargs -0 "$shellcheck"
}

check_templates_as_sam_does() {
    local template
    for template in "${templates[@]}"; do
        # A lint asks AWS nothing; sam wants a region all the same.
        SAM_CLI_TELEMETRY=0 .venv-lint/bin/python -m samcli validate --lint --region us-east-1 --template "$template" || return 1
    done
}

check "ruff check" .venv/bin/python -m ruff check "${sources[@]}"
check "ruff format" .venv/bin/python -m ruff format --check "${sources[@]}"
# Strict: pyproject.toml says so, with the exceptions that strict on the command line would undo.
check "mypy" .venv/bin/python -m mypy "${sources[@]}"
check "cfn-lint" .venv/bin/cfn-lint -c I -- "${templates[@]}"
check "sam validate" check_templates_as_sam_does
check "shellcheck" check_shell

if ((${#failed[@]})); then
    printf 'Failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
