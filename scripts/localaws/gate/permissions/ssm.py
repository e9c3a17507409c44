"""Systems Manager's Parameter Store:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html

A SecureString under a key of one's own needs that key as well, by way of SSM. The AWS managed key aws/ssm, which is not
here, lets everybody of the account:
https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-restrict-decryption.html
"""

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend

from localaws.authorization.matching import Context
from localaws.gate.call import Call
from localaws.gate.permissions.rows import Need, Row, Table, everything, rows, values
from localaws.kms.keys import KeyRefusal, find


def _parameters(call: Call) -> list[str]:
    names = [name for path in ("Name", "Names", "Path", "ResourceId") for name in values(call, path)]
    return [_arn(call, name) for name in names]


def _arn(call: Call, name: str) -> str:
    """Return a parameter's ARN: ``parameter/a/b`` for ``/a/b``, ``parameter/b`` for ``b``; AWS's own have no account.

    A name may be an ARN, and may end in a version or a label.
    """
    if name.startswith("arn:"):
        return ":".join(name.split(":")[:6])
    path = name.partition(":")[0].removeprefix("/")
    account = "" if path.startswith("aws/") else call.account
    return f"arn:aws:ssm:{call.region}:{account}:parameter/{path}"


def _sealed(call: Call) -> Iterator[Need]:
    """What writing a SecureString needs: https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html"""
    given = call.parameters
    if given.get("Type") == "SecureString" and given.get("KeyId"):
        action = "kms:GenerateDataKey" if given.get("Tier") == "Advanced" else "kms:Encrypt"
        yield from _through_ssm(call, action, given["KeyId"], _arn(call, given["Name"]))


def _opened(call: Call) -> Iterator[Need]:
    """What reading SecureStrings in clear needs."""
    stored = _stored(call) if call.parameters.get("WithDecryption") else ()
    for parameter in stored:
        if parameter.parameter_type == "SecureString":
            yield from _through_ssm(call, "kms:Decrypt", parameter.keyid, _arn(call, parameter.name))


def _stored(call: Call) -> Iterator[Any]:
    """Yield the parameters that a call reads, those of this account that exist, each in its newest version."""
    kept = get_backend("ssm")[call.account][call.region]._parameters
    for name in [name for path in ("Name", "Names") for name in values(call, path)]:
        bare = (name.partition(":parameter")[2] if name.startswith("arn:") else name).partition(":")[0]
        if not bare.startswith("/aws/") and bare in kept:
            yield kept[bare][-1]
    if path := call.parameters.get("Path"):
        below = path.rstrip("/") + "/"
        for name in [name for name in list(kept) if name.startswith(below)]:
            if call.parameters.get("Recursive") or "/" not in name.removeprefix(below):
                yield kept[name][-1]


def _through_ssm(call: Call, action: str, key: str, parameter: str) -> Iterator[Need]:
    try:
        arn = find(key, call.account, call.region).arn
    except KeyRefusal:  # aws/ssm, or a key of which SSM itself complains
        return
    context: Context = {
        "kms:viaservice": f"ssm.{call.region}.amazonaws.com",
        "kms:calleraccount": call.account,
        "kms:encryptioncontext:parameter_arn": parameter,
        "kms:encryptioncontextkeys": ("PARAMETER_ARN",),
    }
    yield Need(action, arn, context)


TABLE: Table = {
    "PutParameter": Row(
        _parameters,
        keys={"ssm:overwrite": "Overwrite"},
        tags="Tags",
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
        tagging="ssm:AddTagsToResource",
        also=_sealed,
    ),
    **{
        operation: Row(_parameters, also=_opened)
        for operation in ("GetParameter", "GetParameters", "GetParameterHistory")
    },
    "GetParametersByPath": Row(_parameters, keys={"ssm:recursive": "Recursive"}, also=_opened),
    **rows(_parameters, "DeleteParameter", "DeleteParameters"),
    "DescribeParameters": Row(everything),
    "ListTagsForResource": Row(_parameters),
    "AddTagsToResource": Row(_parameters, tags="Tags"),
    "RemoveTagsFromResource": Row(_parameters, keys={"aws:tagkeys": "TagKeys"}),
}
