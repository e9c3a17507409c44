"""Run the demo once and print where its time goes: each step, and each action of the pipeline within the last one."""

import sys

import demo


def main() -> int:
    """Return the exit status."""
    if len(sys.argv) > 1:
        print(__doc__)
        return 0 if sys.argv[1] in {"-h", "--help"} else 1
    return demo.undisturbed(_work)


def _work() -> None:
    from rich.console import Console
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    run = demo.Demo()
    run.run()
    actions = [
        (f"  {stage['name']}/{action['name']}", action["seconds"])
        for stage in run.summary["stages"]
        for action in stage["actions"]
    ]
    total = run.summary["seconds"]
    rows = [*run.steps.items(), *actions, ("All of it", total)]
    table = Table(box=None, pad_edge=False)
    table.add_column("Where the time goes", overflow="ellipsis", no_wrap=True, max_width=44)
    table.add_column("Seconds", justify="right", no_wrap=True)
    table.add_column("Share of all", no_wrap=True)
    for title, seconds in rows:
        table.add_row(title, f"{seconds:.2f}", ProgressBar(total=total, completed=seconds, width=20))
    print()
    Console(highlight=False).print(table)


if __name__ == "__main__":
    sys.exit(main())
