"""Makes the page of an execution, from what it left in AWS, and says where it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from follow import Execution
from package import ROOT


def make(session: Any, region: str, execution: Execution, file: Path) -> None:
    """Write the page to a file, whole or not at all."""
    from report import findings, page  # late: what draws is needed here alone

    html = page.render(findings.gather(session, region, execution), datetime.now(UTC))
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f"{file.name}.new")
    aside.write_text(html, encoding="utf-8")
    aside.replace(file)
    print(f"Report: {file.relative_to(ROOT)}", flush=True)
