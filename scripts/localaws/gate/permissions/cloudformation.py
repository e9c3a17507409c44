"""CloudFormation: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html"""

from localaws.authorization.matching import Context
from localaws.cloudformation.models import cloudformation_backends
from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, rows

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
    backend = cloudformation_backends[call.account][call.region]
    name, change_set = call.parameters.get("StackName"), call.parameters.get("ChangeSetName", "")
    if not name and change_set.startswith("arn:"):
        stacks = list(backend.stacks.values())
        return [stack.id for stack in stacks if any(each.id == change_set for each in stack.change_sets.values())] or [
            "*"
        ]
    name = name or call.parameters.get("PhysicalResourceId") or "*"
    stack = backend.find(name)
    return [stack.id if stack else name if name.startswith("arn:") else f"stack/{name}/*"]


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
    "CreateChangeSet": Row(_stack, keys=_STACK_KEYS | _CHANGE_SET_KEYS, tags="Tags", passes=_ROLE),
    **{
        operation: Row(_stack, keys=_change_set)
        for operation in ("DescribeChangeSet", "ExecuteChangeSet", "DeleteChangeSet")
    },
    **rows(_stack, "ListChangeSets", "DescribeStacks", "DescribeStackEvents", "DescribeStackResource"),
    **rows(_stack, "DescribeStackResources", "ListStackResources", "GetTemplate", "UpdateTerminationProtection"),
    **rows(_stack, "CancelUpdateStack", "GetStackPolicy"),
    # Seen in a denial: https://github.com/jogold/cloudstructs/issues/215
    "ListStacks": Row("stack/*/*"),
    "GetTemplateSummary": Row(
        lambda call: _stack(call) if call.parameters.get("StackName") else ["*"], keys=_TEMPLATE_KEYS
    ),
    "ValidateTemplate": Row("*", keys=_TEMPLATE_KEYS),
    **rows("*", "ListExports", "ListImports"),
}
