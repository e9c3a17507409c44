"""Variables in action configurations: ``#{namespace.key}``.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
"""

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"#\{([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)\}")


class UnresolvedVariableError(Exception):
    """A reference to a variable that no action has set."""


def references(text: str) -> list[tuple[str, str]]:
    """Return namespace and key of each reference in a text."""
    return _REFERENCE.findall(text)


def resolve(text: str, namespaces: Mapping[str, Mapping[str, str]]) -> str:
    """Return a text with its references replaced, or raise UnresolvedVariableError."""

    def value(match: "re.Match[str]") -> str:
        namespace, key = match.groups()
        if key not in namespaces.get(namespace, {}):
            raise UnresolvedVariableError(f"The variable {match[0]} has no value: no action has set it.")
        return namespaces[namespace][key]

    return _REFERENCE.sub(value, text)
