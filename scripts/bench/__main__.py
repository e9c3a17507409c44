"""Measure a demo, the functions' imports, a training job, local AWS under load, and the full test of a gigabyte.

SECONDS_OF_LOAD says how long the eight callers of local AWS go on (default: 60), MEGABYTES how large the test set is
(default: 1000).

Prints tables and writes build/bench.json. The exit status is 1 when a call of the load failed, or when local AWS
holds more after it than before it: of memory, by how many calls were made. It may keep what AWS keeps: a metric's
data point a minute, deleted stacks, keys that wait for their deletion and sessions of roles, which are as many
however many calls are made; and what its caches have room for.
"""

import interrupts  # noqa: F401 - the first of all

import json
import os
import sys
from typing import Any

import account
import demo
import own_aws

_OUTPUT = own_aws.BUILD / "bench.json"
_LOG = own_aws.BUILD / "bench-localaws.log"
_TRAINING_LOG = own_aws.BUILD / "bench-training-localaws.log"
_EVALUATE_LOG = own_aws.BUILD / "bench-evaluate-localaws.log"
# MB, however long the load: caches that the warm-up did not fill, such as that of the 1,024 policies parsed last, what
# AWS keeps too, and heaps, which are never quite as they were. Loads of 60 s kept up to 3 MB, further ones none.
_SETTLING = 4
# Bytes a call beyond that. Calls that left 150 behind show within the 26,000 of a minute; less shows in a longer load.
_A_CALL = 40
# Threads and files: a process that Lambda keeps ready for the next function may be there once and not the other time.
_SPARE = 4


def main() -> int:
    """Return the exit status."""
    if len(sys.argv) > 1:
        print(__doc__)
        return 0 if sys.argv[1] in {"-h", "--help"} else 1
    return own_aws.undisturbed(_work)


def _work() -> None:
    seconds = _given("SECONDS_OF_LOAD", "60", "seconds")
    megabytes = _given("MEGABYTES", "1000", "megabytes")
    from bench import decision, evaluate, imports, load, training

    run = demo.Demo()
    run.run()
    print()
    _show_demo(run)
    took = f"{decision.median() * 1000:.2f} ms (median of {decision.DECISIONS})"
    print(f"\nOne decision of local AWS about a request: {took}.")
    imported, trained = imports.ratios(), training.measure(_TRAINING_LOG)
    _show_ratios(imported, trained)
    measured = load.measure(seconds, _LOG)
    _show_load(measured)
    evaluated = evaluate.measure(_EVALUATE_LOG, megabytes)
    _show_evaluated(evaluated)
    _write(run, measured, evaluated, imported, trained)
    _judge(measured)


def _given(name: str, default: str, what: str) -> int:
    given = os.environ.get(name) or default
    if not given.isdecimal() or int(given) < 1:
        raise account.WorkshopError(f"{name} is {given}: expected a whole number of {what}, like {default}")
    return int(given)


def _show_demo(run: demo.Demo) -> None:
    from rich.console import Console
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    actions = [
        (f"  {stage['name']}/{action['name']}", action["seconds"])
        for stage in run.summary["stages"]
        for action in stage["actions"]
    ]
    total = run.summary["seconds"]
    table = Table(box=None, pad_edge=False)
    table.add_column("Where the time goes", overflow="ellipsis", no_wrap=True, max_width=44)
    table.add_column("Seconds", justify="right", no_wrap=True)
    table.add_column("Share of all", no_wrap=True)
    for title, seconds in [*run.seconds.items(), *actions, ("All of it", total)]:
        table.add_row(title, f"{seconds:.2f}", ProgressBar(total=total, completed=seconds, width=20))
    Console(highlight=False).print(table)


def _show_ratios(imported: dict[str, float], trained: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for name, ratio in imported.items():
        table.add_row(f"Import of {name}", f"{ratio:.2f} times that of boto3")
    alone = f"{trained.ratio:.2f} times XGBoost alone ({trained.job:.1f} s, {trained.alone:.1f} s)"
    table.add_row("A training job", alone)
    print()
    Console(highlight=False).print(table)


def _show_load(measured: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    alone, together, growth = measured.alone, measured.together, measured.growth
    table = Table(box=None, pad_edge=False, show_header=False)
    slowest = sorted(alone.took, key=lambda operation: sorted(alone.took[operation])[len(alone.took[operation]) // 2])
    rows = [
        ("Local AWS is up after", f"{measured.start:.2f} s"),
        ("A request over HTTP alone", f"{measured.raw:.2f} ms (median)"),
        ("A request by boto3, one caller", f"{alone.milliseconds(0.5):.2f} ms (median), slowest {slowest[-1]}"),
        ("Eight callers at once", f"{len(together.all) / together.seconds:.0f} requests a second"),
        (
            "  a request of theirs",
            f"{together.milliseconds(0.5):.1f} ms (median), {together.milliseconds(0.99):.1f} ms (99%)",
        ),
        ("  errors", str(together.errors.total() + alone.errors.total())),
        ("  resident memory under load", f"{measured.loaded.memory:.0f} MB"),
        (
            "  kept when all is deleted",
            f"{growth.memory:+.1f} MB of {len(together.all):,} calls, {growth.threads:+} threads, "
            f"{growth.files:+} files",
        ),
    ]
    for row in rows:
        table.add_row(*row)
    print()
    Console(highlight=False).print(table)


def _show_evaluated(evaluated: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("FullTest of", "Rows", "Invocations", "Rows a second", "Most memory"):
        table.add_column(title, justify="right", no_wrap=True)
    for run in (evaluated.small, evaluated.large):
        table.add_row(
            f"{run.size / 1e6:.0f} MB",
            f"{run.rows:,}",
            str(run.invocations),
            f"{run.rate:,.0f}",
            f"{run.memory} MB",
        )
    table.add_row("one row a request", "", "", f"{evaluated.single:,.0f}", "")
    print()
    Console(highlight=False).print(table)


def _write(run: demo.Demo, measured: Any, evaluated: Any, imported: dict[str, float], trained: Any) -> None:
    together = measured.together
    found = {
        "evaluate": {
            "rows_per_second": round(evaluated.large.rate),
            "one_row_a_request": round(evaluated.single),
            "ratio": round(evaluated.ratio),
            "rss_mb_10mb": evaluated.small.memory,
            "rss_mb_1gb": evaluated.large.memory,
        },
        "demo": {"seconds": run.summary["seconds"]},
        "import_ratio": {name: round(ratio, 2) for name, ratio in imported.items()},
        "training": {"ratio": round(trained.ratio, 2)},
        "local_aws": {
            "requests_per_second": round(len(together.all) / together.seconds),
            "median_ms": round(measured.alone.milliseconds(0.5), 2),
            "rss_mb": round(measured.loaded.memory),
            "start_seconds": round(measured.start, 2),
            "p99_ms_of_eight": round(together.milliseconds(0.99), 1),
            "growth_mb": round(measured.growth.memory, 1),
            "growth_calls": len(together.all),
        },
    }
    _OUTPUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _judge(measured: Any) -> None:
    """Raise WorkshopError for errors, and for what stays behind."""
    if errors := measured.alone.errors + measured.together.errors:
        words, times = errors.most_common(1)[0]
        raise account.WorkshopError(f"{errors.total()} rounds of calls failed, {times} of them with {words}")
    growth, calls = measured.growth, len(measured.together.all)
    most = _SETTLING + _A_CALL * calls / 2**20
    if growth.memory > most or max(growth.threads, growth.files) > _SPARE:
        raise account.WorkshopError(
            f"Local AWS kept {growth.memory:.1f} MB of {calls:,} calls (at most {most:.1f} expected), {growth.threads} "
            f"threads and {growth.files} open files (at most {_SPARE}) of what was deleted. Its own words are in "
            f"{_LOG.relative_to(own_aws.ROOT)}"
        )


if __name__ == "__main__":
    sys.exit(main())
