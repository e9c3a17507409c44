"""What a template's parts refer to: whether it exists, and what must be made before what."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from localaws.cloudformation.errors import ValidationError
from localaws.cloudformation.functions import (
    PSEUDO_PARAMETERS,
    arguments,
    attribute_of,
    call_of,
    substitution,
    variables_in,
)
from localaws.cloudformation.template import Template

Decide = Callable[[str], bool]


@dataclass(frozen=True)
class Reference:
    """A Ref (attribute None) or GetAtt of a name, also from within a Fn::Sub."""

    name: str
    attribute: Any = None


def references(value: Any, decide: Decide | None = None) -> Iterator[Reference]:
    """Yield what a value refers to; with ``decide``, only in the branches of Fn::If that its condition takes."""
    call = call_of(value)
    if call is None:
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for child in children:
            yield from references(child, decide)
        return
    function, argument = call
    if function == "Ref":
        yield Reference(str(argument))
    elif function == "Fn::GetAtt":
        name, attribute = attribute_of(argument)
        yield Reference(name, attribute)
    elif function == "Fn::Sub":
        yield from _substituted(argument, decide)
    elif function == "Fn::If" and decide:
        condition, chosen, otherwise = arguments(function, argument, 3)
        yield from references(chosen if decide(condition) else otherwise, decide)
    else:
        yield from references(argument, decide)


def _substituted(argument: Any, decide: Decide | None) -> Iterator[Reference]:
    template, variables = substitution(argument)
    for name in variables_in(template):
        if name not in variables:
            yield Reference(*name.split(".", 1))
    yield from references(variables, decide)


def depends_on(resource: dict[str, Any]) -> list[str]:
    """Return a resource's DependsOn as a list."""
    named = resource.get("DependsOn", [])
    return [named] if isinstance(named, str) else list(named)


def check_references(template: Template) -> None:
    """Raise ValidationError for a reference to what the template does not have, and for a circle of resources."""
    parameters = set(template.section("Parameters")) | PSEUDO_PARAMETERS
    for reference in references(template.section("Conditions")):
        if reference.name not in parameters:
            raise ValidationError(
                f"Template format error: Unresolved dependencies [{reference.name}]. Cannot reference resources "
                "in the Conditions block of the template"
            )
    resources = template.resources
    for resource in resources.values():
        _check_block("Resources", resource.get("Properties", {}), parameters, resources)
        _unresolved("Resources", [name for name in depends_on(resource) if name not in resources])
    for name, output in template.section("Outputs").items():
        _check_block("Outputs", output, parameters, resources)
        _check_export(name, output.get("Export"), resources)
    creation_order(template)


def _check_block(block: str, value: Any, parameters: set[str], resources: dict[str, Any]) -> None:
    found = list(references(value))
    for reference in found:
        if reference.attribute is not None and reference.name not in resources:
            raise ValidationError(
                f"Template error: instance of Fn::GetAtt references undefined resource {reference.name}"
            )
    _unresolved(block, [r.name for r in found if r.name not in parameters and r.name not in resources])


def _check_export(output: str, export: Any, resources: dict[str, Any]) -> None:
    if any(reference.name in resources for reference in references(export)):
        # With two spaces: https://github.com/aws-cloudformation/cfn-lint/issues/1632
        raise ValidationError(
            f"Template format error: Output {output} is malformed.  The Name field of Export must not depend on any "
            "resources, imported values, or Fn::GetAZs."
        )


def _unresolved(block: str, names: list[str]) -> None:
    if names:
        listed = ", ".join(dict.fromkeys(names))
        raise ValidationError(
            f"Template format error: Unresolved resource dependencies [{listed}] in the {block} block of the template"
        )


def check_absent(template: Template, present: list[str], outputs: dict[str, Any], decide: Decide) -> None:
    """Raise ValidationError when what is made, or an output, refers to a resource whose condition does not hold."""
    absent = set(template.resources) - set(present)
    for name in present:
        properties = template.resources[name].get("Properties", {})
        _unresolved("Resources", [r.name for r in references(properties, decide) if r.name in absent])
    _unresolved("Outputs", [r.name for r in references(outputs, decide) if r.name in absent])


def needs_of(template: Template) -> dict[str, list[str]]:
    """Return what each resource refers to or depends on, by logical id."""
    resources = template.resources
    return {
        name: [r.name for r in references(resource.get("Properties", {})) if r.name in resources] + depends_on(resource)
        for name, resource in resources.items()
    }


def creation_order(template: Template) -> list[str]:
    """Return the logical ids so that each comes after what it needs; raise ValidationError for a circle."""
    try:
        return list(TopologicalSorter(needs_of(template)).static_order())
    except CycleError as error:
        circle = ", ".join(dict.fromkeys(error.args[1]))
        raise ValidationError(f"Circular dependency between resources: [{circle}]") from error
