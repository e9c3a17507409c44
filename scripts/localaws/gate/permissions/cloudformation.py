"""CloudFormation: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html"""

from localaws.authorization.matching import Context
from localaws.cloudformation.models import CloudFormationBackend, Stack, cloudformation_backends
from localaws.gate.call import Call
from localaws.gate.permissions.rows import Need, Row, Table, rows

_STACKS = "stack/*/*"
_STACK_KEYS = {
    "cloudformation:resourcetypes": "ResourceTypes",
    "cloudformation:rolearn": "RoleARN",
    "cloudformation:stackpolicyurl": "StackPolicyURL",
    "cloudformation:templateurl": "TemplateURL",
}
_ROLE_KEYS = {"cloudformation:rolearn": "RoleARN"}
_CHANGE_SET_KEYS = {"cloudformation:changesetname": "ChangeSetName"}
_TEMPLATE_KEYS = {"cloudformation:templateurl": "TemplateURL"}


def _stack(call: Call) -> list[str]:
    """Return a stack by its id; where none has the name it is ``stack/<name>/*``, as AWS's denials show.

    https://github.com/lucpod/aws-lambda-workshop/issues/2, https://github.com/runs-on/runs-on/issues/27
    """
    stack, name = _found(call), str(call.parameters.get("StackName") or "*")
    return [stack.id if stack else name if name.startswith("arn:") else f"stack/{name}/*"]


def _found(call: Call) -> Stack | None:
    """Return the stack that is named or, where none is, the one of the change set or the resource that is."""
    backend: CloudFormationBackend = cloudformation_backends[call.account][call.region]
    if name := call.parameters.get("StackName"):
        return backend.find(name)
    change_set, resource = (call.parameters.get(each) for each in ("ChangeSetName", "PhysicalResourceId"))
    for stack in list(backend.stacks.values()):
        if change_set in stack.executed or any(each.id == change_set for each in list(stack.change_sets.values())):
            return stack
        if resource and any(each.physical_id == resource for each in list(stack.resources.values())):
            return stack
    return None


def _listing(call: Call) -> list[Need]:
    """To describe all stacks is to list them, too.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    """
    return [] if call.parameters.get("StackName") else [Need("cloudformation:ListStacks", call.arn(_STACKS))]


def _change_set(call: Call) -> Context:
    """Return the name of a change set; its ARN, arn:aws:cloudformation:R:A:changeSet/name/id, holds it."""
    name = call.parameters.get("ChangeSetName", "")
    return {"cloudformation:changesetname": name.split("/")[1] if name.startswith("arn:") else name}


_ROLE = ("RoleARN",)

TABLE: Table = {
    "CreateStack": Row(_stack, keys=_STACK_KEYS, tags="Tags", passes=_ROLE),
    "UpdateStack": Row(_stack, keys=_STACK_KEYS, tags="Tags", passes=_ROLE),
    "DeleteStack": Row(_stack, keys=_ROLE_KEYS, passes=_ROLE),
    "ContinueUpdateRollback": Row(_stack, keys=_ROLE_KEYS, passes=_ROLE),
    "RollbackStack": Row(_stack, keys=_ROLE_KEYS, passes=_ROLE),
    "CreateChangeSet": Row(_stack, keys=_STACK_KEYS | _CHANGE_SET_KEYS, tags="Tags", passes=_ROLE),
    **{
        operation: Row(_stack, keys=_change_set)
        for operation in ("DescribeChangeSet", "ExecuteChangeSet", "DeleteChangeSet")
    },
    "DescribeStacks": Row(_stack, also=_listing),
    **rows(_stack, "ListChangeSets", "DescribeStackEvents", "DescribeStackResource"),
    **rows(_stack, "DescribeStackResources", "ListStackResources", "GetTemplate", "UpdateTerminationProtection"),
    "CancelUpdateStack": Row(_stack),
    "DescribeEvents": Row(lambda call: _stack(call) if _found(call) or call.parameters.get("StackName") else ["*"]),
    # Seen in a denial: https://github.com/jogold/cloudstructs/issues/215
    "ListStacks": Row(_STACKS),
    "GetTemplateSummary": Row(
        lambda call: _stack(call) if call.parameters.get("StackName") else ["*"], keys=_TEMPLATE_KEYS
    ),
    "ValidateTemplate": Row("*", keys=_TEMPLATE_KEYS),
    **rows("*", "ListExports", "ListImports"),
}
