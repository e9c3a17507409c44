"""A template whose structure CloudFormation accepts: sections, names and members, before any value is known."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from localaws.cloudformation.decode import decode
from localaws.cloudformation.errors import ValidationError

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_INLINE_BYTES = 51_200
_MOST = {"Mappings": 200, "Outputs": 200, "Parameters": 200, "Resources": 500}
_SECTIONS = {
    "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Resources",
    "Outputs",
}  # fmt: skip
_NOT_BUILT = ("Transform", "Hooks")
_ATTRIBUTES = {
    "Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy",
    "Description",
}  # fmt: skip
_ATTRIBUTES_NOT_BUILT = ("CreationPolicy", "UpdatePolicy")
_OUTPUT_MEMBERS = {"Value", "Description", "Export", "Condition"}
_MAX_DESCRIPTION = 1024
_EXPORT_NAME = re.compile(r"[A-Za-z0-9:-]+")
_DELETION_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate"),
    "UpdateReplacePolicy": ("Delete", "Retain"),
}
_NAME = re.compile(r"[A-Za-z0-9]{1,255}")


@dataclass(frozen=True)
class Template:
    """The text of a template and its document. Two templates are the same when their documents are."""

    body: str
    document: dict[str, Any]

    @classmethod
    def parse(cls, body: str) -> "Template":
        """Read and check a template; raise ValidationError in CloudFormation's words."""
        document = decode(body)
        if not isinstance(document, dict):
            raise _malformed("unsupported structure.")
        _check_sections(document)
        for name, resource in document["Resources"].items():
            _check_resource(name, resource)
        for name, mapping in document.get("Mappings", {}).items():
            _check_mapping(name, mapping)
        for name, output in document.get("Outputs", {}).items():
            _check_output(name, output)
        return cls(body, document)

    @property
    def description(self) -> str:
        """What the template says it is for, or nothing."""
        return str(self.document.get("Description", ""))

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources by logical id, in the template's order."""
        return self.document["Resources"]  # type: ignore[no-any-return]

    def section(self, name: str) -> dict[str, Any]:
        """Return Parameters, Rules, Mappings, Conditions, Outputs or Metadata; empty when the template has none."""
        return self.document.get(name, {})  # type: ignore[no-any-return]


def _malformed(problem: str) -> ValidationError:
    return ValidationError(f"Template format error: {problem}")


def _check_sections(document: dict[str, Any]) -> None:
    for name in _NOT_BUILT:
        if name in document:
            named = f" ({', '.join(_names(document[name]))})" if name == "Transform" else ""
            raise ValidationError(f"Local AWS does not support the template section {name}{named}.")
    if unknown := [name for name in document if name not in _SECTIONS]:
        raise ValidationError(f"Invalid template property or properties [{', '.join(unknown)}]")
    if str(document.get("AWSTemplateFormatVersion", "2010-09-09")) != "2010-09-09":
        raise _malformed("Template format version not supported.")
    if not isinstance(document.get("Description", ""), str):
        raise _malformed("Description must be a string.")
    if len(document.get("Description", "")) > _MAX_DESCRIPTION:
        raise _malformed(f"'Description' length is greater than {_MAX_DESCRIPTION}.")
    for name in _SECTIONS - {"AWSTemplateFormatVersion", "Description"}:
        _check_section(name, document.get(name, {}))
    if not document.get("Resources"):
        raise _malformed("At least one Resources member must be defined.")


def _names(transforms: Any) -> list[str]:
    listed = transforms if isinstance(transforms, list) else [transforms]
    return [str(item.get("Name") if isinstance(item, dict) else item) for item in listed]


def _check_section(section: str, members: Any) -> None:
    if not isinstance(members, dict):
        raise _malformed(f"Any {section} member must be an object.")
    if len(members) > (most := _MOST.get(section, len(members))):
        raise _malformed(f"Number of {section.lower()}, {len(members)}, is greater than maximum allowed, {most}")
    _refuse_null(members, f"/{section}")
    for name in members:
        # Metadata's names are anybody's (AWS::CloudFormation::Interface); the others are referred to.
        if section != "Metadata" and not _NAME.fullmatch(name):
            raise _malformed(f"{section.rstrip('s')} name {name} is non alphanumeric.")


def _refuse_null(value: Any, path: str) -> None:
    if value is None:
        raise ValidationError(f"[{path}] 'null' values are not allowed in templates")
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        _refuse_null(item, f"{path}/{name}")


def _check_resource(name: str, resource: Any) -> None:
    if not isinstance(resource, dict):
        raise _malformed(f"[/Resources/{name}] resource definition is malformed")
    if not isinstance(resource.get("Type"), str):
        raise _malformed(f"[/Resources/{name}] Every Resources object must contain a Type member.")
    for attribute in resource:
        if attribute in _ATTRIBUTES_NOT_BUILT:
            raise ValidationError(f"Local AWS does not support the resource attribute {attribute} (of {name}).")
        if attribute not in _ATTRIBUTES:
            raise ValidationError(f"Invalid template resource property '{attribute}'")
    if not isinstance(resource.get("Properties", {}), dict):
        raise _malformed(f"[/Resources/{name}] Properties must be an object.")
    for attribute, policies in _DELETION_POLICIES.items():
        if resource.get(attribute) == "Snapshot":
            # None of the types that have snapshots is provisioned here.
            kind, policy = resource["Type"], "deletion policy" if attribute == "DeletionPolicy" else attribute
            raise ValidationError(f"Template error: resource type {kind} does not support {policy} Snapshot")
        if not isinstance(resource.get(attribute, ""), str):
            raise _malformed(f"Every {attribute} member must be a string.")
        if resource.get(attribute, "Delete") not in policies:
            raise _malformed(f"Unrecognized {attribute} {resource[attribute]} for resource {name}")
    if not isinstance(resource.get("Condition", ""), str):
        raise _malformed(f"[/Resources/{name}/Condition] Condition must be a string.")
    needed = resource.get("DependsOn", [])
    if not all(isinstance(other, str) for other in (needed if isinstance(needed, list) else [needed])):
        raise _malformed("Every DependsOn value must be a string.")


def _check_mapping(name: str, mapping: Any) -> None:
    if not isinstance(mapping, dict) or not all(isinstance(entries, dict) for entries in mapping.values()):
        raise _malformed(f"Every Mappings member {name} must be a map of maps")
    for entries in mapping.values():
        if any(isinstance(value, dict) for value in entries.values()):
            raise _malformed("Every Mappings attribute must be a String or a List.")


def _check_output(name: str, output: Any) -> None:
    if not isinstance(output, dict) or "Value" not in output:
        raise _malformed("Every Outputs member must contain a Value object")
    if unknown := [member for member in output if member not in _OUTPUT_MEMBERS]:
        raise ValidationError(f"Invalid template output property or properties [{', '.join(unknown)}] (of {name})")
    if isinstance(output.get("Description", ""), dict | list):
        raise _malformed("Every Description member must be a string.")
    if "Export" in output and (not isinstance(output["Export"], dict) or set(output["Export"]) != {"Name"}):
        raise _malformed(f"[/Outputs/{name}/Export] Export must contain a Name and nothing else.")
    if "Export" in output and not isinstance(output["Export"]["Name"], dict):
        check_export(name, output["Export"]["Name"])


def check_export(output: str, name: Any) -> None:
    """Raise ValidationError when an output cannot be exported by a name."""
    if not isinstance(name, str) or not _EXPORT_NAME.fullmatch(name):
        raise _malformed(
            f"Output {output} is malformed. The Name field of every Export member must be specified and consist only "
            "of alphanumeric characters, colons, or hyphens."
        )
