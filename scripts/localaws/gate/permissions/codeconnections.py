"""CodeConnections, by both of its names.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeconnections.html
"""

from localaws.authorization.matching import Context
from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, parameter, rows

_CONNECTION = "{ConnectionArn}"
_ANY = "{ResourceArn}"


def _provider(call: Call) -> Context:
    provider = parameter(call, "ProviderType")
    return {f"{call.service}:providertype": str(provider)} if provider else {}


TABLE: Table = {
    "CreateConnection": Row(keys=_provider, tags="Tags"),
    "ListConnections": Row("connection/*"),
    **rows(_CONNECTION, "GetConnection", "DeleteConnection"),
    "ListTagsForResource": Row(_ANY),
    "TagResource": Row(_ANY, tags="Tags"),
    "UntagResource": Row(_ANY, keys={"aws:tagkeys": "TagKeys"}),
}
