"""What must end when local AWS stops: a service registers it once, the server runs it."""

from collections.abc import Callable

_actions: list[Callable[[], None]] = []


def at_stop(action: Callable[[], None]) -> None:
    """Run ``action`` whenever local AWS stops, while it still answers."""
    _actions.append(action)


def run() -> None:
    """Run everything that was registered."""
    for action in _actions:
        action()
