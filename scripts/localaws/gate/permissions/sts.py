"""STS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html"""

from localaws.gate.call import Call
from localaws.gate.permissions.rows import FREE, Row, Table


def _role(call: Call) -> list[str]:
    return [call.parameters["RoleArn"]]


TABLE: Table = {
    "AssumeRole": Row(_role, keys={"sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName"}),
    # "No permissions are required": https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    "GetCallerIdentity": FREE,
}
