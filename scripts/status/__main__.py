"""Show what bears a suffix: stacks, executions, endpoints, scores, logs, and what costs money by the hour.

    make status SUFFIX=me42

It only looks. The exit status is 0 also where nothing is deployed, for that is an answer; it is 1 when a part may not
be read with these credentials, so that no script takes the rest for the whole.
"""

import interrupts  # noqa: F401 - the first of all

import argparse
import sys
from datetime import UTC, datetime

import account
from resource_names import given_suffix


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(
        "status", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args()
    return account.run(work)


def work() -> int:
    """Look, and print it."""
    suffix = given_suffix()
    here = account.connect()
    from rich.console import Console

    from status import prices
    from status.gather import gather
    from status.screen import WIDTH, screen

    workshop = gather(here.session, suffix, here.region)
    console = Console(highlight=False, markup=False, width=WIDTH)
    for part in screen(workshop, prices.table(), datetime.now(UTC)):
        console.print(part)
    return 1 if workshop.unread else 0


if __name__ == "__main__":
    sys.exit(main())
