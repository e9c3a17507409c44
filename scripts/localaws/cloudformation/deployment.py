"""What a request wants a stack to be: a template with its parameters, checked before anything is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from localaws.cloudformation import schemas
from localaws.cloudformation.errors import InsufficientCapabilities, ValidationError
from localaws.cloudformation.functions import Evaluator, Lookup, UnknownError, call_of
from localaws.cloudformation.parameter_store import ParameterStore, names_in, replaced
from localaws.cloudformation.parameters import Declaration, declarations, items, values
from localaws.cloudformation.providers import provider_of
from localaws.cloudformation.references import check_absent, check_references, creation_order, references
from localaws.cloudformation.rules import check_rules, check_structure
from localaws.cloudformation.template import Template, check_export

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (Capabilities): the types that
# need an acknowledgement, and the property that makes it CAPABILITY_NAMED_IAM.
_IAM_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}
_HIDDEN = "****"
# No public source shows the words of these two.
UNVERIFIED_TAG_TWICE = "Duplicate tag key {}"
UNVERIFIED_EXPORTED_TWICE = "Cannot export output {}. Exported names must be unique within a stack."


@dataclass(frozen=True)
class Place:
    """Where a stack is: what the pseudo parameters are worth in it."""

    stack_name: str
    stack_id: str
    region: str
    account_id: str
    partition: str

    @property
    def pseudo_parameters(self) -> dict[str, Any]:
        """The values that every template may refer to."""
        return {
            "AWS::AccountId": self.account_id,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.stack_name,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com",
        }


class _NoResources:
    """Before anything is made: conditions refer to no resources, as was checked, and imports must not either."""

    def ref(self, logical_id: str) -> str:
        raise ValidationError(
            "Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or "
            "Fn::GetAZs"
        )

    def attribute(self, logical_id: str, name: str) -> Any:
        return self.ref(logical_id)

    def exported(self, name: str) -> str:
        raise ValidationError(f"Template error: Fn::ImportValue cannot be used in conditions ({name})")


@dataclass(frozen=True)
class _NothingYet:
    """What can be said of a template's values before anything is made."""

    template: Template

    def ref(self, logical_id: str) -> str:
        raise UnknownError

    def attribute(self, logical_id: str, name: str) -> Any:
        _check_attribute(self.template, logical_id, name)
        raise UnknownError

    def exported(self, name: str) -> str:
        raise UnknownError


@dataclass(frozen=True)
class Deployment:
    """The wanted state of a stack. Equal deployments want the same."""

    place: Place
    template: Template
    declared: list[Declaration]
    parameters: dict[str, str]
    capabilities: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    role_arn: str | None = None
    notification_arns: list[str] = field(default_factory=list)
    """The topics that are told of the stack's events."""
    resolved: dict[str, str] = field(default_factory=dict)
    """By name, the parameters whose values Parameter Store has."""
    dynamic: dict[str, str] = field(default_factory=dict)
    """By name and version, what the dynamic references are worth."""
    problem: str | None = None
    """Why the operation fails as soon as it has begun."""

    def evaluator(self, lookup: Lookup) -> Evaluator:
        """Return the evaluator of this template with these parameters."""
        values = _typed(self.declared, self.parameters | self.resolved)
        pseudo = self.place.pseudo_parameters | {"AWS::NotificationARNs": self.notification_arns}
        return Evaluator(self.template, values, pseudo, lookup)

    @cached_property
    def order(self) -> list[str]:
        """The logical ids of what is to be made, each after what it needs."""
        evaluator = self.evaluator(_NoResources())
        for name in self.template.section("Conditions"):
            evaluator.condition(name, block="Conditions")
        resources = self.template.resources
        present = [
            name
            for name in creation_order(self.template)
            if "Condition" not in resources[name]
            or evaluator.condition(resources[name]["Condition"], block="Resources")
        ]
        check_absent(self.template, present, self.outputs, evaluator.condition)
        return present

    @cached_property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """The outputs, by name, whose conditions hold."""
        evaluator = self.evaluator(_NoResources())
        return {
            name: output
            for name, output in self.template.section("Outputs").items()
            if "Condition" not in output or evaluator.condition(output["Condition"], block="Outputs")
        }

    @cached_property
    def imported(self) -> set[str]:
        """The names of other stacks' exports that the template imports."""
        evaluator, found = self.evaluator(_NoResources()), set[str]()
        _collect_imports([self.template.resources[name] for name in self.order], evaluator, found)
        _collect_imports(list(self.outputs.values()), evaluator, found)
        return found

    def known_properties(self) -> dict[str, Any]:
        """Return what is known of each resource's properties before anything is made, by logical id.

        Raises ValidationError for functions that can be worth nothing whatever is made.
        """
        evaluator, resources = self.evaluator(_NothingYet(self.template)), self.template.resources
        exported = set[str]()
        for name, output in self.outputs.items():
            check_output(evaluator.known(output["Value"]))
            if "Export" in output:
                export = evaluator.value(output["Export"]["Name"])
                check_export(name, export)
                if export in exported:
                    raise ValidationError(UNVERIFIED_EXPORTED_TWICE.format(name))
                exported.add(export)
        return {name: evaluator.known(resources[name].get("Properties", {})) for name in self.order}

    def masked(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Return properties with the values of NoEcho parameters hidden, for an event."""
        hidden = [self.parameters[d.name] for d in self.declared if d.hidden and self.parameters[d.name]]
        return _masked(properties, hidden)  # type: ignore[no-any-return]


def check_output(value: Any) -> None:
    """Raise ValidationError when an output's value is none that CloudFormation shows."""
    if isinstance(value, dict | list) or value is None:
        raise ValidationError(
            "Template format error: The Value field of every Outputs member must evaluate to a String."
        )


def _typed(declared: list[Declaration], values: Mapping[str, str]) -> dict[str, Any]:
    return {d.name: items(values[d.name]) if d.is_list else values[d.name] for d in declared}


def _collect_imports(value: Any, evaluator: Evaluator, found: set[str]) -> None:
    function, argument = call_of(value) or ("", None)
    if function == "Fn::If":
        value = [evaluator.chosen(argument)]
    if function == "Fn::ImportValue":
        found.add(str(evaluator.value(argument)))
        return
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _collect_imports(child, evaluator, found)


def _masked(value: Any, hidden: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _masked(item, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, hidden) for item in value]
    return _HIDDEN if isinstance(value, str) and any(secret in value for secret in hidden) else value


def required_capabilities(template: Template) -> list[str]:
    """Return the capability that a template's IAM resources need, if any."""
    found = [resource for resource in template.resources.values() if resource["Type"] in _IAM_NAMES]
    named = [r for r in found if _IAM_NAMES[r["Type"]] in r.get("Properties", {})]
    return ["CAPABILITY_NAMED_IAM"] if named else ["CAPABILITY_IAM"] if found else []


def check_types(template: Template, region: str) -> None:
    """Raise ValidationError for types and attributes that AWS or local AWS does not have, by name."""
    types = {resource["Type"] for resource in template.resources.values()}
    if unknown := sorted(kind for kind in types if not (kind.startswith("Custom::") or schemas.exists(kind, region))):
        raise ValidationError(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    if missing := sorted(kind for kind in types if provider_of(kind) is None):
        raise ValidationError(f"Local AWS does not provision the resource types [{', '.join(missing)}]")
    for reference in references([template.resources, template.section("Outputs")]):
        if isinstance(reference.attribute, str) and reference.name in template.resources:
            _check_attribute(template, reference.name, reference.attribute)


def _check_attribute(template: Template, name: str, attribute: str) -> None:
    kind = template.resources[name]["Type"]
    provider = provider_of(kind)
    if provider and not provider.has_attribute(attribute):
        raise ValidationError(
            f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt (local "
            f"AWS knows [{', '.join(provider.attribute_names)}] of {kind})"
        )


def check_template(body: str, region: str) -> tuple[Template, list[Declaration]]:
    """Return a template and its parameters when its structure, references and types are as they must be."""
    template = Template.parse(body)
    declared = declarations(template)
    check_structure(template, declared)
    check_references(template)
    check_types(template, region)
    return template, declared


def deployment_of(
    request: Mapping[str, Any], body: str, place: Place, store: ParameterStore, previous: Deployment | None = None
) -> Deployment:
    """Return what a CreateStack, UpdateStack or CreateChangeSet wants; raise what CloudFormation refuses at once."""
    template, declared = check_template(body, place.region)
    if "ResourceTypes" in request:
        _check_allowed({r["Type"]: r for r in template.resources.values()}, request["ResourceTypes"])
    needed, capabilities = required_capabilities(template), request.get("Capabilities", [])
    if needed and not {*needed, "CAPABILITY_NAMED_IAM"} & set(capabilities):
        raise InsufficientCapabilities(f"Requires capabilities : [{needed[0]}]")
    given = values(declared, request.get("Parameters", []), previous.parameters if previous else None)
    resolved, problem = _from_store(declared, given, store)
    check_rules(template, declared, _typed(declared, given | resolved), place.pseudo_parameters)
    role_arn = request.get("RoleARN") or (previous.role_arn if previous else None)
    notified = request.get("NotificationARNs", previous.notification_arns if previous else [])
    wanted = Deployment(
        place, template, declared, given, capabilities, _tags(request, previous), role_arn, notified, resolved,
        problem=problem,
    )  # fmt: skip
    _ = wanted.imported  # checks its functions
    return replace(wanted, dynamic=_dynamic(wanted, store))


def _tags(request: Mapping[str, Any], previous: Deployment | None) -> dict[str, str]:
    if "Tags" not in request:
        return previous.tags if previous else {}
    keys = [tag["Key"] for tag in request["Tags"]]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise ValidationError(UNVERIFIED_TAG_TWICE.format(twice[0]))
    return {tag["Key"]: tag["Value"] for tag in request["Tags"]}


def _check_allowed(types: Iterable[str], allowed: list[str]) -> None:
    """Raise ValidationError for a type that the request's ResourceTypes do not name: AWS::*, AWS::SNS::*, Custom::*."""
    for kind in types:
        if not any(fnmatchcase(kind, pattern) for pattern in allowed):
            raise ValidationError(
                f"Resource type {kind} is not allowed by parameter ResourceTypes [{', '.join(allowed)}]"
            )


def _from_store(
    declared: list[Declaration], given: Mapping[str, str], store: ParameterStore
) -> tuple[dict[str, str], str | None]:
    """Return the parameters whose values Parameter Store has, and what is wrong with the names of others."""
    resolved, problem = {}, None
    for parameter in declared:
        value = given[parameter.name]
        if parameter.is_stored:
            resolved[parameter.name] = store.parameter(value, is_list=parameter.is_list)
        elif parameter.names_stored and store.find(value) is None:
            problem = (
                f"Parameter validation failed: parameter value {value} for parameter name {parameter.name} does not "
                "exist."
            )
        elif names := list(names_in(value, f"Parameters/{parameter.name}")):
            resolved[parameter.name] = replaced(value, {name: store.reference(name) for name in names})
    return resolved, problem


def _dynamic(wanted: Deployment, store: ParameterStore) -> dict[str, str]:
    found: dict[str, str] = {}
    for logical_id, properties in wanted.known_properties().items():
        for name in names_in(properties, f"{wanted.template.resources[logical_id]['Type']}/Properties"):
            if name not in found:
                found[name] = store.reference(name)
    return found
