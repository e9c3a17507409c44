"""How long Lambda has to wait for a function's modules before the first call: each import beside that of boto3."""

import statistics
import subprocess
import sys

import own_aws

FUNCTIONS = ("train_model", "get_status", "deploy_model", "evaluate_model")
_PLAIN = "boto3"
_ROUNDS = 11
_TIMED = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"


def ratios() -> dict[str, float]:
    """Return for each function how many times as long as `import boto3` it takes: medians of interpreters in turn."""
    took: dict[str, list[float]] = {name: [] for name in (_PLAIN, *FUNCTIONS)}
    for _ in range(_ROUNDS):
        for name, seconds in took.items():
            seconds.append(_import(name))
    medians = {name: statistics.median(seconds) for name, seconds in took.items()}
    return {name: medians[name] / medians[_PLAIN] for name in FUNCTIONS}


def _import(name: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(name)],
        cwd=own_aws.ROOT / "PipelineLambdaFunctions",
        capture_output=True,
        check=True,
    )
    return float(done.stdout)
