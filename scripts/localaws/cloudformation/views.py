"""CloudFormation's records as its API shows them."""

import json
from typing import Any

from localaws.cloudformation.deployment import Deployment, required_capabilities
from localaws.cloudformation.models import ChangeSet, Event, Output, Resource, Stack
from localaws.cloudformation.parameters import Declaration, text
from localaws.cloudformation.template import Template

_CONSTRAINTS = ("AllowedValues",)  # the API's ParameterConstraints has no other member


def _present(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


def stack_view(stack: Stack) -> dict[str, Any]:
    """Return a Stack of DescribeStacks."""
    wanted = stack.deployment
    return _present(
        {
            **_stack_times(stack),
            "ChangeSetId": stack.change_set_id,
            "Description": wanted.template.description or None,
            "Parameters": parameter_views(wanted),
            "StackStatusReason": stack.reason,
            "DisableRollback": stack.on_failure == "DO_NOTHING",
            "RollbackConfiguration": {},
            "NotificationARNs": wanted.notification_arns,
            "TimeoutInMinutes": stack.timeout,
            "Capabilities": wanted.capabilities or None,
            "Outputs": [_output(output) for output in stack.outputs],
            "RoleARN": wanted.role_arn,
            "Tags": tag_views(wanted),
            "EnableTerminationProtection": None if stack.deleted else stack.is_protected,
            "ParentId": stack.parent_id,
            "RootId": stack.root_id,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def stack_summary(stack: Stack) -> dict[str, Any]:
    """Return a StackSummary of ListStacks."""
    description = stack.deployment.template.description or None
    drift = {"StackDriftStatus": "NOT_CHECKED"}
    return _present(
        {
            **_stack_times(stack),
            "TemplateDescription": description,
            "StackStatusReason": stack.reason,
            "DriftInformation": drift,
        }
    )


def _stack_times(stack: Stack) -> dict[str, Any]:
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "StackStatus": stack.status,
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
    }


def parameter_views(wanted: Deployment) -> list[dict[str, str]]:
    """Return the parameters as describe operations show them."""
    return [
        {"ParameterKey": declared.name, "ParameterValue": declared.shown(wanted.parameters[declared.name])}
        | ({"ResolvedValue": declared.shown(wanted.resolved[declared.name])} if declared.is_stored else {})
        for declared in wanted.declared
    ]


def tag_views(wanted: Deployment) -> list[dict[str, str]]:
    """Return the stack's tags."""
    return [{"Key": key, "Value": value} for key, value in wanted.tags.items()]


def _output(output: Output) -> dict[str, Any]:
    shown = {"OutputKey": output.key, "OutputValue": output.value}
    return _present(shown | {"Description": output.description, "ExportName": output.export})


def export_view(stack: Stack, name: str, value: str) -> dict[str, Any]:
    """Return an Export of ListExports."""
    return {"ExportingStackId": stack.id, "Name": name, "Value": value}


def event_view(stack: Stack, event: Event) -> dict[str, Any]:
    """Return a StackEvent."""
    properties = json.dumps(event.properties) if event.properties else None
    shown = {"StackId": stack.id, "StackName": stack.name, "EventId": event.id, "ResourceProperties": properties}
    return _present(shown) | resource_event(event)


def resource_event(event: Event) -> dict[str, Any]:
    """Return what a StackEvent and an OperationEvent both tell."""
    return _present(
        {
            "LogicalResourceId": event.logical_id,
            "PhysicalResourceId": event.physical_id,
            "ResourceType": event.type,
            "Timestamp": event.timestamp,
            "ResourceStatus": event.status,
            "ResourceStatusReason": event.reason,
            "ClientRequestToken": event.token,
            "DetailedStatus": event.detail,
        }
    )


def resource_view(stack: Stack, resource: Resource, time: str) -> dict[str, Any]:
    """Return a resource as the three operations show it, which differ in their name for the time."""
    return _present(
        {
            "StackName": stack.name,
            "StackId": stack.id,
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id or None,
            "ResourceType": resource.type,
            time: resource.timestamp,
            "ResourceStatus": resource.status,
            "ResourceStatusReason": resource.reason,
            "Description": resource.definition.get("Description"),
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
    )


def template_summary(template: Template, declared: list[Declaration]) -> dict[str, Any]:
    """Return what ValidateTemplate and GetTemplateSummary say of a template."""
    capabilities = required_capabilities(template)
    types = sorted({resource["Type"] for resource in template.resources.values()})
    reason = f"The following resource(s) require capabilities: [{', '.join(t for t in types if '::IAM::' in t)}]"
    metadata = template.section("Metadata")
    return _present(
        {
            "Description": template.description or None,
            "Parameters": [_declaration(parameter) for parameter in declared],
            "Capabilities": capabilities or None,
            "CapabilitiesReason": reason if capabilities else None,
            "ResourceTypes": types,
            "Version": template.document.get("AWSTemplateFormatVersion"),
            "Metadata": json.dumps(metadata) if metadata else None,
            "DeclaredTransforms": [],
        }
    )


def _declaration(declared: Declaration) -> dict[str, Any]:
    constraints = {name: [text(v) for v in declared.members[name]] for name in _CONSTRAINTS if name in declared.members}
    return _present(
        {
            "ParameterKey": declared.name,
            "ParameterType": declared.type,
            "DefaultValue": declared.default,
            "NoEcho": declared.hidden,
            "Description": declared.members.get("Description"),
            "ParameterConstraints": constraints,
        }
    )


def change_set_summary(stack: Stack, change_set: ChangeSet) -> dict[str, Any]:
    """Return a ChangeSetSummary of ListChangeSets."""
    return _present(
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "ChangeSetId": change_set.id,
            "ChangeSetName": change_set.name,
            "ExecutionStatus": change_set.execution_status,
            "Status": change_set.status,
            "StatusReason": change_set.reason,
            "CreationTime": change_set.created,
            "Description": change_set.description,
            "IncludeNestedStacks": False,
        }
    )


def change_set_view(stack: Stack, change_set: ChangeSet) -> dict[str, Any]:
    """Return the answer of DescribeChangeSet."""
    wanted = change_set.deployment
    return change_set_summary(stack, change_set) | _present(
        {
            "Parameters": parameter_views(wanted),
            "RollbackConfiguration": {},
            "NotificationARNs": wanted.notification_arns,
            "Capabilities": wanted.capabilities,
            "Tags": tag_views(wanted) or None,
            "Changes": [
                {"Type": "Resource", "ResourceChange": _with_physical_id(stack, change)}
                for change in change_set.changes
            ],
            "OnStackFailure": change_set.on_failure,
        }
    )


def _with_physical_id(stack: Stack, change: dict[str, Any]) -> dict[str, Any]:
    resource = stack.resources.get(change["LogicalResourceId"])
    if change["Action"] == "Add" or resource is None:
        return change
    return change | {"PhysicalResourceId": resource.physical_id}
