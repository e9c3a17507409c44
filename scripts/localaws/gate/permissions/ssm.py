"""Systems Manager's Parameter Store: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html"""

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, everything, rows, values


def _parameters(call: Call) -> list[str]:
    names = [name for path in ("Name", "Names", "Path", "ResourceId") for name in values(call, path)]
    return [_parameter(call, name) for name in names]


def _parameter(call: Call, name: str) -> str:
    """Return a parameter's ARN: ``parameter/a/b`` for ``/a/b``, ``parameter/b`` for ``b``; AWS's own have no account.

    A name may be an ARN, and may end in a version or a label.
    """
    if name.startswith("arn:"):
        return ":".join(name.split(":")[:6])
    path = name.partition(":")[0].removeprefix("/")
    account = "" if path.startswith("aws/") else call.account
    return f"arn:aws:ssm:{call.region}:{account}:parameter/{path}"


TABLE: Table = {
    "PutParameter": Row(
        _parameters,
        keys={"ssm:overwrite": "Overwrite"},
        tags="Tags",
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
        tagging="ssm:AddTagsToResource",
    ),
    **rows(_parameters, "GetParameter", "GetParameters", "GetParameterHistory", "DeleteParameter", "DeleteParameters"),
    "GetParametersByPath": Row(_parameters, keys={"ssm:recursive": "Recursive"}),
    **rows(_parameters, "LabelParameterVersion", "UnlabelParameterVersion"),
    "DescribeParameters": Row(everything),
    "ListTagsForResource": Row(_parameters),
    "AddTagsToResource": Row(_parameters, tags="Tags"),
    "RemoveTagsFromResource": Row(_parameters, keys={"aws:tagkeys": "TagKeys"}),
}
