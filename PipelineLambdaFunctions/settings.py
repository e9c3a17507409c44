"""What the stack tells a function: its environment variables."""

import os

from outcomes import ConfigurationError


def variable(name: str) -> str:
    """An environment variable that the pipeline template sets (it may be empty)."""
    try:
        return os.environ[name]
    except KeyError:
        raise ConfigurationError(
            f"The function's environment variable {name} is missing: deploy the pipeline stack again."
        ) from None


def number(name: str) -> int:
    """An environment variable that holds a whole number."""
    text = variable(name)
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(
            f"The function's environment variable {name} is {text!r}, expected a whole number:"
            " mend the pipeline stack's parameter and deploy it again."
        ) from None
