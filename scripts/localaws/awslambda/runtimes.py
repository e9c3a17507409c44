"""Which runtimes functions may have today, by the days that cfn-lint keeps of AWS's page.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

import functools
import importlib.util
import json
from datetime import UTC, date, datetime
from pathlib import Path

from localaws.awslambda.errors import InvalidParameterValueException
from localaws.clock import clock


def check(runtime: str, *, creating: bool) -> None:
    """Raise InvalidParameterValueException for a runtime that AWS, or local AWS, would not take."""
    if runtime not in _lifecycle():
        known = ", ".join(sorted(name for name in _lifecycle() if not _blocked(name, creating=True)))
        raise InvalidParameterValueException(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{known}]"
            " or be a valid ARN"
        )
    if _blocked(runtime, creating=creating):
        # The words of 2025. Until then they named one: "the new runtime (python3.12)".
        raise InvalidParameterValueException(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions."
            " We recommend you use a supported runtime while creating or updating functions."
        )
    if not runtime.startswith("python"):
        raise InvalidParameterValueException(f"Local AWS runs functions in Python alone, not in {runtime}.")


def _today() -> date:
    """Return the day by which AWS judges runtimes, by the clock."""
    return datetime.fromtimestamp(clock.now(), UTC).date()


def _blocked(runtime: str, *, creating: bool) -> bool:
    day = _lifecycle()[runtime]["create-block" if creating else "update-block"]
    return day is not None and date.fromisoformat(day) <= _today()


@functools.cache
def _lifecycle() -> dict[str, dict[str, str | None]]:
    package = importlib.util.find_spec("cfnlint")  # found, not imported: that takes a second
    data = Path(str(package and package.origin)).parent / "data"
    path = data / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json"
    return json.loads(path.read_text())  # type: ignore[no-any-return]
