"""What an update would change: two deployments compared, with symbols for what only the engine will know."""

import json
from typing import Any

from localaws.cloudformation import schemas
from localaws.cloudformation.deployment import Deployment
from localaws.cloudformation.errors import ValidationError


class _Symbols:
    """Says what a resource is worth by its name, and by another symbol when it is going to be replaced."""

    def __init__(self, replaced: set[str]) -> None:
        self._replaced = replaced

    def ref(self, logical_id: str) -> str:
        return f"{{{logical_id}{'*' if logical_id in self._replaced else ''}}}"

    def attribute(self, logical_id: str, name: str) -> Any:
        return f"{self.ref(logical_id)}.{name}"

    def exported(self, name: str) -> str:
        return f"{{export {name}}}"


def resource_changes(before: Deployment | None, wanted: Deployment) -> list[dict[str, Any]]:
    """Return the ResourceChange of each resource that would change.

    Raises ValidationError when a resource would become another type, which CloudFormation does not do.
    """
    old_order = before.order if before else []
    replaced: set[str] = set()
    symbols = _Symbols(replaced)
    changes = []
    for name in wanted.order:
        kind = wanted.template.resources[name]["Type"]
        if before is None or name not in old_order:
            changes.append({"Action": "Add", "LogicalResourceId": name, "ResourceType": kind})
            continue
        if before.template.resources[name]["Type"] != kind:
            raise ValidationError(
                "Update of resource type is not permitted. The new template modifies resource type of the "
                f"following resources: [{name}]"
            )
        if change := _modification(name, kind, before, wanted, symbols):
            changes.append(change)
            if change["Replacement"] == "True":
                replaced.add(name)
    for name in reversed(old_order):
        if before and name not in wanted.order:
            kind = before.template.resources[name]["Type"]
            changes.append({"Action": "Remove", "LogicalResourceId": name, "ResourceType": kind})
    return changes


def _modification(
    name: str, kind: str, before: Deployment, wanted: Deployment, symbols: _Symbols
) -> dict[str, Any] | None:
    schema = schemas.schema_of(kind, wanted.place.region)
    old = schema.coerced(_symbolic(before, name, "Properties", _Symbols(set())))
    new = schema.coerced(_symbolic(wanted, name, "Properties", symbols))
    details = [
        _detail("Properties", key, schema.replaced_by({key: old.get(key)}, {key: new.get(key)}))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]
    is_replaced = schema.replaced_by(old, new)
    if _symbolic(before, name, "Metadata", _Symbols(set())) != _symbolic(wanted, name, "Metadata", symbols):
        details.append(_detail("Metadata", None, recreated=False))
    if before.tags != wanted.tags and not details and "Tags" in schema.property_names:
        details.append(_detail("Tags", None, recreated=False))
    if not details:
        return None
    return {
        "Action": "Modify",
        "LogicalResourceId": name,
        "ResourceType": kind,
        "Replacement": "True" if is_replaced else "False",
        "Scope": sorted({detail["Target"]["Attribute"] for detail in details}),
        "Details": details,
    }


def _detail(attribute: str, name: str | None, recreated: bool) -> dict[str, Any]:
    target = {"Attribute": attribute, "RequiresRecreation": "Always" if recreated else "Never"}
    return {
        "Target": target | ({"Name": name} if name else {}),
        "Evaluation": "Static",
        "ChangeSource": "DirectModification",
    }


def has_updates(before: Deployment, wanted: Deployment) -> bool:
    """Return whether an update has anything to do: resources, outputs or tags."""
    return (
        bool(resource_changes(before, wanted))
        or before.tags != wanted.tags
        or _outputs(before) != _outputs(wanted)
    )  # fmt: skip


def _symbolic(deployment: Deployment, name: str, member: str, symbols: _Symbols) -> Any:
    return deployment.evaluator(symbols).value(deployment.template.resources[name].get(member, {}))


def _outputs(deployment: Deployment) -> str:
    evaluator = deployment.evaluator(_Symbols(set()))
    outputs = deployment.template.section("Outputs")
    present = {
        name: {key: evaluator.value(value) for key, value in output.items() if key != "Condition"}
        for name, output in outputs.items()
        if "Condition" not in output or evaluator.condition(output["Condition"])
    }
    return json.dumps(present, sort_keys=True)
