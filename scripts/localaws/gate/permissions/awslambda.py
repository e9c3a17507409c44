"""Lambda: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, rows

_PRINCIPAL = {"lambda:principal": "Principal", "lambda:functionurlauthtype": "FunctionUrlAuthType"}
_CONFIGURATION = {
    "lambda:layer": "Layers",
    "lambda:vpcids": "VpcConfig.VpcId",
    "lambda:subnetids": "VpcConfig.SubnetIds",
    "lambda:securitygroupids": "VpcConfig.SecurityGroupIds",
}


def _function(call: Call) -> list[str]:
    """Return a function named as a whole ARN, a part of one (``<account>:function:<name>``) or by its name.

    Each may end in a version or an alias. A Qualifier belongs to the ARN as well:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """
    name, _, suffix = str(call.parameters["FunctionName"]).rpartition("function:")[2].partition(":")
    qualifier = suffix or call.parameters.get("Qualifier")
    return [f"function:{name}:{qualifier}" if qualifier else f"function:{name}"]


def _alias(call: Call) -> list[str]:
    """Return the function of an alias: "the value of the resource is the function", without the alias."""
    return [":".join(_function(call)[0].split(":")[:2])]


TABLE: Table = {
    "CreateFunction": Row(
        _function,
        keys=_CONFIGURATION,
        tags="Tags",
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
        tagging="lambda:TagResource",
        passes=("Role",),
    ),
    "UpdateFunctionConfiguration": Row(_function, keys=_CONFIGURATION, passes=("Role",)),
    **rows(_function, "UpdateFunctionCode", "DeleteFunction", "GetFunction", "GetFunctionConfiguration"),
    "ListFunctions": Row(),
    "Invoke": Row(_function, "lambda:InvokeFunction"),
    **{operation: Row(_function, keys=_PRINCIPAL) for operation in ("AddPermission", "RemovePermission")},
    "GetPolicy": Row(_function),
    **rows(_function, "PublishVersion", "ListVersionsByFunction", "ListAliases"),
    **rows(_alias, "CreateAlias", "UpdateAlias", "GetAlias", "DeleteAlias"),
    **rows(_function, "PutFunctionConcurrency", "GetFunctionConcurrency", "DeleteFunctionConcurrency"),
    **rows(_function, "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig"),
    **rows(_function, "GetFunctionEventInvokeConfig", "DeleteFunctionEventInvokeConfig"),
    **rows(_function, "ListFunctionEventInvokeConfigs"),
    "ListTags": Row("{Resource}"),
    "TagResource": Row("{Resource}", tags="Tags"),
    "UntagResource": Row("{Resource}", keys={"aws:tagkeys": "TagKeys"}),
}
