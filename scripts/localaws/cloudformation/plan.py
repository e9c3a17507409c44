"""What an update would change: two deployments compared, by what is known before anything is made.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localaws.cloudformation import schemas
from localaws.cloudformation.deployment import Deployment
from localaws.cloudformation.errors import ValidationError
from localaws.cloudformation.functions import UnknownError
from localaws.cloudformation.models import FAILED, Resource, Stack
from localaws.cloudformation.parameter_store import replaced
from localaws.cloudformation.providers import provider_of
from localaws.cloudformation.references import references


@dataclass(frozen=True)
class _Existing:
    """What resources are worth that will stay what they are; the others are not known yet."""

    made: Mapping[str, Resource]
    replacements: Mapping[str, str]

    def ref(self, logical_id: str) -> str:
        return self._resource(logical_id).physical_id

    def attribute(self, logical_id: str, name: str) -> Any:
        attributes = self._resource(logical_id).attributes
        if name not in attributes:
            raise UnknownError
        return attributes[name]

    def exported(self, name: str) -> str:
        # Exports in use do not change, so that the name says it all.
        return f"{{export {name}}}"

    def _resource(self, logical_id: str) -> Resource:
        if logical_id not in self.made or self.replacements.get(logical_id) == "True":
            raise UnknownError
        return self.made[logical_id]


def resource_changes(
    before: Deployment | None, wanted: Deployment, made: Mapping[str, Resource]
) -> list[dict[str, Any]]:
    """Return the ResourceChange of each resource that would change, given what is ``made`` already.

    Raises ValidationError when a resource would become another type, which CloudFormation does not do.
    """
    old_order = before.order if before else []
    replacements: dict[str, str] = {}
    changes = []
    for name in wanted.order:
        kind = wanted.template.resources[name]["Type"]
        if before is None or name not in old_order or name not in made:
            added = {"Action": "Add", "LogicalResourceId": name, "ResourceType": kind}
            changes.append(added | {"Scope": [], "Details": []})
            replacements[name] = "True"
            continue
        if before.template.resources[name]["Type"] != kind:
            raise ValidationError(
                "Update of resource type is not permitted. The new template modifies resource type of the "
                f"following resources: [{name}]"
            )
        if change := _Comparison(name, before, wanted, made, replacements).change():
            changes.append(change)
            replacements[name] = change["Replacement"]
    for name in reversed(old_order):
        if before and name not in wanted.order:
            kind = before.template.resources[name]["Type"]
            removed = {"Action": "Remove", "LogicalResourceId": name, "ResourceType": kind}
            changes.append(removed | {"Scope": [], "Details": []})
    return changes


class _Comparison:
    """One resource, before and as it is wanted."""

    def __init__(
        self,
        name: str,
        before: Deployment,
        wanted: Deployment,
        made: Mapping[str, Resource],
        replacements: Mapping[str, str],
    ) -> None:
        self._name, self._before, self._wanted = name, before, wanted
        self._replacements = replacements
        self._now, self._then = _Existing(made, {}), _Existing(made, replacements)
        self._kind = wanted.template.resources[name]["Type"]
        self._schema = schemas.schema_of(self._kind, wanted.place.region)

    def change(self) -> dict[str, Any] | None:
        """Return the ResourceChange, or None when there is none."""
        old, new = self._known(self._before, self._now), self._known(self._wanted, self._then)
        details = [
            detail
            for key in sorted(old.keys() | new.keys())
            for detail in self._details(key, old.get(key), new.get(key))
        ]
        if self._metadata(self._before, self._now) != self._metadata(self._wanted, self._then):
            details.append(_detail({"Attribute": "Metadata", "RequiresRecreation": "Never"}, "DirectModification"))
        if self._before.tags != self._wanted.tags and not details and "Tags" in self._schema.property_names:
            details.append(_detail({"Attribute": "Tags", "RequiresRecreation": "Never"}, "DirectModification"))
        provider = provider_of(self._kind)
        if not details and provider and provider.is_automatic:
            target = {"Attribute": "Properties", "RequiresRecreation": "Never"}
            details.append(_detail(target, "Automatic", is_static=False))
        if not details:
            return None
        return {
            "Action": "Modify",
            "LogicalResourceId": self._name,
            "ResourceType": self._kind,
            "Replacement": _replacement(details),
            "Scope": sorted({detail["Target"]["Attribute"] for detail in details}),
            "Details": details,
        }

    def _known(self, deployment: Deployment, worth: _Existing) -> dict[str, Any]:
        expression = deployment.template.resources[self._name].get("Properties", {})
        known = deployment.evaluator(worth).known(expression)
        return self._schema.coerced(replaced(known, deployment.dynamic))

    def _metadata(self, deployment: Deployment, worth: _Existing) -> Any:
        return deployment.evaluator(worth).known(deployment.template.resources[self._name].get("Metadata", {}))

    def _details(self, key: str, old: Any, new: Any) -> Iterator[dict[str, Any]]:
        before, wanted = self._expression(self._before, key), self._expression(self._wanted, key)
        recreation = self._schema.recreation(key, old, new)
        target = {"Attribute": "Properties", "Name": key, "RequiresRecreation": recreation}
        causes = list(self._causes(wanted, changed=old != new))
        if old != new and (before != wanted or not causes or causes[0][0] == "ParameterReference"):
            yield _detail(target, "DirectModification", is_static=not causes)
        for source, entity, is_static in causes:
            yield _detail(target, source, entity, is_static=is_static)

    def _causes(self, expression: Any, *, changed: bool) -> Iterator[tuple[str, str, bool]]:
        """Yield what a property's value comes from and changes too: ChangeSource, CausingEntity, whether for sure."""
        for reference in dict.fromkeys(references(expression, self._wanted.evaluator(self._then).condition)):
            name, attribute = reference.name, reference.attribute
            fate = self._replacements.get(name, "")
            if changed and attribute is None and self._parameter_changes(name):
                yield "ParameterReference", name, True
            elif attribute is None and fate in ("True", "Conditional"):
                yield "ResourceReference", name, fate == "True"
            elif attribute is not None and fate:
                yield "ResourceAttribute", f"{name}.{attribute}", fate == "True"

    def _parameter_changes(self, name: str) -> bool:
        before, wanted = ({**d.parameters, **d.resolved} for d in (self._before, self._wanted))
        return name in wanted and before.get(name) != wanted[name]

    def _expression(self, deployment: Deployment, key: str) -> Any:
        return deployment.template.resources[self._name].get("Properties", {}).get(key)


def _detail(
    target: dict[str, str], source: str, entity: str | None = None, *, is_static: bool = True
) -> dict[str, Any]:
    return {
        "Target": target,
        "Evaluation": "Static" if is_static else "Dynamic",
        "ChangeSource": source,
    } | ({"CausingEntity": entity} if entity else {})


def _replacement(details: list[dict[str, Any]]) -> str:
    needs = [(detail["Target"]["RequiresRecreation"], detail["Evaluation"]) for detail in details]
    if ("Always", "Static") in needs:
        return "True"
    return "False" if {recreation for recreation, _ in needs} == {"Never"} else "Conditional"


def has_updates(stack: Stack, wanted: Deployment) -> bool:
    """Return whether an update has anything to do: resources, outputs, tags, or what Parameter Store has now.

    A stack that was left failed always has: what failed is tried again.
    """
    before, made = stack.deployment, stack.made()
    return (
        bool(resource_changes(before, wanted, made))
        or stack.status in FAILED
        or before.tags != wanted.tags
        or before.notification_arns != wanted.notification_arns
        or before.resolved != wanted.resolved
        or _outputs(before, made) != _outputs(wanted, made)
    )


def _outputs(deployment: Deployment, made: Mapping[str, Resource]) -> dict[str, Any]:
    evaluator = deployment.evaluator(_Existing(made, {}))
    return {
        name: {key: evaluator.known(value) for key, value in output.items() if key != "Condition"}
        for name, output in deployment.outputs.items()
    }
