"""What local AWS supports, as a table in Markdown.

Operations are those that the gate has a row for, since it refuses all others by name; resource types are those that
CloudFormation has a provider for.
"""

from collections import defaultdict

from botocore.session import Session

from localaws.cloudformation.providers import PROVIDERS
from localaws.gate.permissions import TABLES


def table() -> str:
    """Return a row a service, in the order of their names: its operations, and its types in CloudFormation."""
    names, operations, types = _names(), defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for prefix, rows in TABLES.values():
        operations[prefix.lower()] += rows
    for resource_type in PROVIDERS:
        _, service, kind = resource_type.split("::")
        types[service.lower()].append(kind)
    lines = ["| service | operations | resource types of CloudFormation |", "|---|---|---|"]
    for prefix in sorted(operations, key=lambda prefix: names[prefix].lower()):
        kinds = ", ".join(f"`{kind}`" for kind in sorted(types[prefix.replace("-", "")]))
        lines.append(f"| {names[prefix]} | {_folded(sorted(operations[prefix]))} | {kinds} |")
    return "\n".join(lines)


def _folded(operations: list[str]) -> str:
    return f"<details><summary>{len(operations)}</summary>{', '.join(operations)}</details>"


def _names() -> dict[str, str]:
    """Return what a person calls each service, by its prefix in IAM, in lower case."""
    session = Session()
    names: dict[str, str] = {}
    for service, (prefix, _) in TABLES.items():
        names.setdefault(prefix.lower(), session.get_service_model(service).metadata["serviceId"])
    return names
