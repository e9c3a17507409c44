"""Draw the pictures of the README: the pipeline from its template, the report as a browser shows that of the last demo.

make demo pictures
"""

import interrupts  # noqa: F401 - the first of all

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import account
from account import WorkshopError
from pictures import diagram
from resource_names import PIPELINE_TEMPLATE
from upload import TEMPLATES

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "build" / "demo" / "report.html"
_WINDOW = "1000,800"
DARK = "--blink-settings=preferredColorScheme=0"  # Blink's enum: 0 is dark, 1 is light


def main() -> int:
    """Return the exit status."""
    return account.run(_work)


def _work() -> int:
    template = (TEMPLATES / PIPELINE_TEMPLATE).read_text(encoding="utf-8")
    (HERE / "pipeline.svg").write_text(diagram.draw(template), encoding="utf-8")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        raise WorkshopError("Pictures of the report need chromium, which is not here: sudo apt-get install chromium")
    if not REPORT.exists():
        raise WorkshopError(f"There is no {REPORT}: make demo pictures")
    photograph(browser, REPORT, HERE / "report.png")
    photograph(browser, REPORT, HERE / "report-dark.png", DARK)
    print(f"Pictures: {HERE}")
    return 0


def photograph(browser: str, page: Path, picture: Path, *looks: str) -> None:
    """Keep a picture of the beginning of a page."""
    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / "taken.png"
        done = subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",  # which root cannot have; the page is ours, and asks the network for nothing
                "--hide-scrollbars",
                f"--user-data-dir={folder}",
                f"--window-size={_WINDOW}",
                *looks,
                f"--screenshot={taken}",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if not taken.exists():
            said = " ".join(done.stderr.split())[-300:] or "it said nothing"
            raise WorkshopError(f"{browser} took no picture of {page}: {said}")
        shutil.move(taken, picture)


if __name__ == "__main__":
    sys.exit(main())
